"""Images in memory, or rows of a file of images that are read only when they are used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ImageRows:
    """Some rows of a ``.npy`` file of images, in a given order, which can be indexed like an array.

    Each use maps the file and copies the rows that it needs, so that the others take no memory.

    Attributes
    ----------
    path
        File of a uint8 array of shape (M, 3, H, W).
    rows
        Rows of the file, int64, shape (N,).
    """

    path: Path
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the rows as an array: (N, 3, H, W)."""
        return (len(self.rows), *self._mapped().shape[1:])

    def __getitem__(self, index: Any) -> NDArray[np.uint8]:
        """Return the images at an index of the rows: a number, a slice, or an array of numbers or booleans."""
        return np.array(self._mapped()[self.rows[index]])

    def take(self, index: NDArray[np.int64]) -> ImageRows:
        """Return some of the rows without reading them."""
        return ImageRows(self.path, self.rows[index])

    def _mapped(self) -> NDArray[np.uint8]:
        mapped: NDArray[np.uint8] = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return mapped


#: uint8, shape (N, 3, H, W).
ImageArray = NDArray[np.uint8] | ImageRows


def take(images: ImageArray, index: NDArray[np.int64]) -> ImageArray:
    """Return some images; those on disk are not read."""
    return images.take(index) if isinstance(images, ImageRows) else images[index]


def chunk_length(images: ImageArray, at_32_pixels: int = 2048) -> int:
    """Return how many images to process at once, so that as many pixels are in memory for every image size."""
    height, width = images.shape[2:]
    return max(1, at_32_pixels * 32 * 32 // (height * width))
