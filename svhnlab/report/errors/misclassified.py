"""A selection of misclassified images of one model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from svhnlab.analysis.errors import rank_errors
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.names import short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import runs_of
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder
from svhnlab.report.core.text import count, quantity, shortened
from svhnlab.report.core.truth import doubtful_labels, label_note
from svhnlab.report.errors.order import ORDERS, order_values, rank_key
from svhnlab.store.schema import RunResult, Study

COLUMNS = 8
# Heights of the captions in distances between columns: with one line, and of each further line.
CAPTION_HEIGHT = 0.3
LINE = 0.2
LONGEST_NAME = 12  # letters of a class name that fit below an image on a line of its own
LONGEST_PAIR = 11  # letters that fit below an image on one line


@dataclass(frozen=True)
class MisclassifiedGallery(AxesDisplay):
    """Misclassified images with label, predicted class and the value by which they are ordered.

    Attributes
    ----------
    images
        uint8, shape (S, 3, H, W).
    numbers
        Position of each image in its file, counted from 0, shape (S,).
    labels, predicted
        Classes of the labels, which may be wrong, and predicted classes, shape (S,).
    values
        Value of each image by which they are ordered, shape (S,); see `order_values`.
    class_names
        Name of each class.
    order
        A key of `ORDERS`.
    candidates
        Number of the errors from which these images are selected.
    notes
        What is wrong with each label, see `svhnlab.report.core.truth.label_note`; empty for a label without doubt.
    spacing
        Distance between columns in image sides; captions keep their size in smaller images.
    """

    images: NDArray[np.uint8]
    numbers: NDArray[np.int64]
    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    values: NDArray[np.float64]
    class_names: tuple[str, ...]
    order: str
    candidates: int
    notes: tuple[str, ...]
    spacing: float = 1.0

    @classmethod
    def from_study(
        cls, study: Study, configuration: str, *, order: str = "typical", n_images: int = 24
    ) -> MisclassifiedGallery:
        """Select the first `n_images` errors of one configuration; see `first_errors`.

        Images whose label is suspected or known to be wrong are left out, except in the order "label".
        """
        (run,) = runs_of(study, configuration)
        selected = run.test.wrong if order == "label" else ~doubtful_labels(study)
        return first_errors(study, run, selected, order=order, n_images=n_images)

    def first(self, most: int) -> MisclassifiedGallery:
        """Return a gallery of the first `most` images."""
        per_image = ("images", "numbers", "labels", "predicted", "values", "notes")
        return replace(self, **{name: getattr(self, name)[:most] for name in per_image})

    @property
    def _columns(self) -> int:
        return COLUMNS // 2 if self.narrow else COLUMNS

    @property
    def _two_lines(self) -> bool:
        """Whether label and predicted class are on separate lines."""
        return max((len(self._pair(i, " ")) for i in range(len(self.images))), default=0) > LONGEST_PAIR

    @property
    def _step(self) -> float:
        """Height of a row of images with its captions, in image sides."""
        lines = self._two_lines + (not self.narrow) + any(self.notes)
        return 1 + self.spacing * (CAPTION_HEIGHT + LINE * lines)

    @property
    def column(self) -> float:
        """Distance between columns in inches."""
        return self.width / self._columns

    @property
    def _height(self) -> float:
        """Height of all rows in image sides."""
        return max(1, -(-len(self.images) // self._columns)) * self._step

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, (self.column / self.spacing * self._height if len(self.images) else 0.6)

    @property
    def alt(self) -> str:
        """The number of images, and the first one with its classes and its value."""
        if not len(self.images):
            return "No image to show: there is no such error."
        order = ORDERS[self.order]
        note = f", label: {self.notes[0]}" if self.notes[0] else ""
        return (
            f"{quantity(len(self.images), 'misclassified image')} of {count(self.candidates)}, ordered by "
            f"{order.description}; the first is image {self.numbers[0]}, {self.class_names[self.labels[0]]} predicted "
            f"as {self.class_names[self.predicted[0]]} ({order.show(self.values[0])}{note})."
        )

    def frame(self) -> pd.DataFrame:
        """Number, label, predicted class and value of each image."""
        names = np.asarray(self.class_names)
        return pd.DataFrame(
            {
                "image": self.numbers,
                "label": names[self.labels],
                "predicted": names[self.predicted],
                "value": self.values,
                "label_note": self.notes,
            }
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw the images in rows with the classes below each and, on pages, the value."""
        if not len(self.images):
            draw_placeholder(ax, "No such error", theme)
            return
        between = "\n" if self._two_lines else " "
        line = LINE * self.spacing
        corners = [
            ((i % self._columns + 0.5) * self.spacing - 0.5, (i // self._columns) * self._step)
            for i in range(len(self.images))
        ]
        place_images(ax, list(self.images), corners, self._columns * self.spacing, self._height)
        centred: dict[str, Any] = {"ha": "center", "va": "top"}
        for i, (x, y) in enumerate(corners):
            middle, below = x + 0.5, y + 1
            size = SMALL + (0 if self._two_lines else 1.5)
            pair = self._pair(i, between)
            ax.text(
                middle, below, pair, fontweight="bold", fontsize=size, color=theme.text, linespacing=1.15, **centred
            )
            below += line * (1 + self._two_lines)
            if not self.narrow:
                ax.text(
                    middle, below, ORDERS[self.order].show(self.values[i]), fontsize=SMALL, color=theme.muted, **centred
                )
                below += line
            if self.notes[i]:
                ax.text(middle, below, self.notes[i], fontsize=SMALL, color=theme.error, **centred)

    def _pair(self, i: int, between: str) -> str:
        names = short_names(self.class_names, LONGEST_NAME)
        return f"{names[self.labels[i]]}{between}→ {names[self.predicted[i]]}"


def first_errors(
    study: Study, run: RunResult, selected: NDArray[np.bool_], *, order: str, n_images: int
) -> MisclassifiedGallery:
    """Select the first errors of a run in an order.

    Parameters
    ----------
    study, run
        A study and one of its runs.
    selected
        Test images that may be shown, shape (N,); only those that the run misclassifies are shown.
    order
        A key of `ORDERS`.
    n_images
        Maximum number of images.

    Raises
    ------
    ValueError
        If the order is unknown.
    NotComputed
        If the results that the order needs are not computed yet.
    """
    test, values = run.test, order_values(study, run, order)
    ranked = rank_errors(test.labels, test.predicted, rank_key(values, order, selected & test.wrong))
    candidates = ranked[selected[ranked]]
    rows = candidates[:n_images]
    return MisclassifiedGallery(
        study.data.test_images[rows],
        study.data.indices["test"][rows],
        test.labels[rows],
        test.predicted[rows],
        values[rows],
        study.class_names,
        order,
        len(candidates),
        tuple(shortened(label_note(study, int(row)), LONGEST_NAME + 2) for row in rows),
    )
