"""Whether the training images give the test away: test images that nearly repeat one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from svhnlab.analysis.duplicates import RELATIVE_THRESHOLD
from svhnlab.report.causes.label_errors import LONGEST_NAME
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.names import short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import statistics_of
from svhnlab.report.core.style import SMALL, WIDTH, Theme, draw_placeholder
from svhnlab.report.core.text import count, number, percent, quantity
from svhnlab.store.schema import DataResult, Duplicates, NeighbourImages, Study


class NearDuplicates(AxesDisplay):
    """Test images beside the training image that they nearly repeat: the test image at the left of each pair."""

    pairs_per_row = 4
    step = 1.58  # height of a row of pairs with its words, in image sides
    gap = 0.28  # between pairs

    def __init__(
        self,
        duplicates: Duplicates,
        data: DataResult,
        neighbours: NeighbourImages,
        class_names: Sequence[str],
        *,
        n_pairs: int = 12,
    ) -> None:
        """Take the pairs and the images.

        Parameters
        ----------
        duplicates
            Pairs of test and training rows, closest first.
        data
            Holds the test images and their labels.
        neighbours
            Holds training images; pairs whose training image is not among them are passed over and counted.
        class_names
            Name of each class.
        n_pairs
            Pairs to show at most.
        """
        self.class_names = tuple(str(name) for name in class_names)
        self.found = len(duplicates.test_rows)
        place = {int(row): i for i, row in enumerate(neighbours.rows)}
        stored = [i for i, row in enumerate(duplicates.train_rows) if int(row) in place]
        self.passed_over = self.found - len(stored)
        shown = np.asarray(stored[:n_pairs], dtype=np.int64)
        self.test_rows, self.train_rows = duplicates.test_rows[shown], duplicates.train_rows[shown]
        self.distances = duplicates.distances[shown]
        at = np.asarray([place[int(row)] for row in self.train_rows], dtype=np.int64)
        self.test_labels, self.train_labels = data.test_labels[self.test_rows], neighbours.labels[at]
        self.test_images, self.train_images = data.test_images[self.test_rows], neighbours.images[at]

    @classmethod
    def from_results(cls, study: Study, *, n_pairs: int = 12) -> NearDuplicates:
        """Make the display from a study; ``ValueError`` when it has no statistics or no training images."""
        if study.neighbour_images is None:
            raise ValueError("no training images are stored for this study")
        return cls(
            statistics_of(study).duplicates, study.data, study.neighbour_images, study.class_names, n_pairs=n_pairs
        )

    @property
    def _width(self) -> float:
        return self.pairs_per_row * 2 + (self.pairs_per_row - 1) * self.gap

    @property
    def _height(self) -> float:
        return -(-len(self.test_rows) // self.pairs_per_row) * self.step

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return (WIDTH, WIDTH / self._width * self._height) if len(self.test_rows) else (WIDTH, 0.6)

    @property
    def alt(self) -> str:
        """Text alternative with the number of pairs and the closest."""
        if not len(self.test_rows):
            return f"No pair of near-duplicates to show{' of those found' if self.found else ': none was found'}."
        text = (
            f"{quantity(len(self.test_rows), 'pair')} of {count(self.found)} of a test image (left) and the training "
            f"image (right) that it nearly repeats, the closest first; the first pair is at a distance of "
            f"{number(float(self.distances[0]), 2)}."
        )
        other = int((self.test_labels != self.train_labels).sum())
        return f"{text} {quantity(other, 'pair')} shown here {'has' if other == 1 else 'have'} two different labels."

    def frame(self) -> pd.DataFrame:
        """Rows, labels and distance of each pair shown."""
        names = np.asarray(self.class_names)
        return pd.DataFrame(
            {
                "test_row": self.test_rows,
                "train_row": self.train_rows,
                "test_label": names[self.test_labels],
                "train_label": names[self.train_labels],
                "distance": self.distances,
            }
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw the pairs in rows with both labels and the distance below."""
        if not len(self.test_rows):
            words = "No training image of a pair is stored" if self.found else "No near-duplicates were found"
            draw_placeholder(ax, words, theme)
            return
        lefts = [(i % self.pairs_per_row) * (2 + self.gap) for i in range(len(self.test_rows))]
        tops = [(i // self.pairs_per_row) * self.step for i in range(len(self.test_rows))]
        corners = [(left + side, top) for left, top in zip(lefts, tops, strict=True) for side in (0.0, 1.0)]
        images = [image for pair in zip(self.test_images, self.train_images, strict=True) for image in pair]
        place_images(ax, images, corners, self._width, self._height)
        for i, (left, top) in enumerate(zip(lefts, tops, strict=True)):
            same = self.test_labels[i] == self.train_labels[i]
            for side, word, label in ((0.5, "test", self.test_labels[i]), (1.5, "train", self.train_labels[i])):
                ax.text(
                    left + side,
                    top + 1.02,
                    f"{word} {short_names(self.class_names, LONGEST_NAME)[label]}",
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


def describe_duplicates(study: Study) -> Markdown:
    """Say how many test images nearly repeat a training image, and by which rule.

    Raises
    ------
    ValueError
        If the study has no statistics.
    """
    found = statistics_of(study).duplicates
    total, number_found = len(study.data.test_labels), len(found.test_rows)
    run = study.runs.get(found.run)
    whose = f" of {escape_markdown(run.title)}" if run is not None else ""
    rule = (
        f"A test image counts as a near-duplicate when its nearest training image, by the features{whose}, is closer "
        f"than {number(found.threshold, 2)} feature units, which is {RELATIVE_THRESHOLD} times the median of these "
        "distances (the rule of cleanlab’s Datalab)."
    )
    if not number_found:
        return Markdown(f"{rule} None of {quantity(total, 'test image')} is one.")
    same = int((found.distances == 0).sum())
    text = (
        f"{rule} {count(number_found)} of {quantity(total, 'test image')} {'is' if number_found == 1 else 'are'} "
        f"({percent(number_found / total, 2)})"
    )
    return Markdown(f"{text}, {count(same) if same else 'none'} of them with exactly the same features.")
