"""Runs side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.analysis.metrics import Evaluation, evaluate
from svhnlab.displays.base import AxesDisplay, Runs, Table, as_runs
from svhnlab.displays.style import SMALL, WIDTH, Theme, only_bottom
from svhnlab.displays.text import bounds, count, duration, interval, listing, number, percent
from svhnlab.results import RunResult


def evaluate_run(run: RunResult) -> Evaluation:
    """Evaluate a run's test predictions."""
    return evaluate(run.test.labels, run.test.predicted, run.test.logits.shape[1])


class ModelComparison(Table):
    """Accuracy, macro-F1, errors, and what the training took, a row for each run."""

    def __init__(self, runs: Runs) -> None:
        self.runs = as_runs(runs)
        self.evaluations = [evaluate_run(run) for run in self.runs]

    @classmethod
    def from_results(cls, runs: Runs) -> ModelComparison:
        """Make the table from one run or several."""
        return cls(runs)

    @property
    def alt(self) -> str:
        """Text with the accuracy of every run."""
        parts = [
            f"{run.title} {percent(result.accuracy)}" for run, result in zip(self.runs, self.evaluations, strict=True)
        ]
        return f"Test accuracy: {listing(parts)}."

    def frame(self) -> pd.DataFrame:
        """Metrics with the interval of the accuracy; training time in seconds."""
        rows: list[dict[str, Any]] = []
        for run, result in zip(self.runs, self.evaluations, strict=True):
            rows.append(
                {
                    "run": run.title,
                    "accuracy": result.accuracy,
                    "lower": result.accuracy_interval[0],
                    "upper": result.accuracy_interval[1],
                    "macro_f1": result.macro_f1,
                    "errors": result.errors,
                    "images": result.n,
                    "epochs": len(run.history),
                    "kept_epoch": run.best_epoch,
                    "seconds": sum(epoch.seconds for epoch in run.history),
                    "parameters": run.settings.get("parameters", np.nan),
                }
            )
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """Return the table for people; parameters only where they are stored."""
        numbers = self.frame()
        shown = pd.DataFrame(
            {
                "Run": numbers["run"],
                "Accuracy": [percent(value) for value in numbers["accuracy"]],
                "95% interval": [bounds(limits) for limits in zip(numbers["lower"], numbers["upper"], strict=True)],
                "Macro-F1": [number(value) for value in numbers["macro_f1"]],
                "Errors": [count(value) for value in numbers["errors"]],
                "Epochs": [count(value) for value in numbers["epochs"]],
                "Training": [duration(value) for value in numbers["seconds"]],
            }
        )
        if numbers["parameters"].notna().any():
            shown["Params"] = [f"{value / 1e6:.1f} M" if pd.notna(value) else "–" for value in numbers["parameters"]]
        return shown


class AccuracyChart(AxesDisplay):
    """Accuracy with its 95% interval, a row for each run."""

    def __init__(self, evaluations: list[Evaluation], titles: list[str]) -> None:
        self.evaluations = evaluations
        self.titles = titles

    @classmethod
    def from_results(cls, runs: Runs) -> AccuracyChart:
        """Make the display from one run or several."""
        found = as_runs(runs)
        return cls([evaluate_run(run) for run in found], [run.title for run in found])

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 0.75 + 0.38 * len(self.titles)

    @property
    def alt(self) -> str:
        """Text alternative with every accuracy and interval."""
        parts = [
            f"{title} {percent(result.accuracy)} ({interval(result.accuracy_interval)})"
            for title, result in zip(self.titles, self.evaluations, strict=True)
        ]
        return f"Test accuracy with 95% intervals: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Accuracy and bounds, one row for each run."""
        return pd.DataFrame(
            {
                "run": self.titles,
                "accuracy": [result.accuracy for result in self.evaluations],
                "lower": [result.accuracy_interval[0] for result in self.evaluations],
                "upper": [result.accuracy_interval[1] for result in self.evaluations],
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
        low, high = float(numbers["lower"].min()), float(numbers["upper"].max())
        room = max(0.06 * (high - low), 0.002)
        ax.set_xlim(max(low - room, -0.002), min(high + room, 1.002))
        ax.set_ylim(len(numbers) - 0.55, -0.75)
        ax.set_yticks(rows, self.titles)
        ax.tick_params(axis="y", labelcolor=theme.text)
        ax.xaxis.set_major_locator(MaxNLocator(6))
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        ax.set_xlabel(f"Accuracy on {count(self.evaluations[0].n)} test images; lines are 95% intervals")
        only_bottom(ax)
