"""Parts of the Brier score of the confidence, without and with temperature scaling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from svhnlab.report.calibration.select import FittedCalibration, fitted_calibrations_of, models
from svhnlab.report.calibration.temperature import Probabilities, first_columns, probabilities_of
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import listing, number, number_with_interval, signed_number
from svhnlab.report.core.words import range_over_models
from svhnlab.store.schema import Estimate, Study

DIGITS = 4


@dataclass(frozen=True)
class BrierTable(Table[Probabilities]):
    """Brier score of the confidence and its parts: two rows per run."""

    runs: tuple[FittedCalibration, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> BrierTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(fitted_calibrations_of(study, *configurations))

    @property
    def alt(self) -> str:
        """The miscalibration of every run before and after."""
        parts = [
            f"{run.title} {_shown(run.statistics.brier.as_trained.miscalibration.value)} and "
            f"{_shown(run.statistics.brier.scaled.miscalibration.value)}"
            for run in self.runs
        ]
        return (
            "Brier score of the confidence and its parts. Miscalibration before and after temperature scaling: "
            f"{listing(parts)}."
        )

    def rows(self) -> Sequence[Probabilities]:
        """Each run as trained and after temperature scaling."""
        return probabilities_of(self.runs)

    def columns(self) -> Sequence[Column[Probabilities]]:
        """Score and parts; the two that depend on the confidence have 95% intervals."""

        def shown(estimate: Estimate) -> str:
            return number_with_interval(estimate, DIGITS)

        return (
            *first_columns(),
            Column("brier_score", lambda row: row.brier.score, "Brier score", _shown),
            Column("miscalibration", lambda row: row.brier.miscalibration, "Miscalibration", shown),
            Column("discrimination", lambda row: row.brier.discrimination, "Discrimination", shown),
            Column("uncertainty", lambda row: row.brier.uncertainty, "Uncertainty", _shown),
        )


def _shown(value: float) -> str:
    return number(value, DIGITS)


def describe_brier(study: Study, *configurations: str) -> Markdown:
    """State how temperature scaling changes the parts of the Brier score of the confidence.

    A change of the miscalibration is named only if its paired 95% interval excludes zero.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    runs = fitted_calibrations_of(study, *configurations)
    parts = []
    reduced = [run for run in runs if _change(run).high < 0]
    increased = [run for run in runs if _change(run).low > 0]
    for verb, group in (("reduces", reduced), ("increases", increased)):
        if group:
            after = [run.statistics.brier.scaled.miscalibration.value for run in group]
            parts.append(
                Markdown("Temperature scaling {verb} the miscalibration of {models} by {change}, to {after}.").format(
                    verb=verb,
                    models=models(group, len(runs)),
                    change=_size_over_models([_change(run) for run in group]),
                    after=range_over_models(after, _shown),
                )
            )
    same = [run for run in runs if run not in (*reduced, *increased)]
    if same:
        parts.append(
            Markdown(
                "For {}, the 95% interval of the change in miscalibration by temperature scaling includes zero."
            ).format(models(same, len(runs)))
        )
    discrimination = [run.statistics.brier.change.discrimination.value for run in runs]
    parts.append(
        Markdown(
            "The discrimination, which depends only on the order of the images by confidence, changes by "
            "{change}; the uncertainty, which depends only on the accuracy, stays the same."
        ).format(
            change=range_over_models(discrimination, lambda value: signed_number(value, DIGITS)),
        )
    )
    return sentences(parts)


def _change(run: FittedCalibration) -> Estimate:
    return run.statistics.brier.change.miscalibration


def _size_over_models(changes: Sequence[Estimate]) -> Markdown:
    """Write the size of one change with its 95% interval, or the range of the sizes of several."""
    sizes = range_over_models([abs(change.value) for change in changes], _shown)
    if len(changes) > 1:
        return Markdown("{}").format(sizes)
    low, high = sorted(abs(limit) for limit in changes[0].limits)
    return Markdown("{} (95% interval {} to {})").format(sizes, _shown(low), _shown(high))
