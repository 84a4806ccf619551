"""Names of the kinds of out-of-distribution images and of the scores, and the runs that have answers to them."""

from __future__ import annotations

from svhnlab.report.core.select import known_only, runs_of
from svhnlab.store.schema import OutOfDistribution, RunResult, Study

#: Name of each kind of images, in the order of figures and tables.
KINDS = {
    "letters": "letters",
    "walls": "empty walls",
    "turned": "digits turned by 90°",
    "noise": "noise",
}
#: Name of each score by which such images are distinguished from test images.
SCORES = {
    "confidence": "confidence",
    "energy": "energy",
    "neighbours": "distance to neighbours",
    "mahalanobis": "Mahalanobis distance",
}


def runs_with_ood(study: Study, *configurations: str) -> list[tuple[RunResult, OutOfDistribution]]:
    """Return the runs of the named configurations (by default all trained ones) that have answers.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has answers.
    """
    return known_only(
        ((run, run.ood) for run in runs_of(study, *configurations)), "weights", "answers to out-of-distribution images"
    )


def runs_of_ood(study: Study) -> list[RunResult]:
    """Return all runs that have answers; ``NotComputed`` if there are none."""
    return [run for run, _ in runs_with_ood(study)]
