"""Near-duplicates of training images, and images that are repeated within the test set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from svhnlab.analysis.duplicates import near_duplicates, repeated_images
from svhnlab.data.mat import read_format2
from svhnlab.data.synthetic import generate


class TestNearDuplicates:
    def test_worked_example(self):
        """With a median distance of 10, pairs closer than 1.3 are found, closest first."""
        found = near_duplicates("cnn", [7, 8, 9, 10, 11], [10, 1.2, 11, 0.5, 12])
        assert found.threshold == pytest.approx(1.3)
        assert found.test_rows.tolist() == [3, 1]
        assert found.train_rows.tolist() == [10, 8]
        assert found.distances.tolist() == pytest.approx([0.5, 1.2])
        assert found.run == "cnn"

    def test_none(self):
        """Images at similar distances are not duplicates."""
        assert near_duplicates("cnn", [0, 1], [1.0, 1.1]).test_rows.shape == (0,)

    def test_most_are_copies(self):
        """If most test images are copies of training images, the median is 0 and copies are still found."""
        found = near_duplicates("cnn", [0, 1, 2], [0, 0, 5.0])
        assert found.test_rows.tolist() == [0, 1]


def pairs_of(images: NDArray[np.uint8]) -> set[tuple[int, int]]:
    found = repeated_images(images)
    return {*zip(found.first_rows.tolist(), found.second_rows.tolist(), strict=True)}


class TestRepeatedImages:
    def test_planted_copies(self) -> None:
        """Copies anywhere in the file are found, also shifted or with noise; crops of one house number are not."""
        rng = np.random.default_rng(0)
        images = generate(300, seed=3, split="test").images
        images[250] = images[20]
        images[40, :, 2:, :-1] = images[130, :, :-2, 1:]
        images[203] = (images[201] + rng.normal(0, 1, images[201].shape)).clip(0, 255).astype(np.uint8)
        found = repeated_images(images)
        assert (found.first_rows < found.second_rows).all()
        assert pairs_of(images) == {(20, 250), (40, 130), (201, 203)}
        assert (found.first_rows[0], found.second_rows[0]) == (20, 250)
        assert found.match[0] == pytest.approx(1, abs=1e-5)
        assert (np.diff(found.match) <= 0).all()

    def test_adjacent_images(self) -> None:
        """Adjacent images may be shifted by six pixels in both directions."""
        rng = np.random.default_rng(2)
        scene = np.kron(rng.integers(0, 256, (3, 13, 13)), np.ones((4, 4), dtype=np.int64)).astype(np.uint8)
        images = rng.integers(0, 256, (20, 3, 32, 32), dtype=np.uint8)
        images[10], images[11] = scene[:, 6:38, 6:38], scene[:, 12:44, :32]
        assert pairs_of(images) == {(10, 11)}

    def test_other_brightness(self) -> None:
        """The same pattern with another brightness is another picture."""
        images = np.random.default_rng(1).integers(0, 256, (20, 3, 32, 32), dtype=np.uint8)
        images[12] = images[3] // 2
        assert pairs_of(images) == set()

    def test_three_copies(self) -> None:
        """Of three equal images each two are a pair, and no pair is listed twice."""
        images = np.random.default_rng(1).integers(0, 256, (30, 3, 32, 32), dtype=np.uint8)
        images[[7, 19]] = images[2]
        assert pairs_of(images) == {(2, 7), (2, 19), (7, 19)}
        assert len(repeated_images(images).match) == 3

    def test_one_image(self) -> None:
        assert pairs_of(np.zeros((1, 3, 32, 32), dtype=np.uint8)) == set()

    def test_real_photographs(self, sample_folder: Path) -> None:
        """In the sample of SVHN, the test images 642 and 643 are both crops of a whole number, 107."""
        test = read_format2(sample_folder / "test_32x32.mat")
        assert (642, 643) in pairs_of(test.images)
        assert test.labels[[642, 643]].tolist() == [1, 0]

    def test_repeated_photograph(self, sample_folder: Path) -> None:
        """In the training file, a photograph of three crops is repeated 1,424 images later, with the same labels."""
        train = read_format2(sample_folder / "train_32x32.mat")
        apart = {pair for pair in pairs_of(train.images) if pair[1] - pair[0] > 1}
        assert apart == {(474, 1898), (475, 1899), (476, 1900)}
        assert train.labels[474:477].tolist() == train.labels[1898:1901].tolist()
