"""Paired tests of the configurations: table of all pairs, and sentences on the most accurate model.

A test compares two models, trained or imported, on images like these. It does not cover other trainings of the same
configurations, so the sentences refer to these models and claim no effect of a training method.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.marks import significance_mark
from svhnlab.report.core.select import AUGMENTED, runs_of, runs_with_statistics, statistics_of
from svhnlab.report.core.settings_difference import describe_settings
from svhnlab.report.core.style import Theme, only_bottom
from svhnlab.report.core.table import Column, Table
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
    signed_number,
    signed_points,
    without_start,
)
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.store.schema import (
    ALPHA,
    ClassDifference,
    Equivalence,
    Estimate,
    PairedComparison,
    Statistics,
    Study,
)


def reversed_if_needed(statistics: Statistics, first: str, second: str) -> PairedComparison:
    """Return the comparison of two configurations as second minus first, even if it is stored the other way round.

    Raises
    ------
    KeyError
        If there is no comparison of the two.
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
        equivalence=Equivalence(-pair.equivalence.high, -pair.equivalence.low),
        only_first=pair.only_second,
        only_second=pair.only_first,
        classes=tuple(replace(difference, recall=_negative(difference.recall)) for difference in pair.classes),
    )


def _negative(estimate: Estimate) -> Estimate:
    return Estimate(-estimate.value, -estimate.high, -estimate.low)


def augmentation_pairs(study: Study) -> list[tuple[str, str]]:
    """Return the configurations that are trained both without and with augmentation, as pairs of their names."""
    return [(name, name + AUGMENTED) for name in study.runs if name + AUGMENTED in study.runs]


def model_pairs(study: Study) -> list[tuple[str, str]]:
    """Pair the first configuration with each later one that has another model and the same augmentation setting.

    The configurations with augmentation are used if there are several, otherwise those without.
    """
    augmented = [name for name in study.runs if name.endswith(AUGMENTED)]
    plain = [name for name in study.runs if name not in augmented]
    names = augmented if len(augmented) > 1 else plain
    return [(names[0], name) for name in names[1:]]


@dataclass(frozen=True)
class PairedTable(Table[PairedComparison]):
    """Difference in accuracy, images that only one classifies correctly, and the test: a row for each pair.

    Attributes
    ----------
    pairs
        Comparisons, each as second minus first.
    titles
        Title of each configuration in them, by name.
    """

    pairs: tuple[PairedComparison, ...]
    titles: Mapping[str, str]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> PairedTable:
        """Select all pairs of the named configurations (by default all trained ones).

        Raises
        ------
        NotComputed
            If one of them is not trained or the statistics are not computed yet.
        """
        titles = {run.name: run.title for run in runs_of(study, *configurations)}
        pairs = statistics_of(study).pairs
        return cls(tuple(pair for pair in pairs if pair.first in titles and pair.second in titles), titles)

    @property
    def alt(self) -> str:
        """The number of pairs, and those that differ significantly."""
        if not self.pairs:
            return "There are no two models to compare."
        significant = [
            f"{self._compared(pair)} ({signed_points(pair.accuracy.value)} percentage points)"
            for pair in self.pairs
            if pair.significant
        ]
        return (
            f"Paired tests of {quantity(len(self.pairs), 'pair')} of models on the same test images. Significant "
            f"differences in accuracy (5% level, Holm's correction): {listing(significant) if significant else 'none'}."
        )

    def _compared(self, pair: PairedComparison) -> str:
        return f"{without_start(self.titles[pair.second])} vs. {without_start(self.titles[pair.first])}"

    def rows(self) -> Sequence[PairedComparison]:
        """The comparisons."""
        return self.pairs

    def columns(self) -> Sequence[Column[PairedComparison]]:
        """Differences (second minus first) as shares, counts and p values; percentage points on the page."""
        return (
            Column("", self._compared, "Compared"),
            Column("first", lambda pair: self.titles[pair.first]),
            Column("second", lambda pair: self.titles[pair.second]),
            Column("difference", lambda pair: pair.accuracy.value),
            Column("lower", lambda pair: pair.accuracy.low),
            Column("upper", lambda pair: pair.accuracy.high),
            Column("", lambda pair: pair.accuracy, "Difference", points_with_interval),
            Column("only_first", lambda pair: pair.only_first),
            Column("only_second", lambda pair: pair.only_second),
            Column("", lambda pair: f"{count(pair.only_second)} / {count(pair.only_first)}", "Only one correct"),
            Column("p", lambda pair: pair.p_value),
            Column("p_adjusted", lambda pair: pair.p_adjusted, "Holm p", p_value),
            Column("detectable", lambda pair: pair.minimum_detectable_difference, "Detectable", _unsigned_points),
            Column("effect_size", lambda pair: pair.effect_size, "g", lambda value: signed_number(value, 2)),
            Column("lower_90", lambda pair: pair.equivalence.low),
            Column("upper_90", lambda pair: pair.equivalence.high),
            Column(
                "equivalent", lambda pair: pair.equivalence.within(), "Equivalent", lambda yes: "yes" if yes else "no"
            ),
            Column("real", lambda pair: pair.significant),
        )


def _unsigned_points(difference: float) -> str:
    return signed_points(difference).removeprefix("+")


def is_significant(difference: ClassDifference) -> bool:
    """Whether the recall of a class differs significantly after correction; False if it is undefined."""
    return difference.p_adjusted < ALPHA


def draw_differences(ax: Axes, differences: Sequence[Estimate], significant: Sequence[bool], theme: Theme) -> None:
    """Draw a dot on a line for each difference, in rows from 0, and a vertical line at zero."""
    ax.axvline(0, color=theme.line, linewidth=0.8)
    for row, (difference, is_clear) in enumerate(zip(differences, significant, strict=True)):
        if np.isnan(difference.value):
            continue
        mark = significance_mark(is_clear, theme)
        ax.plot(difference.limits, [row, row], color=mark["color"], linewidth=2.2, alpha=0.55)
        ax.plot([difference.value], [row], **mark)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: signed_points(value, 1).replace(".0", "")))
    only_bottom(ax)


def verdict(pair: PairedComparison) -> Markdown:
    """State whether two trained models differ significantly, with the p value."""
    template = (
        Markdown("The difference between these two models is significant ({test}).")
        if pair.significant
        else Markdown("The difference between these two models is not significant ({test}).")
    )
    test = Markdown("exact McNemar test, {p} after Holm’s correction").format(p=p_equation(pair.p_adjusted))
    return template.format(test=test)


def describe_comparison(study: Study) -> Markdown:
    """Name the trained model with the highest accuracy, and the others from which it differs significantly.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    statistics = statistics_of(study)
    ranking = sorted(runs_with_statistics(study), key=lambda result: -result[1].accuracy.value)
    best, best_accuracy = ranking[0][0], ranking[0][1].accuracy
    top = Markdown("{share} of {images} (95% interval {limits})").format(
        share=percent(best_accuracy.value),
        images=quantity(len(study.data.test_labels), "test image"),
        limits=interval(best_accuracy.limits),
    )
    if len(ranking) == 1:
        return Markdown("{model} is the only model. It classifies {top} correctly.").format(
            model=sentence_start(in_sentence(best.title)), top=top
        )
    tied = [run for run, result in ranking if result.accuracy.value == best_accuracy.value]
    if len(tied) > 1:
        parts = [
            Markdown("{models} share the highest accuracy, {top}.").format(
                models=sentence_start(listing([in_sentence(run.title) for run in tied])), top=top
            )
        ]
    else:
        second = ranking[1][0]
        pair = reversed_if_needed(statistics, second.name, best.name)
        parts = [
            Markdown("{best} has the highest accuracy, followed by {second}, which is {gap} lower.").format(
                best=sentence_start(in_sentence(best.title)),
                second=in_sentence(second.title),
                gap=points(pair.accuracy.value),
            ),
            verdict(pair),
            describe_settings([(second, best)]),
        ]
    rest = [run for run, _ in ranking[max(len(tied), 2) :]]
    worse = [in_sentence(run.title) for run in rest if statistics.pair(best.name, run.name).significant]
    unsettled = [in_sentence(run.title) for run in rest if not statistics.pair(best.name, run.name).significant]
    if worse:
        parts.append(
            Markdown("{best} is significantly more accurate than {worse} (5% level).").format(
                best=sentence_start(in_sentence(best.title)), worse=listing(worse)
            )
        )
    if unsettled:
        parts.append(
            Markdown("{best} does not differ significantly from {others}.").format(
                best=sentence_start(in_sentence(best.title)), others=listing(unsettled, "or")
            )
        )
    return sentences(parts)
