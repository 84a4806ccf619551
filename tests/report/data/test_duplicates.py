"""What the pages show about why images go wrong: distances, calibration, segments, labels and duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.report.data.duplicates import NearDuplicates, describe_duplicates
from svhnlab.store.schema import NeighbourImages
from tests.report.helpers import words


class TestNearDuplicates:
    def test_pairs(self, study):
        """The test image stands at the left of its training image, with both labels; other labels are marked."""
        display = NearDuplicates.from_results(study)
        known = study.neighbour_images
        at = np.searchsorted(known.rows, 11)
        np.testing.assert_array_equal(display.train_images[0], known.images[at])
        ax = display.plot()
        canvas = np.asarray(ax.images[0].get_array())
        np.testing.assert_array_equal(canvas[1:33, 35:67, :3], np.moveaxis(known.images[at], 0, -1))
        one, other = study.data.test_labels[3], known.labels[at]
        assert words(ax)[:3] == [f"test {one}", f"train {other}", "distance 0.00"]
        weight = "normal" if one == other else "bold"
        assert ax.texts[0].get_fontweight() == weight

    def test_missing_training_image(self, study):
        """A pair whose training image is not stored is passed over and counted."""
        images = study.neighbour_images
        keep = images.rows != 11
        fewer = NeighbourImages(images.rows[keep], images.images[keep], images.labels[keep])
        display = NearDuplicates.from_results(replace(study, neighbour_images=fewer))
        assert display.passed_over == 1
        assert display.frame()["train_row"].tolist() == [2]
        assert "1 pair of 2" in display.alt

    def test_comment(self, study):
        """The sentence gives the rule, the count and those that are exactly alike."""
        text = str(describe_duplicates(study))
        assert "closer than 0.10 feature units, which is 0.13 times the median" in text
        assert "2 of 200 test images are (1.00%), 1 of them with exactly the same features" in text
