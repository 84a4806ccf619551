"""The same runs trained again with other seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from scipy.stats import norm

from svhnlab.analysis.headline import HeadlineMetric
from svhnlab.analysis.metrics import CONFIDENCE
from svhnlab.analysis.seeds import Spread, metric_over_seeds, spread_over_seeds
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import named_runs, statistics_of
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import bounds, count, listing, number, percent, quantity, without_start
from svhnlab.report.core.words import by_model, named
from svhnlab.store.schema import Estimate, Study


def describe_seeds(study: Study) -> Remark:
    """Say how far the accuracy moves with the seed, beside how far it moves with the test images.

    Raises
    ------
    ValueError
        If no run is stored or the statistics are not made yet.
    """
    statistics, runs = statistics_of(study), named_runs(study, [])
    accuracies = {run.name: metric_over_seeds(study.repeats[run.name], "accuracy") for run in runs}
    spreads = {name: spread_over_seeds(values) for name, values in accuracies.items() if len(values) > 1}
    if not spreads:
        return Remark(
            "Each run was trained once, with one seed, so there is no interval over seeds: how far these figures would "
            "move if the models were trained again is not known. All intervals and tests cover the drawing of test "
            "images alone. `svhnlab train` with the option `--seeds` trains each run several times."
        )
    numbers = sorted({spread.trainings for spread in spreads.values()})
    often = f"{numbers[0]} times" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]} times"
    several = [run for run in runs if run.name in spreads]
    # Both as standard deviations, so that they can be compared: the interval of the mean shrinks with the trainings.
    errors = {
        name: (own.accuracy.high - own.accuracy.low) / (2 * float(norm.ppf((1 + CONFIDENCE) / 2)))
        for name, own in statistics.runs.items()
    }
    deviation, error = (
        by_model(values, lambda value: number(100 * value, 2))
        for values in ([spreads[run.name].deviation for run in several], [errors[run.name] for run in several])
    )
    of_several = ", by run" if len(several) > 1 else ""
    text = (
        f"{_subject(len(several), len(runs))} trained {often}, with another seed each time. Over the seeds the "
        f"accuracy has a standard deviation of {deviation} percentage points{of_several}; drawing the test images "
        f"gives a standard error of {error}."
    )
    larger = [run for run in several if spreads[run.name].deviation_low > errors[run.name]]
    smaller = [run for run in several if spreads[run.name].deviation_high < errors[run.name]]
    for found, word in ((larger, "more"), (smaller, "less")):
        if found:
            who = "every run" if len(found) == len(several) > 1 else listing([named(run) for run in found])
            text += f" For {who} the seed moves the accuracy {word} than the choice of test images does."
    if len(larger) + len(smaller) < len(several):
        which = "These trainings are" if not larger and not smaller else "For the others the trainings are"
        text += f" {which} too few to tell which of the two moves the accuracy more (95% interval of the deviation)."
    if len(several) > 1:
        first = max(several, key=lambda run: accuracies[run.name][0])
        best = max(several, key=lambda run: spreads[run.name].mean)
        text += (
            f" {named(best)} also has the highest mean over the seeds."
            if best is first
            else f" By the mean over the seeds not {named(first)} but {named(best)} comes first."
        )
    text += " The tests between runs compare the models of the first seed."
    return Remark(text)


def _subject(several: int, runs: int) -> str:
    if several == runs:
        return "Each run was"
    return f"Of {quantity(runs, 'run')}, {several} {'was' if several == 1 else 'were'}"


METRICS: dict[HeadlineMetric, str] = {"accuracy": "Accuracy", "macro_f1": "Macro-F1", "ece": "ECE"}


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
    metric: HeadlineMetric
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
                spread = spread_over_seeds(metric_over_seeds(repeats, metric))
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
