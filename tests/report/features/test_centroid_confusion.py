"""Distances of class centroids and confusions."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from svhnlab.analysis.centroids import centroid_separation
from svhnlab.report.core.style import THEMES, contrast_ratio
from svhnlab.report.core.text import number
from svhnlab.report.features.centroid_confusion import CentroidConfusion, describe_centroid_confusion
from tests.report.helpers import with_runs, words


class TestCentroidConfusion:
    def test_cells(self, study):
        """Left are the distances of the centroids, right the shares of confusions; the diagonals are blank."""
        run = study.runs["cnn"]
        display = CentroidConfusion.from_study(study, "cnn")
        left, right = display.plot().axes
        separation = centroid_separation(run.evidence.centroids)
        assert words(left)[0] == number(separation[0, 1], 1)
        assert len(words(left)) == 90
        frame = display.frame()
        assert len(frame) == 90
        assert len(words(right)) == (frame["confusion_share"] > 0).sum()
        mesh = left.collections[0].get_array()
        assert np.ma.getmaskarray(mesh).diagonal().all()
        # strong colours mark close centroids
        closest = np.nanargmin(display.separation)
        assert mesh.ravel()[closest] == 1
        assert "Rank correlation −0.45, p\xa0=\xa00.002" in display.alt

    @pytest.mark.parametrize("theme", list(THEMES))
    def test_text_contrast(self, study, theme):
        """Text in cells is legible on the colour of the cell, in every theme."""
        for ax in CentroidConfusion.from_study(study, "cnn").plot(theme=theme).axes:
            mesh = ax.collections[0]
            colours = mesh.to_rgba(mesh.get_array().ravel())
            for text in ax.texts:
                x, y = text.get_position()
                assert contrast_ratio(text.get_color(), to_hex(colours[int(y) * 10 + int(x)])) >= 4.5

    @pytest.mark.parametrize(
        ("correlation", "p", "verdict"),
        [
            (-0.5, 0.01, "classes are confused more often the closer their centroids lie"),
            (0.5, 0.01, "the farther apart their centroids lie"),
            (-0.5, 0.2, "no significant relation"),
            (np.nan, np.nan, "It is undefined for the two\\-layer CNN, "),
        ],
    )
    def test_comment(self, study, correlation, p, verdict):
        """The direction is named only where the permutation test supports it."""
        changed = with_runs(study, centroid_confusion=correlation, centroid_confusion_p=p)
        assert verdict in str(describe_centroid_confusion(changed))
