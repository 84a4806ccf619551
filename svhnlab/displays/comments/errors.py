"""Sentences on the errors: which classes are confused, and what the runs share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from svhnlab.analysis.metrics import Evaluation, share_estimate
from svhnlab.analysis.mistakes import compare_mistakes, confused_pairs
from svhnlab.displays.base import Remark, Runs, as_runs
from svhnlab.displays.comments.words import named
from svhnlab.displays.text import count, escape_markdown, interval, listing, percent, quantity


def confusion_comment(evaluation: Evaluation, class_names: Sequence[str]) -> Remark:
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
    recall = [
        share_estimate(int(hits), int(images))
        for hits, images in zip(np.diag(evaluation.confusion), evaluation.support, strict=True)
    ]
    shares = [own.value for own in recall]
    low, high = int(np.nanargmin(shares)), int(np.nanargmax(shares))
    if shares[low] < shares[high]:
        text += (
            f" Measured recall is lowest for {names[low]} ({percent(shares[low])} of "
            f"{quantity(int(evaluation.support[low]), 'image')}, 95% interval {interval(recall[low].limits)}) and "
            f"highest for {names[high]} ({percent(shares[high])} of {count(int(evaluation.support[high]))}, "
            f"{interval(recall[high].limits)})."
        )
    return Remark(text)


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
            f"{named(found[0])} gets {count(int(found[0].test.wrong.sum()))} of "
            f"{quantity(len(labels), 'test image')} wrong."
        )
    agreement = compare_mistakes(labels, [run.test.predicted for run in found])
    number_wrong = agreement.images_by_errors
    if number_wrong[0] == len(labels):
        return Remark(f"Every run gets all {quantity(len(labels), 'test image')} right.")
    chance = len(labels) * float(np.prod(agreement.wrong.mean(axis=1)))
    independent = "fewer than one" if chance < 1 else f"about {count(round(chance))}"
    return Remark(
        f"Of {quantity(len(labels), 'test image')}, {count(int(number_wrong[0]))} are right in all "
        f"{len(found)} runs; {count(int(number_wrong[-1]))} are wrong in all of them and "
        f"{count(int(number_wrong[1]))} in exactly one. If the runs erred independently of each other, "
        f"{independent} would be wrong in all."
    )
