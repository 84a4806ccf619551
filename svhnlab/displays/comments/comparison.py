"""Sentences that compare runs, composed from the tests.

A test between two runs compares two trained models on images like these. It says nothing of other trainings of the same
models, so that no sentence claims an effect of a method of training.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from svhnlab.config import DESIGN
from svhnlab.displays.base import Remark, named_runs
from svhnlab.displays.comments.words import named
from svhnlab.displays.pairs import augmentation_pairs, oriented, survives
from svhnlab.displays.stored import statistics_of
from svhnlab.displays.text import (
    duration,
    escape_markdown,
    interval,
    listing,
    millions,
    number,
    p_equation,
    percent,
    points,
    quantity,
    signed_interval,
    signed_points,
    times,
)
from svhnlab.results import PairedComparison, RunResult, Statistics, Study


def _not_supported(pair: PairedComparison) -> str:
    """What the test would have found where it finds nothing."""
    if np.isnan(pair.detectable):
        return "these test images are too few to find any difference four times in five"
    return (
        f"without the correction, it would find one of {points(pair.detectable)} four times in five on as many images"
    )


_SCOPE = "hold for these trained models on images like these and do not cover the chance in training."

_DIFFER = "differ by more than the drawing of the test images explains, at the 5% level"


def _tested(pair: PairedComparison) -> str:
    return f"exact McNemar test, {p_equation(pair.p_adjusted)} after Holm’s correction"


def result_comment(study: Study, run: str) -> Remark:
    """Say how good one run is, every figure with its interval.

    Raises
    ------
    ValueError
        If the run is not stored or the statistics are not made yet.
    """
    named_runs(study, [run])
    own = statistics_of(study).runs[run]
    return Remark(
        f"On the {quantity(len(study.data.test_labels), 'test image')} it reaches an accuracy of "
        f"{percent(own.accuracy.value)} (95% interval {interval(own.accuracy.limits)}), a macro-F1 of "
        f"{percent(own.macro_f1.value)} ({interval(own.macro_f1.limits)}) and an expected calibration error of "
        f"{percent(own.calibration.ece.value)} ({interval(own.calibration.ece.limits)}). The intervals cover the "
        "drawing of the test images, not the chance in training."
    )


def comparison_comment(study: Study) -> Remark:
    """Say which trained model has the highest accuracy, and from which others the tests tell it apart.

    Raises
    ------
    ValueError
        If no run is stored or the statistics are not made yet.
    """
    statistics = statistics_of(study)
    found = sorted(named_runs(study, []), key=lambda run: -statistics.runs[run.name].accuracy.value)
    images = quantity(len(study.data.test_labels), "test image")
    accuracy = {run.name: statistics.runs[run.name].accuracy for run in found}
    best = found[0]
    top = f"{percent(accuracy[best.name].value)} of {images}"
    limits = f"(95% interval {interval(accuracy[best.name].limits)})"
    if len(found) == 1:
        return Remark(f"{named(best)} is the only stored run: it gets {top} right {limits}.")
    tied = [run for run in found if accuracy[run.name].value == accuracy[best.name].value]
    if len(tied) > 1:
        text = f"{listing([named(run) for run in tied])} share the highest accuracy, {top} {limits}."
    else:
        second = found[1]
        pair = oriented(statistics, second.name, best.name)
        text = (
            f"{named(best)} has the highest accuracy, {top} {limits}; next comes {named(second)} with "
            f"{percent(accuracy[second.name].value)} ({interval(accuracy[second.name].limits)}), "
            f"{points(pair.accuracy.value)} lower. "
        )
        text += (
            f"These two trained models {_DIFFER} ({_tested(pair)})."
            if pair.real
            else f"The test does not support a difference between these two trained models ({_tested(pair)}), and none "
            f"is claimed; {_not_supported(pair)}."
        )
    rest = found[max(len(tied), 2) :]
    worse = [named(run) for run in rest if statistics.pair(best.name, run.name).real]
    unsettled = [named(run) for run in rest if not statistics.pair(best.name, run.name).real]
    if worse:
        text += f" The tests tell {named(best)} apart from {listing(worse)}, at the 5% level."
    if unsettled:
        text += f" The tests do not tell {named(best)} apart from {listing(unsettled, 'or')}."
    return Remark(f"{text} The tests {_SCOPE}")


def augmentation_comment(study: Study) -> Remark:
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
        pair = oriented(statistics, *names)
        gap = pair.accuracy.value
        change = f"{signed_points(gap)} points, 95% interval {signed_interval(pair.accuracy)}"
        p = p_equation(pair.p_adjusted)
        if pair.real:
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
        values = [repeat.accuracy for repeat in study.repeats[name]]
        reached = f"{len(values)} trainings, from {interval((min(values), max(values)))}"
        parts.append(
            f"{percent(float(np.mean(values)))} {'without it' if name == plain else 'with augmentation'} ({reached})"
        )
    return f"Over the seeds, the mean accuracy of {named(study.runs[plain])} is {listing(parts)}."


def interaction_comment(study: Study) -> Remark:
    """Say whether the change of accuracy with augmentation differs between the two models.

    Raises
    ------
    ValueError
        If the statistics are not made yet.
    """
    found = statistics_of(study).interaction
    if found is None:
        return Remark(
            "Whether the change of accuracy with augmentation differs between the models can be told only when all "
            "four runs are stored."
        )
    small, deep = (named(study.runs[plain]) for plain in DESIGN[::2])
    text = (
        f"With augmentation the measured accuracy of {small} changes by {signed_points(found.small.value)} percentage "
        f"points (95% interval {signed_interval(found.small)}) and that of {deep} by {signed_points(found.deep.value)} "
        f"({signed_interval(found.deep)}). The second change minus the first is "
        f"{signed_points(found.difference.value)} ({signed_interval(found.difference)}): "
    )
    if found.difference.low > 0 or found.difference.high < 0:
        more, less = (deep, small) if found.difference.value > 0 else (small, deep)
        text += (
            f"the interval leaves out zero, and the change is by {points(found.difference.value)} more favourable for "
            f"{more} than for {less}."
        )
    else:
        text += "the interval holds zero, and no interaction is claimed."
    return Remark(f"{text} The intervals {_SCOPE}")


def class_difference_comment(
    study: Study, *names: str, pairs: Callable[[Study], list[tuple[str, str]]] = augmentation_pairs
) -> Remark:
    """Say which classes one run recognises more or less often than another, where the tests support it.

    Parameters
    ----------
    study
        The study.
    names
        Two runs, compared as second minus first.
    pairs
        Finds the runs to compare where none is named: every model with and without augmentation.

    Raises
    ------
    ValueError
        If a named run is not stored or the statistics are not made yet.
    """
    statistics = statistics_of(study)
    named_runs(study, names)
    classes = [escape_markdown(name) for name in study.class_names]
    sentences = []
    for first, second in [(names[0], names[1])] if names else pairs(study):
        pair = oriented(statistics, first, second)
        versus = f"{named(study.runs[second])} against {named(study.runs[first])}"
        kept = [
            f"{name} ({signed_points(own.recall.value)} points, {p_equation(own.p_adjusted)})"
            for name, own in zip(classes, pair.classes, strict=True)
            if survives(own)
        ]
        if kept:
            sentences.append(f"{versus}: the recall differs at the 5% level for {listing(kept)}.")
            continue
        sizes = np.nan_to_num([abs(own.recall.value) for own in pair.classes], nan=-1.0)
        largest = int(sizes.argmax())
        own = pair.classes[largest]
        sentences.append(
            f"{versus}: for no class does the test support a difference of recall at the 5% level; the largest "
            f"measured one is that of {classes[largest]} ({signed_points(own.recall.value)} points, 95% interval "
            f"{signed_interval(own.recall)})."
        )
    if not sentences:
        return Remark("No two runs are stored that could be compared here, so the classes cannot be compared.")
    return Remark(
        f"{' '.join(sentences)} All p values are corrected by Holm’s method for all classes of all pairs of runs; "
        f"they {_SCOPE}"
    )


def cost_comment(study: Study) -> Remark:
    """Say what the most accurate run costs beside the cheapest one.

    Raises
    ------
    ValueError
        If no run is stored or the statistics are not made yet.
    """
    statistics, found = statistics_of(study), named_runs(study, [])
    cheapest = min(found, key=_cost)
    best = max(found, key=lambda run: (statistics.runs[run.name].accuracy.value, *(-cost for cost in _cost(run))))
    if len(found) == 1:
        return Remark(f"{named(best)} is the only stored run: {_price(best)}.")
    if best is cheapest:
        return Remark(_cheapest_is_best(statistics, found, best))
    pair = oriented(statistics, cheapest.name, best.name)
    (work, seconds), (least, shortest) = _cost(best), _cost(cheapest)
    text = (
        f"From the cheapest run, {named(cheapest)}, to the one with the highest accuracy, "
        f"{named(best)}, the measured accuracy rises by {points(pair.accuracy.value)}, at "
        f"{_ratio(work, least)} multiply-adds for an image and {_ratio(seconds, shortest)} training time. "
    )
    text += (
        f"These two trained models {_DIFFER} ({_tested(pair)})."
        if pair.real
        else f"The test does not support a difference between these two trained models ({_tested(pair)}), so it is not "
        "shown that the higher cost buys accuracy."
    )
    return Remark(f"{text} Such tests {_SCOPE}")


def _cheapest_is_best(statistics: Statistics, found: list[RunResult], best: RunResult) -> str:
    others = [run for run in found if run is not best]
    worse = [named(run) for run in others if statistics.pair(run.name, best.name).real]
    unsettled = [named(run) for run in others if not statistics.pair(run.name, best.name).real]
    text = (
        f"{named(best)} is at once the run with the highest accuracy and the cheapest one: none of the others has a "
        "higher measured accuracy."
    )
    if worse:
        verb = "is" if len(worse) == 1 else "are"
        text += f" By the paired tests, {listing(worse)} {verb} less accurate, at the 5% level."
    if unsettled:
        text += f" The tests do not tell {named(best)} apart from {listing(unsettled, 'or')}."
    return f"{text} The tests {_SCOPE}"


def _cost(run: RunResult) -> tuple[float, float]:
    """Multiply-adds for an image and seconds of training, in the order in which they count."""
    return float(run.settings["multiply_adds"]), sum(epoch.seconds for epoch in run.history)


def _ratio(one: float, other: float) -> str:
    """How many times the other, in words that stand before a noun."""
    return "about the same" if abs(one / other - 1) < 0.05 else f"{times(one / other)} the"


def _price(run: RunResult) -> str:
    work, seconds = _cost(run)
    speed = number(run.environment["inference_images_per_second"], 0)
    return f"{millions(work)} multiply-adds for an image, trained in {duration(seconds)}, {speed} images/s at inference"
