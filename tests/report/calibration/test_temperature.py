"""Metrics before and after temperature scaling."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report.calibration.temperature import TemperatureTable, describe_temperature
from svhnlab.store.schema import Estimate
from tests.report.helpers import with_runs


class TestTemperatureTable:
    def test_cells(self, study):
        """Each run has a row as trained and a row after temperature scaling; the CSV names them."""
        table = TemperatureTable.from_study(study)
        cells = table.cells()
        assert cells["T"].tolist() == ["1", "1.40"] * 4
        assert cells["ECE"].tolist()[:2] == ["5.0% (4.0–6.0)", "2.0% (1.0–3.0)"]
        assert cells["Log loss"][1] == "0.020 (0.010–0.030)"
        assert table.frame()["probabilities"].tolist() == ["as trained", "temperature scaling"] * 4
        assert table.frame()["ece_lower"][1] == pytest.approx(0.01)


class TestDescribeTemperature:
    @pytest.mark.parametrize(
        ("change", "finding"),
        [
            (
                Estimate(-0.05, -0.06, -0.04),
                "reduces the calibration error of all 4 models by 5.0 percentage points",
            ),
            (Estimate(0.05, 0.04, 0.06), "increases the calibration error of all 4 models by 5.0 percentage points"),
            (Estimate(-0.01, -0.03, 0.01), "the change in calibration error on the test images includes zero"),
        ],
    )
    def test_interval_decides(self, study, change, finding):
        """A change is named only if its paired interval excludes zero."""
        scaling = replace(study.statistics.runs["cnn"].temperature_scaling, differences={"ece": change})
        text = str(describe_temperature(with_runs(study, temperature_scaling=scaling)))
        assert finding in text
        assert "validation images: 1.40" in text

    @pytest.mark.parametrize(("temperature", "effect"), [(0.6, "raises"), (1.3, "lowers")])
    def test_direction(self, study, temperature, effect):
        """A temperature below 1 raises the confidence."""
        scaling = replace(study.statistics.runs["cnn"].temperature_scaling, temperature=temperature)
        assert f"{effect} the confidence" in str(
            describe_temperature(with_runs(study, temperature_scaling=scaling), "cnn")
        )
