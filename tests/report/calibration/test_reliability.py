"""Reliability diagram, and sentences on over- and underconfidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report.calibration.reliability import CalibrationTable, ReliabilityDiagram, describe_calibration
from svhnlab.store.schema import UNDEFINED, Estimate
from tests.report.helpers import with_runs, with_settings, words


class TestReliabilityDiagram:
    def test_points_and_bands(self, study):
        """Points are at mean confidence and accuracy of bins with images, before and after; bands span intervals."""
        statistics = study.statistics.runs["cnn"]
        bins = statistics.calibration.bins
        empty = replace(bins[0], images=0, confidence=float("nan"), accuracy=UNDEFINED)
        calibration = replace(statistics.calibration, bins=(empty, *bins[1:]))
        display = ReliabilityDiagram.from_study(with_runs(study, calibration=calibration))
        ax = display.plot().axes[0]
        for line, band, parts in zip(
            ax.lines[-2:], ax.collections, (bins[1:], statistics.temperature_scaling.bins), strict=True
        ):
            assert list(line.get_xdata()) == [part.confidence for part in parts]
            assert list(line.get_ydata()) == [part.accuracy.value for part in parts]
            corners = {tuple(corner) for corner in band.get_paths()[0].vertices}
            assert {(part.confidence, limit) for part in parts for limit in part.accuracy.limits} <= corners
        assert words(ax) == ["ECE 5.0%\nscaled 2.0%"]
        assert "is 5.0% as trained and 2.0% after temperature scaling" in display.alt

    def test_histogram(self, study):
        """The lower panel shows the share of the images in each bin, before and after."""
        display = ReliabilityDiagram.from_study(study, "cnn")
        _, histogram = display.plot().axes
        for patch in histogram.patches:
            assert patch.get_data().values.tolist() == pytest.approx([20 / 200] * 15)

    def test_frame(self, study):
        """The data have a row for each run, curve and bin."""
        frame = ReliabilityDiagram.from_study(study).frame()
        assert len(frame) == 4 * 2 * 15
        assert set(frame["probabilities"]) == {"as trained", "temperature scaling"}


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
        assert "over the bins, is 5.0% (range over models)." in text
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


class TestCalibrationTable:
    def test_cells(self, study):
        """The area has its interval; deferred images are given as share and number."""
        row = CalibrationTable.from_study(study).cells().iloc[0]
        aurc = study.statistics.runs["cnn"].calibration.aurc
        assert row["AURC"].startswith(f"{aurc.value:.3f} (")
        assert row["Deferred for 95%"] == "31.0% (62)"
        assert row["Accuracy on the rest"] == "94.0% (92.0–96.0)"
