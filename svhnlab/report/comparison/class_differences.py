"""Differences in the recall of each class between two models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from svhnlab.report.comparison.pairwise_tests import (
    augmentation_pairs,
    draw_differences,
    is_significant,
    reversed_if_needed,
)
from svhnlab.report.core.display import Display
from svhnlab.report.core.many_classes import end_rows, tell_ends
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.marks import significance_legend
from svhnlab.report.core.names import LONGEST_ROW, short_names
from svhnlab.report.core.select import check_names, runs_of, statistics_of
from svhnlab.report.core.style import SMALL, TITLE, Theme, draw_placeholder
from svhnlab.report.core.text import (
    count_with_verb,
    listing,
    p_equation,
    quantity,
    signed_points,
    without_start,
)
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.store.schema import PairedComparison, Study

#: Finds pairs of configurations to compare.
Pairs = Callable[[Study], list[tuple[str, str]]]


def _comparisons(study: Study, configurations: tuple[str, ...], pairs: Pairs) -> list[PairedComparison]:
    """Compare two named configurations as second minus first; by default those that `pairs` finds."""
    if configurations and len(set(configurations)) != 2:
        raise ValueError(f"a difference needs two configurations, got {listing(configurations)}")
    runs_of(study, *configurations)
    statistics = statistics_of(study)
    chosen = [(configurations[0], configurations[1])] if configurations else pairs(study)
    return [reversed_if_needed(statistics, *names) for names in chosen]


def describe_class_difference(study: Study, *configurations: str, pairs: Pairs = augmentation_pairs) -> Markdown:
    """Name the classes for which the recall of two models differs significantly.

    Parameters
    ----------
    configurations
        Two configurations, compared as second minus first.
    pairs
        Finds those to compare if none is named; by default every model without and with augmentation.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    parts: list[Markdown] = []
    undecided: list[str] = []
    comparisons = _comparisons(study, configurations, pairs)
    for pair in comparisons:
        models = {
            "second": sentence_start(in_sentence(study.runs[pair.second].title)),
            "first": in_sentence(study.runs[pair.first].title),
        }
        significant = [
            Markdown("{name} ({points} percentage points, {p})").format(
                name=name, points=signed_points(difference.recall.value), p=p_equation(difference.p_adjusted)
            )
            for name, difference in zip(study.class_names, pair.classes, strict=True)
            if is_significant(difference)
        ]
        if significant:
            parts.append(
                Markdown("{second} differs significantly from {first} in the recall of {noun} {classes}.").format(
                    **models,
                    noun="class" if len(significant) == 1 else "classes",
                    classes=listing(significant),
                )
            )
        else:
            undecided.append("{} and {}".format(models["first"], in_sentence(study.runs[pair.second].title)))
    if not comparisons:
        return Markdown("There are no two models to compare here.")
    if undecided:
        between = listing([f"between {names}" for names in undecided], "or")
        parts.append(Markdown("The recall of no class differs significantly {}.").format(between))
    return sentences(parts)


@dataclass(frozen=True)
class ClassDifferences(Display):
    """Difference in the recall of each class between two models, with intervals: a panel for each pair.

    Attributes
    ----------
    pairs
        Comparisons, each as second minus first.
    titles
        Title of each configuration in them, by name.
    class_names
        Name of each of the K classes.
    """

    pairs: tuple[PairedComparison, ...]
    titles: Mapping[str, str]
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        for pair in self.pairs:
            check_names(self.class_names, len(pair.classes))

    @classmethod
    def from_study(cls, study: Study, *configurations: str, pairs: Pairs = augmentation_pairs) -> ClassDifferences:
        """Compare two named configurations (second minus first); by default those that `pairs` finds.

        Raises
        ------
        ValueError
            If the number of named configurations is not two.
        NotComputed
            If one of them is not trained or the statistics are not computed yet.
        """
        comparisons = _comparisons(study, configurations, pairs)
        return cls(tuple(comparisons), {run.name: run.title for run in runs_of(study)}, study.class_names)

    @property
    def _rows(self) -> list[int]:
        """All classes, or of many those with the lowest and the highest difference, averaged over the pairs."""
        means = np.mean([[one.recall.value for one in pair.classes] for pair in self.pairs], axis=0)
        return [k for k in end_rows(means) if k is not None]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        if not self.pairs:
            return self.width, 0.6
        panels = len(self.pairs) if self.narrow else 1
        return self.width, 0.3 + 0.17 * self.narrow + panels * (0.95 + 0.22 * max(len(self._rows), 4))

    @property
    def alt(self) -> str:
        """The number of significant differences, and the largest of them."""
        if not self.pairs:
            return "There are no two models to compare here."
        significant = [
            (name, difference.recall.value)
            for pair in self.pairs
            for name, difference in zip(self.class_names, pair.classes, strict=True)
            if is_significant(difference)
        ]
        largest = max(significant, key=lambda one: abs(one[1]), default=None)
        ending = (
            f", the largest that of class {largest[0]} ({signed_points(largest[1])} percentage points)"
            if largest
            else ""
        )
        return (
            f"Differences in the recall of each class between {quantity(len(self.pairs), 'pair')} of models, of which "
            f"{count_with_verb(len(significant))} significant after Holm's correction{ending}."
            f"{tell_ends(len(self.class_names), 'mean difference')}"
        )

    def frame(self) -> pd.DataFrame:
        """Difference with bounds and adjusted p value, one row for each pair and class."""
        rows = [
            {
                "first": self.titles[pair.first],
                "second": self.titles[pair.second],
                "class": name,
                "difference": difference.recall.value,
                "lower": difference.recall.low,
                "upper": difference.recall.high,
                "p_adjusted": difference.p_adjusted,
                "survives": is_significant(difference),
            }
            for pair in self.pairs
            for name, difference in zip(self.class_names, pair.classes, strict=True)
        ]
        columns = ["first", "second", "class", "difference", "lower", "upper", "p_adjusted", "survives"]
        return pd.DataFrame(rows, columns=columns)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a row for each class; significant differences have another colour."""
        if not self.pairs:
            draw_placeholder(figure.add_subplot(), "No pair to compare", theme)
            return
        n = len(self.pairs)
        shape = (n, 1) if self.narrow else (1, n)
        panels = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False).ravel()
        shown, names = self._rows, short_names(self.class_names, LONGEST_ROW)
        rows = np.arange(len(shown))
        for ax, pair in zip(panels, self.pairs, strict=True):
            classes = [pair.classes[k] for k in shown]
            recall = [difference.recall for difference in classes]
            draw_differences(ax, recall, [is_significant(difference) for difference in classes], theme)
            title = f"{without_start(self.titles[pair.second])}\n− {without_start(self.titles[pair.first])}"
            ax.set_title(title, fontsize=TITLE - 1)
            ax.set_ylim(len(rows) - 0.5, -0.5)
            ax.set_yticks(rows, [names[k] for k in shown])
            ax.tick_params(axis="y", labelcolor=theme.text)
        panels[0].set_ylabel("Class")
        figure.supxlabel("Difference in recall, percentage points", fontsize=SMALL + 1.5, color=theme.muted)
        figure.legend(
            handles=significance_legend(theme), loc="outside upper right", ncols=1 if self.narrow else 2, fontsize=SMALL
        )
