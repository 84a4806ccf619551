"""One error step by step: the image, what the models predict, its nearest training images, and what changes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from svhnlab.report.core.display import Display
from svhnlab.report.core.names import short_names
from svhnlab.report.core.select import NotComputed, runs_of, trained_runs
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder, only_bottom
from svhnlab.report.core.text import (
    listing,
    percent,
    shortened,
    without_start,
    wrapped,
)
from svhnlab.report.core.truth import doubtful_labels
from svhnlab.report.errors.class_pairs import PREDICTED, TRUE
from svhnlab.report.robustness.examples import changed_images, describe_change
from svhnlab.store.schema import RunResult, Study

CLASSES = 4  # most probable classes shown
CHANGES = 5  # changed images shown, as many as nearest training images
# Heights in inches: of a title, of a line below a small image, of the axis below the bars, and between the parts.
TITLE, LINE, AXIS, GAP = 0.25, 0.185, 0.3, 0.12


class Places(NamedTuple):
    """Sizes in inches, and lengths of words in letters, in a form of the figure."""

    column: float  # distance between small images
    small: float  # side of a small image
    large: float  # side of the image and of its occlusion map
    second: float  # left edge of the occlusion map
    bars: float  # left edge of the bars and of their names
    bars_height: float
    letters: int  # below a small image
    name: int


ON_PAGES = Places(1.5, 1.05, 1.4, 1.5, 3.0, 1.1, 24, 14)
ON_PHONES = Places(0.746, 0.66, 1.75, 1.9, 0.0, 1.05, 12, 8)


@dataclass(frozen=True)
class ChangedImage:
    """An image after one change.

    Attributes
    ----------
    image
        uint8, shape (3, H, W).
    phrase
        What is done to the image.
    predicted
        Name of the class that is then predicted.
    is_correct
        Whether that is the label.
    """

    image: NDArray[np.uint8]
    phrase: str
    predicted: str
    is_correct: bool


@dataclass(frozen=True)
class WorkedExample(Display):
    """One error of the most accurate model in all details.

    Attributes
    ----------
    number
        Position of the image in its file, counted from 0; -1 if there is no error to show.
    image
        uint8, shape (3, H, W).
    label, predicted
        The classes; positions in `class_names`.
    probabilities
        By title of the configuration, shape (K,); that of the most accurate one is the first.
    attribution
        Its occlusion map, from -1 (supports the label) to 1 (supports the predicted class), shape (S, S).
    neighbours, neighbour_labels
        Its nearest training images, uint8, shape (B, 3, H, W), and the names of their labels.
    changes
        The image after some changes, with the predictions of the most accurate model.
    class_names
        Name of each class.
    """

    number: int
    image: NDArray[np.uint8]
    label: int
    predicted: int
    probabilities: dict[str, NDArray[np.float64]]
    attribution: NDArray[np.float64]
    neighbours: NDArray[np.uint8]
    neighbour_labels: tuple[str, ...]
    changes: tuple[ChangedImage, ...]
    class_names: tuple[str, ...]

    layout = None

    @classmethod
    def from_study(cls, study: Study) -> WorkedExample:
        """Select the error that `choose_example` chooses.

        Raises
        ------
        NotComputed
            If no configuration is trained, or the nearest training images of the most accurate one are not stored.
        """
        run = most_accurate_run(study)
        evidence, neighbours = run.evidence, study.neighbour_images
        if evidence is None or evidence.attribution is None or neighbours is None:
            raise NotComputed("the nearest training images are not computed yet")
        row = choose_example(study)
        if row is None:
            nothing = np.zeros((0, 3, 32, 32), dtype=np.uint8)
            return cls(-1, nothing, 0, 0, {}, np.zeros((1, 1)), nothing, (), (), study.class_names)
        others = [other for other in study.runs.values() if other is not run]
        rows = np.searchsorted(neighbours.rows, evidence.neighbours[row])
        return cls(
            int(study.data.indices["test"][row]),
            study.data.test_images[row],
            int(run.test.labels[row]),
            int(run.test.predicted[row]),
            {one.title: one.test.probabilities[row] for one in (run, *others)},
            (evidence.attribution[np.searchsorted(evidence.rows, row)].astype(np.float64) - 128) / 127,
            neighbours.images[rows],
            tuple(study.class_names[label] for label in evidence.neighbour_labels[row]),
            _changes(study, run, row),
            study.class_names,
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        if self.number < 0:
            return self.width, 0.6
        return self.width, self._top + sum(self._row_height(words) for _, _, words in self._rows)

    @property
    def _places(self) -> Places:
        return ON_PHONES if self.narrow else ON_PAGES

    @property
    def _top(self) -> float:
        """Height of the image, its occlusion map and the bars, which phones show below them."""
        places = self._places
        below = TITLE + places.bars_height + AXIS if self.narrow else 0
        return TITLE + places.large + below + GAP

    @property
    def _rows(self) -> list[tuple[str, NDArray[np.uint8], list[str]]]:
        """Title, images and words of each row of small images."""
        letters = self._places.letters
        names = dict(zip(self.class_names, short_names(self.class_names, self._places.name), strict=True))
        labels = [wrapped(f"label {names[label]}", letters) for label in self.neighbour_labels]
        rows = [("Nearest training images", self.neighbours, labels)]
        if self.changes:
            words = [f"{wrapped(one.phrase, letters)}\n→ {names[one.predicted]}" for one in self.changes]
            rows.append(("Changed images", np.stack([one.image for one in self.changes]), words))
        return rows

    def _row_height(self, words: list[str]) -> float:
        lines = max(text.count("\n") + 1 for text in words)
        return TITLE + self._places.small + LINE * lines + GAP

    @property
    def alt(self) -> str:
        """The image with its label and the predicted class, and the labels of the nearest training images."""
        if self.number < 0:
            return "No image to show: there is no such error."
        return (
            f"Test image {self.number}, labelled {self.class_names[self.label]} and predicted as "
            f"{self.class_names[self.predicted]}, with its probabilities, its nearest training images (labels "
            f"{listing(self.neighbour_labels)}) and changed versions."
        )

    def frame(self) -> pd.DataFrame:
        """Probability of each class, one row for each configuration and class."""
        return pd.DataFrame(
            [
                (run, name, float(probability))
                for run, values in self.probabilities.items()
                for name, probability in zip(self.class_names, values, strict=True)
            ],
            columns=["run", "class", "probability"],
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw the image, its occlusion map and the probabilities; below, rows of small images."""
        if self.number < 0:
            draw_placeholder(figure.add_subplot(), "No such error", theme)
            return
        places, (width, height) = self._places, self.size

        def titled(title: str, left: float, top: float) -> None:
            where = left / width, 1 - (top + 0.17) / height
            figure.text(*where, title, fontsize=SMALL + 1.5, fontweight="bold", color=theme.text)

        def add_axes(left: float, top: float, wide: float, high: float) -> Axes:
            return figure.add_axes((left / width, 1 - (top + high) / height, wide / width, high / height))

        def draw_image(image: NDArray[np.uint8], left: float, top: float, side: float) -> Axes:
            ax = add_axes(left, top, side, side)
            ax.imshow(np.moveaxis(image, 0, -1), interpolation="none")
            ax.set_axis_off()
            return ax

        titled(f"Image {self.number}", 0, 0)
        draw_image(self.image, 0, TITLE, places.large)
        titled("Occlusion", places.second, 0)
        self._draw_attribution(draw_image(self.image, places.second, TITLE, places.large))
        top = TITLE + places.large + GAP if self.narrow else 0.0
        run = next(iter(self.probabilities))
        titled(shortened(f"Probabilities, {without_start(run)}", 48), places.bars, top)
        names = self._likely_names
        left = places.bars + 0.1 + 0.075 * max(len(name) for name in names)
        self._draw_probabilities(add_axes(left, top + TITLE, width - left - 0.02, places.bars_height), names, theme)
        top = self._top
        for title, images, words in self._rows:
            titled(title, 0, top)
            for i, (image, text) in enumerate(zip(images, words, strict=True)):
                draw_image(image, places.column * i, top + TITLE, places.small)
                where = places.column * i / width, 1 - (top + TITLE + places.small + 0.05) / height
                figure.text(*where, text, va="top", fontsize=SMALL - 0.5, color=theme.text, linespacing=1.15)
            top += self._row_height(words)

    @property
    def _likely(self) -> list[int]:
        """The most probable classes of the most accurate model."""
        values = next(iter(self.probabilities.values()))
        return [int(k) for k in np.argsort(-values, kind="stable")[:CLASSES]]

    @property
    def _likely_names(self) -> list[str]:
        return short_names([self.class_names[k] for k in self._likely], ON_PAGES.name)

    def _draw_attribution(self, ax: Axes) -> None:
        colour = np.where((self.attribution > 0)[..., None], to_rgb(PREDICTED), to_rgb(TRUE))
        overlay = np.concatenate([colour, 0.75 * np.abs(self.attribution)[..., None]], axis=-1)
        side = self.image.shape[-1]
        ax.imshow(overlay, interpolation="none", extent=(-0.5, side - 0.5, side - 0.5, -0.5))

    def _draw_probabilities(self, ax: Axes, names: list[str], theme: Theme) -> None:
        values, classes = next(iter(self.probabilities.values())), self._likely
        colours = [{self.predicted: PREDICTED, self.label: TRUE}.get(k, theme.muted) for k in classes]
        ax.barh(range(len(classes)), values[classes], color=colours, height=0.6)
        for place, k in enumerate(classes):
            ax.text(values[k] + 0.02, place, percent(values[k], 0), va="center", fontsize=SMALL, color=theme.text)
        ax.set_yticks(range(len(classes)), names)
        ax.tick_params(axis="y", labelcolor=theme.text)
        ax.set_ylim(len(classes) - 0.5, -0.5)
        ax.set_xlim(0, 1.15)
        ax.set_xticks([0, 0.5, 1])
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        only_bottom(ax)


def choose_example(study: Study) -> int | None:
    """Return the row of the error that a reader recognises best; None without errors whose label is beyond doubt.

    Of the errors of the most accurate model, those of which changed versions were predicted are preferred, and of these
    the images with a sharpness and a contrast of at least the median of the errors. It is the one to whose label the
    models give the highest probability on average: what other models recognise is in the picture.

    Raises
    ------
    NotComputed
        If no configuration is trained.
    """
    runs, best = runs_of(study), most_accurate_run(study).test
    usable = errors = best.wrong & ~doubtful_labels(study)
    preferred = [_legible(study, errors)]
    if study.robustness is not None:
        preferred.insert(0, np.isin(np.arange(len(usable)), study.robustness.rows))
    for condition in preferred:
        usable = usable & condition if (usable & condition).any() else usable
    if not usable.any():
        return None
    rows = np.flatnonzero(usable)
    support = np.mean([run.test.probabilities[rows, best.labels[rows]] for run in runs], axis=0)
    return int(rows[np.argmax(support)])


def _legible(study: Study, errors: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether sharpness and contrast of each image are at least the median of the errors, shape (N,)."""
    legible = np.ones(len(errors), dtype=bool)
    if study.causes is not None and errors.any():
        for name in ("sharpness", "contrast"):
            values = study.causes.measures[name]
            legible &= values >= np.median(values[errors])
    return legible


def outcomes_of_changes(study: Study, run: RunResult, row: int) -> NDArray[np.bool_] | None:
    """Return whether a run is correct under each change, shape (C,); None if the image was not changed."""
    robustness = study.robustness
    if robustness is None or row not in robustness.rows:
        return None
    place = int(np.searchsorted(robustness.rows, row))
    return np.asarray(robustness.predicted[run.name][1:, place] == run.test.labels[row])


def _changes(study: Study, run: RunResult, row: int) -> tuple[ChangedImage, ...]:
    """Return the least change of each corruption that repairs the prediction, then others of the highest severity."""
    outcomes, robustness = outcomes_of_changes(study, run, row), study.robustness
    if outcomes is None or robustness is None:
        return ()
    chosen = []
    for positions in robustness.corruptions.values():
        repairing = [i for i in positions if outcomes[i]]
        chosen.append((not repairing, repairing[0] if repairing else positions[-1]))
    chosen.sort(key=lambda pair: pair[0])
    images = changed_images(study, row)
    place = int(np.searchsorted(robustness.rows, row))
    return tuple(
        ChangedImage(
            images[1 + i],
            describe_change(robustness.conditions[i], robustness.seed, row),
            study.class_names[robustness.predicted[run.name][1 + i, place]],
            bool(outcomes[i]),
        )
        for _, i in chosen[:CHANGES]
    )


def most_accurate_run(study: Study) -> RunResult:
    """Return the most accurate run with weights, from which occlusion maps and changed predictions come."""
    return min(trained_runs(study), key=lambda run: int(run.test.wrong.sum()))
