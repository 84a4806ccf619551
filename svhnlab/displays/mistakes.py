"""The images that went wrong, and the classes that are taken for one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.metrics import Evaluation, evaluate
from svhnlab.analysis.mistakes import confused_pairs, rank_mistakes
from svhnlab.displays.base import AxesDisplay, Table, check_names
from svhnlab.displays.pictures import place_images
from svhnlab.displays.style import SMALL, WIDTH, Theme
from svhnlab.displays.text import bounds, count, percent, quantity
from svhnlab.displays.text import confidence as confidence_words
from svhnlab.results import DIGITS, DataResult, RunResult

COLUMNS = 8
CAPTION_HEIGHT = 0.5  # of an image's side; more where the classes take two lines
SECOND_LINE = 0.2
LONGEST_PAIR = 11  # letters that fit below an image on one line


class MisclassifiedGallery(AxesDisplay):
    """Wrong images with true class, predicted class and confidence; the most confident errors by default."""

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: ArrayLike,
        predicted: ArrayLike,
        confidence: ArrayLike,
        class_names: Sequence[str],
        *,
        n_images: int = 24,
        rows: ArrayLike | None = None,
    ) -> None:
        """Take predictions and the images they belong to.

        Parameters
        ----------
        images
            uint8, shape (N, 3, H, W).
        labels, predicted
            True and predicted classes, shape (N,).
        confidence
            Probability of the predicted class, shape (N,).
        class_names
            Name of each class.
        n_images
            Images to show at most.
        rows
            Images in the order in which to show them; the errors, the most confident first, when not given.
        """
        self.labels, self.predicted = np.asarray(labels), np.asarray(predicted)
        self.confidence = np.asarray(confidence)
        self.class_names = tuple(str(name) for name in class_names)
        candidates = rank_mistakes(labels, predicted, confidence) if rows is None else np.asarray(rows)
        self.candidates = len(candidates)
        self.ranked = rows is None
        self.rows = candidates[:n_images].astype(np.int64)
        self.images = images[self.rows]

    @classmethod
    def from_results(
        cls,
        run: RunResult,
        data: DataResult,
        class_names: Sequence[str] = DIGITS,
        *,
        n_images: int = 24,
        rows: ArrayLike | None = None,
    ) -> MisclassifiedGallery:
        """Make the display from a run's test predictions and the test images of the study.

        Raises
        ------
        ValueError
            If the run was not tested on these images.
        """
        if not np.array_equal(run.test.labels, data.test_labels):
            raise ValueError(f"run {run.name} was not tested on the test images of these data")
        test = run.test
        return cls(
            data.test_images,
            test.labels,
            test.predicted,
            test.confidence,
            class_names,
            n_images=n_images,
            rows=rows,
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
        what = "misclassified image" if self.ranked else "image"
        order = ", the most confident errors first" if self.ranked else ""
        first = "; ".join(
            f"{self.class_names[self.labels[row]]} taken for {self.class_names[self.predicted[row]]} "
            f"({confidence_words(self.confidence[row])})"
            for row in self.rows[:3]
        )
        return (
            f"{quantity(len(self.rows), what)} of {count(self.candidates)}{order}, each with true class, "
            f"predicted class and confidence. The first: {first}."
        )

    def frame(self) -> pd.DataFrame:
        """Row, true class, predicted class and confidence of each image shown."""
        names = np.asarray(self.class_names)
        return pd.DataFrame(
            {
                "row": self.rows,
                "true": names[self.labels[self.rows]],
                "predicted": names[self.predicted[self.rows]],
                "confidence": self.confidence[self.rows],
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
                confidence_words(self.confidence[row]),
                ha="center",
                va="top",
                fontsize=SMALL,
                color=theme.muted,
            )

    def _pair(self, row: int, between: str) -> str:
        return f"{self.class_names[self.labels[row]]}{between}→ {self.class_names[self.predicted[row]]}"


class MostConfusedPairs(Table):
    """Pairs of classes by how many images of one are taken for the other."""

    def __init__(self, evaluation: Evaluation, class_names: Sequence[str], top: int = 10) -> None:
        self.class_names = check_names(class_names, len(evaluation.support))
        self.errors = evaluation.errors
        self.pairs = confused_pairs(evaluation.confusion)[:top]

    @classmethod
    def from_results(cls, run: RunResult, class_names: Sequence[str] = DIGITS, top: int = 10) -> MostConfusedPairs:
        """Make the table from a run's test predictions."""
        return cls.from_predictions(run.test.labels, run.test.predicted, class_names, top)

    @classmethod
    def from_predictions(
        cls, labels: ArrayLike, predicted: ArrayLike, class_names: Sequence[str] = DIGITS, top: int = 10
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
