"""What the pages show about why images go wrong: distances, calibration, segments, labels and duplicates."""

from __future__ import annotations

import numpy as np

from svhnlab.report.causes.properties import PropertyExamples


class TestPropertyExamples:
    def test_ends(self, study):
        """Left stand images with low values, right with high ones, in ascending order."""
        display = PropertyExamples.from_results(study)
        values = study.statistics.properties["contrast"]
        shown = display.values["contrast"]
        assert (np.diff(shown) >= 0).all()
        assert shown[0] == values.min()
        assert shown[-1] == values.max()
        canvas = np.asarray(display.plot().images[0].get_array())
        image = study.data.test_images[display.rows["brightness"][0]]
        left = round(display.label * 34) + 1
        np.testing.assert_array_equal(canvas[1:33, left : left + 32, :3], np.moveaxis(image, 0, -1))
