"""Runs side by side: how good they are.

All figures and intervals are read from the stored statistics. The intervals are 95% intervals over the drawing of
test images; they do not cover the chance in training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.analysis.metrics import Evaluation, evaluate
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import named_runs, statistics_of
from svhnlab.report.core.style import PHONE_WIDTH, SMALL, WIDTH, Theme, only_bottom
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, interval, listing, percent, quantity, share_with_interval
from svhnlab.store.schema import Estimate, RunResult, RunStatistics, Study


def describe_result(study: Study, run: str) -> Remark:
    """Say how good one run is, every figure with its interval.

    Raises
    ------
    ValueError
        If the run is not stored or the statistics are not made yet.
    """
    named_runs(study, [run])
    own = statistics_of(study).runs[run]
    return Remark(
        f"On the {quantity(len(study.data.test_labels), 'test image')} it reaches an accuracy of "
        f"{percent(own.accuracy.value)} (95% interval {interval(own.accuracy.limits)}), a macro-F1 of "
        f"{percent(own.macro_f1.value)} ({interval(own.macro_f1.limits)}) and an expected calibration error of "
        f"{percent(own.calibration.ece.value)} ({interval(own.calibration.ece.limits)}). The intervals cover the "
        "drawing of the test images, not the chance in training."
    )


def evaluate_run(run: RunResult) -> Evaluation:
    """Evaluate a run's test predictions."""
    return evaluate(run.test.labels, run.test.predicted, run.test.logits.shape[1])


class ModelComparison(Table):
    """Accuracy, macro-F1 and expected calibration error with their intervals, and errors: a row for each run."""

    def __init__(self, titles: Sequence[str], statistics: Sequence[RunStatistics], errors: Sequence[int]) -> None:
        self.titles = list(titles)
        self.statistics = list(statistics)
        self.errors = list(errors)

    @classmethod
    def from_results(cls, study: Study, *names: str) -> ModelComparison:
        """Make the table of the named runs, of all without a name.

        Raises
        ------
        ValueError
            If a named run is not stored or the statistics are not made yet.
        """
        runs, statistics = named_runs(study, names), statistics_of(study)
        return cls(
            [run.title for run in runs],
            [statistics.runs[run.name] for run in runs],
            [int(run.test.wrong.sum()) for run in runs],
        )

    @property
    def alt(self) -> str:
        """Text with the accuracy of every run."""
        parts = [
            f"{title} {percent(own.accuracy.value)}" for title, own in zip(self.titles, self.statistics, strict=True)
        ]
        return f"Test accuracy: {listing(parts)}."

    def frame(self) -> pd.DataFrame:
        """Each figure with the bounds of its interval; shares, 0 to 1."""
        rows: list[dict[str, Any]] = []
        for title, own, errors in zip(self.titles, self.statistics, self.errors, strict=True):
            row: dict[str, Any] = {"run": title}
            for name, figure in (("accuracy", own.accuracy), ("macro_f1", own.macro_f1), ("ece", own.calibration.ece)):
                row |= {name: figure.value, f"{name}_lower": figure.low, f"{name}_upper": figure.high}
            rows.append({**row, "errors": errors})
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """Return the table for people; intervals stand in brackets."""
        return pd.DataFrame(
            {
                "Run": self.titles,
                "Accuracy": [share_with_interval(own.accuracy) for own in self.statistics],
                "Macro-F1": [share_with_interval(own.macro_f1) for own in self.statistics],
                "ECE": [share_with_interval(own.calibration.ece) for own in self.statistics],
                "Errors": [count(errors) for errors in self.errors],
            }
        )


class AccuracyChart(AxesDisplay):
    """Accuracy with its 95% interval, a row for each run."""

    def __init__(
        self, accuracies: Sequence[Estimate], titles: Sequence[str], images: int, *, narrow: bool = False
    ) -> None:
        """Take the accuracies of runs on the same number of test images; a narrow chart has each title on its line."""
        self.accuracies = list(accuracies)
        self.titles = list(titles)
        self.images = images
        self.narrow = narrow

    @classmethod
    def from_results(cls, study: Study, *names: str) -> AccuracyChart:
        """Make the display of the named runs, of all without a name.

        Raises
        ------
        ValueError
            If a named run is not stored or the statistics are not made yet.
        """
        runs, statistics = named_runs(study, names), statistics_of(study)
        accuracies = [statistics.runs[run.name].accuracy for run in runs]
        return cls(accuracies, [run.title for run in runs], len(study.data.test_labels))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return (PHONE_WIDTH, 0.9 + 0.68 * len(self.titles)) if self.narrow else (WIDTH, 0.75 + 0.38 * len(self.titles))

    def for_phone(self) -> AccuracyChart:
        """Return the narrow chart."""
        return AccuracyChart(self.accuracies, self.titles, self.images, narrow=True)

    @property
    def alt(self) -> str:
        """Text alternative with every accuracy and interval."""
        parts = [
            f"{title} {percent(accuracy.value)} ({interval(accuracy.limits)})"
            for title, accuracy in zip(self.titles, self.accuracies, strict=True)
        ]
        return f"Test accuracy with 95% intervals over the drawing of test images: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Accuracy and bounds, one row for each run."""
        return pd.DataFrame(
            {
                "run": self.titles,
                "accuracy": [accuracy.value for accuracy in self.accuracies],
                "lower": [accuracy.low for accuracy in self.accuracies],
                "upper": [accuracy.high for accuracy in self.accuracies],
            }
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a dot on a line for each run; the scale need not start at zero, as dots have no length."""
        numbers = self.frame()
        rows = np.arange(len(numbers))
        ax.hlines(rows, numbers["lower"], numbers["upper"], color=theme.accent, linewidth=2.2, alpha=0.55)
        ax.plot(numbers["accuracy"], rows, "o", color=theme.accent, markersize=7)
        for row, value in zip(rows, numbers["accuracy"], strict=True):
            ax.annotate(
                percent(value),
                (value, row),
                xytext=(0, 7),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=SMALL + 0.5,
                color=theme.text,
            )
        ax.set_xlim(limits_around(self.accuracies))
        if self.narrow:
            ax.set_ylim(len(numbers) - 0.65, -0.95)
            ax.set_yticks([])
            for row, title in zip(rows, self.titles, strict=True):
                ax.annotate(
                    title,
                    (0, row),
                    xytext=(0, 19),
                    xycoords=ax.get_yaxis_transform(),
                    textcoords="offset points",
                    va="bottom",
                    color=theme.text,
                )
        else:
            ax.set_ylim(len(numbers) - 0.55, -0.75)
            ax.set_yticks(rows, self.titles)
            ax.tick_params(axis="y", labelcolor=theme.text)
        ax.xaxis.set_major_locator(MaxNLocator(4 if self.narrow else 6))
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        between = "\n" if self.narrow else " "
        ax.set_xlabel(f"Accuracy on {count(self.images)} test images;{between}lines are 95% intervals (test sampling)")
        only_bottom(ax)


def limits_around(estimates: Sequence[Estimate], room: float = 0.06) -> tuple[float, float]:
    """Limits of an axis that holds all intervals with some room, within 0 and 1."""
    low, high = min(own.low for own in estimates), max(own.high for own in estimates)
    space = max(room * (high - low), 0.002)
    return max(low - space, -0.002), min(high + space, 1.002)
