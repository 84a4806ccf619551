"""Table and sentences on the parts of the Brier score."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report.calibration.brier import BrierTable, describe_brier
from svhnlab.store.schema import Estimate
from tests.report.helpers import plain, with_runs


class TestBrierTable:
    def test_cells(self, study):
        """Each run has a row as trained and a row after temperature scaling; the shown parts add up to the score."""
        table = BrierTable.from_study(study)
        cells, frame = table.cells(), table.frame()
        assert cells["T"].tolist() == ["1", "1.40"] * 4
        assert frame["probabilities"].tolist() == ["as trained", "temperature scaling"] * 4
        assert cells["Miscalibration"].tolist()[:2] == ["0.0120 (0.0080–0.0160)", "0.0020 (0.0010–0.0030)"]
        total = frame["miscalibration"] - frame["discrimination"] + frame["uncertainty"]
        assert frame["brier_score"].tolist() == pytest.approx(total.tolist())
        assert "0.0120 and 0.0020" in table.alt


class TestDescribeBrier:
    @pytest.mark.parametrize(
        ("change", "finding"),
        [
            (
                Estimate(-0.01, -0.012, -0.008),
                "reduces the miscalibration of all 4 models by 0.0100",
            ),
            (
                Estimate(0.01, 0.008, 0.012),
                "increases the miscalibration of all 4 models by 0.0100",
            ),
            (Estimate(-0.01, -0.03, 0.01), "change in miscalibration by temperature scaling includes zero"),
        ],
    )
    def test_interval_decides(self, study, change, finding):
        """A change of the miscalibration is named only if its paired interval excludes zero."""
        brier = study.statistics.runs["cnn"].brier
        changed = replace(brier, change=replace(brier.change, miscalibration=change))
        text = plain(describe_brier(with_runs(study, brier=changed)))
        assert finding in text
        assert "changes by +0.0001;" in text

    def test_single_model(self, study):
        """A single model has its interval, in the order of the size."""
        text = plain(describe_brier(study, "cnn"))
        assert "of the two-layer CNN by 0.0100 (95% interval 0.0080 to 0.0120), to 0.0020." in text
