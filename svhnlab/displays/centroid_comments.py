"""Sentences about distances in feature space, chosen and filled by the numbers.

A sentence says "most" or "more" only where an interval or a test supports it for images like these.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from svhnlab.analysis.metrics import share_estimate
from svhnlab.analysis.paired import LEVEL_OF_TESTS, holm, mcnemar
from svhnlab.displays.base import Remark, Runs
from svhnlab.displays.centroids import CentroidSummary, summaries_of, unit
from svhnlab.displays.comments.words import by_model, shares_by_model
from svhnlab.displays.margins import margin_pairs, margins_of
from svhnlab.displays.stored import runs_with_statistics
from svhnlab.displays.text import (
    count,
    escape_markdown,
    listing,
    number,
    p_equation,
    quantity,
    without_start,
)
from svhnlab.results import Estimate, Study

_NO_CENTROID = "no training image of the true or of the predicted class is right, so that the class has no centroid"


def centroid_comment(runs: Study | Runs, *names: str) -> Remark:
    """Say for each run how many of its errors lie nearer to the predicted than to the true centroid.

    Distances are scale-free; see `svhnlab.analysis.centroids`. Runs without centroids are passed over.

    Raises
    ------
    ValueError
        If no run has centroids.
    """
    shares: list[Estimate] = []
    others: list[str] = []
    verdicts = _Verdicts()
    for summary in summaries_of(runs, *names, scale_free=True):
        name = escape_markdown(summary.title)
        if not summary.errors:
            others.append(_unplaced(summary, name))
            continue
        share = share_estimate(summary.nearer, summary.errors)
        shares.append(share)
        if summary.errors < int(summary.wrong.sum()):
            others.append(_left_out(summary, name))
        if share.low > 0.5:
            meaning = "most errors lie with the wrong class already in the features, before the last layer decides"
        elif share.high < 0.5:
            meaning = "most errors still lie with the true class in the features, and the last layer decides otherwise"
        else:
            meaning = "the errors do not settle whether more of them lie with the wrong or with the true class"
        verdicts.add(meaning, name)
    sentences = verdicts.sentences()
    if shares:
        sentences.append(
            f"Nearer to the centroid of the predicted class than to that of the true one lie {shares_by_model(shares)} "
            f"of the errors{_by_model(shares)}."
        )
    return Remark(" ".join([*sentences, *others]))


class _Verdicts:
    """What is concluded, with the names of the runs for which it is."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def add(self, verdict: str, name: str) -> None:
        """Conclude something for a run."""
        self._names.setdefault(verdict, []).append(name)

    def sentences(self) -> list[str]:
        """One sentence for each conclusion; names are left out where it is the same for several runs that are all."""
        everyone = sum(map(len, self._names.values()))
        return [
            f"In all {len(names)} runs {verdict}." if len(names) == everyone > 1 else f"For {listing(names)} {verdict}."
            for verdict, names in self._names.items()
        ]


def _unplaced(summary: CentroidSummary, name: str) -> str:
    total = int(summary.wrong.sum())
    if not total:
        return f"{name} makes no error."
    which = f"None of the {count(total)} errors" if total > 1 else "The only error"
    return f"{which} of {name} can{'' if total > 1 else 'not'} be placed: {_NO_CENTROID}."


def _left_out(summary: CentroidSummary, name: str) -> str:
    without = int(summary.wrong.sum()) - summary.errors
    return f"{quantity(without, 'error')} of {name} {'is' if without == 1 else 'are'} left out: {_NO_CENTROID}."


def _by_model(values: Sequence[object]) -> str:
    return ", by model" if len(values) > 1 else ""


def margin_comment(runs: Study | Runs, *names: str) -> Remark:
    """Say which share of the right and of the wrong images lies nearest to the own class.

    Runs without centroids are passed over; ``ValueError`` if no run has any.
    """
    rights: list[Estimate] = []
    wrongs: list[Estimate] = []
    others: list[str] = []
    verdicts = _Verdicts()
    for summary in summaries_of(runs, *names, scale_free=True):
        name = escape_markdown(summary.title)
        right, wrong = (share_estimate(int((group < 0).sum()), len(group)) for group in margins_of(summary))
        if np.isnan(right.value) or np.isnan(wrong.value):
            others.append(f"{name} has no {'wrong' if np.isnan(wrong.value) else 'right'} image to compare.")
            continue
        rights.append(right)
        wrongs.append(wrong)
        if right.low > wrong.high:
            verdict = "the 95% intervals of the two shares lie apart: the margin tells errors from the rest"
        elif wrong.low > right.high:
            verdict = (
                "the 95% intervals of the two shares lie apart, but the share of the wrong images is the higher one"
            )
        else:
            verdict = (
                "the 95% intervals of the two shares overlap: the margin is not shown to tell errors from the rest"
            )
        verdicts.add(verdict, name)
    sentences = (
        [
            f"By distance in {unit(True)}, nearest to the centroid of their own class lie {shares_by_model(rights)} of "
            f"the right and {shares_by_model(wrongs)} of the wrong images{_by_model(rights)}."
        ]
        if rights
        else []
    )
    return Remark(" ".join([*sentences, *verdicts.sentences(), *others]))


def paired_margin_comment(runs: Study | Runs, *names: str) -> Remark:
    """Say for pairs of runs how many images change to the side of their own class, and what the test supports.

    The test is the exact McNemar test, corrected by Holm's method for the pairs that are shown.

    Raises
    ------
    ValueError
        If no run has centroids.
    """
    pairs = margin_pairs(runs, *names)
    if not pairs:
        return Remark("Fewer than two runs are stored, so no image can be followed from one to another.")
    adjusted = holm([mcnemar(pair.moved_out, pair.moved_in) for pair in pairs])
    gains: list[str] = []
    losses: list[str] = []
    open_pairs: list[str] = []
    others: list[str] = []
    for pair, p in zip(pairs, adjusted, strict=True):
        first, second = (escape_markdown(without_start(name)) for name in (pair.first, pair.second))
        if not pair.shown.any():
            others.append(f"{first} and {second} share no error that can be placed in both.")
            continue
        counts = f"{count(pair.moved_in)} against {count(pair.moved_out)}, {p_equation(float(p))}"
        if p >= LEVEL_OF_TESTS:
            open_pairs.append(f"{first} to {second} ({counts})")
        else:
            (gains if pair.moved_in > pair.moved_out else losses).append(f"{first} to {second} ({counts})")
    sentences = [
        f"{words} from {'; from '.join(found)}."
        for words, found in (
            ("More images reach the side of their own class than leave it", gains),
            ("More images leave the side of their own class than reach it", losses),
            ("The test does not support a difference", open_pairs),
        )
        if found
    ]
    corrected = f", corrected for {len(pairs)} pairs by Holm’s method" if len(pairs) > 1 else ""
    if sentences:
        others.append(
            f"In brackets: images that reach it against those that leave it, and the p value of the exact McNemar "
            f"test{corrected}."
        )
    return Remark(" ".join([*sentences, *others]))


def centroid_confusion_comment(study: Study, *names: str) -> Remark:
    """Say for each run whether close classes are confused more often; ``ValueError`` without statistics."""
    found: list[tuple[float, float]] = []
    others: list[str] = []
    verdicts = _Verdicts()
    for run, figures in runs_with_statistics(study, *names):
        name = escape_markdown(run.title)
        if np.isnan(figures.centroid_confusion):
            others.append(f"For {name} it is undefined.")
            continue
        found.append((figures.centroid_confusion, figures.centroid_confusion_p))
        if figures.centroid_confusion_p >= LEVEL_OF_TESTS:
            verdict = "it is not shown that close classes are confused more often"
        elif figures.centroid_confusion < 0:
            verdict = "classes tend to be confused more often the closer their centroids lie"
        else:
            verdict = "classes tend to be confused more often the farther apart their centroids lie"
        verdicts.add(verdict, name)
    figures_of_all = []
    if found:
        rank = by_model([value for value, _ in found], lambda value: number(value, 2))
        largest = p_equation(max(p for _, p in found))
        figures_of_all.append(f"It is {rank}{_by_model(found)} ({'largest ' if len(found) > 1 else ''}{largest}).")
    rule = (
        "The measure is Spearman’s rank correlation of distance and confusion over ordered pairs of classes, tested by "
        "permuting the classes (Mantel’s test)."
    )
    return Remark(" ".join([*verdicts.sentences(), rule, *figures_of_all, *others]))
