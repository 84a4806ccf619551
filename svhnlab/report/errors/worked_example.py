"""One error step by step: the image, what the models predict, its nearest training images, and what changes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from svhnlab.config.corruptions import CORRUPTIONS
from svhnlab.report.core.causes import cause_codes, cause_evidence, cause_titles
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.names import short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import NotComputed, runs_of, trained_runs
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder, only_bottom
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import count, count_with_verb, listing, percent, without_start, wrapped
from svhnlab.report.core.truth import doubtful_labels
from svhnlab.report.core.words import all_models, in_sentence, sentence_start
from svhnlab.report.errors.class_pairs import PREDICTED, TRUE
from svhnlab.report.errors.order import order_values
from svhnlab.report.robustness.examples import changed_images, describe_change
from svhnlab.store.schema import RunResult, Study

CLASSES = 4  # most probable classes shown
CHANGES = 5  # changed images shown, as many as nearest training images
LONGEST_NAME = 14


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
    width
        Of the figure, in inches.
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
        return self.width, (6.1 if self.narrow else 4.9) - (0 if self.changes else 1.4)

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
        rows = 2 if self.changes else 1
        if self.narrow:
            grid = figure.add_gridspec(2 + rows, 2, height_ratios=[1.7, 1.35, *[1.15] * rows])
            top = (grid[0, 0], grid[0, 1], grid[1, :])
        else:
            grid = figure.add_gridspec(1 + rows, 3, height_ratios=[1.6, *[1.5] * rows], width_ratios=[1, 1, 1.5])
            top = (grid[0, 0], grid[0, 1], grid[0, 2])
        image, occlusion, bars = (figure.add_subplot(place) for place in top)
        pixels = np.moveaxis(self.image, 0, -1)
        for ax, title in ((image, f"Image {self.number}"), (occlusion, "Occlusion")):
            ax.imshow(pixels, interpolation="none")
            ax.set_axis_off()
            ax.set_title(title, fontsize=SMALL + 1.5, pad=4)
        self._draw_attribution(occlusion)
        self._draw_probabilities(bars, theme)
        first = 2 if self.narrow else 1
        names = [(f"label {name}", "") for name in self.neighbour_labels]
        self._draw_row(figure.add_subplot(grid[first, :]), "Nearest training images", self.neighbours, names, theme)
        if self.changes:
            shown = self.changes[: CHANGES - 1] if self.narrow else self.changes  # the words need room
            names = [(one.phrase, f"→ {one.predicted}") for one in shown]
            changed = np.stack([one.image for one in shown])
            self._draw_row(figure.add_subplot(grid[first + 1, :]), "Changed images", changed, names, theme)

    def _draw_attribution(self, ax: Axes) -> None:
        colour = np.where((self.attribution > 0)[..., None], to_rgb(PREDICTED), to_rgb(TRUE))
        overlay = np.concatenate([colour, 0.75 * np.abs(self.attribution)[..., None]], axis=-1)
        side = self.image.shape[-1]
        ax.imshow(overlay, interpolation="none", extent=(-0.5, side - 0.5, side - 0.5, -0.5))

    def _draw_probabilities(self, ax: Axes, theme: Theme) -> None:
        run, values = next(iter(self.probabilities.items()))
        order = np.argsort(-values, kind="stable")[:CLASSES]
        colours = [{self.predicted: PREDICTED, self.label: TRUE}.get(int(k), theme.muted) for k in order]
        names = short_names([self.class_names[k] for k in order], LONGEST_NAME)
        ax.barh(range(len(order)), values[order], color=colours, height=0.6)
        for place, k in enumerate(order):
            ax.text(values[k] + 0.02, place, percent(values[k], 0), va="center", fontsize=SMALL, color=theme.text)
        ax.set_yticks(range(len(order)), names)
        ax.tick_params(axis="y", labelcolor=theme.text)
        ax.set_ylim(len(order) - 0.5, -0.5)
        ax.set_xlim(0, 1.12)
        ax.set_xticks([0, 0.5, 1])
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_title(f"Probabilities, {without_start(run)}", fontsize=SMALL + 1.5, pad=4)
        only_bottom(ax)

    def _draw_row(
        self, ax: Axes, title: str, images: NDArray[np.uint8], words: list[tuple[str, str]], theme: Theme
    ) -> None:
        columns = max(len(images), CHANGES - 1) if self.narrow else CHANGES
        step = 1.3 if self.narrow else 1.75
        corners = [(step * i + (step - 1) / 2, 0.0) for i in range(len(images))]
        place_images(ax, list(images), corners, step * columns, 1.75)
        ax.set_anchor("W" if self.narrow else "C")  # rows of four and five images begin at the same place
        for i, (above, below) in enumerate(words):
            text = wrapped(above, 56 // columns if self.narrow else 19)
            ax.text(
                step * (i + 0.5),
                1.06,
                f"{text}\n{below}".strip(),
                ha="center",
                va="top",
                fontsize=SMALL - 0.5,
                color=theme.text,
                linespacing=1.15,
            )
        ax.set_title(title, fontsize=SMALL + 1.5, pad=4)


def choose_example(study: Study) -> int | None:
    """Return the row of the most typical error; None without errors whose label is beyond doubt.

    Of the images that most models predict as the same wrong class, it is the one whose loss is closest to the median of
    these images, on average over the models. Images of which changed versions were predicted are preferred.

    Raises
    ------
    NotComputed
        If no configuration is trained.
    """
    runs, best = runs_of(study), _most_accurate(study).test
    usable = best.wrong & ~doubtful_labels(study)
    if study.robustness is not None:
        changed = np.isin(np.arange(len(usable)), study.robustness.rows)
        usable = usable & changed if (usable & changed).any() else usable
    if not usable.any():
        return None
    agreeing = np.sum([run.test.predicted == best.predicted for run in runs], axis=0)
    rows = np.flatnonzero(usable & (agreeing == agreeing[usable].max()))
    losses = np.stack([order_values(study, run, "typical")[rows] for run in runs])
    distance = np.abs(losses - np.median(losses, axis=1, keepdims=True)).mean(axis=0)
    return int(rows[np.argmin(distance)])


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
        "[^example]: Of the images that most models predict as the same wrong class, with a label beyond doubt and "
        "with changed versions, the example is the one whose loss is closest to the median, on average over the models."
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
