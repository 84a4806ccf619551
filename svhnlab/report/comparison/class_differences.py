"""Sentences that compare runs, composed from the tests.

A test between two runs compares two trained models on images like these. It says nothing of other trainings of the same
models, so that no sentence claims an effect of a method of training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from svhnlab.report.comparison.pairwise_tests import (
    _SCOPE,
    augmentation_pairs,
    draw_differences,
    is_significant,
    reversed_if_needed,
)
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.names import LONGEST_ROW, short_names
from svhnlab.report.core.select import check_names, named_runs, statistics_of
from svhnlab.report.core.style import SMALL, TITLE, WIDTH, Theme
from svhnlab.report.core.text import listing, p_equation, signed_interval, signed_points, without_start
from svhnlab.report.core.words import named
from svhnlab.store.schema import PairedComparison, Study


def describe_class_difference(
    study: Study, *names: str, pairs: Callable[[Study], list[tuple[str, str]]] = augmentation_pairs
) -> Markdown:
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
        pair = reversed_if_needed(statistics, first, second)
        versus = f"{named(study.runs[second])} against {named(study.runs[first])}"
        kept = [
            f"{name} ({signed_points(own.recall.value)} points, {p_equation(own.p_adjusted)})"
            for name, own in zip(classes, pair.classes, strict=True)
            if is_significant(own)
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
        return Markdown("No two runs are stored that could be compared here, so the classes cannot be compared.")
    return Markdown(
        f"{' '.join(sentences)} All p values are corrected by Holm’s method for all classes of all pairs of runs; "
        f"they {_SCOPE}"
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
            [reversed_if_needed(statistics, *pair) for pair in wanted],
            {run.name: run.title for run in runs},
            study.class_names,
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
                if is_significant(own)
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
                "survives": is_significant(own),
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
            draw_differences(
                ax, [own.recall for own in pair.classes], [is_significant(own) for own in pair.classes], theme
            )
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
