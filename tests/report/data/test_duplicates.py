"""Near-duplicates of training images in the test set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from svhnlab.report.data.duplicates import (
    NearDuplicates,
    RepeatedPairs,
    describe_duplicates,
    describe_repeated,
    show_duplicates,
    show_repeated,
)
from svhnlab.store.schema import NeighbourImages, RepeatedImages
from tests.report.helpers import plain, with_numbers, with_statistics, words


class TestNearDuplicates:
    def test_pairs(self, study):
        """The test image is at the left of its training image, with both labels; different labels are bold."""
        display = NearDuplicates.from_study(study)
        known = study.neighbour_images
        at = np.searchsorted(known.rows, 11)
        np.testing.assert_array_equal(display.second.images[0], known.images[at])
        ax = display.plot()
        canvas = np.asarray(ax.images[0].get_array())
        np.testing.assert_array_equal(canvas[1:33, 35:67, :3], np.moveaxis(known.images[at], 0, -1))
        one, other = study.data.test_labels[3], known.labels[at]
        assert words(ax)[:3] == [f"test {one}", f"train {other}", "distance 0.00"]
        weight = "normal" if one == other else "bold"
        assert ax.texts[0].get_fontweight() == weight

    def test_missing_training_image(self, study):
        """A pair whose training image is not stored is omitted, and the text counts all pairs."""
        images = study.neighbour_images
        keep = images.rows != 11
        fewer = NeighbourImages(images.rows[keep], images.images[keep], images.labels[keep])
        display = NearDuplicates.from_study(replace(study, neighbour_images=fewer))
        assert display.frame()["image"].tolist() == [7]
        assert display.frame()["train_image"].tolist() == [2]
        assert "1 pair of 2" in display.alt

    def test_no_different_labels(self, study):
        """Pairs with equal labels are counted in words."""
        display = NearDuplicates.from_study(study)
        same = replace(display, second=replace(display.second, labels=display.first.labels))
        assert same.alt.endswith(", and none has two different labels.")

    def test_numbers_are_positions_in_the_file(self, study):
        """Both images are named by their positions in their files."""
        frame = NearDuplicates.from_study(with_numbers(study)).frame()
        assert frame["image"].tolist() == [3 * 7 + 3, 7 * 7 + 3]
        assert frame["train_image"].tolist() == [11 * 7 + 3, 2 * 7 + 3]


class TestDescribeDuplicates:
    def test_rule_and_count(self, study):
        """The sentence gives the rule, the count and the number of pairs with identical features."""
        text = plain(describe_duplicates(study))
        assert "closer than 0.10 feature units, which is 0.13 times the median" in text
        assert (
            "By this rule 2 of 200 test images (1.00%) are near-duplicates, 1 of them with exactly the same features"
            in text
        )


class TestShowDuplicates:
    def test_captioned_figure(self, study, folder):
        """The figure has its label and caption, and is omitted if no near-duplicate was found."""
        assert show_duplicates(study).startswith("::: {#fig-duplicates}")
        none = np.array([], dtype=np.int64)
        duplicates = replace(study.statistics.duplicates, test_rows=none, train_rows=none, distances=none)
        assert show_duplicates(with_statistics(study, duplicates=duplicates)) == ""


def without_repeated(study):
    """The study in which no image is repeated."""
    rows = np.array([], dtype=np.int64)
    return with_statistics(study, repeated=RepeatedImages(rows, rows, rows.astype(np.float32)))


class TestRepeatedPairs:
    def test_pairs(self, study):
        """Pairs from two photographs come first; both images are test images, with number and label below."""
        display = RepeatedPairs.from_study(with_numbers(study))
        # images 2 and 3 are from one photograph, 4 and 9 are not
        np.testing.assert_array_equal(display.first.images, study.data.test_images[[4, 2]])
        np.testing.assert_array_equal(display.second.images, study.data.test_images[[9, 3]])
        labels = study.data.test_labels
        texts = words(display.plot())
        assert texts[:3] == [f"{4 * 7 + 3}: {labels[4]}", f"{9 * 7 + 3}: {labels[9]}", "match 0.99"]
        frame = display.frame()
        assert frame.columns.tolist() == ["image", "other_image", "label", "other_label", "match"]
        assert frame["other_image"].tolist() == [9 * 7 + 3, 3 * 7 + 3]
        assert (
            "2 pairs of 2 test images that show the same picture; the match of the first is 0.99, and 2 have two"
            in display.alt
        )

    def test_none(self, study):
        display = RepeatedPairs.from_study(without_repeated(study))
        assert display.alt == "No pair of test images shows the same picture."
        assert words(display.plot()) == ["No picture is repeated"]


class TestDescribeRepeated:
    def test_labels_and_photographs(self, study):
        """The sentences count identical images, different labels, and pairs that count as two photographs."""
        images, labels = study.data.test_images.copy(), study.data.test_labels.copy()
        images[3] = images[2]
        labels[[2, 3, 4, 9]] = 1, 1, 5, 6
        changed = replace(study, data=replace(study.data, test_images=images, test_labels=labels))
        assert plain(describe_repeated(changed)) == (
            "Within the 200 test images, 2 pairs show the same picture up to a small shift; 1 is identical, and 1 has "
            "two different labels. Of these pairs, 1 is not known to be from one photograph; intervals treat their "
            "images as independent."
        )

    def test_one_photograph(self, study):
        together = {**study.data.photographs, "test": np.zeros(200, dtype=np.int64)}
        text = plain(describe_repeated(replace(study, data=replace(study.data, photographs=together))))
        assert text.endswith("The images of each pair count as one photograph.")

    def test_none(self, study):
        assert plain(describe_repeated(without_repeated(study))) == (
            "No picture is repeated within the 200 test images."
        )


class TestShowRepeated:
    def test_captioned_figure(self, study, folder):
        assert show_repeated(study).startswith("::: {#fig-repeated}")
        assert show_repeated(without_repeated(study)) == ""
