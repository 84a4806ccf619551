"""Sentences that compare runs, composed from the tests.

A test between two runs compares two trained models on images like these. It says nothing of other trainings of the same
models, so that no sentence claims an effect of a method of training.
"""

from __future__ import annotations

import numpy as np

from svhnlab.analysis.seeds import metric_over_seeds
from svhnlab.report.comparison.pairwise_tests import _DIFFER, _not_supported, augmentation_pairs, reversed_if_needed
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import statistics_of
from svhnlab.report.core.text import interval, listing, p_equation, percent, signed_interval, signed_points
from svhnlab.report.core.words import named
from svhnlab.store.schema import Study


def describe_augmentation(study: Study) -> Remark:
    """Say for each model how the accuracies with and without augmentation differ, and what the test supports.

    Models that are not stored both with and without augmentation are passed over. Where both versions were trained
    with several seeds, the accuracies over the seeds follow.

    Raises
    ------
    ValueError
        If the statistics are not made yet.
    """
    statistics = statistics_of(study)
    sentences, repeated = [], False
    for names in augmentation_pairs(study):
        plain, augmented = (statistics.runs[name].accuracy.value for name in names)
        pair = reversed_if_needed(statistics, *names)
        gap = pair.accuracy.value
        change = f"{signed_points(gap)} points, 95% interval {signed_interval(pair.accuracy)}"
        p = p_equation(pair.p_adjusted)
        if pair.significant:
            verdict = f"These two trained models {_DIFFER} ({p})."
        else:
            verdict = f"The test supports no difference between these two trained models ({p}); {_not_supported(pair)}."
        sentences.append(
            f"{named(study.runs[names[0]])}: {percent(augmented)} with augmentation against {percent(plain)} without "
            f"({change}). {verdict}"
        )
        if all(len(study.repeats[name]) > 1 for name in names):
            repeated = True
            sentences.append(_over_seeds(study, *names))
    if not sentences:
        return Remark("No model is stored both with and without augmentation, so its effect cannot be told.")
    more = "the section on seeds" if repeated else "a study trained with several seeds"
    sentences.append(
        "The p values are those of exact McNemar tests after Holm’s correction. Each test compares two single "
        "trainings on images like these and does not cover the chance in training; "
        f"{more} says more about that{'' if repeated else ', in the section on seeds'}."
    )
    return Remark(" ".join(sentences))


def _over_seeds(study: Study, plain: str, augmented: str) -> str:
    """Mean and range of the accuracy over the trainings of both versions of a model."""
    parts = []
    for name in (augmented, plain):
        values = metric_over_seeds(study.repeats[name], "accuracy")
        reached = f"{len(values)} trainings, from {interval((min(values), max(values)))}"
        parts.append(
            f"{percent(float(np.mean(values)))} {'without it' if name == plain else 'with augmentation'} ({reached})"
        )
    return f"Over the seeds, the mean accuracy of {named(study.runs[plain])} is {listing(parts)}."
