"""Error rates on data slices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.report.causes.slices import (
    ErrorRateBySlice,
    UnderperformingSlices,
    describe_slices,
    show_underperforming_slices,
)
from tests.report.helpers import with_runs


class TestErrorRateBySlice:
    def test_points(self, study):
        """Each run has a point for each slice at its error rate; only underperforming ones have an arrow."""
        display = ErrorRateBySlice.from_study(study, "cnn")
        figure = display.plot()
        titles = [ax.get_title("left") for ax in figure.axes if ax.get_title("left")]
        assert titles == ["Brightness", "Contrast", "Sharpness", "Saturation", "Edges at the sides"]
        slices = [part for part in study.statistics.runs["cnn"].slices if part.name == "brightness"]
        ax = figure.axes[0]
        assert list(ax.lines[0].get_ydata()) == [part.rate.value for part in slices]
        assert np.asarray(ax.collections[-1].get_offsets())[:, 1].tolist() == [slices[4].rate.high]
        assert [label.get_text() for label in ax.get_xticklabels()] == ["0.00", "0.20", "0.40", "0.60", "0.80", "1.00"]
        assert "5 of 25 slices are underperforming" in display.alt

    def test_fewer_slices(self, study):
        """Properties may have fewer slices than five, one or none."""
        parts = study.statistics.runs["cnn"].slices
        few = with_runs(study, slices=(parts[0], *parts[5:8]))
        figure = ErrorRateBySlice.from_study(few).plot()
        assert len(figure.axes[0].get_xticks()) == 2
        assert len(figure.axes[1].get_xticks()) == 4


class TestUnderperformingSlices:
    def test_cells(self, study):
        """Rows are ordered by the difference from the rest, with range, interval and adjusted p."""
        cells = UnderperformingSlices.from_study(study).cells()
        assert len(cells) == 20
        assert set(cells["Range"]) == {"0.80 to 1.00", "800 to 1,000"}
        frame = UnderperformingSlices.from_study(study).frame()
        assert (np.diff(frame["rate"] - frame["rest"]) <= 0).all()

    def test_none(self, study):
        """If no slice is underperforming, table and sentence state it, with the number of comparisons."""
        calm = with_runs(
            study, slices=tuple(replace(part, underperforming=False) for part in study.statistics.runs["cnn"].slices)
        )
        table = UnderperformingSlices.from_study(calm)
        assert table.cells()["Run"].tolist() == ["none of 100 slices"]
        assert len(table.frame()) == 0
        text = str(describe_slices(calm))
        assert "None of 100 slices is underperforming" in text
        assert show_underperforming_slices(calm) == ""
        assert "does not prove" in text


class TestDescribeSlices:
    def test_grouped(self, study):
        """The slice with the largest difference is named once for all models; all are counted."""
        text = str(describe_slices(study))
        assert text.count("for all 4 models, most pronounced for ") == 1
        assert "Of 100 slices, 20 are underperforming" in text
        assert "The difference is largest on images with" in text

    def test_one_run(self, study):
        """With one run named, the correction still counts the comparisons of all."""
        text = str(describe_slices(study, "cnn"))
        assert "Of 100 slices, 5 are underperforming" in text
        assert "all 1 models" not in text
