"""Difference in accuracy between the versions of a model without and with augmentation."""

from __future__ import annotations

import numpy as np

from svhnlab.analysis.seeds import metric_over_seeds
from svhnlab.report.comparison.pairwise_tests import augmentation_pairs, reversed_if_needed
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import statistics_of
from svhnlab.report.core.text import interval, p_equation, percent, signed_interval, signed_points
from svhnlab.report.core.words import in_sentence
from svhnlab.store.schema import Study


def describe_augmentation(study: Study) -> Markdown:
    """Compare the accuracies of each model without and with augmentation, and state the result of the test.

    Models that are not trained both without and with augmentation are omitted. If both versions were trained with
    several seeds, the accuracies over the seeds follow.

    Raises
    ------
    NotComputed
        If the statistics are not computed yet.
    """
    statistics = statistics_of(study)
    parts = []
    for names in augmentation_pairs(study):
        pair = reversed_if_needed(statistics, *names)
        parts.append(
            Markdown(
                "Augmentation changes the accuracy of {model} by {gap} percentage points (95% interval {limits}), "
                "{verdict} ({p})."
            ).format(
                model=in_sentence(study.runs[names[0]].title),
                gap=signed_points(pair.accuracy.value),
                limits=signed_interval(pair.accuracy),
                verdict="a significant difference" if pair.significant else "not a significant difference",
                p=p_equation(pair.p_adjusted),
            )
        )
        if all(len(study.repeats[name]) > 1 for name in names):
            parts.append(_over_seeds(study, *names))
    if not parts:
        return Markdown("No model is trained both without and with augmentation, so its effect cannot be estimated.")
    return sentences(parts)


def _over_seeds(study: Study, plain: str, augmented: str) -> Markdown:
    """State mean and range of the accuracy over the trainings of both versions of a model."""
    return Markdown(
        "Over the seeds, the mean accuracy of {model} is {augmented} with augmentation ({augmented_range}) and {plain} "
        "without ({plain_range})."
    ).format(
        model=in_sentence(study.runs[plain].title),
        augmented=percent(float(np.mean(_accuracies(study, augmented)))),
        augmented_range=_range_over_seeds(study, augmented),
        plain=percent(float(np.mean(_accuracies(study, plain)))),
        plain_range=_range_over_seeds(study, plain),
    )


def _accuracies(study: Study, configuration: str) -> list[float]:
    """Accuracy of each training of a configuration."""
    return metric_over_seeds(study.repeats[configuration], "accuracy")


def _range_over_seeds(study: Study, configuration: str) -> str:
    accuracies = _accuracies(study, configuration)
    return f"{len(accuracies)} trainings, {interval((min(accuracies), max(accuracies)))}"
