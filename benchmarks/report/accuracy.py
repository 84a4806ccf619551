"""Time to accuracy: the tutorial's way at 224 px against our recipes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, PercentFormatter

from benchmarks.report.figures import reached
from benchmarks.schema import Accuracy, Benchmark, Curve
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo, spread
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, duration, number, percent, quantity, times

NAME_GAP = 0.07  # of the axis of shares: the height of a curve's name


def accuracy_of(benchmark: Benchmark) -> Accuracy:
    """Return the time to accuracy of a benchmark; ``ValueError`` when it was not measured."""
    if benchmark.accuracy is None:
        raise ValueError("this benchmark has no time to accuracy")
    return benchmark.accuracy


class AccuracyOverTime(AxesDisplay):
    """Validation accuracy against seconds of training, on a logarithmic axis."""

    def __init__(self, tutorial: Curve, ours: Mapping[str, Curve], guess: float) -> None:
        self.tutorial, self.ours, self.guess = tutorial, dict(ours), guess

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> AccuracyOverTime:
        """Make the chart; ``ValueError`` when it was not measured."""
        found = accuracy_of(benchmark)
        return cls(found.tutorial, found.ours, found.guess)

    @property
    def curves(self) -> list[Curve]:
        """All curves, the tutorial's first."""
        return [self.tutorial, *self.ours.values()]

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
        guess = f"always answering the most frequent class would give {percent(self.guess)}"
        return f"Validation accuracy against seconds of training: {'; '.join(parts)}; {guess}."

    def frame(self) -> pd.DataFrame:
        """Return seconds, images seen and accuracy, one row for each point."""
        return pd.DataFrame(
            [{"training": curve.title, **point.model_dump()} for curve in self.curves for point in curve.points]
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a line for each training and the line of guessing."""
        ax.set_xscale("log")
        ax.axhline(self.guess, color=theme.line, linewidth=0.9, linestyle="--", zorder=0)
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
            "most frequent class", (0.0, self.guess), (4, -3), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="top", color=theme.muted, fontsize=SMALL,
        )  # fmt: skip
        low, high = ax.get_xlim()
        ax.set_xlim(low, high * (high / low) ** 0.45)  # room for the names
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        ax.set_ylim(0, 1)
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_xlabel("Seconds of training")
        ax.set_ylabel("Validation accuracy")


class AccuracyTimes(Table):
    """When each training had the accuracy of the tutorial's way, and what its whole takes."""

    def __init__(self, accuracy: Accuracy) -> None:
        self.accuracy = accuracy

    @classmethod
    def from_benchmark(cls, benchmark: Benchmark) -> AccuracyTimes:
        """Make the table; ``ValueError`` when it was not measured."""
        return cls(accuracy_of(benchmark))

    @property
    def alt(self) -> str:
        """Text with the time of each training to the accuracy."""
        target = reached(self.accuracy).target
        parts = [
            f"{row['training']} {'never' if pd.isna(row['to_target']) else duration(row['to_target'])}"
            for row in self.frame().to_dict("records")
        ]
        return f"Time to {percent(target)}: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return seconds to the accuracy, seconds of the whole training, and whether the whole is derived."""
        found = reached(self.accuracy)
        tutorial = self.accuracy.tutorial
        epoch = self.accuracy.train_images / self.accuracy.tutorial_rate.median
        rows = [
            {
                "training": tutorial.title,
                "images_per_second": self.accuracy.tutorial_rate.median,
                "to_target": found.tutorial.seconds,
                "whole": self.accuracy.tutorial_epochs * epoch,
                "derived": True,
                "accuracy": tutorial.points[-1].accuracy,
            }
        ]
        for name, curve in self.accuracy.ours.items():
            point, last = found.ours[name], curve.points[-1]
            rows.append(
                {
                    "training": curve.title,
                    "images_per_second": last.images / last.seconds,
                    "to_target": float("nan") if point is None else point.seconds,
                    "whole": last.seconds,
                    "derived": False,
                    "accuracy": last.accuracy,
                }
            )
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        numbers = self.frame()
        target = reached(self.accuracy).target
        return pd.DataFrame(
            {
                "Training": numbers["training"],
                "Images/s": [number(value, 0 if value >= 100 else 1) for value in numbers["images_per_second"]],
                f"To {percent(target)}": ["–" if pd.isna(value) else _seconds(value) for value in numbers["to_target"]],
                "Whole training": [
                    f"{_seconds(value)} (derived)" if derived else _seconds(value)
                    for value, derived in zip(numbers["whole"], numbers["derived"], strict=True)
                ],
                "Last measured": [percent(value) for value in numbers["accuracy"]],
            }
        )


def _seconds(value: float) -> str:
    return f"{value:.1f}\u00a0s" if value < 10 else duration(value)


def describe_accuracy_time(benchmark: Benchmark) -> Markdown:
    """Say what was measured of the tutorial's way, how much sooner ours had its accuracy, and what is derived."""
    accuracy = accuracy_of(benchmark)
    found = reached(accuracy)
    last = accuracy.tutorial.points[-1]
    data = escape_markdown(accuracy.data)
    rate, shown = number(accuracy.tutorial_rate.median, 1), count(accuracy.validation_images)
    text = (
        f"Both trainings start from random numbers and learn from {quantity(accuracy.train_images, 'image')} "
        f"({data}). The tutorial's way was trained for {number(last.images / accuracy.train_images, 1)} epochs, "
        f"{duration(last.seconds)} at {rate} images per second, and had at its best {percent(found.target)} of {shown} "
        "validation images right."
    )
    if not found.telling:
        text += (
            f" That is not surely more than the {percent(accuracy.guess)} of always answering the most frequent "
            "class. So **no time to its accuracy can be told from this benchmark**; one that sees more images takes "
            "`--tutorial-images`."
        )
    elif found.fastest is None:
        text += " None of our runs reached that accuracy."
    else:
        name = found.fastest
        point, ratio = found.ours[name], found.times(name)
        assert point is not None
        assert ratio is not None
        faster = f"{times(ratio)} as fast" if ratio >= 1 else "later"
        text += (
            f" {escape_markdown(accuracy.ours[name].title)} had as many right after {_seconds(point.seconds)}, "
            f"{faster}."
        )
    epochs = accuracy.tutorial_epochs
    whole = epochs * accuracy.train_images / accuracy.tutorial_rate.median
    text += (
        f" At its measured speed {epochs} epochs of the tutorial's way would take {duration(whole)}; this is derived, "
        "not measured."
    )
    return Markdown(text)
