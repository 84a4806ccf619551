"""A test image under each corruption."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from svhnlab.config.corruptions import CORRUPTIONS
from svhnlab.data.corruptions import corrupt, directions
from svhnlab.report.core.display import Display
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import robustness_of
from svhnlab.report.core.style import SMALL, Theme
from svhnlab.report.core.text import quantity
from svhnlab.store.schema import Condition, Study

_BESIDE = 2.4  # width of the texts beside the images of a block, in images
_ABOVE = 0.54  # height of the texts above them on phones


def changed_images(study: Study, row: int) -> NDArray[np.uint8]:
    """Return a test image without a change and under each condition, uint8, shape (1 + C, 3, H, W).

    Raises
    ------
    NotComputed
        If the predictions on changed images are not computed yet.
    """
    robustness, images = robustness_of(study), study.data.test_images
    numbers = np.array([row])
    changed = [
        corrupt(images[numbers], one.corruption, one.strength, seed=robustness.seed, numbers=numbers, others=images)
        for one in robustness.conditions
    ]
    return np.concatenate([images[numbers], *changed])


def describe_change(condition: Condition, seed: int, row: int) -> str:
    """Write what a condition does to a test image, with its direction."""
    return CORRUPTIONS[condition.corruption].describe(condition.strength, int(directions(seed, np.array([row]))[0]))


@dataclass(frozen=True)
class CorruptionExamples(Display):
    """One test image under each corruption, in ascending severity.

    Attributes
    ----------
    images
        By title of the corruption, uint8, shape (S, 3, H, W).
    phrases
        What is done at each severity, by title.
    strengths
        The strengths of the severities, by title.
    label
        Name of the image's class.
    """

    layout = None  # the images fill the figure

    images: dict[str, NDArray[np.uint8]]
    phrases: dict[str, tuple[str, ...]]
    strengths: dict[str, str]
    label: str

    @classmethod
    def from_study(cls, study: Study) -> CorruptionExamples:
        """Select an image that every configuration classifies correctly, the one with the highest contrast.

        Raises
        ------
        NotComputed
            If the predictions on changed images are not computed yet.
        """
        robustness = robustness_of(study)
        labels = study.data.test_labels[robustness.rows]
        right = np.all([predicted[0] == labels for predicted in robustness.predicted.values()], axis=0)
        chosen = robustness.rows[right] if right.any() else robustness.rows
        row = int(chosen[study.data.test_images[chosen].std(axis=(1, 2, 3)).argmax()])
        versions = changed_images(study, row)[1:]
        return cls(
            {CORRUPTIONS[name].title: versions[positions] for name, positions in robustness.corruptions.items()},
            {
                CORRUPTIONS[name].title: tuple(
                    describe_change(robustness.conditions[i], robustness.seed, row) for i in positions
                )
                for name, positions in robustness.corruptions.items()
            },
            {
                CORRUPTIONS[name].title: ", ".join(
                    CORRUPTIONS[name].unit.format(robustness.conditions[i].strength) for i in positions
                )
                for name, positions in robustness.corruptions.items()
            },
            study.class_names[study.data.test_labels[row]],
        )

    @property
    def _steps(self) -> int:
        return max(len(versions) for versions in self.images.values())

    @property
    def _rows(self) -> int:
        return -(-len(self.images) // 2)

    @property
    def _block(self) -> tuple[float, float]:
        """Width and height of the images of a corruption with their texts, in images."""
        return (self._steps + 0.2, 1.12 + _ABOVE) if self.narrow else (self._steps + _BESIDE, 1.12)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, self.width * self._height / self._width

    @property
    def _width(self) -> float:
        return 2 * self._block[0]

    @property
    def _height(self) -> float:
        return self._rows * self._block[1]

    @property
    def alt(self) -> str:
        """The number of corruptions, and the first at its highest severity."""
        first = next(iter(self.phrases.values()))[-1]
        return (
            f"A test image with the label {self.label} under {quantity(len(self.images), 'corruption')} in ascending "
            f"severity, the first up to an image {first}."
        )

    def frame(self) -> pd.DataFrame:
        """Return a row for each picture."""
        return pd.DataFrame(
            [(title, phrase) for title, phrases in self.phrases.items() for phrase in phrases],
            columns=["corruption", "change"],
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw the images of each corruption beside its title and strengths, or below them."""
        ax = figure.add_axes((0, 0, 1, 1))
        images, corners = [], []
        for i, (title, versions) in enumerate(self.images.items()):
            left, top = (i // self._rows) * self._block[0], (i % self._rows) * self._block[1]
            if self.narrow:
                first, below, x, y = left + 0.1, top + _ABOVE, left + 0.13, top + 0.16
                apart, align = 0.24, "left"
            else:
                first, below, x, y = left + _BESIDE - 0.1, top + 0.06, left + _BESIDE - 0.2, top + 0.36
                apart, align = 0.32, "right"
            for step, image in enumerate(versions, start=self._steps - len(versions)):
                images.append(image)
                corners.append((first + step, below))
            ax.text(x, y, title, ha=align, va="center", fontsize=SMALL + 0.5)
            ax.text(x, y + apart, self.strengths[title], ha=align, va="center", fontsize=SMALL, color=theme.muted)
        place_images(ax, images, corners, self._width, self._height)
