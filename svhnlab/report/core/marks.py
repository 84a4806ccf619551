"""Marks that mean the same in all figures: hue, marker and line of a configuration, and colour of significance.

A hollow marker always stands for a configuration without augmentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.lines import Line2D

from svhnlab.report.core.select import AUGMENTED
from svhnlab.report.core.style import Theme
from svhnlab.store.schema import ALPHA


@dataclass(frozen=True)
class RunMark:
    """Appearance of one configuration: the hue encodes the model, a filled marker augmentation."""

    colour: str
    page: str
    marker: str
    line: str
    filled: bool

    @property
    def point(self) -> dict[str, Any]:
        """Settings of `Axes.plot` for points."""
        return {
            "marker": self.marker,
            "color": self.colour,
            "markerfacecolor": self.colour if self.filled else self.page,
            "markeredgecolor": self.colour,
            "markeredgewidth": 1.1,
        }

    @property
    def stroke(self) -> dict[str, Any]:
        """Settings of `Axes.plot` for a line."""
        return {"color": self.colour, "linestyle": self.line}


def run_marks(names: Sequence[str], theme: Theme) -> list[RunMark]:
    """Choose the appearance of each configuration: one hue per model, dashed and hollow without augmentation."""
    hues = theme.hues
    models = list(dict.fromkeys(name.removesuffix(AUGMENTED) for name in names))
    marks = []
    for name in names:
        position = models.index(name.removesuffix(AUGMENTED))
        augmented = name.endswith(AUGMENTED)
        marks.append(
            RunMark(
                colour=hues[position % len(hues)],
                page=theme.page,
                marker="osD^"[position % len(hues)],
                line="-" if augmented else "--",
                filled=augmented,
            )
        )
    return marks


def significance_mark(is_significant: bool, theme: Theme) -> dict[str, Any]:
    """Return settings of `Axes.plot` for a difference: the accent colour if it is significant, else small and grey."""
    colour = theme.accent if is_significant else theme.muted
    return {"marker": "o", "linestyle": "none", "color": colour, "markersize": 6 if is_significant else 4}


def significance_legend(theme: Theme) -> list[Line2D]:
    """Return the legend's entries for significant and other differences."""
    labels = {True: f"p < {ALPHA} after Holm’s correction", False: f"p ≥ {ALPHA}"}
    return [
        Line2D([], [], label=label, **significance_mark(is_significant, theme))
        for is_significant, label in labels.items()
    ]
