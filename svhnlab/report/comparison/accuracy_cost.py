"""Accuracy of the models against their cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator
from matplotlib.transforms import Transform, offset_copy

from svhnlab.report.comparison.accuracy import limits_around
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.select import AUGMENTED, known_only, runs_with_statistics
from svhnlab.report.core.style import SMALL, Theme, percent_ticks
from svhnlab.report.core.text import millions, percent, quantity, wrapped
from svhnlab.store.schema import Estimate, Study


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
