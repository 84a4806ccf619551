"""Sentences about distances in feature space, chosen and filled by the numbers.

A sentence says "most" or "more" only where an interval or a test supports it for images like these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.centroids import Distances, centroid_distances
from svhnlab.report.core.select import Runs, as_runs
from svhnlab.report.core.text import count, listing, quantity
from svhnlab.store.schema import RunResult, Study


@dataclass(frozen=True)
class CentroidSummary:
    """Distances of one run's test images to the centroids of the right training images.

    Attributes
    ----------
    name, title
        Of the run, for the program and for people.
    wrong
        Which test images are errors, shape (N,).
    distances
        Of all test images.
    """

    name: str
    title: str
    wrong: NDArray[np.bool_]
    distances: Distances

    @property
    def errors(self) -> int:
        """Number of errors for which both distances are defined."""
        return int(np.isfinite(self.distances.margin[self.wrong]).sum())

    @property
    def nearer(self) -> int:
        """Number of errors nearer to the predicted than to the true centroid."""
        return int((self.distances.margin[self.wrong] > 0).sum())

    @property
    def nearer_to_predicted(self) -> float:
        """Share of errors nearer to the predicted than to the true centroid; NaN without errors."""
        return self.nearer / self.errors if self.errors else float("nan")

    @property
    def rank_of_true(self) -> NDArray[np.float64]:
        """Place of the true class among all centroids by distance, 1 for the nearest; NaN where undefined."""
        own = self.distances.to_true
        rank = 1.0 + (self.distances.to_all < own[:, np.newaxis]).sum(axis=1)
        return np.where(np.isfinite(own), rank, np.nan)


def summarise(run: RunResult, *, scale_free: bool) -> CentroidSummary:
    """Measure the distances of a run's test images to the stored centroids.

    Parameters
    ----------
    run
        A stored run.
    scale_free
        Whether distances are in units of each class's RMS radius.

    Raises
    ------
    ValueError
        If the run has no centroids.
    """
    if run.evidence is None:
        raise ValueError(f"run {run.name} has no class centroids")
    test = run.test
    distances = centroid_distances(
        test.features, test.labels, test.predicted, run.evidence.centroids, scale_free=scale_free
    )
    return CentroidSummary(run.name, run.title, test.wrong, distances)


def placed_runs(runs: Study | Runs, *names: str) -> list[RunResult]:
    """Return the runs that have class centroids, of all or of the named ones.

    Parameters
    ----------
    runs
        A study, one run or several.
    names
        Names of runs to keep; all without a name.

    Raises
    ------
    ValueError
        If none of them has centroids.
    """
    given = as_runs(runs.runs if isinstance(runs, Study) else runs)
    found = [run for run in given if run.evidence is not None and (not names or run.name in names)]
    if not found:
        raise ValueError("no stored run has class centroids")
    return found


def summaries_of(runs: Study | Runs, *names: str, scale_free: bool) -> list[CentroidSummary]:
    """Measure the distances of every run that has class centroids; see `placed_runs`."""
    return [summarise(run, scale_free=scale_free) for run in placed_runs(runs, *names)]


def unit(scale_free: bool) -> str:
    """Name the unit of distances."""
    return "class RMS radii" if scale_free else "feature units"


_NO_CENTROID = "no training image of the true or of the predicted class is right, so that the class has no centroid"


class _Verdicts:
    """What is concluded, with the names of the runs for which it is."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def add(self, verdict: str, name: str) -> None:
        """Conclude something for a run."""
        self._names.setdefault(verdict, []).append(name)

    def sentences(self) -> list[str]:
        """One sentence for each conclusion; names are left out where it is the same for several runs that are all."""
        everyone = sum(map(len, self._names.values()))
        return [
            f"In all {len(names)} runs {verdict}." if len(names) == everyone > 1 else f"For {listing(names)} {verdict}."
            for verdict, names in self._names.items()
        ]


def _unplaced(summary: CentroidSummary, name: str) -> str:
    total = int(summary.wrong.sum())
    if not total:
        return f"{name} makes no error."
    which = f"None of the {count(total)} errors" if total > 1 else "The only error"
    return f"{which} of {name} can{'' if total > 1 else 'not'} be placed: {_NO_CENTROID}."


def _left_out(summary: CentroidSummary, name: str) -> str:
    without = int(summary.wrong.sum()) - summary.errors
    return f"{quantity(without, 'error')} of {name} {'is' if without == 1 else 'are'} left out: {_NO_CENTROID}."


def _by_model(values: Sequence[object]) -> str:
    return ", by model" if len(values) > 1 else ""
