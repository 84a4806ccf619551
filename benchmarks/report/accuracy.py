"""Time to accuracy: a typical tutorial at 224 px against svhnlab's recipes."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, PercentFormatter

from benchmarks.schema import Accuracy, Curve, Point
from svhnlab.analysis.metrics import wilson_interval
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo, spread
from svhnlab.report.core.text import count, duration, number, percent, quantity

NAME_GAP = 0.07  # height of a curve's name, as a share of the axis


@dataclass(frozen=True)
class TargetTimes:
    """When each training reached the best accuracy of the tutorial.

    Attributes
    ----------
    target
        That accuracy.
    above_majority
        Whether the target is significantly above the accuracy of always predicting the most frequent class: the 95%
        Wilson interval excludes it.
    tutorial
        First point of the tutorial's training at the target.
    ours
        First point of each of svhnlab's trainings at the target; None where it never reached it.
    """

    target: float
    above_majority: bool
    tutorial: Point
    ours: dict[str, Point | None]


def target_times(accuracy: Accuracy) -> TargetTimes:
    """Return when each training first reached the best accuracy of the tutorial."""
    target = max(point.accuracy for point in accuracy.tutorial.points)
    tutorial = _first(accuracy.tutorial, target)
    assert tutorial is not None
    low, _ = wilson_interval(round(target * accuracy.validation_images), accuracy.validation_images)
    ours = {name: _first(curve, target) for name, curve in accuracy.ours.items()}
    return TargetTimes(target, bool(low > accuracy.guess), tutorial, ours)


def _first(curve: Curve, target: float) -> Point | None:
    return next((point for point in curve.points if point.accuracy >= target), None)


class AccuracyCurves(AxesDisplay):
    """Validation accuracy against seconds of training, on a logarithmic axis."""

    def __init__(self, accuracy: Accuracy) -> None:
        self.curves = [accuracy.tutorial, *accuracy.ours.values()]
        self.majority = accuracy.guess

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 3.4

    @property
    def alt(self) -> str:
        """Text alternative with the end of every curve."""
        parts = [
            f"{curve.title} {percent(curve.points[-1].accuracy)} after {duration(curve.points[-1].seconds)}"
            for curve in self.curves
        ]
        return (
            f"Validation accuracy against seconds of training: {'; '.join(parts)}; always predicting the "
            f"most frequent class gives {percent(self.majority)}."
        )

    def frame(self) -> pd.DataFrame:
        """Return seconds, images seen and accuracy, one row for each point."""
        return pd.DataFrame(
            [{"training": curve.title, **point.model_dump()} for curve in self.curves for point in curve.points]
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a line for each training and a line for the most frequent class."""
        ax.set_xscale("log")
        ax.axhline(self.majority, color=theme.line, linewidth=0.9, linestyle="--", zorder=0)
        colours = [theme.error, *theme.hues]
        heights = spread([curve.points[-1].accuracy for curve in self.curves], NAME_GAP, 0.0, 1.0)
        for i, (curve, height) in enumerate(zip(self.curves, heights, strict=True)):
            colour = colours[i % len(colours)]
            seconds = [point.seconds for point in curve.points]
            accuracies = [point.accuracy for point in curve.points]
            ax.plot(seconds, accuracies, color=colour, marker="so^Dv"[i % 5], markersize=4.5)
            ax.annotate(
                curve.title, (seconds[-1], height), (6, 0), textcoords="offset points", va="center",
                color=colour, fontsize=SMALL, path_effects=halo(theme), annotation_clip=False,
            )  # fmt: skip
        ax.annotate(
            "most frequent class", (0.0, self.majority), (4, -3), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="top", color=theme.muted, fontsize=SMALL,
        )  # fmt: skip
        low, high = ax.get_xlim()
        ax.set_xlim(low, high * (high / low) ** 0.45)  # room for the names
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        ax.set_ylim(0, 1)
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_xlabel("Seconds of training")
        ax.set_ylabel("Validation accuracy")


def accuracy_table(accuracy: Accuracy) -> pd.DataFrame:
    """List speed, time to the target and time of the whole training, which is extrapolated for the tutorial."""
    times = target_times(accuracy)
    rate = accuracy.tutorial_rate.median
    whole = accuracy.tutorial_epochs * accuracy.train_images / rate
    rows = [_row(accuracy.tutorial, rate, times.target, times.tutorial, f"{_seconds(whole)} (extrapolated)")]
    for name, curve in accuracy.ours.items():
        last = curve.points[-1]
        rows.append(_row(curve, last.images / last.seconds, times.target, times.ours[name], _seconds(last.seconds)))
    return pd.DataFrame(rows)


def _row(curve: Curve, rate: float, target: float, reached: Point | None, whole: str) -> dict[str, str]:
    return {
        "Training": curve.title,
        "Images/s": number(rate, 0 if rate >= 100 else 1),
        f"To {percent(target)}": "–" if reached is None else _seconds(reached.seconds),
        "Whole training": whole,
        "Last accuracy": percent(curve.points[-1].accuracy),
    }


def _seconds(value: float) -> str:
    return f"{value:.1f}\u00a0s" if value < 10 else duration(value)


def describe_accuracy(accuracy: Accuracy) -> Markdown:
    """State the data, how far the tutorial was trained, and whether its accuracy can serve as a target."""
    last = accuracy.tutorial.points[-1]
    times = target_times(accuracy)
    parts = [
        Markdown(
            "All trainings start from random weights and use {} ({}). The tutorial was trained for {} epochs and "
            "reached at best {} on {} validation images, the target of the comparison."
        ).format(
            quantity(accuracy.train_images, "image"),
            accuracy.data,
            number(last.images / accuracy.train_images, 1),
            percent(times.target),
            count(accuracy.validation_images),
        )
    ]
    if not times.above_majority:
        parts.append(
            Markdown(
                "This is not significantly above the {} of the most frequent class, so **times to reach it mean "
                "nothing**; `--tutorial-images` trains longer."
            ).format(percent(accuracy.guess))
        )
    return sentences(parts)
