"""Reliability diagram."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report.calibration.reliability import ReliabilityDiagram
from svhnlab.store.schema import UNDEFINED
from tests.report.helpers import with_runs, words


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
