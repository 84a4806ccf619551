"""The same runs trained again with other seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from svhnlab.analysis.seeds import Spread, spread_over_seeds
from svhnlab.displays.base import Table, named_runs
from svhnlab.displays.stored import statistics_of
from svhnlab.displays.text import bounds, count, listing, number, percent, without_start
from svhnlab.results import Estimate, Study

METRICS = {"accuracy": "Accuracy", "macro_f1": "Macro-F1", "ece": "ECE"}


@dataclass(frozen=True)
class SeedRow:
    """One figure of one run.

    Attributes
    ----------
    title
        Name of the run for people.
    metric
        Name of the figure; see `METRICS`.
    spread
        Over the trainings.
    sampling
        Of the first training, which the other pages show, with its interval over the drawing of test images.
    """

    title: str
    metric: str
    spread: Spread
    sampling: Estimate


class SeedTable(Table):
    """Mean and spread over the trainings of each run, beside the interval over the drawing of test images."""

    def __init__(self, rows: Sequence[SeedRow]) -> None:
        self.rows = list(rows)

    @classmethod
    def from_results(cls, study: Study, *names: str) -> SeedTable:
        """Make the table of the named runs, of all without a name.

        Raises
        ------
        ValueError
            If a named run is not stored or the statistics are not made yet.
        """
        statistics = statistics_of(study)
        rows = []
        for run in named_runs(study, names):
            own, repeats = statistics.runs[run.name], study.repeats[run.name]
            sampling = {"accuracy": own.accuracy, "macro_f1": own.macro_f1, "ece": own.calibration.ece}
            for metric in METRICS:
                spread = spread_over_seeds([getattr(repeat, metric) for repeat in repeats])
                rows.append(SeedRow(run.title, metric, spread, sampling[metric]))
        return cls(rows)

    @property
    def alt(self) -> str:
        """Text with the mean accuracy of every run and its spread."""
        parts = [
            f"{row.title} {percent(row.spread.mean)}"
            + (f" (standard deviation {_deviation(row.spread)} points)" if row.spread.trainings > 1 else "")
            for row in self.rows
            if row.metric == "accuracy"
        ]
        trainings = [row.spread.trainings for row in self.rows]
        least, most = min(trainings), max(trainings)
        over = "a single training" if most == 1 else f"{'' if least == most else 'up to '}{most} trainings"
        return f"Mean test accuracy over {over} of each run: {listing(parts)}."

    def frame(self) -> pd.DataFrame:
        """Mean, deviation and both intervals as shares, one row for each run and figure; NaN where undefined."""
        return pd.DataFrame(
            [
                {
                    "run": row.title,
                    "metric": row.metric,
                    "trainings": row.spread.trainings,
                    "mean": row.spread.mean,
                    "deviation": row.spread.deviation,
                    "mean_lower": row.spread.low,
                    "mean_upper": row.spread.high,
                    "first": row.sampling.value,
                    "sampling_lower": row.sampling.low,
                    "sampling_upper": row.sampling.high,
                }
                for row in self.rows
            ]
        )

    def cells(self) -> pd.DataFrame:
        """Return the table for people; "–" where one training tells nothing."""
        return pd.DataFrame(
            {
                "Run": [without_start(row.title) for row in self.rows],
                # A word joiner: the narrow column is no place to break a name.
                "Figure": [METRICS[row.metric].replace("-", "-\u2060") for row in self.rows],
                "Trainings": [count(row.spread.trainings) for row in self.rows],
                "Mean": [percent(row.spread.mean, 2) for row in self.rows],
                "SD, points": [_deviation(row.spread) for row in self.rows],
                "Mean over seeds, 95%": [
                    bounds(row.spread.limits) if row.spread.trainings > 1 else "–" for row in self.rows
                ],
                "Test sampling, 95%": [bounds(row.sampling.limits) for row in self.rows],
            }
        )


def _deviation(spread: Spread) -> str:
    """Standard deviation in percentage points."""
    return number(100 * spread.deviation, 2)
