"""Figures of distances: their artists have the numbers of the display."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.report import (
    CentroidDistances,
    CentroidTable,
    MarginDistributions,
)
from svhnlab.report.core.text import number, percent
from tests.report.helpers import words


class TestCentroids:
    def test_share_below_the_diagonal(self, study):
        """The share in the panel, in the text and in the table is that of the points below the diagonal."""
        run = study.runs["cnn"]
        display = CentroidDistances.from_study(study, "cnn")
        ax = display.plot().axes[0]
        x, y = np.asarray(ax.collections[-1].get_offsets()).T
        share = float((y < x).mean())
        assert len(x) == run.test.wrong.sum()
        assert any(text.startswith(percent(share, 0)) for text in words(ax))
        assert percent(share) in display.alt
        cells = CentroidTable.from_study(study, "cnn").cells()
        assert cells["Distance"].tolist() == ["raw", "scale\u2011free"]
        assert cells["Closer to predicted"].iloc[1].startswith(f"{percent(share)} (")

    def test_common_scale(self, study):
        """Panels share a scale only if distances have no unit."""
        free = CentroidDistances.from_study(study).plot().axes
        raw = CentroidDistances.from_study(study, scale_free=False).plot().axes
        assert len({ax.get_xlim() for ax in free}) == 1
        assert len({ax.get_xlim() for ax in raw}) == len(study.runs)

    def test_margins(self, study):
        """Correctly classified images lie closer to their own centroid than misclassified ones."""
        display = MarginDistributions.from_study(study, "cnn")
        right, wrong = display.frame()["median"]
        assert wrong < 0 < right
        assert number(right, 2) in display.alt
        ax = display.plot().axes[0]
        assert [line.get_xdata()[0] for line in ax.lines[:2]] == pytest.approx([right, wrong])
