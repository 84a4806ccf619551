"""Reliability diagram and calibration error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report.calibration.reliability import CalibrationTable, ReliabilityDiagram, describe_calibration
from svhnlab.store.schema import Estimate
from tests.fixtures.fakes import fake_run
from tests.report.helpers import UNDEFINED, with_runs, words


class TestReliabilityDiagram:
    def test_points(self, study):
        """Points are at mean confidence and accuracy of the bins with images, and lines span the intervals."""
        bins = study.statistics.runs["cnn"].calibration.bins
        empty = replace(bins[0], images=0, confidence=float("nan"), accuracy=UNDEFINED)
        calibration = replace(study.statistics.runs["cnn"].calibration, bins=(empty, *bins[1:]))
        display = ReliabilityDiagram.from_study(with_runs(study, calibration=calibration))
        ax = display.plot().axes[0]
        points = ax.lines[-1]
        assert list(points.get_xdata()) == [part.confidence for part in bins[1:]]
        assert list(points.get_ydata()) == [part.accuracy.value for part in bins[1:]]
        spans = [tuple(segment[:, 1]) for segment in ax.collections[1].get_segments()]
        assert spans == [part.accuracy.limits for part in bins[1:]]
        assert words(ax) == ["ECE 0.050\n(0.040–0.060)"]
        assert "0.050 (95% interval 0.040 to 0.060)" in display.alt

    def test_histogram(self, study):
        """The lower panel shows the share of the images in each bin."""
        display = ReliabilityDiagram.from_study(study, "cnn")
        _, histogram = display.plot().axes
        assert histogram.patches[0].get_data().values.tolist() == pytest.approx([20 / 200] * 15)

    @pytest.mark.parametrize(
        ("accuracy", "verdict"),
        [(0.9, "All 4 models are underconfident"), (0.1, "All 4 models are overconfident"), (0.5, "is detected")],
    )
    def test_comment(self, study, accuracy, verdict):
        """The side is named only if the mean confidence lies outside the interval of the accuracy."""
        metrics = study.statistics.runs["cnn"].metrics
        interval = Estimate(accuracy, accuracy - 0.02, accuracy + 0.02)
        changed = with_runs(study, metrics={**metrics, "accuracy": interval})
        # the made-up bins hold 300 images, of mean confidence one half
        changed = replace(changed, runs={name: fake_run(name, n_test=300) for name in changed.runs})
        text = str(describe_calibration(changed))
        assert verdict in text
        assert "over the bins, is 5.0 percentage points (range over models)." in text
        assert "5.0 percentage points (95% interval 4.0 to 6.0)." in str(describe_calibration(changed, "cnn"))


class TestCalibrationTable:
    def test_cells(self, study):
        """Each metric has its interval; deferred images are given as share and number."""
        row = CalibrationTable.from_study(study).cells().iloc[0]
        assert row["ECE"] == "5.0% (4.0–6.0)"
        assert row["Log loss"] == "0.050 (0.040–0.060)"
        assert row["Deferred for 95%"] == "31.0% (62)"
        assert row["Accuracy on the rest"] == "94.0% (92.0–96.0)"
