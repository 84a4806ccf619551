"""Rows of images on disk behave like the array that they are part of."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svhnlab.image_rows import ImageRows, chunk_length, take

STORED = np.random.default_rng(0).integers(0, 256, (9, 3, 4, 4), dtype=np.uint8)


class TestImageRows:
    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(rows=st.lists(st.integers(0, 8), max_size=12), index=st.slices(12))
    def test_equal_to_the_array(self, tmp_path: Path, rows: list[int], index: slice) -> None:
        """Every slice, selection and selection of a selection is that of the array."""
        np.save(tmp_path / "images.npy", STORED)
        chosen = np.array(rows, dtype=np.int64)
        images, array = ImageRows(tmp_path / "images.npy", chosen), STORED[chosen]
        assert images.shape == array.shape
        assert len(images) == len(array)
        assert np.array_equal(images[index], array[index])
        assert np.array_equal(images[:], array)
        half = np.flatnonzero(np.arange(len(rows)) % 2)
        assert np.array_equal(take(images, half)[:], take(array, half))
        assert np.array_equal(pickle.loads(pickle.dumps(images))[:], array)

    def test_one_image(self, tmp_path: Path) -> None:
        """A number gives one image, and an array of numbers of any shape that many."""
        np.save(tmp_path / "images.npy", STORED)
        images = ImageRows(tmp_path / "images.npy", np.arange(9)[::-1])
        assert np.array_equal(images[2], STORED[6])
        assert images[np.array([[0, 1], [2, 3]])].shape == (2, 2, 3, 4, 4)


class TestChunkLength:
    def test_same_memory(self) -> None:
        """Chunks of larger images have as many pixels, and never no image."""
        for side, length in ((32, 2048), (64, 512), (224, 41)):
            assert chunk_length(np.zeros((1, 3, side, side), dtype=np.uint8)) == length
        assert chunk_length(np.zeros((1, 3, 224, 224), dtype=np.uint8), 4) == 1
