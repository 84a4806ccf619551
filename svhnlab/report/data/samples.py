"""Sample images of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.names import LONGEST_ROW, short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import check_names
from svhnlab.report.core.style import Theme
from svhnlab.report.core.text import listing
from svhnlab.report.data.class_distribution import LETTER, ONE_BLOCK
from svhnlab.store.schema import Study

LARGEST = 0.72  # largest side of a sample in inches
MOST_CLASSES = 60  # of more classes, so many in even steps are shown
HIGHEST = 8.0  # largest height of the figure in inches, which leaves room for a caption on a page


def explain_samples(study: Study) -> Markdown:
    """Tell in a caption how many of the classes are shown; empty if all are."""
    classes = len(study.class_names)
    if classes <= MOST_CLASSES:
        return Markdown("")
    return Markdown("Of {} classes, {} are shown.").format(classes, MOST_CLASSES)


@dataclass(frozen=True)
class SampleGrid(AxesDisplay):
    """Some images of each class: a row for each class, in two blocks if there are many classes.

    Attributes
    ----------
    images
        uint8, shape (K, S, 3, H, W): S images of each of K classes.
    class_names
        Names of the K classes.
    of_classes
        Number of classes of the study; 0 if all are shown.
    """

    images: NDArray[np.uint8]
    class_names: tuple[str, ...]
    of_classes: int = 0

    def __post_init__(self) -> None:
        check_names(self.class_names, len(self.images))

    @classmethod
    def from_study(cls, study: Study, *, n_samples: int = 6) -> SampleGrid:
        """Select up to `n_samples` training images of each class, half as many if the classes are in two blocks."""
        samples = study.data.samples
        classes = len(samples)
        chosen = np.unique(np.linspace(0, classes - 1, min(classes, MOST_CLASSES)).round().astype(np.int64))
        images = samples[chosen, : max(n_samples // _blocks(len(chosen)), 1)]
        return cls(images, tuple(study.class_names[k] for k in chosen), classes)

    @property
    def _blocks(self) -> int:
        return 1 if self.narrow else _blocks(len(self.images))

    @property
    def _lines(self) -> int:
        return -(-len(self.images) // self._blocks)

    @property
    def _names(self) -> list[str]:
        return short_names(self.class_names, LONGEST_ROW)

    @property
    def _fields(self) -> tuple[float, float]:
        """Side of an image in inches, and width of the names in image sides."""
        samples = self.images.shape[1]
        names = 0.15 + LETTER * max(map(len, self._names))
        side = min(LARGEST, (self.width / self._blocks - names) / samples)
        side = side if self.narrow else min(side, HIGHEST / self._lines)
        return side, names / side

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, self._fields[0] * self._lines + 0.1

    @property
    def alt(self) -> str:
        """The number of images, and the classes."""
        classes, samples = self.images.shape[:2]
        if self.of_classes > classes:
            return (
                f"Grid of {classes * samples} training images, {samples} of each of {classes} of the "
                f"{self.of_classes} classes, in even steps from {self.class_names[0]} to {self.class_names[-1]}."
            )
        return (
            f"Grid of {classes * samples} training images, {samples} of each class, with one row for each of the "
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
        """Draw the images in rows with the class name at the left."""
        classes, samples = self.images.shape[:2]
        names = self._fields[1]
        corners = [(k // self._lines * (names + samples) + names, k % self._lines) for k in range(classes)]
        place_images(
            ax,
            list(self.images.reshape(classes * samples, *self.images.shape[2:])),
            [(left + s, top) for left, top in corners for s in range(samples)],
            self._blocks * (names + samples),
            self._lines,
        )
        for name, (left, top) in zip(self._names, corners, strict=True):
            ax.text(left - 0.12, top + 0.5, name, ha="right", va="center", fontweight="bold", color=theme.text)


def _blocks(classes: int) -> int:
    return 1 if classes <= ONE_BLOCK else 2
