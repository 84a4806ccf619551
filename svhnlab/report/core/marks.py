"""Hue, marker and line style of each configuration in a figure of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from svhnlab.report.core.select import AUGMENTED
from svhnlab.report.core.style import Theme


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
