"""What the pages show about why images go wrong: distances, calibration, segments, labels and duplicates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report.calibration.reliability import CalibrationTable, ReliabilityDiagram, describe_calibration
from svhnlab.store.schema import Estimate
from tests.fixtures.fakes import fake_run
from tests.report.helpers import UNDEFINED, with_runs, words


class TestReliabilityDiagram:
    def test_points(self, study):
        """Points stand at mean confidence and accuracy of the bins that have images, lines span the intervals."""
        bins = study.statistics.runs["cnn"].calibration.bins
        empty = replace(bins[0], images=0, confidence=float("nan"), accuracy=UNDEFINED)
        calibration = replace(study.statistics.runs["cnn"].calibration, bins=(empty, *bins[1:]))
        display = ReliabilityDiagram.from_results(with_runs(study, calibration=calibration))
        ax = display.plot().axes[0]
        points = ax.lines[-1]
        assert list(points.get_xdata()) == [part.confidence for part in bins[1:]]
        assert list(points.get_ydata()) == [part.accuracy.value for part in bins[1:]]
        spans = [tuple(segment[:, 1]) for segment in ax.collections[1].get_segments()]
        assert spans == [part.accuracy.limits for part in bins[1:]]
        assert words(ax) == ["ECE 0.050\n(0.040–0.060)"]
        assert "0.050 (95% interval 0.040 to 0.060)" in display.alt

    def test_histogram(self, study):
        """Below stands the share of the images in each bin."""
        display = ReliabilityDiagram.from_results(study, "cnn")
        _, histogram = display.plot().axes
        assert histogram.patches[0].get_data().values.tolist() == pytest.approx([20 / 200] * 15)

    @pytest.mark.parametrize(
        ("accuracy", "verdict"),
        [(0.9, "right more often"), (0.1, "right less often"), (0.5, "not shown to be too sure")],
    )
    def test_comment(self, study, accuracy, verdict):
        """The side is named only where the mean confidence lies outside the interval of the accuracy."""
        found = with_runs(study, accuracy=Estimate(accuracy, accuracy - 0.02, accuracy + 0.02))
        # the made-up bins hold 300 images, of mean confidence one half
        found = replace(found, runs={name: fake_run(name, n_test=300) for name in found.runs})
        text = str(describe_calibration(found))
        assert verdict in text
        assert "5.0 percentage points on average, by model" in text
        assert "5.0 percentage points on average (95% interval 4.0 to 6.0)" in str(describe_calibration(found, "cnn"))


class TestCalibrationTable:
    def test_cells(self, study):
        """Each figure stands with its interval; images to hand over as share and count."""
        row = CalibrationTable.from_results(study).cells().iloc[0]
        assert row["ECE"] == "0.050 (0.040–0.060)"
        assert row["Log loss"] == "0.600 (0.580–0.620)"
        assert row["Hand over for 99%"] == "31.0% (62)"
