"""What the runs cost, and what more accuracy costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator, PercentFormatter
from matplotlib.transforms import offset_copy

from svhnlab.report.comparison.accuracy import limits_around
from svhnlab.report.comparison.pairwise_tests import _DIFFER, _SCOPE, _tested, reversed_if_needed
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import AUGMENTED, named_runs, statistics_of
from svhnlab.report.core.style import SMALL, WIDTH, Theme
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import (
    count,
    duration,
    interval,
    listing,
    millions,
    number,
    percent,
    points,
    times,
    wrapped,
)
from svhnlab.report.core.words import named
from svhnlab.store.schema import Estimate, RunResult, Statistics, Study


def describe_cost(study: Study) -> Remark:
    """Say what the most accurate run costs beside the cheapest one.

    Raises
    ------
    ValueError
        If no run is stored or the statistics are not made yet.
    """
    statistics, found = statistics_of(study), named_runs(study, [])
    cheapest = min(found, key=_cost)
    best = max(found, key=lambda run: (statistics.runs[run.name].accuracy.value, *(-cost for cost in _cost(run))))
    if len(found) == 1:
        return Remark(f"{named(best)} is the only stored run: {_price(best)}.")
    if best is cheapest:
        return Remark(_cheapest_is_best(statistics, found, best))
    pair = reversed_if_needed(statistics, cheapest.name, best.name)
    (work, seconds), (least, shortest) = _cost(best), _cost(cheapest)
    text = (
        f"From the cheapest run, {named(cheapest)}, to the one with the highest accuracy, "
        f"{named(best)}, the measured accuracy rises by {points(pair.accuracy.value)}, at "
        f"{_ratio(work, least)} multiply-adds for an image and {_ratio(seconds, shortest)} training time. "
    )
    text += (
        f"These two trained models {_DIFFER} ({_tested(pair)})."
        if pair.significant
        else f"The test does not support a difference between these two trained models ({_tested(pair)}), so it is not "
        "shown that the higher cost buys accuracy."
    )
    return Remark(f"{text} Such tests {_SCOPE}")


def _cheapest_is_best(statistics: Statistics, found: list[RunResult], best: RunResult) -> str:
    others = [run for run in found if run is not best]
    worse = [named(run) for run in others if statistics.pair(run.name, best.name).significant]
    unsettled = [named(run) for run in others if not statistics.pair(run.name, best.name).significant]
    text = (
        f"{named(best)} is at once the run with the highest accuracy and the cheapest one: none of the others has a "
        "higher measured accuracy."
    )
    if worse:
        verb = "is" if len(worse) == 1 else "are"
        text += f" By the paired tests, {listing(worse)} {verb} less accurate, at the 5% level."
    if unsettled:
        text += f" The tests do not tell {named(best)} apart from {listing(unsettled, 'or')}."
    return f"{text} The tests {_SCOPE}"


def _cost(run: RunResult) -> tuple[float, float]:
    """Multiply-adds for an image and seconds of training, in the order in which they count."""
    return float(run.settings["multiply_adds"]), sum(epoch.seconds for epoch in run.history)


def _ratio(one: float, other: float) -> str:
    """How many times the other, in words that stand before a noun."""
    return "about the same" if abs(one / other - 1) < 0.05 else f"{times(one / other)} the"


def _price(run: RunResult) -> str:
    work, seconds = _cost(run)
    speed = number(run.environment["inference_images_per_second"], 0)
    return f"{millions(work)} multiply-adds for an image, trained in {duration(seconds)}, {speed} images/s at inference"


class CostTable(Table):
    """What each run takes: size, work for an image, time to train and to predict."""

    def __init__(self, runs: Sequence[RunResult]) -> None:
        self.runs = list(runs)

    @classmethod
    def from_results(cls, study: Study, *names: str) -> CostTable:
        """Make the table of the named runs, of all without a name.

        Raises
        ------
        ValueError
            If a named run is not stored.
        """
        return cls(named_runs(study, names))

    @property
    def alt(self) -> str:
        """Text with the multiply-adds and the training time of every run."""
        parts = [
            f"{row['run']} {millions(row['multiply_adds'])} and {duration(row['seconds'])}"
            for row in self.frame().to_dict("records")
        ]
        return f"Multiply-adds for an image, and training time: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return training time in seconds and the size of the weights in bytes."""
        return pd.DataFrame(
            [
                {
                    "run": run.title,
                    "parameters": run.settings["parameters"],
                    "multiply_adds": run.settings["multiply_adds"],
                    "epochs": len(run.history),
                    "seconds": sum(epoch.seconds for epoch in run.history),
                    "images_per_second": run.environment["inference_images_per_second"],
                    "bytes": run.settings["weights_bytes"],
                }
                for run in self.runs
            ]
        )

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        numbers = self.frame()
        return pd.DataFrame(
            {
                "Run": numbers["run"],
                "Parameters": [millions(value) for value in numbers["parameters"]],
                "Multiply-adds": [millions(value) for value in numbers["multiply_adds"]],
                "Epochs": [count(value) for value in numbers["epochs"]],
                "Training": [duration(value) for value in numbers["seconds"]],
                "Images/s": [number(value, 0) for value in numbers["images_per_second"]],
                "Weights": [f"{number(value / 1e6, 1)} MB" for value in numbers["bytes"]],
            }
        )


@dataclass(frozen=True)
class CostPoint:
    """A run where accuracy stands against cost.

    Attributes
    ----------
    name, title
        Of the run, for the program and for people.
    multiply_adds
        For one image.
    accuracy
        On the test images.
    plain
        Position of the run without augmentation that this run is the augmented version of; None otherwise.
    """

    name: str
    title: str
    multiply_adds: float
    accuracy: Estimate
    plain: int | None = None


class AccuracyCost(AxesDisplay):
    """Accuracy against multiply-adds for an image, with an arrow from each model to its augmented version.

    Augmentation does not change the work for an image, so both versions of a model have the same cost; they are drawn
    a little to the left and to the right of it.
    """

    apart = 7.0  # points from the true place to where a version is drawn

    def __init__(self, points: Sequence[CostPoint]) -> None:
        self.points = list(points)

    @classmethod
    def from_results(cls, study: Study, *names: str) -> AccuracyCost:
        """Make the display of the named runs, of all without a name.

        Raises
        ------
        ValueError
            If a named run is not stored or the statistics are not made yet.
        """
        runs, statistics = named_runs(study, names), statistics_of(study)
        order = [run.name for run in runs]
        return cls(
            [
                CostPoint(
                    run.name,
                    run.title,
                    float(run.settings["multiply_adds"]),
                    statistics.runs[run.name].accuracy,
                    _position(order, run.name),
                )
                for run in runs
            ]
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 3.6

    @property
    def alt(self) -> str:
        """Text alternative with cost, accuracy and interval of every run."""
        parts = [
            f"{point.title}: {millions(point.multiply_adds)} multiply-adds, {percent(point.accuracy.value)} "
            f"({interval(point.accuracy.limits)})"
            for point in self.points
        ]
        return f"Test accuracy with 95% intervals against multiply-adds for an image. {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Cost, accuracy and bounds, one row for each run."""
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
        """Draw a dot with its interval for each run, and the arrows."""
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
            left = i in with_version
            ax.annotate(
                "with augmentation" if point.plain is not None else wrapped(point.title, 20),
                (point.multiply_adds, point.accuracy.value),
                xycoords=shifts[i],
                xytext=(-8 if left else 8, 0),
                textcoords="offset points",
                ha="right" if left else "left",
                va="center",
                fontsize=SMALL + 0.5,
                color=theme.text,
            )
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
        costs = np.log10([point.multiply_adds for point in self.points])
        # Room for the names at both sides, and at least two powers of ten, where one cost stands alone.
        span = max(float(np.ptp(costs)), 0.7)
        middle = float(costs.min() + costs.max()) / 2
        ax.set_xlim(10 ** (middle - 0.95 * span), 10 ** (middle + 0.95 * span))
        ax.set_ylim(limits_around([point.accuracy for point in self.points]))
        ax.xaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e6:g} M"))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.yaxis.set_major_locator(MaxNLocator(6))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        ax.set_xlabel("Multiply-adds for an image (log scale)")
        ax.set_ylabel("Accuracy; lines are 95% intervals")

    def _side(self, i: int, with_version: set[int]) -> int:
        """Whether a point is drawn to the left (-1) of its cost, to the right (1) or on it (0)."""
        return -1 if i in with_version else 1 if self.points[i].plain is not None else 0


def _position(order: Sequence[str], name: str) -> int | None:
    """Position of the run that the named one is the augmented version of; None where it is not or it is not there."""
    plain = name.removesuffix(AUGMENTED)
    return order.index(plain) if plain != name and plain in order else None
