"""Neural collapse of the features, and their similarity between models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_of, runs_with_features, statistics_of
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import listing, number, share_with_interval, without_start
from svhnlab.report.core.words import in_sentence, range_over_models, share_over_models
from svhnlab.store.schema import FeatureStatistics, NeuralCollapse, RunResult, Study


@dataclass(frozen=True)
class NeuralCollapseTable(Table[tuple[RunResult, FeatureStatistics]]):
    """Measures of neural collapse of each run; 0 is collapsed for the first four, 100% for the agreement."""

    results: tuple[tuple[RunResult, FeatureStatistics], ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> NeuralCollapseTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(tuple(runs_with_features(study, *configurations)))

    @property
    def alt(self) -> str:
        """The ratio of the covariances of each run."""
        parts = [f"{run.title} {number(row.neural_collapse.within_between, 2)}" for run, row in self.results]
        return f"Covariance of the features within the classes relative to that between them: {listing(parts)}."

    def rows(self) -> Sequence[tuple[RunResult, FeatureStatistics]]:
        """Run and statistics of each configuration."""
        return self.results

    def columns(self) -> Sequence[Column[tuple[RunResult, FeatureStatistics]]]:
        """The five measures."""
        return (
            Column("run", lambda row: row[0].title, "Run", without_start),
            Column("within_between", lambda row: _of(row).within_between, "Within / between", _two),
            Column("norm_variation", lambda row: _of(row).norm_variation, "Norms", _two),
            Column("angle_deviation", lambda row: _of(row).angle_deviation, "Angles", _two),
            Column("duality", lambda row: _of(row).duality, "Last layer", _two),
            Column("agreement", lambda row: _of(row).agreement, "Nearest centroid agrees", share_with_interval),
        )


def _of(row: tuple[RunResult, FeatureStatistics]) -> NeuralCollapse:
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
    seeds
        Linear CKA of two trainings of the model with different seeds; NaN if it was trained once.
    """

    title: str
    values: tuple[float, ...]
    seeds: float


@dataclass(frozen=True)
class FeatureSimilarityTable(Table[FeatureSimilarity]):
    """Linear CKA of the test features of each two models, and of two seeds of each model that was trained twice."""

    names: tuple[str, ...]
    similarities: tuple[FeatureSimilarity, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> FeatureSimilarityTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        runs = runs_of(study, *configurations)
        values, seeds = _similarities(study, runs), _similarities_of_seeds(study, runs)
        return cls(
            tuple(run.name for run in runs),
            tuple(
                FeatureSimilarity(
                    run.title,
                    tuple(1.0 if run is other else values[frozenset((run.name, other.name))] for other in runs),
                    seeds.get(run.name, np.nan),
                )
                for run in runs
            ),
        )

    @property
    def alt(self) -> str:
        """The lowest and the highest similarity of two models, and of two seeds."""
        values = [value for i, row in enumerate(self.similarities) for value in row.values[:i]]
        if not values:
            return "Similarity of the features: there is only one model."
        text = f"Similarity of the features of each two models (linear CKA): {range_over_models(values, number)}"
        seeds = [row.seeds for row in self.similarities if not np.isnan(row.seeds)]
        return f"{text}; of two seeds of one model: {range_over_models(seeds, number)}." if seeds else f"{text}."

    def rows(self) -> Sequence[FeatureSimilarity]:
        """Each model."""
        return self.similarities

    def columns(self) -> Sequence[Column[FeatureSimilarity]]:
        """The similarity to each model, and of two seeds if a model was trained several times."""
        trained_twice = not all(np.isnan(row.seeds) for row in self.similarities)
        return (
            Column("run", lambda row: row.title, "Run", without_start),
            *(_column(position, name, self.similarities[position].title) for position, name in enumerate(self.names)),
            Column("two_seeds", lambda row: row.seeds, "Two seeds" if trained_twice else "", _two),
        )


def _column(position: int, name: str, title: str) -> Column[FeatureSimilarity]:
    return Column(name, lambda row: row.values[position], without_start(title), _two)


def _two(value: float) -> str:
    return number(value, 2)


def _similarities(study: Study, runs: Sequence[RunResult]) -> dict[frozenset[str], float]:
    """Return the linear CKA of each two of these configurations; ``NotComputed`` without statistics."""
    names = {run.name for run in runs}
    pairs = [pair for pair in statistics_of(study).similarities if {pair.first, pair.second} <= names]
    return {frozenset((pair.first, pair.second)): pair.cka for pair in pairs}


def _similarities_of_seeds(study: Study, runs: Sequence[RunResult]) -> dict[str, float]:
    """Return the linear CKA of two seeds of those of these configurations that were trained several times."""
    found = {run.name: study.seed_statistics[run.name].cka for run in runs if run.name in study.seed_statistics}
    return {name: value for name, value in found.items() if not np.isnan(value)}


def describe_neural_collapse(study: Study, *configurations: str) -> Markdown:
    """State the ratio of the covariances and the agreement of the nearest centroid with the last layer.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    found = [row.neural_collapse for _, row in runs_with_features(study, *configurations)]
    ratios = [row.within_between for row in found if not np.isnan(row.within_between)]
    parts = []
    if ratios:
        parts.append(
            Markdown(
                "The covariance of the training features within the classes, relative to that between them (NC1), is "
                "{}; it is 0 if they are collapsed."
            ).format(range_over_models(ratios, lambda value: number(value, 2)))
        )
    parts.append(
        Markdown("On the test images, the nearest centroid agrees with the last layer for {} of them.").format(
            share_over_models([row.agreement for row in found])
        )
    )
    return sentences(parts)


def describe_similarity(study: Study, *configurations: str) -> Markdown:
    """State which two models have the most, and which the least similar features, beside two seeds of one model.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    runs = runs_of(study, *configurations)
    titles = {run.name: in_sentence(run.title) for run in runs}
    values = {pair: value for pair, value in _similarities(study, runs).items() if not np.isnan(value)}
    if not values:
        return Markdown("Features can be compared only between two models.")

    def named(pair: frozenset[str]) -> str:
        return listing([titles[run.name] for run in runs if run.name in pair])

    high, low = max(values, key=lambda pair: values[pair]), min(values, key=lambda pair: values[pair])
    if high == low:
        first = Markdown("The similarity of the features of {} is {}.").format(named(high), _two(values[high]))
    else:
        first = Markdown("The features are most similar between {} ({}) and least similar between {} ({}).").format(
            named(high), _two(values[high]), named(low), _two(values[low])
        )
    seeds = _similarities_of_seeds(study, runs)
    if not seeds:
        return sentences(
            [
                first,
                Markdown(
                    "How similar two trainings of one model with different seeds are, the baseline for these numbers, "
                    "is not known: `svhnlab train` with the option `--seeds 2` trains each model twice."
                ),
            ]
        )
    alike = [pair for pair, value in values.items() if any(value >= seeds.get(name, np.inf) for name in pair)]
    return sentences(
        [
            first,
            Markdown("The baseline is the similarity of two trainings of one model with different seeds: {}.").format(
                range_over_models(list(seeds.values()), _two)
            ),
            Markdown("It is reached by {}.").format(listing([named(pair) for pair in alike], last="and by"))
            if alike
            else Markdown("No two different models are as similar as two seeds of one of them."),
        ]
    )
