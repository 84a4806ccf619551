"""Tests of the odds ratios of the generator's parameters."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from svhnlab.data.synthetic import Parameters
from svhnlab.report import ParameterOddsRatios, describe_parameters, show_parameters
from svhnlab.report.causes.parameters import PARAMETERS
from svhnlab.report.core.style import THEMES
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study


@pytest.fixture(scope="module")
def study() -> Study:
    return fake_study()


def test_every_parameter_has_a_title() -> None:
    """The titles are those of the generator's parameters."""
    assert list(PARAMETERS) == [field.name for field in fields(Parameters)]


class TestParameterOddsRatios:
    def test_numbers(self, study: Study) -> None:
        """Each regression has a row for each parameter, with its interval and p values."""
        frame = ParameterOddsRatios.from_study(study).frame()
        assert len(frame) == 5 * 4
        assert frame["run"].iloc[0] == "All configurations"
        assert (frame["lower"] < frame["odds_ratio"]).all()

    def test_rows_from_high_to_low(self, study: Study) -> None:
        """The rows are ordered by odds ratio; dots are blue where it is significant."""
        ax = ParameterOddsRatios.from_study(study).plot(theme="light")
        labels = [label.get_text() for label in ax.get_yticklabels()]
        assert labels == ["Hollow strokes", "Blur", "JPEG quality", "Width"]
        dots = [line for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata()) == 1]
        assert [line.get_color() == THEMES["light"].accent for line in dots] == [True, True, False, True]
        assert ax.get_xscale() == "log"

    def test_alternative(self, study: Study) -> None:
        """Significant parameters are named, the strongest first."""
        assert ParameterOddsRatios.from_study(study).alt.endswith("hollow strokes 4.00, blur 1.60 and width 0.70.")


class TestSentences:
    def test_each_significant_parameter(self, study: Study) -> None:
        """The strongest significant parameters are stated, and the number of all."""
        text = str(describe_parameters(study))
        assert "Of 4 parameters, 3 have a significant effect." in text
        assert "by 4.00 for hollow strokes; per standard deviation, by 1.60 for blur and 0.70 for width." in text

    def test_figure_only_where_parameters_are_known(self, study: Study) -> None:
        """Photographs have one line; so have studies with too few errors."""
        assert "#fig-odds-ratios" in show_parameters(study)
        assert show_parameters(study).startswith("## Properties known from the generator {#sec-parameters}")
        assert show_parameters(fake_study(kind="official")) == ""
        assert study.causes is not None
        few = replace(study, causes=replace(study.causes, regressions={}))
        assert "too few errors" in show_parameters(few)
        assert (
            "no regression" in ParameterOddsRatios.from_study(few).alt.lower()
            or "not regressed" in ParameterOddsRatios.from_study(few).alt
        )
