"""The images that went wrong, and the classes that are taken for one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from svhnlab.analysis.metrics import Evaluation, evaluate
from svhnlab.analysis.mistakes import confused_pairs, rank_mistakes
from svhnlab.displays.base import AxesDisplay, Table, check_names, named_runs
from svhnlab.displays.centroids import summarise
from svhnlab.displays.names import short_names
from svhnlab.displays.pictures import place_images
from svhnlab.displays.stored import statistics_of
from svhnlab.displays.style import SMALL, WIDTH, Theme
from svhnlab.displays.text import bounds, count, listing, number, percent, quantity
from svhnlab.displays.text import confidence as confidence_words
from svhnlab.results import RunResult, Study

COLUMNS = 8
CAPTION_HEIGHT = 0.5  # of an image's side; more where the classes take two lines
SECOND_LINE = 0.2
LONGEST_NAME = 12  # letters of a class name that fit below an image on a line of its own
LONGEST_PAIR = 11  # letters that fit below an image on one line


@dataclass(frozen=True)
class Order:
    """A way to order misclassified images.

    Attributes
    ----------
    words, value
        What comes first, and what the value is, as they stand in a sentence.
    shown
        Writes an image's value below it.
    """

    words: str
    value: str
    shown: Callable[[float], str]


ORDERS: dict[str, Order] = {
    "confidence": Order("the most confident errors first", "confidence", confidence_words),
    "loss": Order("the largest loss first", "loss in nats", lambda value: f"loss {number(value, 1)}"),
    "margin": Order(
        "the deepest in the predicted class first",
        "margin in class RMS radii",
        lambda value: f"margin {number(value, 2)}",
    ),
    "label": Order("the most suspect label first", "quality of the label", lambda value: f"quality {number(value, 2)}"),
}


def order_values(study: Study, run: RunResult, order: str) -> NDArray[np.float64]:
    """Return what test images are ordered by, shape (N,).

    Parameters
    ----------
    study
        The study that the run belongs to.
    run
        A stored run.
    order
        "confidence": probability of the predicted class. "loss": minus the logarithm of the probability of the true
        class, in nats. "margin": distance to the centroid of the true class minus that to the predicted one, in RMS
        radii of the classes; positive where an image lies nearer to the class it was taken for. "label": quality of
        the label, low where it is suspect.

    Raises
    ------
    ValueError
        If the order is none of these, or what it needs is not made yet.
    """
    test = run.test
    if order == "confidence":
        return test.confidence
    if order == "loss":
        # From the logits: a probability may be too small to have a logarithm.
        logits = test.logits.astype(np.float64)
        return np.asarray(logsumexp(logits, axis=1) - logits[np.arange(len(test.labels)), test.labels])
    if order == "margin":
        return summarise(run, scale_free=True).distances.margin
    if order == "label":
        return statistics_of(study).labels.quality.astype(np.float64)
    raise ValueError(f"images are ordered by {listing(list(ORDERS), 'or')}, not by {order!r}")


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
        candidates = rank_mistakes(labels, predicted, -self.values if order == "label" else self.values)
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


class MostConfusedPairs(Table):
    """Pairs of classes by how many images of one are taken for the other."""

    def __init__(self, evaluation: Evaluation, class_names: Sequence[str], top: int = 10) -> None:
        self.class_names = check_names(class_names, len(evaluation.support))
        self.errors = evaluation.errors
        self.pairs = confused_pairs(evaluation.confusion)[:top]

    @classmethod
    def from_results(cls, run: RunResult, class_names: Sequence[str], top: int = 10) -> MostConfusedPairs:
        """Make the table from a run's test predictions."""
        return cls.from_predictions(run.test.labels, run.test.predicted, class_names, top)

    @classmethod
    def from_predictions(
        cls, labels: ArrayLike, predicted: ArrayLike, class_names: Sequence[str], top: int = 10
    ) -> MostConfusedPairs:
        """Make the table from true and predicted classes, both of shape (N,)."""
        return cls(evaluate(labels, predicted, len(class_names)), class_names, top)

    @property
    def alt(self) -> str:
        """Text with the first pair."""
        if not self.pairs:
            return "No image was taken for another class."
        first = self.pairs[0]
        return (
            f"The {quantity(len(self.pairs), 'most confused pair')} of classes; first: "
            f"{self.class_names[first.true]} taken for {self.class_names[first.predicted]}, "
            f"{quantity(first.count, 'image')}."
        )

    def frame(self) -> pd.DataFrame:
        """Return counts, shares with 95% interval, one row for each pair."""
        return pd.DataFrame(
            [
                {
                    "true": self.class_names[pair.true],
                    "predicted": self.class_names[pair.predicted],
                    "count": pair.count,
                    "share_of_class": pair.share,
                    "lower": pair.interval[0],
                    "upper": pair.interval[1],
                    "share_of_errors": pair.count / self.errors,
                }
                for pair in self.pairs
            ],
            columns=["true", "predicted", "count", "share_of_class", "lower", "upper", "share_of_errors"],
        )

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        numbers = self.frame()
        return pd.DataFrame(
            {
                "True class": numbers["true"],
                "Predicted class": numbers["predicted"],
                "Images": [count(value) for value in numbers["count"]],
                "Share of class": [percent(value) for value in numbers["share_of_class"]],
                "95% interval": [bounds(limits) for limits in zip(numbers["lower"], numbers["upper"], strict=True)],
                "Share of errors": [percent(value) for value in numbers["share_of_errors"]],
            }
        )
