"""Distances of the test images to class centroids in feature space, and helpers for sentences about them.

A sentence claims "most" or "more" only if an interval or a test supports it for images like these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.centroids import Distances, centroid_distances
from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import NotComputed, known_only, runs_of
from svhnlab.report.core.text import count, quantity
from svhnlab.report.core.words import in_sentence, name_models, sentence_start
from svhnlab.store.schema import Estimate, RunResult, Study


@dataclass(frozen=True)
class CentroidSummary:
    """Distances of the test images of one run to the centroids of the correctly classified training images.

    Attributes
    ----------
    name, title
        Name of the run, and its title for readers.
    images
        Number of each test image, which is its position in its file, shape (N,).
    wrong
        Whether each test image is an error, shape (N,).
    distances
        Distances of all test images.
    photographs
        Number of the photograph of each test image, shape (N,); None if it is unknown.
    """

    name: str
    title: str
    images: NDArray[np.int64]
    wrong: NDArray[np.bool_]
    distances: Distances
    photographs: NDArray[np.int64] | None = None

    @property
    def errors(self) -> int:
        """Number of errors for which both distances are defined."""
        return int(np.isfinite(self.distances.to_true + self.distances.to_predicted)[self.wrong].sum())

    @property
    def nearer(self) -> int:
        """Number of errors closer to the predicted than to the true centroid."""
        return int((self.distances.to_predicted < self.distances.to_true)[self.wrong].sum())

    @property
    def nearer_share(self) -> Estimate:
        """Share of errors closer to the predicted than to the true centroid, with its interval by photograph."""
        defined = np.isfinite(self.distances.to_true + self.distances.to_predicted)
        nearer = self.distances.to_predicted < self.distances.to_true
        return share_by_photograph(nearer, self.photographs, defined & self.wrong)

    @property
    def nearer_to_predicted(self) -> float:
        """Share of errors closer to the predicted than to the true centroid; NaN without errors."""
        return self.nearer_share.value

    @property
    def rank_of_true(self) -> NDArray[np.float64]:
        """Rank of the true class among all centroids by distance, 1 for the nearest; NaN where undefined."""
        to_true = self.distances.to_true
        rank = 1.0 + (self.distances.to_all < to_true[:, np.newaxis]).sum(axis=1)
        return np.where(np.isfinite(to_true), rank, np.nan)


def summarise(run: RunResult, photographs: NDArray[np.int64] | None = None) -> CentroidSummary:
    """Measure the distances of the test images of a run to the stored centroids, in RMS radii of each class.

    Parameters
    ----------
    photographs
        Number of the photograph of each test image, shape (N,); None if it is unknown.

    Raises
    ------
    NotComputed
        If the run has no centroids.
    """
    test = run.test
    if run.evidence is None or test.features is None:
        raise NotComputed(f"run {run.name} has no class centroids")
    distances = centroid_distances(test.features, test.labels, test.predicted, run.evidence.centroids, scale_free=True)
    return CentroidSummary(run.name, run.title, test.indices, test.wrong, distances, photographs)


def runs_with_centroids(study: Study, *configurations: str) -> list[RunResult]:
    """Return the runs of the named configurations (by default all trained ones) that have class centroids.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has centroids.
    """
    found = ((run, run.evidence) for run in runs_of(study, *configurations))
    return [run for run, _ in known_only(found, "features of the training and test images", "class centroids")]


def summaries_of(study: Study, *configurations: str) -> tuple[CentroidSummary, ...]:
    """Measure the distances of every run that has class centroids; see `runs_with_centroids`."""
    photographs = study.data.test_photographs
    return tuple(summarise(run, photographs) for run in runs_with_centroids(study, *configurations))


def describe_verdicts(verdicts: Sequence[tuple[str, str]]) -> Markdown:
    """Write one sentence for each verdict, with the models for which it holds.

    Parameters
    ----------
    verdicts
        Title of each run, and its verdict, a clause that follows "For MODEL, ".
    """
    models: dict[str, list[str]] = {}
    for title, verdict in verdicts:
        models.setdefault(verdict, []).append(in_sentence(title))
    return sentences(
        Markdown("For {models}, {verdict}.").format(models=name_models(names, len(verdicts)), verdict=verdict)
        for verdict, names in models.items()
    )


_REASON = "no training image of the true or of the predicted class is classified correctly, so one centroid is missing"


def describe_left_out(summary: CentroidSummary) -> Markdown:
    """State how many errors of a run have no defined distance, and why; empty where all have one."""
    model = in_sentence(summary.title)
    total = int(summary.wrong.sum())
    left_out = total - summary.errors
    if not total:
        return sentence_start(Markdown("{} makes no error.").format(model))
    if not left_out:
        return Markdown("")
    if summary.errors:
        return Markdown("Of the errors of {model}, {left_out} {is_are} omitted: {reason}.").format(
            model=model, left_out=count(left_out), is_are="is" if left_out == 1 else "are", reason=_REASON
        )
    return Markdown("The distances of the {errors} of {model} are undefined: {reason}.").format(
        errors="only error" if total == 1 else quantity(total, "error"), model=model, reason=_REASON
    )
