"""Properties of an image: their names, and example images with low and with high values of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import statistics_of
from svhnlab.report.core.style import SMALL, Theme
from svhnlab.report.core.text import listing, number
from svhnlab.store.schema import Study


@dataclass(frozen=True)
class Property:
    """Names of a property of an image.

    Attributes
    ----------
    title
        Name for readers.
    unit
        Measured quantity and its unit.
    low, high
        Names of images with low and with high values.
    factor
        Multiplies the values shown, to keep them short.
    """

    title: str
    unit: str
    low: str
    high: str
    factor: float = 1.0


PROPERTIES: dict[str, Property] = {
    "brightness": Property("Brightness", "mean luma, 0–1", "dark", "bright"),
    "contrast": Property("Contrast", "standard deviation of luma", "low-contrast", "high-contrast"),
    "sharpness": Property("Sharpness", "variance of the Laplacian × 1,000", "blurred", "sharp", 1000.0),
    "saturation": Property("Saturation", "mean HSV saturation, 0–1", "grey", "colourful"),
    "neighbours": Property("Edges at the sides", "share of edges in the outer eighths", "uncluttered", "cluttered"),
}
"""The properties that `svhnlab.data.image_stats.image_properties` measures, by name."""


def property_named(name: str) -> Property:
    """Return the names of a property; the title of an unknown one is its key."""
    return PROPERTIES.get(name) or Property(name.capitalize(), "", "low", "high")


def write_value(name: str, value: float) -> str:
    """Write a value of a property, with three significant digits or two decimals."""
    shown = value * property_named(name).factor
    return number(shown, 2 if abs(shown) < 10 else 1 if abs(shown) < 100 else 0)


@dataclass(frozen=True)
class Examples:
    """Images with low and with high values of one property, ascending.

    Attributes
    ----------
    name
        The property; a key of `PROPERTIES`.
    images
        Number of each image, which is its position in its file, shape (S,); half of them have low values.
    values
        Value of each image, shape (S,).
    pixels
        The images, uint8, shape (S, 3, H, W).
    """

    name: str
    images: NDArray[np.int64]
    values: NDArray[np.float32]
    pixels: NDArray[np.uint8]


@dataclass(frozen=True)
class PropertyExamples(AxesDisplay):
    """Test images with low and with high values of each property, a row for each."""

    examples: tuple[Examples, ...]

    each = 5  # number of images with low values, and of those with high values
    extreme = 0.05  # share of the images at either end from which the examples are chosen
    label = 2.5  # width of the text at the left, in image sides
    gap = 0.5

    @classmethod
    def from_study(cls, study: Study) -> PropertyExamples:
        """Choose test images by their measured properties; ``NotComputed`` without statistics."""
        data = study.data
        examples = []
        for name, values in statistics_of(study).properties.items():
            rows = cls._choose(values)
            examples.append(Examples(name, data.indices["test"][rows], values[rows], data.test_images[rows]))
        return cls(tuple(examples))

    @classmethod
    def _choose(cls, values: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return rows evenly spaced among the lowest and among the highest values, in ascending order."""
        order = np.argsort(values, kind="stable")
        each = min(cls.each, len(order) // 2)
        places = np.linspace(0, max(cls.extreme * len(order), each) - 1, each).round().astype(np.int64)
        return np.concatenate([order[places], order[::-1][places[::-1]]]).astype(np.int64)

    @property
    def _width(self) -> float:
        return (0 if self.narrow else self.label) + 2 * self._most + self.gap

    @property
    def _height(self) -> float:
        return len(self.examples) * self._step + 0.1

    @property
    def _step(self) -> float:
        """Height of a row in image sides; in the form for phones, the names are above the images."""
        return 1.35 if self.narrow else 1.0

    @property
    def _most(self) -> int:
        """Number of images shown with low values, and with high ones."""
        return 3 if self.narrow else self.each

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, self.width / self._width * self._height

    @property
    def alt(self) -> str:
        """Text alternative with the lowest and the highest value of each property."""
        parts = [
            f"{property_named(row.name).title.lower()} {write_value(row.name, row.values[0])} to "
            f"{write_value(row.name, row.values[-1])}"
            for row in self.examples
            if len(row.values)
        ]
        return f"Test images with low (left) and with high values (right) of each property: {listing(parts)}."

    def frame(self) -> pd.DataFrame:
        """Number and value of each image shown."""
        return pd.concat(
            [pd.DataFrame({"property": row.name, "image": row.images, "value": row.values}) for row in self.examples],
            ignore_index=True,
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw the images with the names at the left."""
        corners, pixels = [], []
        for top, row in enumerate(self.examples):
            half = min(len(row.pixels) // 2, self._most)
            y = (top + 1) * self._step - 1
            for i, image in enumerate([*row.pixels[:half], *row.pixels[len(row.pixels) - half :]]):
                place = i - half + self._most + self.gap if i >= half else i
                corners.append((place if self.narrow else self.label + place, y))
                pixels.append(image)
        if pixels:
            place_images(ax, pixels, corners, self._width, self._height)
        ax.set_axis_off()
        for top, row in enumerate(self.examples):
            names = property_named(row.name)
            y = top * self._step
            ax.text(
                0, y + (0.2 if self.narrow else 0.42), names.title, va="center", fontweight="bold", fontsize=SMALL + 0.5
            )
            ax.text(
                self._width if self.narrow else 0,
                y + (0.2 if self.narrow else 0.84),
                f"{names.low} … {names.high}",
                ha="right" if self.narrow else "left",
                va="center",
                fontsize=SMALL - 0.5,
                color=theme.muted,
            )
