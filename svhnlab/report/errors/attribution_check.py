"""Checks of the occlusion maps: deletion against random order, and random weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from svhnlab.analysis.paired import holm
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import known_only, runs_of
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import count, listing, number, p_value, without_start
from svhnlab.report.core.words import all_models, in_sentence, range_over_models
from svhnlab.store.schema import ALPHA, AttributionCheck, Estimate, Study


@dataclass(frozen=True)
class CheckedRun:
    """Checks of one run.

    Attributes
    ----------
    title
        Title of the run.
    check
        The checks.
    p_adjusted
        P-value of the deletion test after Holm's correction for all runs; NaN without errors.
    """

    title: str
    check: AttributionCheck
    p_adjusted: float

    @property
    def better_than_random(self) -> bool:
        """Whether the maps find the regions that support the prediction significantly better than random orders."""
        return self.check.difference.value > 0 and self.p_adjusted < ALPHA


def checked_runs(study: Study, *configurations: str) -> dict[str, CheckedRun]:
    """Return the checks of the named configurations (by default all trained ones) by name, as far as computed.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or no checks are computed.
    """
    found = known_only(
        ((run, run.attribution_check) for run in runs_of(study, *configurations)),
        "weights",
        "checks of the occlusion maps",
    )
    tested = [check.p_value for _, check in found if check.images]
    adjusted = iter(holm(tested).tolist())
    return {
        run.name: CheckedRun(run.title, check, next(adjusted) if check.images else float("nan")) for run, check in found
    }


@dataclass(frozen=True)
class AttributionCheckTable(Table[CheckedRun]):
    """Area under the deletion curve, and correlation with maps of random weights: a row for each model."""

    runs: tuple[CheckedRun, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> AttributionCheckTable:
        """Select the named configurations (by default all with checks); ``NotComputed`` if a result is missing."""
        return cls(tuple(checked_runs(study, *configurations).values()))

    @property
    def alt(self) -> str:
        """Both areas of each model."""
        parts = [f"{run.title} {number(run.check.area, 2)} and {number(run.check.random_area, 2)}" for run in self.runs]
        return f"Area under the deletion curve in the order of the map and in random order: {listing(parts)}."

    def rows(self) -> Sequence[CheckedRun]:
        """The checks of each model."""
        return self.runs

    def columns(self) -> Sequence[Column[CheckedRun]]:
        """Areas, their difference with its test, and the rank correlation with the maps of random weights."""
        return (
            Column("run", lambda row: row.title, "Run", without_start),
            Column("errors", lambda row: row.check.images, "Errors", count),
            Column("area", lambda row: row.check.area, "Map", lambda value: number(value, 2)),
            Column("random_area", lambda row: row.check.random_area, "Random", lambda value: number(value, 2)),
            Column("difference", lambda row: row.check.difference, "Difference", _two_digits),
            Column("p_holm", lambda row: row.p_adjusted, "Holm p", p_value),
            Column("random_weights", lambda row: row.check.random_weights, "Random weights", _two_digits),
        )


def _two_digits(estimate: Estimate) -> str:
    if np.isnan(estimate.value):
        return "–"
    return f"{number(estimate.value, 2)} ({number(estimate.low, 2)} to {number(estimate.high, 2)})"


def describe_attribution_check(study: Study, *configurations: str) -> Markdown:
    """State for which models the occlusion maps find the regions that support the prediction.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or the maps are not checked yet.
    """
    runs = [run for run in checked_runs(study, *configurations).values() if run.check.images]
    if not runs:
        return Markdown("There are no errors on which the maps could be checked.")
    good = [in_sentence(run.title) for run in runs if run.better_than_random]
    poor = [in_sentence(run.title) for run in runs if not run.better_than_random]
    parts = []
    if good:
        names = listing(good) if poor or len(good) == 1 else all_models(len(good))
        parts.append(
            Markdown(
                "In {names}, covering the cells of an image in the order of its map lowers the probability of the "
                "predicted class significantly faster than a random order."
            ).format(names=names)
        )
    if poor:
        parts.append(
            Markdown("In {}, the maps are not significantly better than a random order; the cards say so.").format(
                listing(poor)
            )
        )
    parts.append(
        Markdown(
            "The rank correlation of the maps with those of the same network with random weights is {range}; it "
            "would be 1 if the maps did not depend on what the model has learnt."
        ).format(
            range=range_over_models([run.check.random_weights.value for run in runs], lambda value: number(value, 2)),
        )
    )
    return sentences(parts)
