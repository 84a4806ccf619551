"""Risk-coverage curves and deferral."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from svhnlab.report.calibration.deferral_table import CalibrationTable
from svhnlab.report.calibration.risk_coverage import RiskCoverage, describe_deferral
from svhnlab.store.schema import UNDEFINED, Deferral, Estimate
from tests.fixtures.fakes import fake_study
from tests.report.helpers import with_runs


class TestRiskCoverage:
    def test_curves(self, study):
        """Lines show the stored curves; a mark shows where the target is reached."""
        display = RiskCoverage.from_study(study)
        ax = display.plot()
        stored = study.statistics.runs["cnn"].calibration
        curves = [line for line in ax.lines if len(line.get_xdata()) == len(stored.coverage)]
        assert tuple(curves[0].get_ydata()) == stored.risk
        marks = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1]
        assert marks == pytest.approx([0.69] * 4)
        assert "for 95% accuracy, 31.0% of them are deferred" in display.alt

    def test_words_are_beside_the_curves(self, study):
        """The legend is above the axes; the target is named where the marks of the models are not."""
        shown = RiskCoverage.from_study(study)
        ax = shown.plot()
        assert ax.get_legend() is None
        assert len(ax.figure.legends) == 1
        (name,) = (text for text in ax.texts if "accuracy" in text.get_text())
        assert name.xy[0] == 0
        assert name.get_ha() == "left"

    def test_never_and_always(self, study):
        """A run that needs no deferral has its mark at the end, one that never reaches the target has none."""
        deferral = study.statistics.runs["cnn"].deferral
        never = replace(deferral, threshold=None, rate=1.0, accuracy=UNDEFINED)
        always = replace(deferral, threshold=0.0, rate=0.0)
        for changes, text, marks in ((never, "at any threshold", 0), (always, "without deferral", 4)):
            changed = with_runs(study, deferral=changes)
            assert text in str(describe_deferral(changed))
            ax = RiskCoverage.from_study(changed).plot()
            assert sum(len(line.get_xdata()) == 1 for line in ax.lines) == marks

    def test_below_the_label_noise(self, study):
        """A target that wrong labels make unreachable is refused in words: no number, line or mark."""
        refused = Deferral(0.99, 0.011, None, float("nan"), UNDEFINED)
        changed = with_runs(study, deferral=refused)
        text = str(describe_deferral(changed))
        assert "No confidence threshold for 99% accuracy is given: 1.1% of the test labels are suspected" in text
        assert "more than the 1% of errors" in text
        display = RiskCoverage.from_study(changed)
        assert not [line for line in display.plot().lines if len(line.get_xdata()) < 3]
        assert "99%" not in display.alt
        assert CalibrationTable.from_study(changed).cells().iloc[0]["Deferred for 99%"] == "–"

    def test_draws_on_given_axes(self, study):
        """The curves can be drawn onto existing axes."""
        ax = Figure().add_subplot()
        assert RiskCoverage.from_study(study).plot(ax) is ax


class TestDescribeDeferral:
    def test_one_model(self, study):
        """The threshold comes from the validation images; the accuracy on the rest has its interval."""
        text = str(describe_deferral(study, "cnn"))
        assert "The confidence threshold for 95% accuracy is chosen on the validation images." in text
        assert "With it, 31.0% of the test images are deferred to a person" in text
        assert "the accuracy is 94.0% (95% interval 92.0% to 96.0%)" in text
        assert "against the true labels" in text
        assert "short of" not in text

    def test_photographs(self):
        """Without true labels the text does not mention them."""
        assert "true labels" not in str(describe_deferral(fake_study(n_test=40, kind="official")))

    def test_missed(self, study):
        """A model whose interval lies below the target is named."""
        low = replace(study.statistics.runs["cnn"].deferral, accuracy=Estimate(0.9, 0.88, 0.92))
        text = str(describe_deferral(with_runs(study, deferral=low), "cnn"))
        assert r"On the test images, the two\-layer CNN falls short of 95%." in text
