"""The data: how many images of each class, what they look like, how bright they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.names import LONGEST_ROW, short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import check_names
from svhnlab.report.core.style import WIDTH, Theme
from svhnlab.report.core.text import listing
from svhnlab.report.data.class_distribution import LETTER, ONE_BLOCK
from svhnlab.store.schema import DataResult

LARGEST = 0.72  # inches of a side of a sample
HIGHEST = 8.0  # inches of all samples, which leaves room for a caption on a page


class SampleGrid(AxesDisplay):
    """Some images of every class: a row for each class, in two blocks where there are many."""

    def __init__(self, images: NDArray[np.uint8], class_names: Sequence[str], n_samples: int = 6) -> None:
        """Take samples.

        Parameters
        ----------
        images
            uint8, shape (K, S, 3, H, W): S images of each of K classes.
        class_names
            Names of the K classes.
        n_samples
            Images to show of each class, at most S; half as many where the classes are in two blocks.
        """
        self.class_names = check_names(class_names, len(images))
        self.blocks = 1 if len(images) <= ONE_BLOCK else 2
        self.images = images[:, : max(n_samples // self.blocks, 1)]

    @classmethod
    def from_results(cls, data: DataResult, class_names: Sequence[str], n_samples: int = 6) -> SampleGrid:
        """Make the display from the data of a study."""
        return cls(data.samples, class_names, n_samples)

    @property
    def _lines(self) -> int:
        return -(-len(self.images) // self.blocks)

    @property
    def _names(self) -> list[str]:
        return short_names(self.class_names, LONGEST_ROW)

    @property
    def _fields(self) -> tuple[float, float]:
        """Side of an image in inches, and width of the names in such sides."""
        samples = self.images.shape[1]
        words = 0.15 + LETTER * max(map(len, self._names))
        side = min(LARGEST, (WIDTH / self.blocks - words) / samples, HIGHEST / self._lines)
        return side, words / side

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, self._fields[0] * self._lines + 0.1

    @property
    def alt(self) -> str:
        """Text alternative that says how many images of which classes are there."""
        classes, samples = self.images.shape[:2]
        return (
            f"Grid of {classes * samples} training images, {samples} of each class, in rows for the "
            f"classes {listing(self.class_names)}."
        )

    def frame(self) -> pd.DataFrame:
        """Mean pixel value (0-1) of every image shown, one row for each image."""
        classes, samples = self.images.shape[:2]
        return pd.DataFrame(
            {
                "class": np.repeat(self.class_names, samples),
                "sample": np.tile(np.arange(samples), classes),
                "mean": self.images.reshape(classes * samples, -1).mean(axis=1) / 255,
            }
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw images in rows with the class name at the left."""
        classes, samples = self.images.shape[:2]
        words = self._fields[1]
        corners = [(k // self._lines * (words + samples) + words, k % self._lines) for k in range(classes)]
        place_images(
            ax,
            [image for own in self.images for image in own],
            [(left + s, top) for left, top in corners for s in range(samples)],
            self.blocks * (words + samples),
            self._lines,
        )
        for name, (left, top) in zip(self._names, corners, strict=True):
            ax.text(left - 0.12, top + 0.5, name, ha="right", va="center", fontweight="bold", color=theme.text)
