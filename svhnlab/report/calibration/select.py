"""Select the calibration of the models of a study, and name these models in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from svhnlab.report.core.select import runs_with_statistics, runs_with_validation
from svhnlab.report.core.text import (
    number,
)
from svhnlab.report.core.words import (
    in_sentence,
    name_models,
    range_over_models,
)
from svhnlab.store.schema import (
    Calibration,
    Deferral,
    Estimate,
    FittedStatistics,
    RunStatistics,
    Study,
)


@dataclass(frozen=True)
class RunCalibration:
    """The calibration of one run.

    Attributes
    ----------
    name, title
        Name of the run, and its title for readers.
    images
        Number of test images.
    statistics
        Metrics with their intervals.
    calibration
        Calibration on the test images.
    """

    name: str
    title: str
    images: int
    statistics: RunStatistics
    calibration: Calibration

    @property
    def deferral(self) -> Deferral | None:
        """Deferral for a target accuracy on the rest; None without predictions on the validation images."""
        return self.statistics.deferral

    @property
    def deferred(self) -> int | None:
        """Number of test images that are deferred; None if it is unknown or the target is refused."""
        known = self.deferral
        return None if known is None or known.refused else round(known.rate * self.images)


@dataclass(frozen=True)
class FittedCalibration(RunCalibration):
    """The calibration of a run with predictions on the validation images."""

    statistics: FittedStatistics

    @property
    def deferral(self) -> Deferral:
        """Deferral for a target accuracy on the rest."""
        return self.statistics.deferral


def fitted_calibrations_of(study: Study, *configurations: str) -> tuple[FittedCalibration, ...]:
    """Return the calibration of the named configurations (by default all) with predictions on the validation images.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, the statistics are not computed yet, or none has such predictions.
    """
    return tuple(
        FittedCalibration(run.name, run.title, len(run.test.labels), statistics, statistics.calibration)
        for run, statistics in runs_with_validation(study, *configurations)
    )


def calibrations_of(study: Study, *configurations: str) -> tuple[RunCalibration, ...]:
    """Return the calibration of the named configurations (by default all trained ones).

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    return tuple(
        RunCalibration(run.name, run.title, len(run.test.labels), statistics, statistics.calibration)
        for run, statistics in runs_with_statistics(study, *configurations)
    )


def models(group: Sequence[RunCalibration], number_of_models: int) -> str:
    """Name some of the models in a sentence."""
    return name_models([in_sentence(run.title) for run in group], number_of_models)


def points_over_models(differences: Sequence[Estimate]) -> str:
    """Write the size of one difference of shares with its 95% interval, or the range of the sizes of several."""
    sizes = [abs(difference.value) for difference in differences]
    unit = "percentage point" if {number(100 * size, 1) for size in sizes} == {"1.0"} else "percentage points"
    shown = f"{range_over_models(sizes, lambda size: number(100 * size, 1))} {unit}"
    if len(differences) > 1:
        return shown
    low, high = sorted(abs(limit) for limit in differences[0].limits)
    return f"{shown} (95% interval {number(100 * low, 1)} to {number(100 * high, 1)})"
