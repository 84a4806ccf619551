"""Table of the areas under the risk-coverage curves, and of the deferred images."""

from __future__ import annotations

from svhnlab.report.calibration.deferral_table import CalibrationTable


class TestCalibrationTable:
    def test_cells(self, study):
        """The area has its interval; deferred images are given as share and number."""
        row = CalibrationTable.from_study(study).cells().iloc[0]
        aurc = study.statistics.runs["cnn"].calibration.aurc
        assert row["AURC"].startswith(f"{aurc.value:.3f} (")
        assert row["Deferred for 95%"] == "31.0% (62)"
        assert row["Accuracy on the rest"] == "94.0% (92.0–96.0)"
