"""Table of the areas under the risk-coverage curves, and of the images to defer for a target accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from svhnlab.report.calibration.select import RunCalibration, calibrations_of
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import (
    count,
    listing,
    number,
    number_with_interval,
    percent,
    share_with_interval,
    without_start,
)
from svhnlab.store.schema import (
    UNDEFINED,
    Study,
)


@dataclass(frozen=True)
class CalibrationTable(Table[RunCalibration]):
    """Area under the risk-coverage curve, and deferral: a row per run."""

    runs: tuple[RunCalibration, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> CalibrationTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(calibrations_of(study, *configurations))

    @property
    def alt(self) -> str:
        """The area of every run."""
        parts = [f"{run.title} {number(run.calibration.aurc.value)}" for run in self.runs]
        return f"Area under the risk-coverage curve: {listing(parts)}."

    def rows(self) -> Sequence[RunCalibration]:
        """Each run."""
        return self.runs

    def columns(self) -> Sequence[Column[RunCalibration]]:
        """The area with the bounds of its 95% interval; threshold, deferred images, and accuracy on the rest."""
        return (
            Column("run", lambda run: run.title, "Run", without_start),
            Column("aurc", lambda run: run.calibration.aurc, "AURC", number_with_interval),
            *self._deferral_columns(),
        )

    def _deferral_columns(self) -> Sequence[Column[RunCalibration]]:
        known = [run.deferral for run in self.runs if run.deferral is not None]
        if not known:
            return ()
        return (
            Column("threshold", lambda run: run.deferral and run.deferral.threshold),
            Column("deferred", lambda run: run.deferral and run.deferral.rate),
            Column("deferred_images", lambda run: run.deferred),
            Column("", _deferred, f"Deferred for {percent(known[0].target, 0)}"),
            Column(
                "accuracy_on_the_rest",
                lambda run: UNDEFINED if run.deferral is None else run.deferral.accuracy,
                "Accuracy on the rest",
                share_with_interval,
            ),
        )


def _deferred(run: RunCalibration) -> str:
    """Write the share and number of deferred images, e.g. "31.0% (62)"."""
    if run.deferral is None or run.deferred is None:
        return "–"
    return f"{percent(run.deferral.rate)} ({count(run.deferred)})"
