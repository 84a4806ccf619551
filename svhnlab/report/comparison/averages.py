"""Averages of several models: how much of the error depends on the training rather than on the images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.analysis.ensemble import average_probabilities
from svhnlab.analysis.paired import holm
from svhnlab.report.comparison.accuracy import AccuracyRow, ModelComparison
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import NotComputed, runs_of
from svhnlab.report.core.text import (
    interval,
    listing,
    number,
    p_equation,
    percent,
    points,
    signed_interval,
    without_start,
)
from svhnlab.report.core.truth import audit_of
from svhnlab.report.core.words import all_models, in_sentence
from svhnlab.store.analysis_keys import ALL
from svhnlab.store.schema import ALPHA, Ensemble, Study


def average_of(study: Study, name: str) -> NDArray[np.float64]:
    """Return the mean probabilities of all configurations (`ALL`) or of the trainings of one, shape (N, K)."""
    if name == ALL:
        return average_probabilities([run.test.probabilities for run in study.runs.values()])
    return average_probabilities([repeat.test.probabilities for repeat in study.repeats[name]])


def title_of(study: Study, name: str) -> str:
    """Return the title of an average in tables."""
    members = len(study.ensembles[name].members)
    return f"Average of {members} {'models' if name == ALL else f'trainings: {without_start(study.runs[name].title)}'}"


@dataclass(frozen=True)
class AveragedComparison(ModelComparison):
    """The table of the models, with a row for the average of all and for the average of each one's trainings."""

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> AveragedComparison:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing.

        There are averages only in a table of all configurations, as far as they are computed.
        """
        table = ModelComparison.from_study(study, *configurations)
        rows, truth, corrected = list(table.results), dict(table.true_accuracy), dict(table.corrected_accuracy)
        audit, photographs = audit_of(study), study.data.test_photographs
        for name, average in study.ensembles.items() if not configurations else ():
            predicted, key = average_of(study, name).argmax(axis=1).astype(np.int64), f"average-{name}"
            errors = int((predicted != study.data.test_labels).sum())
            rows.append(AccuracyRow(key, title_of(study, name), average.metrics, errors))
            if study.data.true_labels is not None:
                truth[key] = share_by_photograph(predicted == study.data.true_labels, photographs)
            if corrected and audit is not None:
                corrected[key] = audit.accuracy(predicted, photographs)
        return cls(tuple(rows), truth, corrected)


def describe_averages(study: Study) -> Markdown:
    """State whether an average is more accurate than the best model in it, and what follows for the causes of errors.

    Empty if there is only one training.

    Raises
    ------
    NotComputed
        If no configuration is trained, or the averages are not computed yet.
    """
    runs = runs_of(study)
    possible = [ALL] * (len(runs) > 1) + [run.name for run in runs if len(study.repeats[run.name]) > 1]
    names = [name for name in possible if name in study.ensembles]
    if possible and not names:
        raise NotComputed("the averages of several models are not computed yet")
    adjusted = dict(zip(names, map(float, holm([study.ensembles[name].p_value for name in names])), strict=True))
    undecided = [name for name in names if name != ALL and adjusted[name] >= ALPHA]
    alone = [name for name in names if name not in undecided or len(undecided) == 1]
    parts = [_describe(study, name, study.ensembles[name], adjusted[name]) for name in alone]
    if len(undecided) > 1:
        parts.append(_describe_undecided(study, undecided, min(adjusted[name] for name in undecided)))
    return sentences(parts)


def _describe_undecided(study: Study, names: Sequence[str], p_value: float) -> Markdown:
    """State the accuracies of the averages that do not differ from the best training of their configurations."""
    accuracies = [study.ensembles[name].metrics["accuracy"].value for name in names]
    return Markdown(
        "The averages of the trainings of {models} classify {accuracies} correctly. None differs significantly from "
        "the best training of its configuration (p ≥ {p})."
    ).format(
        models=listing([in_sentence(study.runs[name].title) for name in names]),
        accuracies=listing([percent(value) for value in accuracies]),
        p=number(p_value, 3),
    )


def _describe(study: Study, name: str, average: Ensemble, p_value: float) -> Markdown:
    accuracy = average.metrics["accuracy"]
    what = (
        Markdown("The average of the probabilities of {}").format(all_models(len(average.members)))
        if name == ALL
        else Markdown("The average of the {} trainings of {}").format(
            len(average.members), in_sentence(study.runs[name].title)
        )
    )
    best = in_sentence(study.runs[average.best].title) if name == ALL else f"the training with seed {average.best}"
    text = Markdown("{what} classifies {accuracy} correctly (95% interval {limits}).").format(
        what=what, accuracy=percent(accuracy.value), limits=interval(accuracy.limits)
    )
    if p_value >= ALPHA:
        return sentences(
            [
                text,
                Markdown("It does not differ significantly from the best of them, {best} ({p}).").format(
                    best=best, p=p_equation(p_value)
                ),
            ]
        )
    gain = average.over_best
    comparison = Markdown("This is {gap} {more} than the best of them, {best} ({p}; 95% interval {limits}).").format(
        gap=points(gain.value),
        more="more" if gain.value > 0 else "less",
        best=best,
        p=p_equation(p_value),
        limits=signed_interval(gain),
    )
    if gain.value < 0:
        return sentences([text, comparison])
    share = gain.value / (1 - accuracy.value + gain.value)
    verdict = Markdown(
        "At least this part of the errors, {share} of those of {best}, depends on the model and its training "
        "(variance) and not on the images alone."
    ).format(share=percent(share, 0), best=best)
    return sentences([text, comparison, verdict])
