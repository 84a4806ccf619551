"""Whether the label is at fault: test labels to which the runs, on average, give a low probability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.metrics import share_estimate
from svhnlab.report.core.display import AxesDisplay, Display
from svhnlab.report.core.names import short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import statistics_of
from svhnlab.report.core.style import SMALL, WIDTH, Theme, draw_placeholder, only_bottom
from svhnlab.report.core.text import count, interval, listing, number, percent, quantity
from svhnlab.store.schema import LabelReview, Study

COLUMNS = 8
LONGEST_NAME = 9  # letters of a class name that fit below an image beside a word


class SuspectedLabels(AxesDisplay):
    """The test images whose labels look worst: the given label, the class that is most probable on average, the score.

    The average is that of the probabilities of all runs; a class may lead it that few runs, or none, predict.
    """

    captions = 0.62  # height of the words below an image, in image sides

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: ArrayLike,
        review: LabelReview,
        class_names: Sequence[str],
        *,
        planted: ArrayLike | None = None,
        n_images: int = 24,
    ) -> None:
        """Take the images and what is thought of their labels.

        Parameters
        ----------
        images
            uint8, shape (N, 3, H, W).
        labels
            Given classes, shape (N,).
        review
            Of these labels.
        class_names
            Name of each class.
        planted
            Rows of labels that are known to be wrong, shape (P,); None where nothing is known.
        n_images
            Images to show at most.
        """
        self.class_names = tuple(str(name) for name in class_names)
        self.suspected = len(review.suspected)
        self.rows = review.suspected[:n_images]
        self.given = np.asarray(labels)[self.rows]
        self.suggested = review.suggested[self.rows]
        self.quality = review.quality[self.rows]
        self.known = None if planted is None else np.isin(self.rows, planted)
        self.images = images[self.rows]

    @classmethod
    def from_results(cls, study: Study, *, n_images: int = 24) -> SuspectedLabels:
        """Make the display from a study; ``ValueError`` when it has no statistics."""
        review, data = statistics_of(study).labels, study.data
        return cls(
            data.test_images,
            data.test_labels,
            review,
            study.class_names,
            planted=None if review.injected is None else data.injected,
            n_images=n_images,
        )

    @property
    def _step(self) -> float:
        return 1 + self.captions + (0.2 if self.known is not None else 0)

    @property
    def _grid(self) -> float:
        return -(-len(self.rows) // COLUMNS) * self._step

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return (WIDTH, WIDTH / COLUMNS * self._grid) if len(self.rows) else (WIDTH, 0.6)

    @property
    def alt(self) -> str:
        """Text alternative that describes the first images."""
        if not len(self.rows):
            return "No image to show: no test label is suspected."
        first = "; ".join(
            f"labelled {self.class_names[given]}, rather {self.class_names[suggested]} (score {_score(quality)})"
            for given, suggested, quality in list(zip(self.given, self.suggested, self.quality, strict=True))[:3]
        )
        return (
            f"{quantity(len(self.rows), 'test image')} of {count(self.suspected)} with a suspected label, the worst "
            f"first, each with the given label, the class with the highest mean "
            f"probability over the runs, and the quality score. The first: {first}."
        )

    def frame(self) -> pd.DataFrame:
        """Row, given label, suggested label and score of each image shown."""
        names = np.asarray(self.class_names)
        return pd.DataFrame(
            {
                "row": self.rows,
                "given": names[self.given],
                "suggested": names[self.suggested],
                "quality": self.quality,
                "known_wrong": self.known,
            }
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw the images in rows with the words below each."""
        if not len(self.rows):
            draw_placeholder(ax, "No test label is suspected", theme)
            return
        corners = [(float(i % COLUMNS), (i // COLUMNS) * self._step) for i in range(len(self.rows))]
        place_images(ax, list(self.images), corners, COLUMNS, self._grid)
        for i, (x, y) in enumerate(corners):
            lines = [
                (f"label {self._name(self.given[i])}", "bold", theme.text),
                (f"rather {self._name(self.suggested[i])}", "normal", theme.text),
                (f"score {_score(self.quality[i])}", "normal", theme.muted),
            ]
            if self.known is not None:
                known = self.known[i]
                lines.append(("known wrong" if known else "label is right", "normal", _verdict_colour(known, theme)))
            for line, (words, weight, colour) in enumerate(lines):
                ax.text(
                    x + 0.5,
                    y + 1.0 + 0.19 * line,
                    words,
                    ha="center",
                    va="top",
                    fontsize=SMALL,
                    fontweight=weight,
                    color=colour,
                )

    def _name(self, k: int) -> str:
        return short_names(self.class_names, LONGEST_NAME)[k]


def _verdict_colour(known: bool, theme: Theme) -> str:
    return theme.error if known else theme.accent


def _score(quality: float) -> str:
    return "< 0.01" if quality < 0.005 else number(float(quality), 2)


class LabelQualityFigure(Display):
    """Distribution of the label-quality score: all labels, the suspected ones, and those known to be wrong."""

    bins = 40

    def __init__(self, review: LabelReview, planted: ArrayLike | None = None) -> None:
        """Take the scores.

        Parameters
        ----------
        review
            Of all test labels.
        planted
            Rows of labels that are known to be wrong, shape (P,); None where nothing is known.
        """
        self.quality = np.asarray(review.quality, dtype=np.float64)
        self.suspected = np.zeros(len(self.quality), dtype=bool)
        self.suspected[review.suspected] = True
        self.planted: NDArray[np.bool_] | None = None
        if planted is not None:
            self.planted = np.zeros(len(self.quality), dtype=bool)
            self.planted[np.asarray(planted, dtype=np.int64)] = True

    @classmethod
    def from_results(cls, study: Study) -> LabelQualityFigure:
        """Make the display from a study; ``ValueError`` when it has no statistics."""
        review = statistics_of(study).labels
        return cls(review, None if review.injected is None else study.data.injected)

    @property
    def _groups(self) -> list[tuple[str, NDArray[np.bool_]]]:
        groups = [("Not suspected", ~self.suspected), ("Suspected", self.suspected)]
        if self.planted is not None:
            groups.append(("Known to be wrong", self.planted))
        return groups

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 0.6 + 0.72 * len(self._groups)

    @property
    def alt(self) -> str:
        """Text alternative with the median score of each group."""
        parts = [
            f"{count(int(members.sum()))} {words.lower()}"
            + (f" (median {number(float(np.median(self.quality[members])), 2)})" if members.any() else "")
            for words, members in self._groups
        ]
        return f"Distributions of the label-quality score of the test labels, 0 to 1: {listing(parts)}."

    def frame(self) -> pd.DataFrame:
        """Score of each test label, whether it is suspected, and whether it is known to be wrong."""
        known = self.planted if self.planted is not None else np.full(len(self.quality), None)
        return pd.DataFrame({"quality": self.quality, "suspected": self.suspected, "known_wrong": known})

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a row for each group, each scaled to its own highest bar."""
        groups = self._groups
        panels = figure.subplots(len(groups), 1, sharex=True, squeeze=False)[:, 0]
        edges = np.linspace(0, 1, self.bins + 1)
        colours = (theme.accent, theme.error, theme.muted)
        for ax, (words, members), colour in zip(panels, groups, colours, strict=False):
            heights = np.histogram(np.clip(self.quality[members], 0, 1), edges)[0]
            ax.stairs(heights, edges, fill=True, color=colour, alpha=0.85)
            ax.set(xlim=(0, 1), ylim=(0, 1.05 * max(int(heights.max()), 1)), yticks=[])
            ax.set_title(
                f"{words}: {count(int(members.sum()))}",
                fontsize=SMALL + 1,
                pad=2,
                fontweight="normal",
                color=theme.text,
            )
            only_bottom(ax)
            if ax is not panels[-1]:
                ax.tick_params(axis="x", length=0)
        panels[-1].set_xlabel("Label quality: 0 surely wrong, 1 surely right")


def describe_label(study: Study) -> Remark:
    """Say how many labels are suspected, and how far that can be checked.

    Raises
    ------
    ValueError
        If the study has no statistics.
    """
    review = statistics_of(study).labels
    total, suspected = len(review.quality), len(review.suspected)
    runs = len(statistics_of(study).runs)
    light = "the only stored run" if runs == 1 else f"all {runs} runs together"
    text = (
        f"In the light of {light}, {count(suspected) if suspected else 'none'} of "
        f"{quantity(total, 'test label')} {'is' if suspected < 2 else 'are'} suspected to be wrong "
        f"({percent(suspected / total, 2)})."
    )
    if review.injected is None or review.true_positives is None:
        return Remark(
            f"{text} Which labels of these data are wrong is not known, so that this cannot be checked here: a "
            "suspected label is one to look at, not one that is shown to be wrong."
        )
    if not review.injected:
        return Remark(f"{text} The images are generated without wrong labels: each suspicion is a false alarm.")
    text += (
        f" The images are generated, and it is known which {quantity(review.injected, 'label')} of the test images "
        f"{'is' if review.injected == 1 else 'are'} wrong."
    )
    if suspected:
        hits = review.true_positives
        precision, recall = share_estimate(hits, suspected), share_estimate(hits, review.injected)
        text += (
            f" Of the {quantity(suspected, 'suspected label')} {count(hits)} "
            f"{'is' if hits == 1 else 'are'} among these: a precision of {percent(precision.value)} (95% "
            f"interval {interval(precision.limits)}) and a recall of {percent(recall.value)} ({count(hits)} of "
            f"{count(review.injected)}, {interval(recall.limits)})."
        )
    if review.average_precision is not None and not np.isnan(review.average_precision):
        text += (
            f" The ranking of all labels by quality has an average precision of {number(review.average_precision, 2)}; "
            f"by chance it would be about {number(review.injected / total, 3)}."
        )
    return Remark(text)
