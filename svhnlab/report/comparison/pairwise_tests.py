"""Sentences that compare runs, composed from the tests.

A test between two runs compares two trained models on images like these. It says nothing of other trainings of the same
models, so that no sentence claims an effect of a method of training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import AUGMENTED, named_runs, statistics_of
from svhnlab.report.core.style import Theme, only_bottom
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import (
    count,
    interval,
    listing,
    p_equation,
    p_value,
    percent,
    points,
    points_with_interval,
    quantity,
    signed_points,
    without_start,
)
from svhnlab.report.core.words import named
from svhnlab.store.schema import ClassDifference, Estimate, PairedComparison, Statistics, Study

ALPHA = 0.05  # of every test


def reversed_if_needed(statistics: Statistics, first: str, second: str) -> PairedComparison:
    """Return the comparison of two runs as second minus first, whichever way it is stored.

    Raises
    ------
    KeyError
        If the two are not compared.
    """
    pair = statistics.pair(first, second)
    if pair.first == first:
        return pair
    return replace(
        pair,
        first=first,
        second=second,
        accuracy=_negative(pair.accuracy),
        macro_f1=_negative(pair.macro_f1),
        only_first=pair.only_second,
        only_second=pair.only_first,
        classes=tuple(replace(own, recall=_negative(own.recall)) for own in pair.classes),
    )


def _negative(estimate: Estimate) -> Estimate:
    return Estimate(-estimate.value, -estimate.high, -estimate.low)


def augmentation_pairs(study: Study) -> list[tuple[str, str]]:
    """Return the stored runs that are stored both without and with augmentation, as pairs of their names."""
    return [(name, name + AUGMENTED) for name in study.runs if name + AUGMENTED in study.runs]


def model_pairs(study: Study) -> list[tuple[str, str]]:
    """Return the first stored run with each later one that differs from it in the model alone.

    The runs are those with augmentation where several models are stored so, else those without.
    """
    augmented = [name for name in study.runs if name.endswith(AUGMENTED)]
    plain = [name for name in study.runs if name not in augmented]
    names = augmented if len(augmented) > 1 else plain
    return [(names[0], name) for name in names[1:]]


class PairedTable(Table):
    """Every pair of runs: difference of accuracy, images that only one gets right, and the test."""

    def __init__(self, pairs: Sequence[PairedComparison], titles: Mapping[str, str]) -> None:
        """Take comparisons, and the name for people of each run in them."""
        self.pairs = list(pairs)
        self.titles = dict(titles)

    @classmethod
    def from_results(cls, study: Study, *names: str) -> PairedTable:
        """Make the table of all pairs among the named runs, among all without a name.

        Raises
        ------
        ValueError
            If a named run is not stored or the statistics are not made yet.
        """
        titles = {run.name: run.title for run in named_runs(study, names)}
        pairs = [pair for pair in statistics_of(study).pairs if pair.first in titles and pair.second in titles]
        return cls(pairs, titles)

    @property
    def alt(self) -> str:
        """Text with the number of pairs and those that differ."""
        if not self.pairs:
            return "There are no two runs to compare."
        real = [self._words(pair) for pair in self.pairs if pair.significant]
        found = listing(real) if real else "none"
        return (
            f"{quantity(len(self.pairs), 'pair')} of runs on the same test images. Different at the 5% level after "
            f"Holm's correction: {found}."
        )

    def _words(self, pair: PairedComparison) -> str:
        return f"{self._against(pair)} ({signed_points(pair.accuracy.value)} points)"

    def _against(self, pair: PairedComparison) -> str:
        return f"{without_start(self.titles[pair.second])} against {without_start(self.titles[pair.first])}"

    def frame(self) -> pd.DataFrame:
        """Differences (second minus first) as shares, counts and p values, one row for each pair."""
        rows = [
            {
                "first": self.titles[pair.first],
                "second": self.titles[pair.second],
                "difference": pair.accuracy.value,
                "lower": pair.accuracy.low,
                "upper": pair.accuracy.high,
                "only_first": pair.only_first,
                "only_second": pair.only_second,
                "p": pair.p_value,
                "p_adjusted": pair.p_adjusted,
                "detectable": pair.minimum_detectable_difference,
                "real": pair.significant,
            }
            for pair in self.pairs
        ]
        columns = ["first", "second", "difference", "lower", "upper", "only_first", "only_second"]
        return pd.DataFrame(rows, columns=[*columns, "p", "p_adjusted", "detectable", "real"])

    def cells(self) -> pd.DataFrame:
        """Return the table for people: second against first, so that differences are those of the frame.

        Differences in percentage points; start weights are left out of the names.
        """
        return pd.DataFrame(
            {
                "Compared": [self._against(pair) for pair in self.pairs],
                "Difference": [points_with_interval(pair.accuracy) for pair in self.pairs],
                "Right in one only": [f"{count(pair.only_second)} / {count(pair.only_first)}" for pair in self.pairs],
                "p": [p_value(pair.p_value) for pair in self.pairs],
                "Holm p": [p_value(pair.p_adjusted) for pair in self.pairs],
                "Detectable": [
                    signed_points(pair.minimum_detectable_difference).removeprefix("+") for pair in self.pairs
                ],
            }
        )


def is_significant(difference: ClassDifference) -> bool:
    """Whether the test supports a difference of the class, after correction; never where it is undefined."""
    return difference.p_adjusted < ALPHA


def draw_differences(ax: Axes, differences: Sequence[Estimate], filled: Sequence[bool], theme: Theme) -> None:
    """Draw a dot on a line for each difference, in rows from 0, and a line at no difference."""
    ax.axvline(0, color=theme.line, linewidth=0.8)
    for row, (own, full) in enumerate(zip(differences, filled, strict=True)):
        if np.isnan(own.value):
            continue
        ax.plot(own.limits, [row, row], color=theme.accent, linewidth=2.2, alpha=0.55)
        ax.plot(
            [own.value],
            [row],
            "o",
            color=theme.accent,
            markerfacecolor=theme.accent if full else theme.page,
            markersize=6,
        )
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: signed_points(value, 1).replace(".0", "")))
    only_bottom(ax)


def _not_supported(pair: PairedComparison) -> str:
    """What the test would have found where it finds nothing."""
    if np.isnan(pair.minimum_detectable_difference):
        return "these test images are too few to find any difference four times in five"
    smallest = points(pair.minimum_detectable_difference)
    return f"without the correction, it would find one of {smallest} four times in five on as many images"


_SCOPE = "hold for these trained models on images like these and do not cover the chance in training."
_DIFFER = "differ by more than the drawing of the test images explains, at the 5% level"


def _tested(pair: PairedComparison) -> str:
    return f"exact McNemar test, {p_equation(pair.p_adjusted)} after Holm’s correction"


def describe_comparison(study: Study) -> Remark:
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
        pair = reversed_if_needed(statistics, second.name, best.name)
        text = (
            f"{named(best)} has the highest accuracy, {top} {limits}; next comes {named(second)} with "
            f"{percent(accuracy[second.name].value)} ({interval(accuracy[second.name].limits)}), "
            f"{points(pair.accuracy.value)} lower. "
        )
        text += (
            f"These two trained models {_DIFFER} ({_tested(pair)})."
            if pair.significant
            else f"The test does not support a difference between these two trained models ({_tested(pair)}), and none "
            f"is claimed; {_not_supported(pair)}."
        )
    rest = found[max(len(tied), 2) :]
    worse = [named(run) for run in rest if statistics.pair(best.name, run.name).significant]
    unsettled = [named(run) for run in rest if not statistics.pair(best.name, run.name).significant]
    if worse:
        text += f" The tests tell {named(best)} apart from {listing(worse)}, at the 5% level."
    if unsettled:
        text += f" The tests do not tell {named(best)} apart from {listing(unsettled, 'or')}."
    return Remark(f"{text} The tests {_SCOPE}")
