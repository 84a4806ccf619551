"""Properties of the picture: what they are called, and images with little and with much of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import statistics_of
from svhnlab.report.core.style import SMALL, WIDTH, Theme
from svhnlab.report.core.text import listing, number
from svhnlab.store.schema import Study


@dataclass(frozen=True)
class Property:
    """How a property of the picture is called.

    Attributes
    ----------
    title
        Name for people.
    unit
        What is measured, and in what.
    low, high
        What images with little and with much of it are.
    factor
        Multiplies the values that are shown, so that they need few digits.
    """

    title: str
    unit: str
    low: str
    high: str
    factor: float = 1.0


PROPERTIES: dict[str, Property] = {
    "brightness": Property("Brightness", "mean luma, 0–1", "dark", "bright"),
    "contrast": Property("Contrast", "standard deviation of luma", "flat", "rich in contrast"),
    "sharpness": Property("Sharpness", "variance of the Laplacian × 1,000", "blurred", "sharp", 1000.0),
    "saturation": Property("Saturation", "mean HSV saturation, 0–1", "grey", "coloured"),
    "neighbours": Property("Edges at the sides", "share of edges in the outer eighths", "clear sides", "crowded sides"),
}
"""What `svhnlab.data.image_stats.image_properties` measures, by name."""


def property_named(name: str) -> Property:
    """Return how a property is called; one that is not known by its own name."""
    return PROPERTIES.get(name) or Property(name.capitalize(), "", "low", "high")


def value_words(name: str, value: float) -> str:
    """Write a value of a property, with three significant digits or two decimals."""
    shown = value * property_named(name).factor
    return number(shown, 2 if abs(shown) < 10 else 1 if abs(shown) < 100 else 0)


class PropertyExamples(AxesDisplay):
    """Test images with little and with much of each property, a row for each."""

    each = 5  # images of either kind
    extreme = 0.05  # share of the images at either end that they are spread over
    label = 2.5  # width of the words at the left, in image sides
    gap = 0.5

    def __init__(self, images: NDArray[np.uint8], values: Mapping[str, ArrayLike]) -> None:
        """Take the images and their properties.

        Parameters
        ----------
        images
            uint8, shape (N, 3, H, W), N at least one.
        values
            Value of each property for each image, by name, each of shape (N,).
        """
        self.rows = {name: self._choose(np.asarray(own)) for name, own in values.items()}
        self.values = {name: np.asarray(own)[self.rows[name]] for name, own in values.items()}
        self.images = {name: images[rows] for name, rows in self.rows.items()}

    @classmethod
    def from_results(cls, study: Study) -> PropertyExamples:
        """Make the display from a study; ``ValueError`` when it has no statistics."""
        return cls(study.data.test_images, statistics_of(study).properties)

    def _choose(self, values: NDArray[np.float32]) -> NDArray[np.int64]:
        """Rows spread over the lowest and over the highest values, ascending."""
        order = np.argsort(values, kind="stable")
        each = min(self.each, len(order) // 2)
        places = np.linspace(0, max(self.extreme * len(order), each) - 1, each).round().astype(np.int64)
        return np.concatenate([order[places], order[::-1][places[::-1]]]).astype(np.int64)

    @property
    def _width(self) -> float:
        return self.label + 2 * self.each + self.gap

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, WIDTH / self._width * (len(self.rows) + 0.1)

    @property
    def alt(self) -> str:
        """Text alternative with the values at both ends."""
        parts = [
            f"{property_named(name).title.lower()} {value_words(name, values[0])} to {value_words(name, values[-1])}"
            for name, values in self.values.items()
            if len(values)
        ]
        return f"Test images with little (left) and with much (right) of each property: {listing(parts)}."

    def frame(self) -> pd.DataFrame:
        """Row and value of each image shown."""
        return pd.concat(
            [
                pd.DataFrame({"property": name, "row": rows, "value": self.values[name]})
                for name, rows in self.rows.items()
            ],
            ignore_index=True,
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw the images with the names at the left."""
        corners, images = [], []
        for row, own in enumerate(self.images.values()):
            half = len(own) // 2
            for i, image in enumerate(own):
                right = i >= half
                corners.append((self.label + (i - half + self.each + self.gap if right else i), float(row)))
                images.append(image)
        if images:
            place_images(ax, images, corners, self._width, len(self.rows) + 0.1)
        ax.set_axis_off()
        for row, name in enumerate(self.rows):
            words = property_named(name)
            ax.text(0, row + 0.42, words.title, va="center", fontweight="bold", fontsize=SMALL + 0.5)
            ax.text(
                0,
                row + 0.84,
                f"{words.low} … {words.high}",
                va="center",
                fontsize=SMALL - 0.5,
                color=theme.muted,
            )
