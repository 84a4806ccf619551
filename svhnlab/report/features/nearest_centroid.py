"""How much the features alone hold: taking the class of the nearest centroid, beside the model's own answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import runs_with_statistics
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import percent, share_with_interval, without_start
from svhnlab.report.core.words import by_model, shares_by_model
from svhnlab.store.schema import RunStatistics, Study


class NearestCentroidTable(Table):
    """How much the features alone hold: taking the class of the nearest centroid, beside the model's own answer."""

    def __init__(self, titles: list[str], statistics: list[RunStatistics]) -> None:
        self.titles = titles
        self.statistics = statistics

    @classmethod
    def from_results(cls, study: Study, *names: str) -> NearestCentroidTable:
        """Make the table from the named runs of a study, or all; ``ValueError`` when it has no statistics."""
        found = runs_with_statistics(study, *names)
        return cls([run.title for run, _ in found], [statistics for _, statistics in found])

    @property
    def alt(self) -> str:
        """Text with both accuracies of each run."""
        parts = [
            f"{title} {percent(run.nearest_centroid.value)} against {percent(run.accuracy.value)}"
            for title, run in zip(self.titles, self.statistics, strict=True)
        ]
        return f"Accuracy of the nearest centroid against that of the model: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Shares with the bounds of their 95% intervals, one row for each run."""
        rows = []
        for title, run in zip(self.titles, self.statistics, strict=True):
            row: dict[str, Any] = {"run": title}
            for name in ("accuracy", "nearest_centroid", "nearest_is_predicted"):
                figure = getattr(run, name)
                row |= {name: figure.value, f"{name}_lower": figure.low, f"{name}_upper": figure.high}
            rows.append(row)
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        return pd.DataFrame(
            [
                {
                    "Run": without_start(title),
                    "Model": share_with_interval(run.accuracy),
                    "Nearest centroid": share_with_interval(run.nearest_centroid),
                    "Errors nearest to predicted": share_with_interval(run.nearest_is_predicted),
                }
                for title, run in zip(self.titles, self.statistics, strict=True)
            ]
        )


def describe_nearest_centroid(study: Study, *names: str) -> Markdown:
    """Compare taking the class of the nearest centroid with each model's own answer.

    Raises
    ------
    ValueError
        If the study has no statistics.
    """
    figures = [own for _, own in runs_with_statistics(study, *names)]
    errors = [own.nearest_is_predicted for own in figures if not np.isnan(own.nearest_is_predicted.value)]
    several = ", by model" if len(figures) > 1 else ""
    text = (
        "Taking the class of the nearest centroid, by Euclidean distance, gets "
        f"{shares_by_model([own.nearest_centroid for own in figures])} of the test images right{several}, where the "
        f"last layer gets {by_model([own.accuracy.value for own in figures])}."
    )
    if errors:
        text += f" Of the errors, {shares_by_model(errors)} lie nearest to the centroid of the predicted class."
    return Markdown(text)
