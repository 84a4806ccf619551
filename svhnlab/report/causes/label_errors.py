"""Label errors: test labels to which the models, on average, give a low probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from svhnlab.analysis.metrics import share_estimate
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.names import short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import statistics_of
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder
from svhnlab.report.core.text import count, interval, number, percent, quantity
from svhnlab.report.core.words import all_models, sentence_start
from svhnlab.store.schema import LabelReview, Study

LONGEST_NAME = 9  # letters of a class name that fit beside a word below an image
IMPLAUSIBLE = 0.2  # share of suspected labels above which the models are rather wrong than the labels


@dataclass(frozen=True)
class SuspectedLabels(AxesDisplay):
    """The S test images whose labels are most likely wrong: label, most probable class on average, quality score.

    The average is over the probabilities of all models; few models, or none, may predict the class that it favours.

    Attributes
    ----------
    pixels
        The images, uint8, shape (S, 3, H, W).
    images
        Number of each image, which is its position in its file, shape (S,).
    given, suggested
        Label of each image, and class with the highest mean probability, shape (S,).
    quality
        Quality score of each label, shape (S,).
    known_wrong
        Whether each label is known to be wrong, shape (S,); None if the true labels are unknown.
    total
        Number of all suspected labels.
    class_names
        Name of each class.
    """

    pixels: NDArray[np.uint8]
    images: NDArray[np.int64]
    given: NDArray[np.int64]
    suggested: NDArray[np.int64]
    quality: NDArray[np.float32]
    known_wrong: NDArray[np.bool_] | None
    total: int
    class_names: tuple[str, ...]

    split = "test"
    suggestion = "the class with the highest mean probability over the models"
    text_height = 0.62  # height of the lines below an image, in image sides

    @classmethod
    def from_study(cls, study: Study, *, n_images: int = 24) -> SuspectedLabels:
        """Select the suspected labels with the lowest quality; ``NotComputed`` without statistics."""
        review, data = statistics_of(study).labels, study.data
        rows = review.suspected[:n_images]
        return cls(
            data.test_images[rows],
            data.indices["test"][rows],
            data.test_labels[rows],
            review.suggested[rows],
            review.quality[rows],
            None if review.injected is None else np.isin(rows, data.injected),
            len(review.suspected),
            study.class_names,
        )

    @property
    def _columns(self) -> int:
        return 4 if self.narrow else 8

    @property
    def _step(self) -> float:
        return 1 + self.text_height + (0.2 if self.known_wrong is not None else 0)

    @property
    def _n_drawn(self) -> int:
        """Number of images in the picture: phones show the first half, which fits a screen."""
        return -(-len(self.images) // 2) if self.narrow else len(self.images)

    @property
    def _grid(self) -> float:
        return -(-self._n_drawn // self._columns) * self._step

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, (self.width / self._columns * self._grid if len(self.images) else 0.6)

    @property
    def alt(self) -> str:
        """The number of images, and the first one."""
        if not len(self.images):
            return f"No image to show: no {self.split} label is suspected to be wrong."
        first = (
            f"labelled {self.class_names[self.given[0]]}, {self.suggestion} is {self.class_names[self.suggested[0]]}"
        )
        return (
            f"{quantity(self._n_drawn, f'{self.split} image')} of {count(self.total)} with a suspected label, the "
            f"lowest quality first: {first} (score {_score(float(self.quality[0]))})."
        )

    def frame(self) -> pd.DataFrame:
        """Number, label, suggested label and score of each image shown."""
        names = np.asarray(self.class_names)
        return pd.DataFrame(
            {
                "image": self.images,
                "given": names[self.given],
                "suggested": names[self.suggested],
                "quality": self.quality,
                "known_wrong": self.known_wrong,
            }
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw the images in rows with the text below each."""
        if not len(self.images):
            draw_placeholder(ax, f"No {self.split} label is suspected to be wrong", theme)
            return
        names = short_names(self.class_names, LONGEST_NAME - 1)
        corners = [(float(i % self._columns), (i // self._columns) * self._step) for i in range(self._n_drawn)]
        place_images(ax, list(self.pixels[: self._n_drawn]), corners, self._columns, self._grid)
        for i, (x, y) in enumerate(corners):
            lines = [
                (f"label {names[self.given[i]]}", "bold", theme.text),
                (f"models: {names[self.suggested[i]]}", "normal", theme.text),
                (f"score {_score(self.quality[i])}", "normal", theme.muted),
            ]
            if self.known_wrong is not None:
                wrong = self.known_wrong[i]
                lines.append(
                    ("label is wrong", "normal", theme.error) if wrong else ("label is correct", "normal", theme.accent)
                )
            for line, (text, weight, colour) in enumerate(lines):
                ax.text(
                    x + 0.5,
                    y + 1.0 + 0.19 * line,
                    text,
                    ha="center",
                    va="top",
                    fontsize=SMALL,
                    fontweight=weight,
                    color=colour,
                )


def _score(quality: float) -> str:
    return "< 0.01" if quality < 0.005 else number(float(quality), 2)


def describe_label(study: Study) -> Markdown:
    """State how many labels are suspected to be wrong and, if the true labels are known, how many of them are.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    statistics = statistics_of(study)
    review, models = statistics.labels, len(statistics.runs)
    total, suspected = len(review.quality), len(review.suspected)
    parts = [
        Markdown("Confident learning over {models} flags {suspected} of {labels} as suspect ({share}).").format(
            models="the only model" if models == 1 else all_models(models),
            suspected=count(suspected) if suspected else "none",
            labels=quantity(total, "test label"),
            share=percent(suspected / total, 2),
        )
    ]
    if review.injected is None or review.true_positives is None:
        parts.append(
            Markdown(
                "The true labels of these data are unknown, so the result cannot be checked here: a flagged label "
                "should be inspected and is not proven to be wrong."
            )
        )
        parts.append(doubt_suspicion(review))
        return sentences(parts)
    if not review.injected:
        text = Markdown("The images are generated without wrong labels, so each flagged label is a false positive.")
        parts.append(text)
        return sentences(parts)
    parts += [Markdown("The images are generated, so their true labels are known."), compare_with_truth(review)]
    if review.average_precision is not None and not np.isnan(review.average_precision):
        parts.append(
            Markdown(
                "Ranking all labels by quality gives an average precision of {}; about {} is expected by chance."
            ).format(number(review.average_precision, 2), number(review.injected / total, 3))
        )
    return sentences(parts)


def doubt_suspicion(review: LabelReview) -> Markdown:
    """State that too many labels are suspected for the suspicion to be about the labels; empty if they are not."""
    share = len(review.suspected) / len(review.quality)
    if share <= IMPLAUSIBLE:
        return Markdown("")
    return Markdown(
        "Confident learning assumes models that are mostly right: {} suspected labels say more about the models than "
        "about the labels."
    ).format(percent(share))


def compare_with_truth(review: LabelReview) -> Markdown:
    """State how many suspected labels are wrong, and how many wrong ones are missed; empty if these are unknown."""
    if review.true_positives is None or not review.injected:
        return Markdown("")
    missed = review.injected - review.true_positives
    recall = share_estimate(review.true_positives, review.injected)
    wrong = quantity(review.injected, "wrong label")
    of_wrong = Markdown("of {wrong}, {missed} {is_are} missed (recall {recall}, {limits}).").format(
        wrong=wrong,
        missed=count(missed) if missed else "none",
        is_are="is" if missed <= 1 else "are",
        recall=percent(recall.value),
        limits=interval(recall.limits),
    )
    suspected = len(review.suspected)
    if not suspected:
        return sentence_start(of_wrong)
    precision = share_estimate(review.true_positives, suspected)
    return Markdown(
        "Of {suspected}, {found} {is_are} wrong (precision {precision}, 95% interval {limits}); {of_wrong}"
    ).format(
        suspected=quantity(suspected, "suspected label"),
        found=count(review.true_positives) if review.true_positives else "none",
        is_are="is" if review.true_positives <= 1 else "are",
        precision=percent(precision.value),
        limits=interval(precision.limits),
        of_wrong=of_wrong,
    )
