"""Sample images of each class."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report import (
    SampleGrid,
)
from tests.fixtures.fakes import fake_study
from tests.report.helpers import words


class TestSampleGrid:
    @pytest.mark.parametrize(
        ("classes", "n_samples", "shown", "lines"), [(2, 6, 6, 2), (12, 6, 6, 12), (26, 10, 5, 13)]
    )
    def test_images(self, classes, n_samples, shown, lines):
        """Each image is in its class's row, pixel for pixel, right of the name; many classes are in two blocks."""
        images = np.random.default_rng(0).integers(0, 256, (classes, 12, 3, 8, 8), dtype=np.uint8)
        names = tuple(f"class {k}" for k in range(classes))
        study = replace(
            base := fake_study(n_test=20, runs=()), data=replace(base.data, samples=images), class_names=names
        )
        display = SampleGrid.from_study(study, n_samples=n_samples)
        ax = display.plot()
        canvas = np.asarray(ax.images[0].get_array())
        assert canvas.shape[0] == lines * 10
        assert words(ax) == list(names)
        assert display.frame().shape[0] == classes * shown
        for k in (0, classes - 1):
            words_at = ax.texts[k].get_position()
            left = round((words_at[0] + 0.12) * 10) + 1
            np.testing.assert_array_equal(
                canvas[k % lines * 10 + 1 :, left + 10 :][:8, :8, :3], np.moveaxis(images[k, 1], 0, -1)
            )

    @pytest.mark.parametrize("classes", [2, 6, 10, 12, 26])
    def test_fits_a_page(self, classes):
        """However many classes there are, the grid is no higher than a page."""
        images = np.zeros((classes, 10, 3, 32, 32), dtype=np.uint8)
        assert SampleGrid(images, ("emergency vehicle",) * classes).size[1] <= 9
