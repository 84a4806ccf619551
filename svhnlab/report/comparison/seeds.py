"""Variability of the metrics over trainings with different seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from svhnlab.analysis.metric_registry import HEADLINE, Metric
from svhnlab.analysis.metrics import NORMAL_QUANTILE
from svhnlab.analysis.seeds import Spread, metric_over_seeds, spread_over_seeds
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.metric_columns import show_bounds, show_deviation, show_value
from svhnlab.report.core.select import runs_with_statistics
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import interval, listing, percent, quantity, without_start
from svhnlab.report.core.words import in_sentence, range_over_models, sentence_start
from svhnlab.store.schema import UNDEFINED, Estimate, RunResult, Study


@dataclass(frozen=True)
class SeedRow:
    """One metric of one configuration.

    Attributes
    ----------
    title
        Title of the configuration.
    metric
        One of the headline metrics.
    spread
        Spread of the metric over the trainings.
    sampling
        The metric of the first training, as shown on the other pages, with its interval for test sampling.
    both
        Mean accuracy with the interval that covers test sampling and training variability; NaN for other metrics, for a
        single training, and until all trainings are stored.
    """

    title: str
    metric: Metric
    spread: Spread
    sampling: Estimate
    both: Estimate


@dataclass(frozen=True)
class SeedTable(Table[SeedRow]):
    """Mean and standard deviation over the trainings of each configuration, and the interval for test sampling."""

    metrics: tuple[SeedRow, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> SeedTable:
        """Select the named configurations (by default all trained ones).

        Raises
        ------
        NotComputed
            If one of them is not trained or the statistics are not computed yet.
        """
        rows = []
        for run, statistics in runs_with_statistics(study, *configurations):
            for name, metric in HEADLINE.items():
                spread = spread_over_seeds(_over_seeds(study, run, name))
                over_seeds = study.seed_statistics.get(run.name)
                both = UNDEFINED if over_seeds is None or name != "accuracy" else over_seeds.accuracy
                rows.append(SeedRow(run.title, metric, spread, statistics.metrics[name], both))
        return cls(tuple(rows))

    @property
    def alt(self) -> str:
        """The mean accuracy of every configuration with its standard deviation."""
        parts = [
            f"{row.title} {percent(row.spread.mean)}"
            + (f" (standard deviation {_deviation(row.spread.deviation)} points)" if row.spread.trainings > 1 else "")
            for row in self.metrics
            if row.metric.name == "accuracy"
        ]
        trainings = [row.spread.trainings for row in self.metrics]
        least, most = min(trainings), max(trainings)
        over = "a single training" if most == 1 else f"{'' if least == most else 'up to '}{most} trainings"
        return f"Mean test accuracy over {over} of each configuration: {listing(parts)}."

    def rows(self) -> Sequence[SeedRow]:
        """Each metric of each configuration."""
        return self.metrics

    def columns(self) -> Sequence[Column[SeedRow]]:
        """Mean, standard deviation and both intervals, unrounded; NaN where a single training leaves them undefined."""
        return (
            Column("run", lambda row: row.title, "Configuration", without_start),
            Column("metric", lambda row: row.metric.name),
            # The word joiner prevents a line break within a name in the narrow column.
            Column("", lambda row: row.metric.short_title.replace("-", "-\u2060"), "Metric"),
            Column("trainings", lambda row: row.spread.trainings),
            Column("mean", lambda row: row.spread.mean),
            Column("", lambda row: show_value(row.metric, row.spread.mean, 2), "Mean"),
            Column("deviation", lambda row: row.spread.deviation),
            Column("", lambda row: show_deviation(row.metric, row.spread.deviation), "SD"),
            Column("mean_lower", lambda row: row.spread.low),
            Column("mean_upper", lambda row: row.spread.high),
            Column("", lambda row: show_bounds(row.metric, row.spread.limits), "95% interval of the mean"),
            Column("first", lambda row: row.sampling.value),
            Column("sampling_lower", lambda row: row.sampling.low),
            Column("sampling_upper", lambda row: row.sampling.high),
            Column("", lambda row: show_bounds(row.metric, row.sampling.limits), "Test sampling, 95%"),
            Column("both_lower", lambda row: row.both.low),
            Column("both_upper", lambda row: row.both.high),
            Column("", lambda row: show_bounds(row.metric, row.both.limits), "Both, 95%"),
        )


def show_seeds(study: Study) -> Markdown:
    """Return the table with its caption; empty if each configuration was trained once.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    if all(len(trainings) < 2 for trainings in study.repeats.values()):
        return Markdown("")
    return captioned(
        "tbl-seeds",
        SeedTable.from_study(study),
        "Metrics over trainings with different [seeds](glossary.qmd#term-seed), with their standard deviation (SD). "
        "The 95% intervals are of the mean, of the first training (test sampling) and of both (two-way bootstrap).",
    )


def describe_seeds(study: Study) -> Markdown:
    """Compare the variability of the accuracy between seeds with that of test sampling.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    results = runs_with_statistics(study)
    runs = [run for run, _ in results]
    accuracies = {run.name: _over_seeds(study, run, "accuracy") for run in runs}
    spreads = {name: spread_over_seeds(values) for name, values in accuracies.items() if len(values) > 1}
    if not spreads and all(run.imported for run in runs):
        return Markdown(
            "The predictions of one training of each configuration were imported, so the variability between trainings "
            "is not known."
        )
    if not spreads:
        return Markdown(
            "Each configuration{} was trained once, with one seed, so the variability between trainings is not known. "
            "`svhnlab train` with the option `--seeds` trains each configuration several times."
        ).format(Markdown(" that is not imported" if any(run.imported for run in runs) else ""))
    repeated = [run for run in runs if run.name in spreads]
    # Both are standard deviations and thus comparable; the interval of a mean narrows with more trainings.
    errors = {run.name: _standard_error(statistics.accuracy) for run, statistics in results}
    deviation = range_over_models([spreads[run.name].deviation for run in repeated], _deviation)
    error = range_over_models([errors[run.name] for run in repeated], _deviation)
    ranges = " to " in f"{deviation}{error}"
    parts = [
        _trainings(len(repeated), len(runs), sorted({spread.trainings for spread in spreads.values()})),
        Markdown(
            "Over the seeds, accuracy has a standard deviation of {deviation} percentage points; test sampling gives a "
            "standard error of {error}{ranges}."
        ).format(
            deviation=deviation,
            error=error,
            ranges=Markdown(" (ranges over the configurations)") if ranges else "",
        ),
    ]
    together = [
        f"{percent(found.accuracy.value)} for {in_sentence(run.title)} (95% interval {interval(found.accuracy.limits)})"
        for run in repeated
        if (found := study.seed_statistics.get(run.name))
    ]
    if together:
        parts.append(
            Markdown("With test sampling and training together, the expected accuracy is {}.").format(listing(together))
        )
    larger = [run for run in repeated if spreads[run.name].deviation_low > errors[run.name]]
    smaller = [run for run in repeated if spreads[run.name].deviation_high < errors[run.name]]
    for group, comparison in ((larger, "more"), (smaller, "less")):
        if group:
            whose = (
                "every configuration"
                if len(group) == len(repeated) > 1
                else listing([in_sentence(run.title) for run in group])
            )
            parts.append(
                Markdown(
                    "The accuracy of {whose} varies {comparison} between seeds than between samples of test images."
                ).format(whose=whose, comparison=comparison)
            )
    if len(larger) + len(smaller) < len(repeated):
        which = "these trainings" if not larger and not smaller else "the trainings of the others"
        parts.append(
            Markdown(
                "By the 95% interval of the standard deviation, {which} are too few to decide which of the two is "
                "larger."
            ).format(which=which)
        )
    if len(repeated) > 1:
        first = max(repeated, key=lambda run: accuracies[run.name][0])
        best = max(repeated, key=lambda run: spreads[run.name].mean)
        template = (
            Markdown("{best} also has the highest mean over the seeds.")
            if best is first
            else Markdown("{best} has the highest mean over the seeds, not {first}.")
        )
        parts.append(template.format(best=sentence_start(in_sentence(best.title)), first=in_sentence(first.title)))
    return sentences([*parts, Markdown("The tests between models use the trainings with the first seed.")])


def _over_seeds(study: Study, run: RunResult, metric: str) -> list[float]:
    return metric_over_seeds(study.repeats[run.name], metric)


def _standard_error(estimate: Estimate) -> float:
    """Standard error from the interval of an estimate, by the normal approximation."""
    return (estimate.high - estimate.low) / (2 * NORMAL_QUANTILE)


def _trainings(repeated: int, configurations: int, trainings: Sequence[int]) -> Markdown:
    """State how many configurations were trained several times, and how often."""
    often = f"{trainings[0]} times" if len(trainings) == 1 else f"{trainings[0]} to {trainings[-1]} times"
    if repeated == configurations:
        return Markdown("Each configuration was trained {often}, each time with another seed.").format(often=often)
    return Markdown("Of {total}, {repeated} {were} trained {often}, each time with another seed.").format(
        total=quantity(configurations, "configuration"),
        repeated=repeated,
        were="was" if repeated == 1 else "were",
        often=often,
    )


def _deviation(deviation: float) -> str:
    """Write a standard deviation of the accuracy in percentage points."""
    return show_deviation(HEADLINE["accuracy"], deviation)
