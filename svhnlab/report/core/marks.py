"""Marks that mean the same in all figures: hue, marker and line of a configuration, and colour of significance.

A hollow marker stands for a configuration without augmentation beside the same one with it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.lines import Line2D

from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import AUGMENTED
from svhnlab.report.core.style import Theme
from svhnlab.store.schema import ALPHA, Study

_MARKERS = "osD^"


@dataclass(frozen=True)
class RunMark:
    """Appearance of one configuration: the hue encodes the model, a hollow marker the version without augmentation."""

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
    """Choose the appearance of each configuration.

    Each model has a hue and a marker. Beside the same model with augmentation, the version without is dashed and
    hollow.
    """
    hues = theme.hues
    models = list(dict.fromkeys(name.removesuffix(AUGMENTED) for name in names))
    marks = []
    for name in names:
        position = models.index(name.removesuffix(AUGMENTED))
        filled = not has_augmented_version(name, names)
        marks.append(
            RunMark(
                colour=hues[position % len(hues)],
                page=theme.page,
                # beyond the hues, each marker comes with other hues
                marker=_MARKERS[(position + position // len(hues)) % len(_MARKERS)],
                line="-" if filled else "--",
                filled=filled,
            )
        )
    return marks


def has_augmented_version(name: str, names: Collection[str]) -> bool:
    """Return whether the same configuration with augmentation is among some names."""
    return f"{name}{AUGMENTED}" in names


def explain_markers(study: Study) -> Markdown:
    """Explain hollow markers in a sentence; empty if the study has no model with and without augmentation."""
    if not any(has_augmented_version(name, study.runs) for name in study.runs):
        return Markdown("")
    return Markdown("Of a model with and without augmentation, the marker without it is hollow.")


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
