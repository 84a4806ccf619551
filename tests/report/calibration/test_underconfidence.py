"""Sentences on over- and underconfidence."""

from __future__ import annotations

import pytest

from svhnlab.report.calibration.underconfidence import describe_calibration
from svhnlab.store.schema import Estimate
from tests.report.helpers import with_runs, with_settings


class TestDescribeCalibration:
    @pytest.mark.parametrize(
        ("gap", "verdict"),
        [
            (
                0.12,
                "underconfident: the mean confidence is lower than the accuracy, by 12.0 percentage points",
            ),
            (
                -0.12,
                "overconfident: the mean confidence is higher than the accuracy, by 12.0 percentage points",
            ),
            (0.01, "neither over- nor underconfidence is detected"),
        ],
    )
    def test_interval_decides(self, study, gap, verdict):
        """The side is named only if the interval of accuracy minus mean confidence excludes zero."""
        changed = with_runs(study, underconfidence=Estimate(gap, gap - 0.02, gap + 0.02))
        text = str(describe_calibration(changed))
        assert verdict in text.replace("\\-", "-")
        assert "over the bins, is 5.0%." in text
        assert "is 5.0% (95% interval 4.0% to 6.0%)." in str(describe_calibration(changed, "cnn"))

    def test_interval_of_one_model(self, study):
        """The gap of a single model has its interval, in the order of its size."""
        changed = with_runs(study, underconfidence=Estimate(-0.12, -0.14, -0.1))
        assert "by 12.0 percentage points (95% interval 10.0 to 14.0)" in str(describe_calibration(changed, "cnn"))

    def test_label_smoothing(self, study):
        """The target is that of the recipe; without label smoothing there is no sentence."""
        text = str(describe_calibration(study))
        assert "Label smoothing of 0.1 sets the target of the labelled class at 0.91 instead of 1" in text
        for name in study.runs:
            recipe = {**study.runs[name].settings["recipe"], "label_smoothing": 0.2 if name == "cnn" else 0.0}
            study = with_settings(study, name, recipe=recipe)
        text = str(describe_calibration(study)).replace("\\-", "-")
        assert "Label smoothing of 0.2 in the two-layer CNN sets the target of the labelled class at 0.82" in text
        assert text.count("Label smoothing") == 1
