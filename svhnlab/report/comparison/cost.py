"""Cost of the models, and accuracy against cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator
from matplotlib.transforms import Transform, offset_copy

from svhnlab.report.comparison.accuracy import limits_around
from svhnlab.report.comparison.pairwise_tests import reversed_if_needed
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.marks import has_augmented_version, run_marks
from svhnlab.report.core.select import AUGMENTED, known_only, runs_of, runs_with_statistics, statistics_of, trained_runs
from svhnlab.report.core.style import SMALL, Theme, percent_ticks
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import (
    count,
    duration,
    listing,
    millions,
    number,
    percent,
    points,
    quantity,
    times,
    wrapped,
)
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.store.schema import Estimate, RunResult, Statistics, Study


def show_cost(study: Study) -> Markdown:
    """Return sentences, figure and table of the cost, as far as it is known.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    runs = runs_of(study)
    trained = [run for run in runs if not run.imported]
    known = [run for run in runs if not run.imported or not all(map(np.isnan, (_parameters(run), *_cost(run))))]
    if not known:
        return Markdown(
            "What the models cost is not known: parameters and training time were not imported with the predictions."
        )
    parts = [describe_cost(study)] if trained else []
    if len(trained) > 1:
        arrows = any(has_augmented_version(run.name, study.runs) for run in trained)
        caption = "Accuracy against [multiply-adds](glossary.qmd#term-multiply-add) per image, with 95% intervals." + (
            " Arrows lead from each model without augmentation (hollow) to its version with it." if arrows else ""
        )
        parts.append(captioned("fig-cost", AccuracyCost.from_study(study), caption))
    table = CostTable.from_study(study)
    caption = (
        "Cost of each model: parameters, multiply-adds per image, training time, test images per second, and size of "
        "the weights file. Times are of the machine in @tbl-environments."
        if len(trained) == len(runs)
        else "Cost of each model, as far as it is known; that of imported models is what was stated with them."
    )
    return Markdown("\n\n").join([*parts, captioned("tbl-cost", table, caption)])


def describe_cost(study: Study) -> Markdown:
    """Compare the cost of the most accurate trained model with that of the cheapest one.

    What imported predictions cost is not known, so beside them the sentences speak of trained models only.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    statistics, runs = statistics_of(study), trained_runs(study)
    cheapest = min(runs, key=_cost)
    best = max(runs, key=lambda run: (statistics.runs[run.name].accuracy.value, *(-cost for cost in _cost(run))))
    if len(runs) == 1:
        return _single_cost(best)
    model = Markdown("model" if len(runs) == len(study.runs) else "trained model")
    if best is cheapest:
        return _cheapest_is_best(statistics, runs, best, model)
    pair = reversed_if_needed(statistics, cheapest.name, best.name)
    (work, seconds), (least_work, least_seconds) = _cost(best), _cost(cheapest)
    return sentences(
        [
            Markdown(
                "{cheapest} is the cheapest {model} and {best} the most accurate one: its measured accuracy is {gap} "
                "higher, at {work} multiply-adds per image and {time} training time."
            ).format(
                cheapest=sentence_start(in_sentence(cheapest.title)),
                model=model,
                best=in_sentence(best.title),
                gap=points(pair.accuracy.value),
                work=_ratio(work, least_work),
                time=_ratio(seconds, least_seconds),
            ),
            Markdown("") if pair.significant else Markdown("The higher cost is not shown to improve the accuracy."),
        ]
    )


def _single_cost(run: RunResult) -> Markdown:
    work, seconds = _cost(run)
    return Markdown(
        "{model} is the only trained model. It needs {work} multiply-adds per image, was trained in {time} and "
        "classifies {speed} images per second."
    ).format(
        model=sentence_start(in_sentence(run.title)),
        work=millions(work),
        time=duration(seconds),
        speed=number(run.environment["inference_images_per_second"], 0),
    )


def _cheapest_is_best(statistics: Statistics, runs: list[RunResult], best: RunResult, model: Markdown) -> Markdown:
    others = [run for run in runs if run is not best]
    worse = [in_sentence(run.title) for run in others if statistics.pair(run.name, best.name).significant]
    unsettled = [in_sentence(run.title) for run in others if not statistics.pair(run.name, best.name).significant]
    name = sentence_start(in_sentence(best.title))
    parts = [
        Markdown("{best} is the cheapest {model}, and no other {model} has a higher measured accuracy.").format(
            best=name, model=model
        )
    ]
    if worse:
        parts.append(
            Markdown("By the paired tests it is significantly more accurate than {worse} (5% level).").format(
                worse=listing(worse)
            )
        )
    if unsettled:
        parts.append(
            Markdown("It does not differ significantly from {others}.").format(others=listing(unsettled, "or"))
        )
    return sentences(parts)


def _cost(run: RunResult) -> tuple[float, float]:
    """Multiply-adds per image and seconds of training, in order of priority."""
    return _known(run.settings.get("multiply_adds")), _training_seconds(run)


def _parameters(run: RunResult) -> float:
    return _known(run.settings["parameters"])


def _training_seconds(run: RunResult) -> float:
    """Return the seconds of the training; NaN if they were not imported."""
    if run.imported:
        return _known(run.settings["training_seconds"])
    return sum(epoch.seconds for epoch in run.history)


def _known(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _unless_unknown(write: Callable[[float], str]) -> Callable[[float], str]:
    """Return a function that writes "–" for NaN."""
    return lambda value: "–" if np.isnan(value) else write(value)


def _ratio(one: float, other: float) -> str:
    """Write a ratio for use before a noun, e.g. "2.3 times the"."""
    return "about the same" if abs(one / other - 1) < 0.05 else f"{times(one / other)} the"


@dataclass(frozen=True)
class CostTable(Table[RunResult]):
    """Cost of each model: parameters, multiply-adds, training time, inference speed, size of the weights."""

    runs: tuple[RunResult, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> CostTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if one is not trained."""
        return cls(tuple(runs_of(study, *configurations)))

    @property
    def alt(self) -> str:
        """The multiply-adds and the training time of every model."""
        show_time = _unless_unknown(duration)
        parts = [f"{run.title} {millions(_cost(run)[0])} and {show_time(_cost(run)[1])}" for run in self.runs]
        return f"Multiply-adds per image, and training time: {'; '.join(parts)}."

    def rows(self) -> Sequence[RunResult]:
        """The runs."""
        return self.runs

    def columns(self) -> Sequence[Column[RunResult]]:
        """Training time in seconds and size of the weights in bytes, in MB on the page; without what no run has."""
        columns: tuple[Column[RunResult], ...] = (
            Column("run", lambda run: run.title, "Run"),
            Column("parameters", _parameters, "Parameters", _unless_unknown(millions)),
            Column("multiply_adds", lambda run: _cost(run)[0], "Multiply-adds", _unless_unknown(millions)),
            Column("epochs", lambda run: len(run.history), "Epochs", lambda epochs: count(epochs) if epochs else "–"),
            Column("seconds", _training_seconds, "Training", _unless_unknown(duration)),
            Column(
                "images_per_second",
                lambda run: _known(run.environment.get("inference_images_per_second")),
                "Images/s",
                lambda speed: number(speed, 0),
            ),
            Column(
                "bytes",
                lambda run: _known(run.settings.get("weights_bytes")),
                "Weights",
                _unless_unknown(lambda size: f"{number(size / 1e6, 1)} MB"),
            ),
        )
        return tuple(column for column in columns if self._is_known(column))

    def _is_known(self, column: Column[RunResult]) -> bool:
        values = [column.value(run) for run in self.runs]
        return any(isinstance(value, str) or (value and not np.isnan(value)) for value in values)


@dataclass(frozen=True)
class CostPoint:
    """Accuracy and cost of one configuration.

    Attributes
    ----------
    name, title
        Name of the configuration, and its title for readers.
    multiply_adds
        Multiply-adds per image.
    accuracy
        Accuracy on the test images.
    plain
        For a configuration with augmentation, the position of the same model without it; None otherwise.
    """

    name: str
    title: str
    multiply_adds: float
    accuracy: Estimate
    plain: int | None = None


@dataclass(frozen=True)
class AccuracyCost(AxesDisplay):
    """Accuracy of trained models against multiply-adds per image, with an arrow from a model to its augmented version.

    Augmentation does not change the cost per image, so both versions of a model have the same cost; they are drawn
    slightly to the left and to the right of it.
    """

    apart = 7.0  # horizontal offset of a version from its cost, in points

    points: tuple[CostPoint, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> AccuracyCost:
        """Select the named configurations (by default all trained ones).

        Raises
        ------
        NotComputed
            If one of them is not trained or the statistics are not computed yet.
        """
        found = runs_with_statistics(study, *configurations)
        known_only(((run, None if run.imported else run) for run, _ in found), "multiply-adds per image")
        results = [(run, statistics) for run, statistics in found if not run.imported]
        order = [run.name for run, _ in results]
        return cls(
            tuple(
                CostPoint(
                    run.name,
                    run.title,
                    float(run.settings["multiply_adds"]),
                    statistics.accuracy,
                    _position(order, run.name),
                )
                for run, statistics in results
            )
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, (3.2 + 0.2 * len(self.points) if self.narrow else 3.6)

    @property
    def alt(self) -> str:
        """Cost and accuracy of the cheapest and of the most accurate model."""
        cheapest = min(self.points, key=lambda point: point.multiply_adds)
        best = max(self.points, key=lambda point: point.accuracy.value)
        shown = [
            f"{point.title} with {millions(point.multiply_adds)} and {percent(point.accuracy.value)}"
            for point in (cheapest, best)
        ]
        return (
            f"Test accuracy of {quantity(len(self.points), 'model')} against multiply-adds per image, from the "
            f"cheapest, {shown[0]}, to the most accurate, {shown[1]}."
        )

    def frame(self) -> pd.DataFrame:
        """Cost, accuracy and bounds, one row for each model."""
        return pd.DataFrame(
            [
                {
                    "run": point.title,
                    "multiply_adds": point.multiply_adds,
                    "accuracy": point.accuracy.value,
                    "lower": point.accuracy.low,
                    "upper": point.accuracy.high,
                }
                for point in self.points
            ]
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a dot with its interval for each model, and the arrows."""
        ax.set_xscale("log")
        with_version = {point.plain for point in self.points if point.plain is not None}
        shifts = [
            offset_copy(
                ax.transData, ax.get_figure(root=True), x=self._side(i, with_version) * self.apart, units="points"
            )
            for i in range(len(self.points))
        ]
        looks = run_marks([point.name for point in self.points], theme)
        for i, (point, look) in enumerate(zip(self.points, looks, strict=True)):
            ax.plot(
                [point.multiply_adds] * 2,
                point.accuracy.limits,
                color=look.colour,
                linewidth=2.2,
                alpha=0.55,
                transform=shifts[i],
            )
            ax.plot(
                [point.multiply_adds],
                [point.accuracy.value],
                linestyle="",
                markersize=7,
                transform=shifts[i],
                **look.point,
            )
            if not self.narrow:
                self._name(ax, point, shifts[i], i in with_version, theme)
            if point.plain is not None:
                before = self.points[point.plain]
                ax.annotate(
                    "",
                    (point.multiply_adds, point.accuracy.value),
                    (before.multiply_adds, before.accuracy.value),
                    xycoords=shifts[i],
                    textcoords=shifts[point.plain],
                    arrowprops={"arrowstyle": "->", "color": theme.text, "shrinkA": 5, "shrinkB": 5, "linewidth": 0.9},
                )
        if self.narrow:
            handles = [
                Line2D([], [], linestyle="none", markersize=5, label=point.title, **look.point)
                for point, look in zip(self.points, looks, strict=True)
            ]
            ax.figure.legend(handles=handles, loc="outside upper left")
        costs = np.log10([point.multiply_adds for point in self.points])
        # Leave room for the names at both sides, also if all models have the same cost.
        span = max(float(np.ptp(costs)), 0.7)
        middle = float(costs.min() + costs.max()) / 2
        room = (0.65 if self.narrow else 0.95) * span
        ax.set_xlim(10 ** (middle - room), 10 ** (middle + room))
        ax.set_ylim(limits_around([point.accuracy for point in self.points]))
        ax.xaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e6:g} M"))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_formatter(percent_ticks())
        ax.set_xlabel("Multiply-adds per image (log scale)")
        ax.set_ylabel("Accuracy; lines are 95% intervals")

    def _name(self, ax: Axes, point: CostPoint, place: Transform, left: bool, theme: Theme) -> None:
        """Write the name of a model beside its point."""
        ax.annotate(
            "with augmentation" if point.plain is not None else wrapped(point.title, 20),
            (point.multiply_adds, point.accuracy.value),
            xycoords=place,
            xytext=(-8 if left else 8, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=SMALL + 0.5,
            color=theme.text,
        )

    def _side(self, i: int, with_version: set[int]) -> int:
        """Return whether a point is drawn to the left (-1) of its cost, to the right (1) or on it (0)."""
        return -1 if i in with_version else 1 if self.points[i].plain is not None else 0


def _position(order: Sequence[str], name: str) -> int | None:
    """Return the position of the same model without augmentation; None if there is none."""
    plain = name.removesuffix(AUGMENTED)
    return order.index(plain) if plain != name and plain in order else None
