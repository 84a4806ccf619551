"""Agreement of the models' errors beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_of, statistics_of
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import number, without_start
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.store.schema import Estimate, Study


@dataclass(frozen=True)
class Consistency:
    """Cohen's kappa of the errors of two models, or the mean over each two seeds of one configuration.

    Attributes
    ----------
    first, second
        Titles of the configurations; equal for two seeds.
    kappa
        With its 95% interval.
    """

    first: str
    second: str
    kappa: Estimate

    @property
    def of_seeds(self) -> bool:
        """Whether it is that of trainings of one configuration."""
        return self.first == self.second

    @property
    def compared(self) -> str:
        """The two models, or the configuration with the note that its seeds are compared."""
        if self.of_seeds:
            return f"{without_start(self.first)}, two seeds"
        return f"{without_start(self.first)}, {without_start(self.second)}"


def consistencies(study: Study, *configurations: str) -> tuple[Consistency, ...]:
    """Return the error consistency of each two configurations, then of the seeds of those trained several times.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    titles = {run.name: run.title for run in runs_of(study, *configurations)}
    pairs = [pair for pair in statistics_of(study).similarities if {pair.first, pair.second} <= set(titles)]
    return (
        *(Consistency(titles[pair.first], titles[pair.second], pair.kappa) for pair in pairs),
        *(
            Consistency(titles[name], titles[name], statistics.kappa)
            for name, statistics in study.seed_statistics.items()
            if name in titles
        ),
    )


def describe_error_consistency(study: Study, *configurations: str) -> Markdown:
    """State which two models agree most and least in their errors, beside the seeds of one configuration.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    found = [each for each in consistencies(study, *configurations) if not np.isnan(each.kappa.value)]
    models = sorted((each for each in found if not each.of_seeds), key=lambda each: -each.kappa.value)
    if not models:
        return Markdown("")
    most, least = models[0], models[-1]
    template = Markdown(
        "Beyond chance, the errors of {first} and {second} agree with a [kappa](glossary.qmd#term-kappa) of {kappa}"
    )
    parts = [
        (template + Markdown(", the highest of {pairs} pairs of models." if len(models) > 1 else ".")).format(
            first=in_sentence(most.first), second=in_sentence(most.second), kappa=_shown(most), pairs=len(models)
        )
    ]
    if len(models) > 1:
        parts.append(
            Markdown("The lowest is that of {} and {}, {}.").format(
                in_sentence(least.first), in_sentence(least.second), _shown(least)
            )
        )
    parts += [
        sentence_start(
            Markdown("two trainings of {} with different seeds agree with {} on average.").format(
                in_sentence(each.first), _shown(each)
            )
        )
        for each in found
        if each.of_seeds
    ]
    return sentences(parts)


def _shown(each: Consistency) -> str:
    return f"{number(each.kappa.value, 2)} (95% interval {_bounds(each.kappa)})"


def _bounds(kappa: Estimate) -> str:
    return f"{number(kappa.low, 2)} to {number(kappa.high, 2)}"


@dataclass(frozen=True)
class ErrorConsistencyTable(Table[Consistency]):
    """Cohen's kappa of the errors of each two models, and of two seeds of each model that was trained several times."""

    pairs: tuple[Consistency, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> ErrorConsistencyTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(consistencies(study, *configurations))

    @property
    def alt(self) -> str:
        """Each kappa."""
        if not self.pairs:
            return "There are no two models whose errors could be compared."
        parts = [f"{each.compared} {number(each.kappa.value, 2)}" for each in self.pairs]
        return f"Cohen's kappa of the errors of two models: {'; '.join(parts)}."

    def rows(self) -> Sequence[Consistency]:
        """Each pair."""
        return self.pairs

    def columns(self) -> Sequence[Column[Consistency]]:
        """Kappa with its interval."""
        return (
            Column("", lambda each: each.compared, "Compared"),
            Column("first", lambda each: each.first),
            Column("second", lambda each: each.second),
            Column("seeds", lambda each: each.of_seeds),
            Column("kappa", lambda each: each.kappa, "Kappa", lambda kappa: number(kappa.value, 2)),
            Column("", lambda each: each.kappa, "95% interval", _bounds),
        )
