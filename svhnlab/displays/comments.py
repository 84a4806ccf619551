"""Sentences that are chosen and filled by the numbers.

A sentence claims a difference only where the 95% intervals of two shares lie apart. That is a cautious rule:
intervals that overlap do not show that two runs are equal, only that these images do not settle it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from svhnlab.analysis.metrics import Evaluation
from svhnlab.analysis.mistakes import compare_mistakes, confused_pairs
from svhnlab.displays.base import Remark, Runs, as_runs
from svhnlab.displays.centroids import summarise
from svhnlab.displays.comparison import evaluate_run
from svhnlab.displays.text import (
    count,
    escape_attribute,
    escape_markdown,
    interval,
    listing,
    number,
    percent,
    points,
    quantity,
)
from svhnlab.results import DIGITS, Epoch, RunResult, Study

AUGMENTED = "-aug"  # a run's name with this ending is the run of that name with augmentation

# Below these differences of accuracy and loss between training and validation a gap is not worth a word.
SMALL_GAP = 0.02
SMALL_RISE = 0.02


def _apart(one: Evaluation, other: Evaluation) -> bool:
    """Whether the intervals of two accuracies have no point in common."""
    (low_1, high_1), (low_2, high_2) = one.accuracy_interval, other.accuracy_interval
    return high_1 < low_2 or high_2 < low_1


def _named(run: RunResult) -> str:
    return escape_markdown(run.title)


def comparison_comment(runs: Runs) -> Remark:
    """Say which run has the highest accuracy, and whether the test set settles it.

    Parameters
    ----------
    runs
        At least one run.
    """
    found = as_runs(runs)
    results = [evaluate_run(run) for run in found]
    order = sorted(range(len(found)), key=lambda i: -results[i].accuracy)
    best = results[order[0]]
    if len(found) == 1:
        return Remark(
            f"{_named(found[0])} is the only stored run: it gets {percent(best.accuracy)} of "
            f"{quantity(best.n, 'test image')} right (95% interval {interval(best.accuracy_interval)})."
        )
    second = results[order[1]]
    gap = best.accuracy - second.accuracy
    first_name, second_name = _named(found[order[0]]), _named(found[order[1]])
    if best.accuracy == second.accuracy:
        tied = [_named(found[i]) for i in order if results[i].accuracy == best.accuracy]
        return Remark(
            f"{listing(tied)} share the highest accuracy, {percent(best.accuracy)} of "
            f"{quantity(best.n, 'test image')} (95% interval {interval(best.accuracy_interval)})."
        )
    text = (
        f"{first_name} has the highest accuracy, {percent(best.accuracy)} of {quantity(best.n, 'test image')} "
        f"(95% interval {interval(best.accuracy_interval)}); next comes {second_name} with "
        f"{percent(second.accuracy)} ({interval(second.accuracy_interval)}), {points(gap)} lower. "
    )
    if _apart(best, second):
        text += f"The intervals lie apart: on images like these {first_name} is better."
    else:
        text += "The intervals overlap, so no difference between the two is claimed."
    clearly_worse = [_named(found[i]) for i in order[2:] if _apart(best, results[i])]
    if clearly_worse and not _apart(best, second):
        text += f" It does show that {first_name} is better than {listing(clearly_worse)}."
    return Remark(text)


def augmentation_comment(runs: Runs) -> Remark:
    """Say for each model what augmentation changed, and whether the test set settles it.

    Parameters
    ----------
    runs
        Runs; those that lack their partner, with or without augmentation, are passed over.
    """
    found = {run.name: run for run in as_runs(runs)}
    sentences = []
    for name, plain in found.items():
        augmented = found.get(name + AUGMENTED)
        if augmented is None:
            continue
        before, after = evaluate_run(plain), evaluate_run(augmented)
        gap = after.accuracy - before.accuracy
        if gap == 0:
            change = f"leaves the accuracy at {percent(after.accuracy)}"
        else:
            change = (
                f"{'raises' if gap > 0 else 'lowers'} the measured accuracy by {points(gap)}, from "
                f"{percent(before.accuracy)} ({interval(before.accuracy_interval)}) to "
                f"{percent(after.accuracy)} ({interval(after.accuracy_interval)})"
            )
        outcome = "gain" if gap > 0 else "loss"
        verdict = (
            f"the intervals lie apart, so the {outcome} is more than the chance of the test images"
            if _apart(before, after)
            else "the intervals overlap, so no effect is claimed"
        )
        sentences.append(f"Augmentation of {_named(plain)} {change}: {verdict}.")
    if not sentences:
        return Remark("No model is stored both with and without augmentation, so its effect cannot be told.")
    return Remark(" ".join(sentences))


def confusion_comment(evaluation: Evaluation, class_names: Sequence[str] = DIGITS) -> Remark:
    """Say which classes are confused most, and which class is recognised least.

    Parameters
    ----------
    evaluation
        Of one run.
    class_names
        Name of each class.
    """
    names = [escape_markdown(name) for name in class_names]
    pairs = confused_pairs(evaluation.confusion)
    if not pairs:
        return Remark(f"All {quantity(evaluation.n, 'image')} are right: there is nothing to confuse.")
    top = [pair for pair in pairs if pair.count == pairs[0].count]
    if len(top) == 1:
        text = (
            f"The most frequent confusion is {names[top[0].true]} taken for {names[top[0].predicted]}: "
            f"{quantity(top[0].count, 'image')}, {percent(top[0].share)} of that class "
            f"(95% interval {interval(top[0].interval)})."
        )
    elif len(top) <= 3:
        shown = listing([f"{names[pair.true]} taken for {names[pair.predicted]}" for pair in top])
        text = f"The most frequent confusions are {shown}, with {quantity(top[0].count, 'image')} each."
    else:
        text = (
            f"No single confusion stands out: {count(len(top))} pairs of classes share the first place with "
            f"{quantity(top[0].count, 'image')} each."
        )
    recall = np.where(evaluation.support > 0, evaluation.recall, np.nan)
    low, high = int(np.nanargmin(recall)), int(np.nanargmax(recall))
    if recall[low] < recall[high]:
        text += (
            f" Recall is lowest for {names[low]} ({percent(recall[low])} of "
            f"{quantity(int(evaluation.support[low]), 'image')}) and highest for {names[high]} "
            f"({percent(recall[high])} of {count(int(evaluation.support[high]))})."
        )
    return Remark(text)


def centroid_comment(runs: Runs) -> Remark:
    """Say for each run how many of its errors lie nearer to the predicted than to the true centroid.

    Distances are scale-free; see `svhnlab.analysis.centroids`.

    Parameters
    ----------
    runs
        At least one run.
    """
    sentences = []
    for run in as_runs(runs):
        summary = summarise(run, run.test.logits.shape[1], scale_free=True)
        total = int(summary.wrong.sum())
        if not total:
            sentences.append(f"{_named(run)} makes no error.")
            continue
        without = total - summary.errors
        left_out = (
            f" ({count(without)} more are left out: no training image of their true or predicted class is right, "
            "so that the class has no centroid)"
            if without
            else ""
        )
        if not summary.errors:
            sentences.append(f"None of the {quantity(total, 'error')} of {_named(run)} can be placed{left_out}.")
            continue
        share = summary.nearer_to_predicted
        margin = summary.distances.margin[summary.wrong]
        middle = float(np.median(margin[np.isfinite(margin)]))
        meaning = (
            "most of them lie with the wrong class already in the features, before the last layer decides"
            if share > 0.5
            else "most of them still lie with the true class in the features, and the last layer decides otherwise"
            if share < 0.5
            else "the features point to the true and to the predicted class equally often"
        )
        sentences.append(
            f"Of {quantity(summary.errors, 'error')} of {_named(run)}{left_out}, {percent(share)} lie nearer to "
            f"the centroid of the predicted class than to that of the true one (median margin {number(middle, 2)} "
            f"class RMS radii): {meaning}."
        )
    return Remark(" ".join(sentences))


def overfitting_comment(history: Sequence[Epoch], best_epoch: int) -> Remark:
    """Say how training and validation part, and what came after the epoch that was kept.

    Parameters
    ----------
    history
        All epochs of a run.
    best_epoch
        Epoch whose weights were kept, counted from 1.
    """
    kept = next(epoch for epoch in history if epoch.epoch == best_epoch)
    last = history[-1]
    gap = last.train_accuracy - last.validation_accuracy
    figures = (
        f"training {percent(last.train_accuracy)}, validation {percent(last.validation_accuracy)} after "
        f"epoch {last.epoch}"
    )
    if gap > SMALL_GAP:
        text = f"The run fits its training images better than new ones, by {points(gap)} of accuracy ({figures})."
    elif gap < -SMALL_GAP:
        text = (
            f"Accuracy on the training images stays {points(gap)} below validation ({figures}), as it does "
            "where training images are made harder or are scored while the weights still change."
        )
    else:
        text = f"Training and validation stay close ({figures})."
    lowest = min(history, key=lambda epoch: epoch.validation_loss)
    if last.validation_loss - lowest.validation_loss > SMALL_RISE:
        text += (
            f" Validation loss was lowest in epoch {lowest.epoch} ({number(lowest.validation_loss)}) and "
            f"rose to {number(last.validation_loss)} by the end."
        )
    if kept.epoch < last.epoch:
        return Remark(f"{text} The weights of epoch {kept.epoch} of {last.epoch} were kept.")
    return Remark(f"{text} The weights of the last epoch were kept.")


def agreement_comment(runs: Runs) -> Remark:
    """Say how many test images every run gets wrong, and how many only one.

    Parameters
    ----------
    runs
        Runs that were tested on the same images.
    """
    found = as_runs(runs)
    labels = found[0].test.labels
    if len(found) == 1:
        return Remark(
            f"{_named(found[0])} gets {count(int(found[0].test.wrong.sum()))} of "
            f"{quantity(len(labels), 'test image')} wrong."
        )
    agreement = compare_mistakes(labels, [run.test.predicted for run in found])
    number_wrong = agreement.images_by_errors
    if number_wrong[0] == len(labels):
        return Remark(f"Every run gets all {quantity(len(labels), 'test image')} right.")
    return Remark(
        f"Of {quantity(len(labels), 'test image')}, {count(int(number_wrong[0]))} are right in all "
        f"{len(found)} runs; {count(int(number_wrong[-1]))} are wrong in all of them and "
        f"{count(int(number_wrong[1]))} in exactly one."
    )


def notice(study: Study) -> Remark:
    """Say plainly what a page shows: data, split, profile, start weights and runs that are missing.

    Returns
    -------
    A callout.
    """
    data = study.data
    what = {
        "official": "These are the photographs of SVHN, recognised by the digests of the official files.",
        "custom": "These are custom Format 2 files, not the official SVHN data set: the figures are not "
        "results for SVHN.",
        "generated": "These are generated digits, not photographs: the figures show that everything works "
        "and are no results for SVHN.",
    }[data.kind]
    sentences = [
        what,
        f"Split: {_sentence(data.protocol)}",
        f"Profile: {escape_markdown(study.profile)}.",
    ]
    if study.runs:
        titles = listing([_named(run) for run in study.runs.values()])
        sentences.append(f"Runs: {titles}.")
    if any("random start" in run.title for run in study.runs.values()):
        sentences.append("A run with “random start” did not begin from ImageNet weights.")
    if study.missing:
        missing = listing([f"`{name}`" for name in study.missing])
        sentences.append(f"Not trained yet, and so not shown: {missing}.")
    return Remark(
        f'::: {{.callout-note title="What these pages show: {escape_attribute(data.name)}"}}\n'
        f"{' '.join(sentences)}\n:::"
    )


def _sentence(text: str) -> str:
    words = escape_markdown(text).rstrip(".")
    return f"{words}."
