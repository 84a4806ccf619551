"""The images that went wrong, and the classes that are taken for one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.errors import rank_errors
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.names import short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import named_runs
from svhnlab.report.core.style import SMALL, WIDTH, Theme
from svhnlab.report.core.text import count, quantity
from svhnlab.report.errors.order import ORDERS, order_values
from svhnlab.store.schema import Study

COLUMNS = 8
CAPTION_HEIGHT = 0.5  # of an image's side; more where the classes take two lines
SECOND_LINE = 0.2
LONGEST_NAME = 12  # letters of a class name that fit below an image on a line of its own
LONGEST_PAIR = 11  # letters that fit below an image on one line


class MisclassifiedGallery(AxesDisplay):
    """Wrong images with true class, predicted class and the value that they are ordered by."""

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: ArrayLike,
        predicted: ArrayLike,
        values: ArrayLike,
        class_names: Sequence[str],
        *,
        order: str = "confidence",
        n_images: int = 24,
        rows: ArrayLike | None = None,
        what: str = "misclassified image",
    ) -> None:
        """Take predictions and the images they belong to.

        Parameters
        ----------
        images
            uint8, shape (N, 3, H, W).
        labels, predicted
            True and predicted classes, shape (N,).
        values
            What the images are ordered by, shape (N,); see `order_values`.
        class_names
            Name of each class.
        order
            Name of the order; see `ORDERS`.
        n_images
            Images to show at most.
        rows
            Errors to choose from; all when not given.
        what
            What the images are, in the singular.
        """
        self.labels, self.predicted = np.asarray(labels), np.asarray(predicted)
        self.values = np.asarray(values, dtype=np.float64)
        self.class_names = tuple(str(name) for name in class_names)
        self.order, self.what = order, what
        # The least quality of a label comes first, of all else the largest value.
        candidates = rank_errors(labels, predicted, -self.values if order == "label" else self.values)
        if rows is not None:
            candidates = candidates[np.isin(candidates, rows)]
        self.candidates = len(candidates)
        self.rows = candidates[:n_images]
        self.images = images[self.rows]

    @classmethod
    def from_results(
        cls,
        study: Study,
        run: str,
        *,
        order: str = "confidence",
        wrong_in_all: bool = False,
        right_in: str | None = None,
        n_images: int = 24,
    ) -> MisclassifiedGallery:
        """Make the display from the test images of a study and what one of its runs predicts for them.

        Parameters
        ----------
        study, run
            The study, and the name of a stored run.
        order
            "confidence", "loss", "margin" or "label"; see `order_values`.
        wrong_in_all
            Whether to show only images that every stored run gets wrong.
        right_in
            Name of a stored run that gets the images right that are shown.
        n_images
            Images to show at most.

        Raises
        ------
        ValueError
            If the run is not stored, or the order is unknown or needs what is not made yet.
        """
        (found,) = named_runs(study, [run])
        test, shown = found.test, found.test.wrong
        if wrong_in_all:
            shown = shown & np.all([other.test.wrong for other in study.runs.values()], axis=0)
        if right_in is not None:
            (better,) = named_runs(study, [right_in])
            shown = shown & ~better.test.wrong
        return cls(
            study.data.test_images,
            test.labels,
            test.predicted,
            order_values(study, found, order),
            study.class_names,
            order=order,
            n_images=n_images,
            rows=np.flatnonzero(shown),
            what="image that every run gets wrong" if wrong_in_all else "misclassified image",
        )

    @property
    def _two_lines(self) -> bool:
        """Whether true and predicted class stand below one another."""
        return max(len(self._pair(row, " ")) for row in self.rows) > LONGEST_PAIR

    @property
    def _step(self) -> float:
        """Height of a row of images with its words, in image sides."""
        return 1 + CAPTION_HEIGHT + (SECOND_LINE if len(self.rows) and self._two_lines else 0)

    @property
    def _grid(self) -> tuple[int, float]:
        """Rows of images, and the height of all in image sides."""
        rows = max(1, -(-len(self.rows) // COLUMNS))
        return rows, rows * self._step

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return (WIDTH, WIDTH / COLUMNS * self._grid[1]) if len(self.rows) else (WIDTH, 0.6)

    @property
    def alt(self) -> str:
        """Text alternative that describes the first images."""
        if not len(self.rows):
            return "No image to show: there is no such error."
        order = ORDERS[self.order]
        plural = self.what.replace("image", "images", 1)
        first = "; ".join(
            f"{self.class_names[self.labels[row]]} taken for {self.class_names[self.predicted[row]]} "
            f"({order.shown(self.values[row])})"
            for row in self.rows[:3]
        )
        return (
            f"{quantity(len(self.rows), self.what, plural)} of {count(self.candidates)}, {order.words}, each with true "
            f"class, predicted class and {order.value}. The first: {first}."
        )

    def frame(self) -> pd.DataFrame:
        """Row, true class, predicted class and the value of the order of each image shown."""
        names = np.asarray(self.class_names)
        return pd.DataFrame(
            {
                "row": self.rows,
                "true": names[self.labels[self.rows]],
                "predicted": names[self.predicted[self.rows]],
                "value": self.values[self.rows],
            }
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw the images in rows with the words below each."""
        if not len(self.rows):
            ax.text(0.5, 0.5, "No such error", ha="center", va="center", color=theme.muted)
            ax.set_axis_off()
            return
        step, between = self._step, "\n" if self._two_lines else " "
        corners = [(i % COLUMNS, (i // COLUMNS) * step) for i in range(len(self.rows))]
        place_images(ax, list(self.images), corners, COLUMNS, self._grid[1])
        for row, (x, y) in zip(self.rows, corners, strict=True):
            ax.text(
                x + 0.5,
                y + 1.0,
                self._pair(row, between),
                ha="center",
                va="top",
                fontweight="bold",
                fontsize=SMALL + (0 if self._two_lines else 1.5),
                color=theme.text,
                linespacing=1.15,
            )
            ax.text(
                x + 0.5,
                y + step - CAPTION_HEIGHT + 0.2,
                ORDERS[self.order].shown(self.values[row]),
                ha="center",
                va="top",
                fontsize=SMALL,
                color=theme.muted,
            )

    def _pair(self, row: int, between: str) -> str:
        names = short_names(self.class_names, LONGEST_NAME)
        return f"{names[self.labels[row]]}{between}→ {names[self.predicted[row]]}"
