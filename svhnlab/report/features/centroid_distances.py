"""Position of the errors in feature space: closer to the centroid of the true or of the predicted class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import count, number, share_with_interval, without_start
from svhnlab.report.core.words import share_over_models
from svhnlab.report.features.centroids import (
    CentroidSummary,
    describe_left_out,
    summaries_of,
)
from svhnlab.store.schema import Study


def describe_centroid(study: Study, *configurations: str) -> Markdown:
    """State the share of the errors that lie closer to the centroid of the predicted than of the true class.

    Distances are scale-free; see `svhnlab.analysis.centroids`. Runs without centroids are omitted.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has centroids.
    """
    summaries = summaries_of(study, *configurations)
    shares = [summary.nearer_share for summary in summaries if summary.errors]
    template = Markdown(
        "Of the errors, {} lie closer to the centroid of the predicted class than to that of the true class."
    )
    closer = template.format(share_over_models(shares)) if shares else Markdown("")
    return sentences([closer, *map(describe_left_out, summaries)])


@dataclass(frozen=True)
class CentroidTable(Table[CentroidSummary]):
    """Scale-free distances of the errors of each run to the true and the predicted centroid.

    Attributes
    ----------
    summaries
        Distances of each run.
    """

    summaries: tuple[CentroidSummary, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> CentroidTable:
        """Select the named configurations (by default all trained ones), omitting those without centroids.

        Raises
        ------
        NotComputed
            If a named configuration is not trained, or none of them has centroids.
        """
        return cls(summaries_of(study, *configurations))

    @property
    def alt(self) -> str:
        """The share of errors closer to the predicted centroid."""
        share = share_over_models([summary.nearer_share for summary in self.summaries])
        return f"Of the errors of each model, {share} lie closer to the predicted than to the true centroid."

    def rows(self) -> Sequence[CentroidSummary]:
        """Distances of each run."""
        return self.summaries

    def columns(self) -> Sequence[Column[CentroidSummary]]:
        """Medians over the errors, and the share closer to the predicted centroid."""
        return _COLUMNS


def _median_over_errors(values: NDArray[np.float64], summary: CentroidSummary) -> float:
    """Median of the defined values; NaN if there are none."""
    defined = values[summary.wrong & np.isfinite(values)]
    return float(np.median(defined)) if len(defined) else float("nan")


_COLUMNS: tuple[Column[CentroidSummary], ...] = (
    Column("run", lambda summary: summary.title, "Run", without_start),
    Column("errors", lambda summary: int(summary.wrong.sum()), "Errors", count),
    Column(
        "to_true",
        lambda summary: _median_over_errors(summary.distances.to_true, summary),
        "Median to true",
        lambda median: number(median, 2),
    ),
    Column(
        "to_predicted",
        lambda summary: _median_over_errors(summary.distances.to_predicted, summary),
        "Median to predicted",
        lambda median: number(median, 2),
    ),
    Column(
        "rank_of_true",
        lambda summary: _median_over_errors(summary.rank_of_true, summary),
        "Median rank of true",
        lambda median: number(median, 1).removesuffix(".0"),
    ),
    Column(
        "nearer_to_predicted",
        lambda summary: summary.nearer_share,
        "Closer to predicted",
        share_with_interval,
    ),
    Column("nearer", lambda summary: summary.nearer),
    Column("placed", lambda summary: summary.errors),
)
