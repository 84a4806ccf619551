"""Photographs found from the overlap of adjacent images."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.data.labelled_images import LabelledImages
from svhnlab.data.mat import read_format2
from svhnlab.data.photographs import MATCH, find_photographs, overlap, photographs_of
from svhnlab.data.synthetic import generate
from tests.fixtures.paths import SAMPLE


def scene(width: int, seed: int) -> np.ndarray:
    """Return a smooth random picture, uint8, shape (3, 48, width)."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (3, 13, width // 4 + 2))
    return np.kron(coarse, np.ones((4, 4)))[:, :48, :width].astype(np.uint8)


def crop(picture: np.ndarray, left: int, top: int = 8) -> np.ndarray:
    return picture[:, top : top + 32, left : left + 32]


class TestOverlap:
    @pytest.mark.parametrize(("shift", "rise"), [(0, 0), (4, 0), (12, -8), (20, 8), (26, 1)])
    def test_shifted_crops(self, shift: int, rise: int) -> None:
        """The second crop shows the scene further to the right, and up to 8 pixels higher or lower."""
        picture = scene(80, 0)
        images = np.stack([crop(picture, 5), crop(picture, 5 + shift, 8 + rise)])
        assert overlap(images)[0] == pytest.approx(1, abs=1e-4)

    def test_other_brightness(self) -> None:
        """Crops of one photograph have the same brightness: a match in shape alone is no match."""
        picture = scene(80, 0)
        images = np.stack([crop(picture, 5), (crop(picture, 17) * 0.4).astype(np.uint8)])
        assert overlap(images)[0] < 0.5

    def test_other_scenes_and_plain_surfaces(self) -> None:
        """Neither different scenes nor plain surfaces match."""
        images = np.stack([crop(scene(40, seed), 0) for seed in range(30)])
        assert overlap(images).max() < MATCH
        assert overlap(np.full((3, 3, 32, 32), 128, dtype=np.uint8)).max() < 0.1

    def test_chunks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The result does not depend on how many pairs are compared at once."""
        images = np.random.default_rng(0).integers(0, 256, (12, 3, 32, 32), dtype=np.uint8)
        expected = overlap(images)
        monkeypatch.setattr("svhnlab.data.photographs._CHUNK", 5)
        assert np.allclose(overlap(images), expected, atol=1e-6)


class TestFindPhotographs:
    def test_chain(self) -> None:
        """Each crop is compared with the one before it, so a long number is one photograph; so is a repeated image."""
        numbers, single = scene(120, 1), scene(40, 2)
        images = np.stack([*(crop(numbers, left) for left in (0, 14, 28, 42)), crop(single, 0), crop(single, 0)])
        found = find_photographs(images)
        assert found.tolist() == [0, 0, 0, 0, 1, 1]

    @pytest.mark.parametrize("split", ["train", "test"])
    def test_generated_house_numbers(self, split: str) -> None:
        """Where the photographs are known, nine of ten links are found, and hardly a false one."""
        digits = generate(1_000, seed=7, split=split)
        same, linked = np.diff(digits.photographs) == 0, np.diff(find_photographs(digits.images)) == 0
        assert (linked & same).sum() / same.sum() > 0.88
        assert (linked & same).sum() / linked.sum() > 0.98

    def test_one_image(self) -> None:
        """A single image is one photograph."""
        assert find_photographs(np.zeros((1, 3, 32, 32), dtype=np.uint8)).tolist() == [0]

    @pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample of real photographs is not beside the project")
    @pytest.mark.parametrize(("name", "low", "high"), [("train", 0.47, 0.56), ("test", 0.4, 0.52)])
    def test_real_photographs(self, name: str, low: float, high: float) -> None:
        """On SVHN about half of the adjacent pairs match, in random order about one in a hundred.

        In the complete files (73,257 - 33,402) / 73,256 = 54 % and 50 % of the adjacent pairs share a photograph.
        """
        images = read_format2(SAMPLE / f"{name}_32x32.mat").images
        assert low < (np.diff(find_photographs(images)) == 0).mean() < high
        shuffled = np.random.default_rng(0).permutation(images)
        assert (np.diff(find_photographs(shuffled)) == 0).mean() < 0.025


class TestPhotographsOf:
    def test_the_file_decides(self) -> None:
        """The numbers of the file are used where it has them."""
        images = generate(4, seed=0, split="test").images
        numbers = np.array([0, 1, 1, 2])
        assert photographs_of(LabelledImages(images, np.zeros(4, dtype=np.int64), numbers)) is numbers
