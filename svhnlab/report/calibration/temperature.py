"""Temperature scaling: metrics of the probabilities before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from svhnlab.analysis.metric_registry import CALIBRATION, Metric
from svhnlab.report.calibration.reliability import AS_TRAINED, SCALED
from svhnlab.report.calibration.select import FittedCalibration, fitted_calibrations_of, models, points_over_models
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.metric_columns import show_metric
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import listing, number, percent, without_start
from svhnlab.report.core.words import range_over_models, share_over_models
from svhnlab.store.schema import BrierParts, Estimate, Study, TemperatureScaling


@dataclass(frozen=True)
class Probabilities:
    """Probabilities of one run, as trained or after temperature scaling.

    Attributes
    ----------
    title
        Title of the run.
    kind
        "as trained" or "temperature scaling".
    temperature
        Number by which the logits are divided; 1 as trained.
    metrics
        Metrics of the probabilities, by name.
    underconfidence
        Accuracy minus mean confidence.
    brier
        Parts of the Brier score of the confidence.
    """

    title: str
    kind: str
    temperature: float
    metrics: dict[str, Estimate]
    underconfidence: Estimate
    brier: BrierParts


def probabilities_of(runs: Sequence[FittedCalibration]) -> list[Probabilities]:
    """Return the probabilities of each run as trained and after temperature scaling."""
    rows = []
    for run in runs:
        statistics, scaling, brier = run.statistics, run.statistics.temperature_scaling, run.statistics.brier
        before, after = statistics.underconfidence, scaling.underconfidence
        rows += [
            Probabilities(run.title, AS_TRAINED, 1.0, statistics.metrics, before, brier.as_trained),
            Probabilities(run.title, SCALED, scaling.temperature, scaling.metrics, after, brier.scaled),
        ]
    return rows


def first_columns() -> tuple[Column[Probabilities], ...]:
    """Run, and with which temperature its probabilities are computed."""
    return (
        Column("run", lambda row: row.title, "Run", without_start),
        Column("probabilities", lambda row: row.kind),
        Column("temperature", lambda row: row.temperature, "T", _show_temperature),
    )


def _show_temperature(temperature: float) -> str:
    """Write the temperature with two decimals; 1 as trained has none."""
    return "1" if temperature == 1 else number(temperature, 2)


@dataclass(frozen=True)
class TemperatureTable(Table[Probabilities]):
    """Temperature and metrics of the probabilities without and with temperature scaling: two rows per run."""

    runs: tuple[FittedCalibration, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> TemperatureTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(fitted_calibrations_of(study, *configurations))

    @property
    def alt(self) -> str:
        """The calibration error of every run before and after."""
        parts = [
            f"{run.title} {percent(run.statistics.ece.value)} and "
            f"{percent(run.statistics.temperature_scaling.metrics['ece'].value)}"
            for run in self.runs
        ]
        return f"Expected calibration error before and after temperature scaling: {listing(parts)}."

    def rows(self) -> Sequence[Probabilities]:
        """Each run as trained and after temperature scaling."""
        return probabilities_of(self.runs)

    def columns(self) -> Sequence[Column[Probabilities]]:
        """Temperature, and metrics with the bounds of their 95% intervals."""
        return (
            *first_columns(),
            *(_metric_column(metric) for metric in CALIBRATION.values()),
            Column("underconfidence", lambda row: row.underconfidence),
        )


def _metric_column(metric: Metric) -> Column[Probabilities]:
    return Column(
        metric.name,
        lambda row: row.metrics[metric.name],
        metric.short_title,
        lambda estimate: show_metric(metric, estimate),
    )


def describe_temperature(study: Study, *configurations: str) -> Markdown:
    """State the temperatures, and whether they reduce the calibration error on the test images.

    A change is named only if its paired 95% interval excludes zero.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    runs = fitted_calibrations_of(study, *configurations)
    temperatures = [_scaling(run).temperature for run in runs]
    parts = [
        Markdown(
            "Temperature scaling divides the logits by a number T, here the one with the smallest log loss on the "
            "validation images: {temperatures}.{direction}"
        ).format(
            temperatures=range_over_models(temperatures, lambda value: number(value, 2)),
            direction=_direction(temperatures),
        )
    ]
    better = [run for run in runs if _change(run).high < 0]
    worse = [run for run in runs if _change(run).low > 0]
    same = [run for run in runs if run not in (*better, *worse)]
    for group, verb in ((better, "reduces"), (worse, "increases")):
        if group:
            after = [_scaling(run).metrics["ece"] for run in group]
            parts.append(
                Markdown(
                    "On the test images, it {verb} the calibration error of {models} by {gap}, to {after}."
                ).format(
                    verb=verb,
                    models=models(group, len(runs)),
                    gap=points_over_models([_change(run) for run in group]),
                    after=share_over_models(after),
                )
            )
    if same:
        parts.append(
            Markdown(
                "For {}, the 95% interval of the change in calibration error on the test images includes zero."
            ).format(models(same, len(runs)))
        )
    return sentences(parts)


def _scaling(run: FittedCalibration) -> TemperatureScaling:
    return run.statistics.temperature_scaling


def _change(run: FittedCalibration) -> Estimate:
    return _scaling(run).differences["ece"]


def _direction(temperatures: Sequence[float]) -> Markdown:
    if max(temperatures) < 1:
        return Markdown(" A number below 1 raises the confidence.")
    if min(temperatures) > 1:
        return Markdown(" A number above 1 lowers the confidence.")
    return Markdown("")
