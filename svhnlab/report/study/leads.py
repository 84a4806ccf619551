"""The sentence that opens each chapter: its finding, not its topic, chosen and filled by the numbers.

A lead is short and leaves intervals and p values to the tables below it. Like every sentence it calls trained models
different only where the exact McNemar test supports it after Holm's correction, at the level of 5%.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from svhnlab.analysis.errors import compare_errors, confused_pairs
from svhnlab.report.causes.properties import property_named
from svhnlab.report.comparison.accuracy import evaluate_run
from svhnlab.report.comparison.pairwise_tests import augmentation_pairs, reversed_if_needed
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import AUGMENTED, named_runs, statistics_of
from svhnlab.report.core.text import (
    count,
    escape_markdown,
    interval,
    listing,
    number,
    percent,
    points,
    quantity,
    times,
    without_start,
)
from svhnlab.store.schema import PairedComparison, RunResult, Statistics, Study

# Where the most frequent class has at most so many times the images of the rarest, the classes count as equally
# frequent.
EVEN = 1.1


def _short(run: RunResult) -> str:
    """Return the name of a run without its start weights, which the notice on the page and the tables give."""
    return escape_markdown(without_start(run.title))


def summarise_overview(study: Study) -> Remark:
    """Say which trained model has the highest accuracy, and from which others the tests tell it apart.

    Raises
    ------
    ValueError
        If no run is stored or the statistics are not made yet.
    """
    statistics, runs = statistics_of(study), named_runs(study, [])
    best = _most_accurate(statistics, runs)
    accuracy = statistics.runs[best[0].name].accuracy
    right = f"{percent(accuracy.value)} of {quantity(len(study.data.test_labels), 'test image')} right"
    limits = f"(95% interval {interval(accuracy.limits)})"
    if len(runs) == 1:
        return Remark(f"{_short(best[0])}, the only stored run, gets {right} {limits}.")
    if len(best) > 1:
        return Remark(f"{_names(best)} share the highest accuracy: each gets {right} {limits}.")
    text = f"{_short(best[0])} gets {right} {limits}, the highest accuracy of {count(len(runs))} trained models."
    return Remark(f"{text} {_told_apart(statistics, best[0], [run for run in runs if run is not best[0]])}")


def _told_apart(statistics: Statistics, best: RunResult, others: Sequence[RunResult]) -> str:
    """Say from which others the tests tell a run apart."""
    apart = [run for run in others if statistics.pair(best.name, run.name).significant]
    alike = [run for run in others if run not in apart]
    if not alike:
        return f"Paired tests tell it apart from {'the other' if len(others) == 1 else 'all others'}."
    if not apart:
        return f"Paired tests do not tell it apart from {'the other' if len(others) == 1 else 'any other'}."
    return f"Paired tests tell it apart from {_names(apart)}, but not from {_names(alike, 'or')}."


def summarise_data(study: Study) -> Remark:
    """Say how unequally frequent the classes are, and what always naming the most frequent one would come to."""
    train, test = (study.data.splits[name].counts for name in ("train", "test"))
    names = [escape_markdown(name) for name in study.class_names]
    most, least = int(train.argmax()), int(train.argmin())
    always = f"always answering “{names[most]}” would be right on {percent(test[most] / test.sum())} of the test images"
    highest, lowest = (percent(train[k] / train.sum()) for k in (most, least))
    if train[most] <= EVEN * train[least]:
        return Remark(
            f"All {len(names)} classes are about equally frequent in training, with {lowest} to {highest} of the "
            f"images each; {always}."
        )
    return Remark(
        f"The classes are unequally frequent: in training “{names[most]}” has {highest} of the images and "
        f"“{names[least]}” has {lowest}; {always}."
    )


def summarise_model(study: Study, run: str) -> Remark:
    """Say how accurate one run is, and how it stands to the first run of the study that differs in the model alone.

    For the first run itself, or without another, its most frequent confusion is told instead.

    Raises
    ------
    ValueError
        If the run is not stored or the statistics are not made yet.
    """
    statistics, own = statistics_of(study), named_runs(study, [run])[0]
    accuracy = statistics.runs[run].accuracy
    text = (
        f"{_short(own)} gets {percent(accuracy.value)} of {quantity(len(study.data.test_labels), 'test image')} right "
        f"(95% interval {interval(accuracy.limits)})"
    )
    reference = next(name for name in study.runs if name.endswith(AUGMENTED) == run.endswith(AUGMENTED))
    if reference != run:
        pair = reversed_if_needed(statistics, reference, run)
        return Remark(f"{text}{_against(pair, _short(study.runs[reference]))}.")
    pairs = confused_pairs(evaluate_run(own).confusion)
    if not pairs:
        return Remark(f"{text}.")
    first = [pair for pair in pairs if pair.count == pairs[0].count]
    if len(first) > 1:
        return Remark(f"{text}; no single confusion of two classes stands out.")
    names = [escape_markdown(name) for name in study.class_names]
    true, predicted = names[first[0].true], names[first[0].predicted]
    return Remark(
        f"{text}; its most frequent error is to take “{true}” for “{predicted}”, {quantity(first[0].count, 'time')}."
    )


def _against(pair: PairedComparison, reference: str) -> str:
    """Say how the second run of a pair stands to the first."""
    gap = pair.accuracy.value
    if pair.significant:
        return f", {points(gap)} {'more' if gap > 0 else 'less'} than {reference}: a paired test tells the two apart"
    return f"; a paired test does not tell it apart from {reference}"


def summarise_augmentation(study: Study) -> Remark:
    """Say for which models the run with augmentation is more or less accurate than the one without.

    Raises
    ------
    ValueError
        If the statistics are not made yet.
    """
    statistics = statistics_of(study)
    found: dict[str, list[tuple[str, float]]] = {"more": [], "less": [], "open": []}
    for plain, augmented in augmentation_pairs(study):
        pair = reversed_if_needed(statistics, plain, augmented)
        gap = pair.accuracy.value
        verdict = "open" if not pair.significant else "more" if gap > 0 else "less"
        found[verdict].append((_short(study.runs[plain]), gap))
    parts = [
        f"{listing([name for name, _ in models])} {'is' if len(models) == 1 else 'are'} {verdict} accurate, by "
        f"{listing([number(abs(100 * gap), 1) for _, gap in models])} percentage points"
        for verdict, models in found.items()
        if models and verdict != "open"
    ]
    if found["open"]:
        parts.append(f"for {listing([name for name, _ in found['open']])} the paired test shows no difference")
    if not parts:
        return Remark("No model is stored both with and without augmentation, so that its effect cannot be told.")
    return Remark(f"Trained with augmentation instead of without, {'; '.join(parts)}.")


def summarise_errors(study: Study) -> Remark:
    """Say how many images are errors in some and in all runs, where errors gather, and what the labels look like.

    Raises
    ------
    ValueError
        If no run is stored or the statistics are not made yet.
    """
    statistics, runs = statistics_of(study), named_runs(study, [])
    labels = study.data.test_labels
    images = quantity(len(labels), "test image")
    by_errors = compare_errors(labels, [run.test.predicted for run in runs]).images_by_errors
    some, everywhere = len(labels) - int(by_errors[0]), int(by_errors[-1])
    if not some:
        return Remark(f"No model gets any of the {images} wrong: there is no error to explain.")
    if len(runs) == 1:
        text = f"{_short(runs[0])} gets {count(some)} of {images} wrong."
    else:
        text = (
            f"Of {images}, {count(some)} are wrong in at least one of {len(runs)} models and "
            f"{count(everywhere) if everywhere else 'none'} in all of them."
        )
    suspected = len(statistics.labels.suspected)
    labelled = f"{quantity(suspected, 'label')} {'is' if suspected == 1 else 'are'} suspect" if suspected else ""
    return Remark(f"{text} {_where_errors_gather(statistics)}; {labelled or 'no label is suspect'}.")


def _where_errors_gather(statistics: Statistics) -> str:
    """Say on which images some run makes more errors than on all others, as far as the tests support it."""
    sides: dict[str, set[int]] = {}
    concerned: dict[str, int] = {}
    for own in statistics.runs.values():
        for name in statistics.properties:
            ordered = sorted((s for s in own.slices if s.name == name), key=lambda segment: segment.lower)
            weak = [place for place, segment in enumerate(ordered) if segment.underperforming]
            middle = (len(ordered) - 1) / 2
            sides.setdefault(name, set()).update(int(np.sign(place - middle)) for place in weak)
            concerned[name] = concerned.get(name, 0) + bool(weak)
    found = {name: property_named(name) for name in sides if sides[name]}
    if not found:
        return "No property of the picture is shown to gather errors"
    kinds, values = [], []
    for name, words in found.items():
        if sides[name] >= {-1, 1} or sides[name] == {0}:
            values.append(words.title.lower())
        else:
            kinds.append(f"{'low' if -1 in sides[name] else 'high'} in {words.title.lower()}")
    where = [f"on images {listing(kinds, 'or')}"] if kinds else []
    where += [f"at some values of {listing(values)}"] if values else []
    everyone = min(concerned[name] for name in found) == len(statistics.runs)
    return f"Errors gather {listing(where)}{'' if everyone else ', in at least one model'}"


def summarise_comparison(study: Study) -> Remark:
    """Say how many pairs of runs the tests tell apart, and what the highest accuracy costs.

    Raises
    ------
    ValueError
        If no run is stored or the statistics are not made yet.
    """
    statistics, runs = statistics_of(study), named_runs(study, [])
    if len(runs) == 1:
        return Remark(f"{_short(runs[0])} is the only stored run, so that there is nothing to compare.")
    real, pairs = sum(pair.significant for pair in statistics.pairs), len(statistics.pairs)
    found = "all" if real == pairs > 1 else str(real) if real else "none"
    text = f"Paired tests tell {found} of {quantity(pairs, 'pair')} of trained models apart."
    best = _most_accurate(statistics, runs)
    if len(best) > 1:
        return Remark(f"{text} {_names(best)} share the highest accuracy.")
    work = [float(run.settings["multiply_adds"]) for run in runs]
    ratio = float(best[0].settings["multiply_adds"]) / min(work)
    if np.ptp(work) == 0:
        cost = "which takes as many multiply-adds for an image as the others"
    elif ratio == 1:
        cost = "and no model takes fewer multiply-adds for an image"
    else:
        cost = f"at {times(ratio)} the multiply-adds of the model that takes fewest"
    return Remark(f"{text} The highest accuracy is that of {_short(best[0])}, {cost}.")


def _most_accurate(statistics: Statistics, runs: Sequence[RunResult]) -> list[RunResult]:
    """Return the runs that share the highest accuracy."""
    top = max(statistics.runs[run.name].accuracy.value for run in runs)
    return [run for run in runs if statistics.runs[run.name].accuracy.value == top]


def _names(runs: Sequence[RunResult], last: str = "and") -> str:
    return listing([_short(run) for run in runs], last)
