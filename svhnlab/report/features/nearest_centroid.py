"""Classification by the nearest centroid or training images in feature space, compared with the model's predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_with_features
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import percent, share_with_interval, without_start
from svhnlab.report.core.words import range_over_models, share_over_models
from svhnlab.store.schema import FeatureStatistics, RunResult, Study


@dataclass(frozen=True)
class NearestCentroidTable(Table[tuple[RunResult, FeatureStatistics]]):
    """Accuracy of each model, and of the nearest centroid and the nearest training images in its feature space."""

    results: tuple[tuple[RunResult, FeatureStatistics], ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> NearestCentroidTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(tuple(runs_with_features(study, *configurations)))

    @property
    def alt(self) -> str:
        """Both accuracies of each run."""
        parts = [
            f"{run.title} {percent(statistics.nearest_centroid.value)} against {percent(statistics.accuracy.value)}"
            for run, statistics in self.results
        ]
        return f"Accuracy of the nearest-centroid classifier against that of the model: {'; '.join(parts)}."

    def rows(self) -> Sequence[tuple[RunResult, FeatureStatistics]]:
        """Run and statistics of each configuration."""
        return self.results

    def columns(self) -> Sequence[Column[tuple[RunResult, FeatureStatistics]]]:
        """Shares with the bounds of their 95% intervals."""
        return (
            Column("run", lambda row: row[0].title, "Run", without_start),
            Column("accuracy", lambda row: row[1].accuracy, "Model", share_with_interval),
            Column("nearest_centroid", lambda row: row[1].nearest_centroid, "Nearest centroid", share_with_interval),
            Column("nearest_neighbours", lambda row: row[1].nearest_neighbours, "Neighbours", share_with_interval),
            Column(
                "nearest_is_predicted",
                lambda row: row[1].nearest_is_predicted,
                "Errors nearest to predicted",
                share_with_interval,
            ),
        )


def describe_nearest_centroid(study: Study, *configurations: str) -> Markdown:
    """Compare the accuracy of the nearest centroid and of the nearest training images with that of each model.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    statistics = [row for _, row in runs_with_features(study, *configurations)]
    errors = [row.nearest_is_predicted for row in statistics if not np.isnan(row.nearest_is_predicted.value)]
    parts = [
        Markdown(
            "Assigning each test image to the class with the nearest centroid (Euclidean distance) gives an accuracy "
            "of {nearest}, and to the most frequent class among the nearest training images one of {neighbours}, "
            "compared with {accuracy} for the last layer."
        ).format(
            nearest=share_over_models([row.nearest_centroid for row in statistics]),
            neighbours=share_over_models([row.nearest_neighbours for row in statistics]),
            accuracy=range_over_models([row.accuracy.value for row in statistics]),
        )
    ]
    if errors:
        parts.append(
            Markdown("Of the errors, {} lie nearest to the centroid of the predicted class.").format(
                share_over_models(errors)
            )
        )
    return sentences(parts)
