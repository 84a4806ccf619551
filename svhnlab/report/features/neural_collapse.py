"""Neural collapse of the features, and their similarity between models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from svhnlab.analysis.neural_collapse import linear_cka
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_of, runs_with_statistics
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import listing, number, share_with_interval, without_start
from svhnlab.report.core.words import in_sentence, over_models, range_over_models, share_over_models
from svhnlab.store.schema import NeuralCollapse, RunResult, RunStatistics, Study


@dataclass(frozen=True)
class NeuralCollapseTable(Table[tuple[RunResult, RunStatistics]]):
    """Measures of neural collapse of each run; 0 is collapsed for the first three, 100% for the agreement."""

    results: tuple[tuple[RunResult, RunStatistics], ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> NeuralCollapseTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(tuple(runs_with_statistics(study, *configurations)))

    @property
    def alt(self) -> str:
        """The ratio of the covariances of each run."""
        parts = [f"{run.title} {number(row.neural_collapse.within_between, 2)}" for run, row in self.results]
        return f"Covariance of the features within the classes relative to that between them: {listing(parts)}."

    def rows(self) -> Sequence[tuple[RunResult, RunStatistics]]:
        """Run and statistics of each configuration."""
        return self.results

    def columns(self) -> Sequence[Column[tuple[RunResult, RunStatistics]]]:
        """The four measures."""

        def two(value: float) -> str:
            return number(value, 2)

        return (
            Column("run", lambda row: row[0].title, "Run", without_start),
            Column("within_between", lambda row: _of(row).within_between, "Within / between", two),
            Column("norm_variation", lambda row: _of(row).norm_variation, "Norms", two),
            Column("angle_deviation", lambda row: _of(row).angle_deviation, "Angles", two),
            Column("agreement", lambda row: _of(row).agreement, "Nearest centroid agrees", share_with_interval),
        )


def _of(row: tuple[RunResult, RunStatistics]) -> NeuralCollapse:
    return row[1].neural_collapse


@dataclass(frozen=True)
class FeatureSimilarity:
    """Similarity of the test features of one model to those of every model.

    Attributes
    ----------
    title
        Title of the model.
    values
        Linear CKA with each model, in their order.
    """

    title: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class FeatureSimilarityTable(Table[FeatureSimilarity]):
    """Linear CKA of the test features of each two models."""

    names: tuple[str, ...]
    similarities: tuple[FeatureSimilarity, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> FeatureSimilarityTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if one is not trained."""
        runs = runs_of(study, *configurations)
        values = _similarities(runs)
        return cls(
            tuple(run.name for run in runs),
            tuple(
                FeatureSimilarity(
                    run.title,
                    tuple(1.0 if run is other else values[frozenset((run.name, other.name))] for other in runs),
                )
                for run in runs
            ),
        )

    @property
    def alt(self) -> str:
        """The lowest and the highest similarity of two models."""
        values = [value for i, row in enumerate(self.similarities) for value in row.values[:i]]
        if not values:
            return "Similarity of the features: there is only one model."
        return f"Similarity of the features of each two models (linear CKA): {range_over_models(values, number)}."

    def rows(self) -> Sequence[FeatureSimilarity]:
        """Each model."""
        return self.similarities

    def columns(self) -> Sequence[Column[FeatureSimilarity]]:
        """The similarity to each model."""
        return (
            Column("run", lambda row: row.title, "Run", without_start),
            *(_column(position, name, self.similarities[position].title) for position, name in enumerate(self.names)),
        )


def _column(position: int, name: str, title: str) -> Column[FeatureSimilarity]:
    return Column(name, lambda row: row.values[position], without_start(title), lambda value: number(value, 2))


def _similarities(runs: Sequence[RunResult]) -> dict[frozenset[str], float]:
    return {
        frozenset((one.name, two.name)): linear_cka(one.test.features, two.test.features)
        for one, two in combinations(runs, 2)
    }


def describe_neural_collapse(study: Study, *configurations: str) -> Markdown:
    """State the ratio of the covariances and the agreement of the nearest centroid with the last layer.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    found = [row.neural_collapse for _, row in runs_with_statistics(study, *configurations)]
    ratios = [row.within_between for row in found if not np.isnan(row.within_between)]
    parts = []
    if ratios:
        parts.append(
            Markdown(
                "The covariance of the training features within the classes, relative to that between them (NC1), is "
                "{}{}; it is 0 if they are collapsed."
            ).format(range_over_models(ratios, lambda value: number(value, 2)), over_models(ratios))
        )
    parts.append(
        Markdown("On the test images, the nearest centroid agrees with the last layer for {} of them{}.").format(
            share_over_models([row.agreement for row in found]), over_models(found)
        )
    )
    return sentences(parts)


def describe_similarity(study: Study, *configurations: str) -> Markdown:
    """State which two models have the most, and which the least similar features.

    Raises
    ------
    NotComputed
        If a named configuration is not trained.
    """
    runs = runs_of(study, *configurations)
    titles = {run.name: in_sentence(run.title) for run in runs}
    values = {pair: value for pair, value in _similarities(runs).items() if not np.isnan(value)}
    if not values:
        return Markdown("Features can be compared only between two trained models.")

    def named(pair: frozenset[str]) -> str:
        return listing([titles[run.name] for run in runs if run.name in pair])

    high, low = max(values, key=lambda pair: values[pair]), min(values, key=lambda pair: values[pair])
    if high == low:
        return Markdown("The similarity of the features of {} is {}.").format(named(high), number(values[high], 2))
    return Markdown("The features are most similar between {} ({}) and least similar between {} ({}).").format(
        named(high), number(values[high], 2), named(low), number(values[low], 2)
    )
