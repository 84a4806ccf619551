"""Table and sentence about the checks of the occlusion maps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report import AttributionCheckTable, describe_attribution_check
from svhnlab.report.core.select import NotComputed
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain


def with_p(study: Study, configuration: str, p_value: float) -> Study:
    """The study with another p-value of the deletion test of one run."""
    run = study.runs[configuration]
    assert run.attribution_check is not None
    changed = replace(run, attribution_check=replace(run.attribution_check, p_value=p_value))
    return replace(study, runs={**study.runs, configuration: changed})


class TestAttributionCheckTable:
    def test_numbers(self, study: Study) -> None:
        """Each model has both areas, and p-values are corrected for all models."""
        table = AttributionCheckTable.from_study(study)
        assert table.cells()["Difference"].tolist() == ["0.20 (0.15 to 0.25)"] * 4
        assert table.frame()["p_holm"].tolist() == pytest.approx([0.004] * 4)


class TestDescribeAttributionCheck:
    def test_claims_need_a_test(self, study: Study) -> None:
        """Maps are called better than random only for models in which the difference is significant."""
        assert "In all 4 models, covering the cells" in plain(describe_attribution_check(study))
        text = plain(describe_attribution_check(with_p(study, "cnn", 0.3)))
        assert "In the two-layer CNN, the maps are not significantly better than a random order" in text
        assert "all 4" not in text

    def test_nothing_to_check(self, study: Study) -> None:
        """A model without errors has nothing to check; a study stored before lacks the checks."""
        assert "no errors" in describe_attribution_check(fake_study(n_test=40, noise=0.0))
        older = {name: replace(run, attribution_check=None) for name, run in study.runs.items()}
        with pytest.raises(NotComputed, match="checks of the occlusion maps"):
            describe_attribution_check(replace(study, runs=older))
