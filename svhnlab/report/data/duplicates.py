"""Near-duplicates: test images that are almost identical to a training image, a leakage between the splits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from svhnlab.analysis.duplicates import RELATIVE_THRESHOLD
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.names import short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import NotComputed, statistics_of
from svhnlab.report.core.style import SMALL, WIDTH, Theme, draw_placeholder
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import count, count_with_verb, number, percent, quantity
from svhnlab.report.core.words import in_sentence
from svhnlab.store.schema import Study

LONGEST_NAME = 9  # letters of a class name that fit below an image beside a word


@dataclass(frozen=True)
class Images:
    """Images with their numbers and labels.

    Attributes
    ----------
    numbers
        Position of each image in its file, counted from 0, shape (P,).
    labels
        Shape (P,).
    images
        uint8, shape (P, 3, H, W).
    """

    numbers: NDArray[np.int64]
    labels: NDArray[np.int64]
    images: NDArray[np.uint8]


@dataclass(frozen=True)
class NearDuplicates(AxesDisplay):
    """Near-duplicates: pairs of a test image (left) and a training image (right).

    Attributes
    ----------
    test, train
        The images of each of P pairs, closest first.
    distances
        Shape (P,).
    class_names
        Name of each class.
    total
        Number of all pairs of near-duplicates.
    """

    pairs_per_row = 4
    step = 1.58  # height of a row of pairs with its captions, in image sides
    gap = 0.28  # between pairs

    test: Images
    train: Images
    distances: NDArray[np.float32]
    class_names: tuple[str, ...]
    total: int

    @classmethod
    def from_study(cls, study: Study, *, n_pairs: int = 12) -> NearDuplicates:
        """Select the `n_pairs` closest pairs whose training image is stored.

        Raises
        ------
        NotComputed
            If the statistics are not computed yet.
        """
        duplicates, known = statistics_of(study).duplicates, study.neighbour_images
        if known is None:
            raise NotComputed("the training images of the near-duplicates are not stored yet")
        shown = np.flatnonzero(np.isin(duplicates.train_rows, known.rows))[:n_pairs]
        test_rows, train_rows = duplicates.test_rows[shown], duplicates.train_rows[shown]
        position = np.searchsorted(known.rows, train_rows)
        data = study.data
        return cls(
            Images(data.indices["test"][test_rows], data.test_labels[test_rows], data.test_images[test_rows]),
            Images(data.indices["train"][train_rows], known.labels[position], known.images[position]),
            duplicates.distances[shown],
            study.class_names,
            len(duplicates.test_rows),
        )

    @property
    def _width(self) -> float:
        return self.pairs_per_row * 2 + (self.pairs_per_row - 1) * self.gap

    @property
    def _height(self) -> float:
        return -(-len(self.distances) // self.pairs_per_row) * self.step

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return (WIDTH, WIDTH / self._width * self._height) if len(self.distances) else (WIDTH, 0.6)

    @property
    def alt(self) -> str:
        """The number of pairs, and the distance of the closest."""
        if not len(self.distances):
            reason = "no training image of a pair is stored" if self.total else "none was found"
            return f"No near-duplicate is shown: {reason}."
        text = (
            f"{quantity(len(self.distances), 'pair')} of {count(self.total)} near-duplicates, a test image (left) and "
            f"a training image (right), the closest first; the distance of the first pair is "
            f"{number(float(self.distances[0]), 2)}."
        )
        other = int((self.test.labels != self.train.labels).sum())
        return f"{text} Of the pairs shown, {count_with_verb(other, 'has', 'have')} two different labels."

    def frame(self) -> pd.DataFrame:
        """Numbers and labels of both images, and distance, of each pair shown."""
        names = np.asarray(self.class_names)
        return pd.DataFrame(
            {
                "image": self.test.numbers,
                "train_image": self.train.numbers,
                "test_label": names[self.test.labels],
                "train_label": names[self.train.labels],
                "distance": self.distances,
            }
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw the pairs in rows with both labels and the distance below."""
        if not len(self.distances):
            missing = "No training image of a pair is stored" if self.total else "No near-duplicates were found"
            draw_placeholder(ax, missing, theme)
            return
        lefts = [(i % self.pairs_per_row) * (2 + self.gap) for i in range(len(self.distances))]
        tops = [(i // self.pairs_per_row) * self.step for i in range(len(self.distances))]
        corners = [(left + side, top) for left, top in zip(lefts, tops, strict=True) for side in (0.0, 1.0)]
        images = [image for pair in zip(self.test.images, self.train.images, strict=True) for image in pair]
        place_images(ax, images, corners, self._width, self._height)
        for i, (left, top) in enumerate(zip(lefts, tops, strict=True)):
            same = self.test.labels[i] == self.train.labels[i]
            for side, split, label in ((0.5, "test", self.test.labels[i]), (1.5, "train", self.train.labels[i])):
                ax.text(
                    left + side,
                    top + 1.02,
                    f"{split} {short_names(self.class_names, LONGEST_NAME)[label]}",
                    ha="center",
                    va="top",
                    fontsize=SMALL,
                    fontweight="normal" if same else "bold",
                    color=theme.text if same else theme.error,
                )
            ax.text(
                left + 1.0,
                top + 1.22,
                f"distance {number(float(self.distances[i]), 2)}",
                ha="center",
                va="top",
                fontsize=SMALL,
                color=theme.muted,
            )


def show_duplicates(study: Study) -> Markdown:
    """Return the figure with its caption; empty if the study has no near-duplicates.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    if not len(statistics_of(study).duplicates.test_rows):
        return Markdown("")
    return captioned(
        "fig-duplicates",
        NearDuplicates.from_study(study),
        "Test images (left) that are [near-duplicates](glossary.qmd#term-near-duplicate) of a training image (right), "
        "with both labels; different labels are bold.",
    )


def describe_duplicates(study: Study) -> Markdown:
    """State how many test images are near-duplicates of a training image, and by which rule.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    duplicates = statistics_of(study).duplicates
    run = study.runs.get(duplicates.run)
    rule = Markdown(
        "A test image counts as a near-duplicate if its nearest training image in the feature space{model} is closer "
        "than {threshold} feature units, which is {factor} times the median of these distances (the rule of "
        "cleanlab’s Datalab)."
    ).format(
        model="" if run is None else Markdown(" of {}").format(in_sentence(run.title)),
        threshold=number(duplicates.threshold, 2),
        factor=RELATIVE_THRESHOLD,
    )
    images, near = len(study.data.test_labels), len(duplicates.test_rows)
    if not near:
        return sentences([rule, Markdown("None of {} is a near-duplicate.").format(quantity(images, "test image"))])
    identical = int((duplicates.distances == 0).sum())
    result = Markdown(
        "By this rule {near} of {images} ({share}) {are}, {identical} of them with exactly the same features."
    ).format(
        near=count(near),
        images=quantity(images, "test image"),
        share=percent(near / images, 2),
        are="is a near-duplicate" if near == 1 else "are near-duplicates",
        identical=count(identical) if identical else "none",
    )
    return sentences([rule, result])
