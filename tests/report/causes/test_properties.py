"""Examples of images by their properties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.report.causes.properties import PropertyExamples


class TestPropertyExamples:
    def test_ends(self, study):
        """Images with low values are at the left, those with high values at the right, in ascending order."""
        data = study.data
        display = PropertyExamples.from_study(replace(study, data=replace(data, indices={"test": np.arange(7, 207)})))
        values = study.statistics.properties["contrast"]
        brightness, contrast = display.examples[:2]
        shown = contrast.values
        assert (np.diff(shown) >= 0).all()
        assert shown[0] == values.min()
        assert shown[-1] == values.max()
        canvas = np.asarray(display.plot().images[0].get_array())
        image = data.test_images[brightness.images[0] - 7]
        left = round(display.label * 34) + 1
        np.testing.assert_array_equal(canvas[1:33, left : left + 32, :3], np.moveaxis(image, 0, -1))
