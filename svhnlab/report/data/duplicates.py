"""Test images that are almost identical to a training image, a leakage between the splits, or to each other."""

from __future__ import annotations

from abc import abstractmethod
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
from svhnlab.report.core.select import NotComputed, known_only, runs_of, statistics_of
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import count, count_with_verb, number, percent, quantity
from svhnlab.report.core.words import in_sentence
from svhnlab.store.schema import Duplicates, Study

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
class ImagePairs(AxesDisplay):
    """Pairs of images that look alike, side by side.

    Attributes
    ----------
    first, second
        The left and the right image of each of P pairs.
    values
        How similar the images of each pair are, shape (P,).
    class_names
        Name of each class.
    total
        Number of all pairs.
    """

    pairs_per_row = 4
    step = 1.58  # height of a row of pairs with its captions, in image sides
    gap = 0.28  # between pairs
    measure = "distance"  # what the values are
    columns = ("image", "train_image", "test_label", "train_label")  # numbers and labels in the CSV file

    first: Images
    second: Images
    values: NDArray[np.float32]
    class_names: tuple[str, ...]
    total: int

    @abstractmethod
    def _words(self, pair: int) -> tuple[str, str]:
        """Return what is written below each image of a pair before its label."""

    @property
    @abstractmethod
    def _placeholder(self) -> str:
        """What is drawn if no pair is shown."""

    @property
    def _per_row(self) -> int:
        return self.pairs_per_row // 2 if self.narrow else self.pairs_per_row

    @property
    def _width(self) -> float:
        return self._per_row * 2 + (self._per_row - 1) * self.gap

    @property
    def _height(self) -> float:
        return -(-len(self.values) // self._per_row) * self.step

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, (self.width / self._width * self._height if len(self.values) else 0.6)

    def _describe(self, pairs: str) -> str:
        """Return the number of pairs, the value of the first, and how many have two different labels."""
        other = int((self.first.labels != self.second.labels).sum())
        return (
            f"{quantity(len(self.values), 'pair')} of {count(self.total)} {pairs}; the {self.measure} of the first is "
            f"{number(float(self.values[0]), 2)}, and {count_with_verb(other, 'has', 'have')} two different labels."
        )

    def frame(self) -> pd.DataFrame:
        """Numbers and labels of both images, and how similar they are, of each pair shown."""
        labels = (np.asarray(self.class_names)[side.labels] for side in (self.first, self.second))
        values = (self.first.numbers, self.second.numbers, *labels, self.values)
        return pd.DataFrame(dict(zip((*self.columns, self.measure), values, strict=True)))

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw the pairs in rows with both labels and their similarity below."""
        if not len(self.values):
            draw_placeholder(ax, self._placeholder, theme)
            return
        lefts = [(i % self._per_row) * (2 + self.gap) for i in range(len(self.values))]
        tops = [(i // self._per_row) * self.step for i in range(len(self.values))]
        corners = [(left + side, top) for left, top in zip(lefts, tops, strict=True) for side in (0.0, 1.0)]
        images = [image for pair in zip(self.first.images, self.second.images, strict=True) for image in pair]
        place_images(ax, images, corners, self._width, self._height)
        names = short_names(self.class_names, LONGEST_NAME)
        for i, (left, top) in enumerate(zip(lefts, tops, strict=True)):
            labels = (self.first.labels[i], self.second.labels[i])
            same = labels[0] == labels[1]
            for side, word, label in zip((0.5, 1.5), self._words(i), labels, strict=True):
                ax.text(
                    left + side,
                    top + 1.02,
                    f"{word} {names[label]}",
                    ha="center",
                    va="top",
                    fontsize=SMALL,
                    fontweight="normal" if same else "bold",
                    color=theme.text if same else theme.error,
                )
            ax.text(
                left + 1.0,
                top + 1.22,
                f"{self.measure} {number(float(self.values[i]), 2)}",
                ha="center",
                va="top",
                fontsize=SMALL,
                color=theme.muted,
            )


@dataclass(frozen=True)
class NearDuplicates(ImagePairs):
    """Near-duplicates: pairs of a test image (left) and a training image (right), closest first."""

    @classmethod
    def from_study(cls, study: Study, *, n_pairs: int = 12) -> NearDuplicates:
        """Select the `n_pairs` closest pairs whose training image is stored.

        Raises
        ------
        NotComputed
            If the statistics are not computed yet.
        """
        duplicates, known = duplicates_of(study), study.neighbour_images
        if known is None:
            raise NotComputed("the training images of the near-duplicates are not stored yet")
        shown = np.flatnonzero(np.isin(duplicates.train_rows, known.rows))[:n_pairs]
        train_rows = duplicates.train_rows[shown]
        position = np.searchsorted(known.rows, train_rows)
        return cls(
            _test_images(study, duplicates.test_rows[shown]),
            Images(study.data.indices["train"][train_rows], known.labels[position], known.images[position]),
            duplicates.distances[shown],
            study.class_names,
            len(duplicates.test_rows),
        )

    def _words(self, pair: int) -> tuple[str, str]:
        return "test", "train"

    @property
    def _placeholder(self) -> str:
        return "No training image of a pair is stored" if self.total else "No near-duplicates were found"

    @property
    def alt(self) -> str:
        """The number of pairs, and the distance of the closest."""
        if not len(self.values):
            reason = "no training image of a pair is stored" if self.total else "none was found"
            return f"No near-duplicate is shown: {reason}."
        return self._describe("near-duplicates, a test image (left) and a training image (right), the closest first")


@dataclass(frozen=True)
class RepeatedPairs(ImagePairs):
    """Pairs of test images that show the same picture: first those from different photographs, then by their match."""

    measure = "match"
    columns = ("image", "other_image", "label", "other_label")

    @classmethod
    def from_study(cls, study: Study, *, n_pairs: int = 12) -> RepeatedPairs:
        """Select the first `n_pairs` pairs; ``NotComputed`` if the statistics are not computed yet."""
        repeated = statistics_of(study).repeated
        shown = np.argsort(~_apart(study), kind="stable")[:n_pairs]
        return cls(
            _test_images(study, repeated.first_rows[shown]),
            _test_images(study, repeated.second_rows[shown]),
            repeated.match[shown],
            study.class_names,
            len(repeated.match),
        )

    def _words(self, pair: int) -> tuple[str, str]:
        return f"{self.first.numbers[pair]}:", f"{self.second.numbers[pair]}:"

    @property
    def _placeholder(self) -> str:
        return "No picture is repeated"

    @property
    def alt(self) -> str:
        """The number of pairs, and the match of the first."""
        if not len(self.values):
            return "No pair of test images shows the same picture."
        return self._describe("test images that show the same picture")


def _apart(study: Study) -> NDArray[np.bool_]:
    """Return whether the images of each pair of repeated images count as two photographs, shape (P,)."""
    repeated, photographs = statistics_of(study).repeated, study.data.test_photographs
    if photographs is None:
        return np.ones(len(repeated.match), dtype=bool)
    return np.asarray(photographs[repeated.first_rows] != photographs[repeated.second_rows])


def _test_images(study: Study, rows: NDArray[np.int64]) -> Images:
    data = study.data
    return Images(data.indices["test"][rows], data.test_labels[rows], data.test_images[rows])


def duplicates_of(study: Study) -> Duplicates:
    """Return the near-duplicates of training images.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet, or all configurations were imported without features.
    """
    found = ((run, statistics_of(study).duplicates) for run in runs_of(study))
    return known_only(found, "features of the training and test images")[0][1]


def show_duplicates(study: Study) -> Markdown:
    """Return the figure with its caption; empty if the study has no near-duplicates.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    if not len(duplicates_of(study).test_rows):
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
    duplicates = duplicates_of(study)
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


def describe_repeated(study: Study) -> Markdown:
    """State how many pairs of test images show the same picture, and whether they have the same label.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    repeated, data = statistics_of(study).repeated, study.data
    first, second = repeated.first_rows, repeated.second_rows
    images, total = quantity(len(data.test_labels), "test image"), len(first)
    if not total:
        return Markdown("No picture is repeated within the {}.").format(images)
    identical = int((data.test_images[first] == data.test_images[second]).all(axis=(1, 2, 3)).sum())
    different, apart = int((data.test_labels[first] != data.test_labels[second]).sum()), int(_apart(study).sum())
    pairs = Markdown(
        "Within the {images}, {pairs} {show} the same picture up to a small shift; {identical} identical, and "
        "{different} two different labels."
    ).format(
        images=images,
        pairs=quantity(total, "pair"),
        show="shows" if total == 1 else "show",
        identical=count_with_verb(identical),
        different=count_with_verb(different, "has", "have"),
    )
    if not apart:
        return sentences([pairs, Markdown("The images of each pair count as one photograph.")])
    known = Markdown(
        "Of these pairs, {} not known to be from one photograph; intervals treat their images as independent."
    )
    return sentences([pairs, known.format(count_with_verb(apart))])


def show_repeated(study: Study) -> Markdown:
    """Return the figure of the repeated test images with its caption; empty if no image is repeated.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    if not len(statistics_of(study).repeated.match):
        return Markdown("")
    return captioned(
        "fig-repeated",
        RepeatedPairs.from_study(study),
        "Test images that show the same picture: number in the file and label of each (bold if they differ), and the "
        "concordance correlation of their overlap.",
    )
