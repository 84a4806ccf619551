"""What the pages show about why images go wrong: distances, calibration, segments, labels and duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.report.causes.slices import ErrorRateBySlice, UnderperformingSlices, describe_slices
from tests.report.helpers import with_runs


class TestErrorRateBySegment:
    def test_points(self, study):
        """Each run has a point for each segment at its share of errors; weak ones alone are ringed."""
        display = ErrorRateBySlice.from_results(study, "cnn")
        figure = display.plot()
        titles = [ax.get_title("left") for ax in figure.axes if ax.get_title("left")]
        assert titles == ["Brightness", "Contrast", "Sharpness", "Saturation", "Edges at the sides"]
        own = [part for part in study.statistics.runs["cnn"].segments if part.name == "brightness"]
        ax = figure.axes[0]
        assert list(ax.lines[0].get_ydata()) == [part.rate.value for part in own]
        assert np.asarray(ax.collections[-1].get_offsets())[:, 1].tolist() == [own[4].rate.value]
        assert [label.get_text() for label in ax.get_xticklabels()] == ["0.00", "0.20", "0.40", "0.60", "0.80", "1.00"]
        assert "5 of 25 segments are weak" in display.alt

    def test_fewer_segments(self, study):
        """Properties may have fewer segments than five, one or none."""
        parts = study.statistics.runs["cnn"].segments
        few = with_runs(study, segments=(parts[0], *parts[5:8]))
        figure = ErrorRateBySlice.from_results(few).plot()
        assert len(figure.axes[0].get_xticks()) == 2
        assert len(figure.axes[1].get_xticks()) == 4


class TestWeakSegments:
    def test_cells(self, study):
        """Weak segments are listed, those farthest above the rest first, with range, interval and adjusted p."""
        cells = UnderperformingSlices.from_results(study).cells()
        assert len(cells) == 20
        assert set(cells["Range"]) == {"0.80 to 1.00", "800 to 1,000"}
        frame = UnderperformingSlices.from_results(study).frame()
        assert (np.diff(frame["rate"] - frame["rest"]) <= 0).all()

    def test_none(self, study):
        """Where no segment is weak, table and sentence say so, with the number that was tried."""
        calm = with_runs(
            study, segments=tuple(replace(part, weak=False) for part in study.statistics.runs["cnn"].segments)
        )
        table = UnderperformingSlices.from_results(calm)
        assert table.cells()["Run"].tolist() == ["none of 100 segments"]
        assert len(table.frame()) == 0
        text = str(describe_slices(calm))
        assert text.startswith("100 segments were tried")
        assert "None is weak" in text
        assert "does not prove" in text


class TestSegmentsComment:
    def test_grouped(self, study):
        """Segments that are weak in every run are told once, with the weakest run, and the rest is counted."""
        text = str(describe_slices(study))
        assert "Holm’s correction for all of them together" in text
        assert text.count("for all 4 runs") == 3
        assert "8 more stand in the table" in text

    def test_one_run(self, study):
        """With one run named, the correction still counts what was tried in all."""
        text = str(describe_slices(study, "cnn"))
        assert text.startswith("100 segments")
        assert "5 are weak" in text
        assert "all 1 runs" not in text
