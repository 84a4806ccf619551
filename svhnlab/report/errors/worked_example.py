"""One error step by step: the image, what the models predict, its nearest training images, and what changes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from svhnlab.analysis.causes import UNEXPLAINED
from svhnlab.config.corruptions import CORRUPTIONS
from svhnlab.report.core.causes import cause_codes, cause_evidence, cause_titles
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.names import short_names
from svhnlab.report.core.select import NotComputed, runs_of, trained_runs
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder, only_bottom
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import (
    count,
    count_with_verb,
    listing,
    percent,
    shortened,
    without_start,
    wrapped,
)
from svhnlab.report.core.truth import doubtful_labels
from svhnlab.report.core.words import all_models, in_sentence, sentence_start
from svhnlab.report.errors.class_pairs import PREDICTED, TRUE
from svhnlab.report.errors.order import order_values
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
        run = _most_accurate(study)
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
    """Return the row of the most typical error; None without errors whose label is beyond doubt.

    Of the images that most models predict as the same wrong class, it is the one whose loss is closest to the median of
    the errors, on average over the models. Images of which changed versions were predicted are preferred, and of
    these images that a reader recognises: those with a sharpness and a contrast of at least the median of the errors.

    Raises
    ------
    NotComputed
        If no configuration is trained.
    """
    runs, best = runs_of(study), _most_accurate(study).test
    usable = errors = best.wrong & ~doubtful_labels(study)
    preferred = [_legible(study, errors)]
    if study.robustness is not None:
        preferred.insert(0, np.isin(np.arange(len(usable)), study.robustness.rows))
    for condition in preferred:
        usable = usable & condition if (usable & condition).any() else usable
    if not usable.any():
        return None
    agreeing = np.sum([run.test.predicted == best.predicted for run in runs], axis=0)
    rows = np.flatnonzero(usable & (agreeing == agreeing[usable].max()))
    losses = [order_values(study, run, "typical") for run in runs]
    distance = np.mean([np.abs(loss[rows] - np.median(loss[errors])) for loss in losses], axis=0)
    return int(rows[np.argmin(distance)])


def _legible(study: Study, errors: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether sharpness and contrast of each image are at least the median of the errors, shape (N,)."""
    legible = np.ones(len(errors), dtype=bool)
    if study.causes is not None and errors.any():
        for name in ("sharpness", "contrast"):
            values = study.causes.measures[name]
            legible &= values >= np.median(values[errors])
    return legible


def show_example(study: Study) -> Markdown:
    """Return sentences and figure of the worked example.

    Raises
    ------
    NotComputed
        If no configuration is trained, or the nearest training images of the most accurate one are not stored.
    """
    caption = (
        "One error of the most accurate trained model. Orange supports the predicted class, blue the label; below the "
        "changed images is the class that is then predicted."
    )
    note = Markdown(
        "[^example]: Of the errors with a label beyond doubt, with changed versions, and with a sharpness and a "
        "contrast of at least the median of the errors, the example is one that most models predict as the same wrong "
        "class; among these, its loss is closest to that median."
    )
    figure = captioned("fig-example", WorkedExample.from_study(study), caption)
    return Markdown("\n\n").join([describe_example(study) + Markdown("[^example]"), note, figure])


def describe_example(study: Study) -> Markdown:
    """Follow the worked example from the pixels to the wrong answer.

    Raises
    ------
    NotComputed
        If no configuration is trained, or the nearest training images of the most accurate one are not stored.
    """
    example = WorkedExample.from_study(study)
    row = choose_example(study)
    if row is None:
        return Markdown("No error has a label beyond doubt, so there is no example to follow.")
    run, runs = _most_accurate(study), list(study.runs.values())
    label, predicted = example.class_names[example.label], example.class_names[example.predicted]
    model = in_sentence(run.title)
    parts = [
        Markdown("Image {number} has the label “{label}”. {answers}").format(
            number=example.number, label=label, answers=_answers(study, runs, row)
        ),
        Markdown(
            "The confidence of {model} is {confidence}, and the probability of “{label}” is {probability}."
        ).format(
            model=model,
            confidence=percent(float(run.test.confidence[row])),
            label=label,
            probability=percent(float(run.test.probabilities[row, example.label])),
        ),
        _describe_neighbours(example, model, label, predicted),
        _describe_occlusion(example, label, predicted),
        _describe_cause(study, row),
        _describe_changes(study, run, row),
    ]
    return sentences(parts)


def _answers(study: Study, runs: Sequence[RunResult], row: int) -> Markdown:
    """State what the models predict, the most frequent class first."""
    counted = Counter(study.class_names[int(run.test.predicted[row])] for run in runs).most_common()
    (first, models), *others = counted
    if not others:
        who = sentence_start(all_models(len(runs)))
        return Markdown("{} {} “{}”.").format(who, "predicts" if len(runs) == 1 else "predict", first)
    listed = [f"{count(times)} “{name}”" for name, times in others]
    return Markdown("Of {} models, {} {} “{}”, and {}.").format(
        len(runs), count(models), "predicts" if models == 1 else "predict", first, listing(listed)
    )


def _describe_neighbours(example: WorkedExample, model: str, label: str, predicted: str) -> Markdown:
    labels = Counter(example.neighbour_labels)
    if labels[predicted] == len(example.neighbour_labels):
        return Markdown(
            "Its {all} nearest training images in the features of {model} are all labelled “{predicted}”."
        ).format(all=len(example.neighbour_labels), model=model, predicted=predicted)
    return Markdown(
        "Of its {all} nearest training images in the features of {model}, {as_predicted} labelled “{predicted}” and "
        "{as_label} “{label}”."
    ).format(
        all=len(example.neighbour_labels),
        model=model,
        as_predicted=count_with_verb(labels[predicted]),
        predicted=predicted,
        as_label=count(labels[label]) if labels[label] else "none",
        label=label,
    )


def _describe_occlusion(example: WorkedExample, label: str, predicted: str) -> Markdown:
    """Name the part of the image that supports the predicted class most; empty for a map without such a part."""
    values = example.attribution
    if values.max() <= 0:
        return Markdown("")
    places = np.argwhere(values == values.max()).mean(axis=0) / max(len(values) - 1, 1)
    vertical, horizontal = (
        names[min(int(3 * place), 2)]
        for names, place in zip((("upper", "", "lower"), ("left", "", "right")), places, strict=True)
    )
    where = " ".join(word for word in (vertical, horizontal) if word)
    part = f"{where} part" if where else "middle"
    return Markdown("The {part} of the image supports “{predicted}” against “{label}” most.").format(
        part=part, predicted=predicted, label=label
    )


def _describe_cause(study: Study, row: int) -> Markdown:
    """State the cause of the error of the most accurate model with its evidence; empty without stored causes."""
    if study.causes is None:
        return Markdown("")
    codes = cause_codes(study)
    place = study.causes.runs.index(_most_accurate(study).name)
    if codes[place, row] == UNEXPLAINED:
        return Markdown("No rule of @sec-cause-shares explains the error.")
    evidence = cause_evidence(study, codes, row)[place]
    template = Markdown("The rules of @sec-cause-shares give the cause “{cause}”")
    ending = Markdown(" ({evidence})." if evidence else ".").format(evidence=evidence)
    return template.format(cause=cause_titles(study)[codes[place, row]]) + ending


def _describe_changes(study: Study, run: RunResult, row: int) -> Markdown:
    """State which changes of the image make the prediction correct; empty if it is not among the changed images."""
    outcomes = _outcomes(study, run, row)
    if outcomes is None or study.robustness is None:
        return Markdown("")
    conditions = study.robustness.conditions
    repairing = [CORRUPTIONS[conditions[i].corruption].title.lower() for i in np.flatnonzero(outcomes)]
    if not repairing:
        return Markdown("None of the {} changes of @sec-corruptions makes the prediction correct.").format(
            len(outcomes)
        )
    return Markdown("Of the {all} changes of @sec-corruptions, {some} the prediction correct: {names}.").format(
        all=len(outcomes),
        some=f"{count(len(repairing))} {'makes' if len(repairing) == 1 else 'make'}",
        names=listing(list(dict.fromkeys(repairing))),
    )


def _outcomes(study: Study, run: RunResult, row: int) -> NDArray[np.bool_] | None:
    """Return whether a run is correct under each change, shape (C,); None if the image was not changed."""
    robustness = study.robustness
    if robustness is None or row not in robustness.rows:
        return None
    place = int(np.searchsorted(robustness.rows, row))
    return np.asarray(robustness.predicted[run.name][1:, place] == run.test.labels[row])


def _changes(study: Study, run: RunResult, row: int) -> tuple[ChangedImage, ...]:
    """Return the least change of each corruption that repairs the prediction, then others of the highest severity."""
    outcomes, robustness = _outcomes(study, run, row), study.robustness
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


def _most_accurate(study: Study) -> RunResult:
    """Return the most accurate run with weights, from which occlusion maps and changed predictions come."""
    return min(trained_runs(study), key=lambda run: int(run.test.wrong.sum()))
