"""Runs compared on the same test images: every pair, and class by class.

Whether a difference is real is decided by an exact McNemar test after Holm's correction, at the level of 5%. The
intervals are 95% intervals over the drawing of test images; they do not cover the chance in training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from svhnlab.displays.base import Display, Table, check_names, named_runs
from svhnlab.displays.names import LONGEST_ROW, short_names
from svhnlab.displays.stored import AUGMENTED, statistics_of
from svhnlab.displays.style import SMALL, TITLE, WIDTH, Theme, only_bottom
from svhnlab.displays.text import (
    count,
    listing,
    p_value,
    points_with_interval,
    quantity,
    signed_points,
    without_start,
)
from svhnlab.results import ClassDifference, Estimate, PairedComparison, Statistics, Study

LEVEL = 0.05  # of every test


def oriented(statistics: Statistics, first: str, second: str) -> PairedComparison:
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
        real = [self._words(pair) for pair in self.pairs if pair.real]
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
                "detectable": pair.detectable,
                "real": pair.real,
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
                "Detectable": [signed_points(pair.detectable).removeprefix("+") for pair in self.pairs],
            }
        )


class ClassDifferences(Display):
    """Difference of the recall of each class between two runs, with intervals: a panel for each pair."""

    def __init__(
        self, pairs: Sequence[PairedComparison], titles: Mapping[str, str], class_names: Sequence[str]
    ) -> None:
        """Take comparisons, the name for people of each run in them, and the names of the classes."""
        self.pairs = list(pairs)
        self.titles = dict(titles)
        for pair in self.pairs:
            check_names(class_names, len(pair.classes))
        self.class_names = tuple(class_names)

    @classmethod
    def from_results(
        cls,
        study: Study,
        *names: str,
        pairs: Callable[[Study], list[tuple[str, str]]] = augmentation_pairs,
    ) -> ClassDifferences:
        """Make the display of two named runs (second minus first), or of those that `pairs` finds without a name.

        Raises
        ------
        ValueError
            If not two runs are named, one of them is not stored, or the statistics are not made yet.
        """
        statistics = statistics_of(study)
        if names and len(set(names)) != 2:
            raise ValueError(f"a difference is of two runs, got {listing(names)}")
        runs = named_runs(study, names)
        wanted = [(names[0], names[1])] if names else pairs(study)
        return cls(
            [oriented(statistics, *pair) for pair in wanted], {run.name: run.title for run in runs}, study.class_names
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return (WIDTH, 1.25 + 0.22 * max(len(self.class_names), 4)) if self.pairs else (WIDTH, 0.6)

    @property
    def alt(self) -> str:
        """Text alternative with the classes whose difference survives the correction."""
        if not self.pairs:
            return "No two runs are stored that could be compared here."
        parts = []
        for pair in self.pairs:
            kept = [
                f"{name} ({signed_points(own.recall.value)})"
                for name, own in zip(self.class_names, pair.classes, strict=True)
                if survives(own)
            ]
            parts.append(
                f"{self.titles[pair.second]} minus {self.titles[pair.first]}: {listing(kept) if kept else 'no class'}"
            )
        return (
            "Differences of the recall of each class in percentage points, with 95% intervals. Different at the 5% "
            f"level after Holm's correction: {'; '.join(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Difference with bounds and adjusted p value, one row for each pair and class."""
        rows = [
            {
                "first": self.titles[pair.first],
                "second": self.titles[pair.second],
                "class": name,
                "difference": own.recall.value,
                "lower": own.recall.low,
                "upper": own.recall.high,
                "p_adjusted": own.p_adjusted,
                "survives": survives(own),
            }
            for pair in self.pairs
            for name, own in zip(self.class_names, pair.classes, strict=True)
        ]
        columns = ["first", "second", "class", "difference", "lower", "upper", "p_adjusted", "survives"]
        return pd.DataFrame(rows, columns=columns)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a row for each class; filled dots survive the correction."""
        if not self.pairs:
            ax = figure.add_subplot()
            ax.text(0.5, 0.5, "No pair to compare", ha="center", va="center", color=theme.muted)
            ax.set_axis_off()
            return
        panels = figure.subplots(1, len(self.pairs), sharex=True, sharey=True, squeeze=False)[0]
        rows = np.arange(len(self.class_names))
        for ax, pair in zip(panels, self.pairs, strict=True):
            draw_differences(ax, [own.recall for own in pair.classes], [survives(own) for own in pair.classes], theme)
            title = f"{without_start(self.titles[pair.second])}\n− {without_start(self.titles[pair.first])}"
            ax.set_title(title, fontsize=TITLE - 1)
            ax.set_ylim(len(rows) - 0.5, -0.5)
            ax.set_yticks(rows, short_names(self.class_names, LONGEST_ROW))
            ax.tick_params(axis="y", labelcolor=theme.text)
        panels[0].set_ylabel("Class")
        figure.supxlabel("Difference of recall, percentage points", fontsize=SMALL + 1.5, color=theme.muted)
        marks = [
            Line2D(
                [],
                [],
                marker="o",
                linestyle="",
                color=theme.accent,
                markersize=6,
                label="p < 0.05 after Holm’s correction",
            ),
            Line2D(
                [],
                [],
                marker="o",
                linestyle="",
                markerfacecolor=theme.page,
                markeredgecolor=theme.accent,
                markersize=6,
                label="p ≥ 0.05",
            ),
        ]
        figure.legend(handles=marks, loc="outside upper right", ncols=2, fontsize=SMALL)


def survives(difference: ClassDifference) -> bool:
    """Whether the test supports a difference of the class, after correction; never where it is undefined."""
    return difference.p_adjusted < LEVEL


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
