"""Accuracy of the configurations.

All metrics and intervals are read from the stored statistics. The 95% intervals cover the sampling variability of the
test set, not the variability between trainings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from svhnlab.analysis.metric_registry import HEADLINE
from svhnlab.analysis.metrics import Evaluation, evaluate
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.metric_columns import metric_column
from svhnlab.report.core.select import runs_with_statistics
from svhnlab.report.core.style import SMALL, Theme, only_bottom, percent_ticks
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import count, interval, listing, percent, share_with_interval
from svhnlab.report.core.truth import corrected_accuracy, true_accuracy
from svhnlab.store.schema import Estimate, RunResult, RunStatistics, Study


def evaluate_run(run: RunResult) -> Evaluation:
    """Evaluate a run's test predictions."""
    return evaluate(run.test.labels, run.test.predicted, run.test.logits.shape[1])


@dataclass(frozen=True)
class AccuracyRow:
    """Metrics of one configuration, or of an average of several models.

    Attributes
    ----------
    name, title
        Name of the row, and its title.
    metrics
        Headline metrics.
    errors
        Number of misclassified test images.
    """

    name: str
    title: str
    metrics: Mapping[str, Estimate]
    errors: int

    @classmethod
    def of_run(cls, run: RunResult, statistics: RunStatistics) -> AccuracyRow:
        """Return the row of a configuration."""
        return cls(run.name, run.title, statistics.metrics, int(run.test.wrong.sum()))


@dataclass(frozen=True)
class ModelComparison(Table[AccuracyRow]):
    """Accuracy, macro-F1 and expected calibration error with intervals, and errors: a row per configuration.

    Attributes
    ----------
    results
        A row for each configuration.
    true_accuracy
        Accuracy against the true labels, by configuration; empty if these are unknown.
    corrected_accuracy
        Accuracy against the labels that a person corrected, by configuration; empty if it is unknown. The page has it
        if the true labels are unknown.
    """

    results: tuple[AccuracyRow, ...]
    true_accuracy: Mapping[str, Estimate] = field(default_factory=dict)
    corrected_accuracy: Mapping[str, Estimate] = field(default_factory=dict)

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> ModelComparison:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        results = tuple(AccuracyRow.of_run(*result) for result in runs_with_statistics(study, *configurations))
        return cls(results, true_accuracy(study, *configurations), corrected_accuracy(study, *configurations))

    @property
    def alt(self) -> str:
        """The accuracy of every configuration."""
        parts = [f"{row.title} {percent(row.metrics['accuracy'].value)}" for row in self.results]
        text = f"Test accuracy: {listing(parts)}."
        for kind, accuracy in (("true", self.true_accuracy), ("corrected", self.corrected_accuracy)):
            if accuracy:
                parts = [f"{row.title} {percent(accuracy[row.name].value)}" for row in self.results]
                text += f" Against the {kind} labels: {listing(parts)}."
        return text

    def rows(self) -> Sequence[AccuracyRow]:
        """A row for each configuration."""
        return self.results

    def columns(self) -> Sequence[Column[AccuracyRow]]:
        """Metrics with the bounds of their intervals; shares, 0 to 1."""
        accuracy, *others = (metric_column(metric, _itself) for metric in HEADLINE.values())
        # Six columns are wider than the text, so the page has one of these columns or the number of errors.
        against = list(self.accuracy_against("true"))
        against += self.accuracy_against("corrected", on_page=not against)
        errors = "" if against else "Errors"
        return (
            Column("run", lambda row: row.title, "Run"),
            accuracy,
            *against,
            *others,
            Column("errors", lambda row: row.errors, errors, count),
        )

    def accuracy_against(
        self, kind: Literal["true", "corrected"], *, on_page: bool = True
    ) -> Iterator[Column[AccuracyRow]]:
        """Yield the column of the accuracy against true or corrected labels, unless it is unknown."""
        estimates = {"true": self.true_accuracy, "corrected": self.corrected_accuracy}[kind]
        if estimates:
            yield Column(
                f"accuracy_against_{kind}_labels",
                lambda row: estimates[row.name],
                f"Against {kind} labels" if on_page else "",
                share_with_interval,
            )


def _itself(row: AccuracyRow) -> AccuracyRow:
    return row


@dataclass(frozen=True)
class AccuracyChart(AxesDisplay):
    """Accuracy with its 95% interval, a row per configuration.

    Attributes
    ----------
    images
        Number of test images, the same for all configurations.
    """

    accuracies: tuple[Estimate, ...]
    titles: tuple[str, ...]
    images: int

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> AccuracyChart:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        results = runs_with_statistics(study, *configurations)
        return cls(
            tuple(statistics.accuracy for _, statistics in results),
            tuple(run.title for run, _ in results),
            len(study.data.test_labels),
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        n = len(self.titles)
        return self.width, (0.9 + 0.68 * n if self.narrow else 0.75 + 0.38 * n)

    @property
    def alt(self) -> str:
        """Every accuracy with its interval."""
        parts = [
            f"{title} {percent(accuracy.value)} ({interval(accuracy.limits)})"
            for title, accuracy in zip(self.titles, self.accuracies, strict=True)
        ]
        return f"Test accuracy with 95% intervals: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Accuracy and bounds, one row for each configuration."""
        return pd.DataFrame(
            {
                "run": self.titles,
                "accuracy": [accuracy.value for accuracy in self.accuracies],
                "lower": [accuracy.low for accuracy in self.accuracies],
                "upper": [accuracy.high for accuracy in self.accuracies],
            }
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a dot on a line for each run; the scale does not start at zero, as dots have no length."""
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
        ax.xaxis.set_major_locator(MaxNLocator(4 if self.narrow else 6, steps=[1, 2, 5, 10]))
        ax.xaxis.set_major_formatter(percent_ticks())
        between = "\n" if self.narrow else " "
        ax.set_xlabel(f"Accuracy on {count(self.images)} test images;{between}lines are 95% intervals")
        only_bottom(ax)


def limits_around(estimates: Sequence[Estimate], room: float = 0.06) -> tuple[float, float]:
    """Limits of an axis that contains all intervals with some room, roughly within 0 and 1."""
    low = min(estimate.low for estimate in estimates)
    high = max(estimate.high for estimate in estimates)
    space = max(room * (high - low), 0.002)
    return max(low - space, -0.002), min(high + space, 1.002)
