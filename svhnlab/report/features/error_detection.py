"""Confidence and margin as scores that tell errors from correctly classified images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_with_features
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import listing, percent, points_with_interval, share_with_interval, without_start
from svhnlab.report.core.words import share_over_models
from svhnlab.report.features.centroids import describe_verdicts
from svhnlab.store.schema import ErrorDetection, FeatureStatistics, RunResult, Study


@dataclass(frozen=True)
class ErrorDetectionTable(Table[tuple[RunResult, FeatureStatistics]]):
    """AUROC of the confidence and of the margin of the predicted class for telling errors from correct images."""

    results: tuple[tuple[RunResult, FeatureStatistics], ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> ErrorDetectionTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(tuple(runs_with_features(study, *configurations)))

    @property
    def alt(self) -> str:
        """Both values of each run."""
        parts = [
            f"{run.title} {percent(found.error_detection.confidence.value)} and "
            f"{percent(found.error_detection.margin.value)}"
            for run, found in self.results
        ]
        return f"AUROC for telling errors from correct images, of the confidence and of the margin: {listing(parts)}."

    def rows(self) -> Sequence[tuple[RunResult, FeatureStatistics]]:
        """Run and statistics of each configuration."""
        return self.results

    def columns(self) -> Sequence[Column[tuple[RunResult, FeatureStatistics]]]:
        """AUROC of each score, and their difference, with 95% intervals."""
        return (
            Column("run", lambda row: row[0].title, "Run", without_start),
            Column("confidence", lambda row: row[1].error_detection.confidence, "Confidence", share_with_interval),
            Column("margin", lambda row: row[1].error_detection.margin, "Margin", share_with_interval),
            Column("difference", lambda row: row[1].error_detection.difference, "Difference", points_with_interval),
        )


def describe_error_detection(study: Study, *configurations: str) -> Markdown:
    """State how well confidence and margin tell errors from correct images, and which of them does so better.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    found = [(run.title, row.error_detection) for run, row in runs_with_features(study, *configurations)]
    defined = [(title, scores) for title, scores in found if not np.isnan(scores.confidence.value)]
    if not defined:
        return Markdown("Confidence and margin cannot be compared, because there are no errors with a defined margin.")
    confidence, margin = ([getattr(row, name) for _, row in defined] for name in ("confidence", "margin"))
    text = Markdown(
        "An error has a lower confidence than a correct image in {confidence} of the pairs, and a lower margin of the "
        "predicted class in {margin}."
    ).format(confidence=share_over_models(confidence), margin=share_over_models(margin))
    return sentences([text, describe_verdicts([(title, _verdict(scores)) for title, scores in defined])])


def _verdict(scores: ErrorDetection) -> str:
    if scores.difference.high < 0:
        return "the confidence tells errors from correct images better than the margin"
    if scores.difference.low > 0:
        return "the margin tells errors from correct images better than the confidence"
    return "the 95% interval of the difference includes zero"
