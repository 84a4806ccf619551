"""What displays of a whole study take from it, and how its runs are told apart in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from matplotlib.axes import Axes

from svhnlab.displays.style import Theme
from svhnlab.results import RunResult, RunStatistics, Statistics, Study

AUGMENTED = "-aug"  # a run's name with this ending is the run of that name with augmentation


def statistics_of(study: Study) -> Statistics:
    """Return the statistics of a study.

    Raises
    ------
    ValueError
        If none are stored.
    """
    if study.statistics is None:
        raise ValueError("no statistics are stored for this study")
    return study.statistics


def runs_with_statistics(study: Study, *names: str) -> list[tuple[RunResult, RunStatistics]]:
    """Return the named runs (all without a name) with their statistics, in the order of the report.

    Raises
    ------
    ValueError
        If none are stored.
    """
    statistics = statistics_of(study)
    found = [
        (run, statistics.runs[name])
        for name, run in study.runs.items()
        if name in statistics.runs and (not names or name in names)
    ]
    if not found:
        raise ValueError(f"no stored run{' of these' if names else ''} has statistics")
    return found


@dataclass(frozen=True)
class RunMark:
    """How the points and the line of one run look: the hue tells the model, a filled point the augmentation."""

    colour: str
    page: str
    marker: str
    line: str
    filled: bool

    @property
    def point(self) -> dict[str, Any]:
        """Settings of matplotlib for points, drawn by `Axes.plot`."""
        return {
            "marker": self.marker,
            "color": self.colour,
            "markerfacecolor": self.colour if self.filled else self.page,
            "markeredgecolor": self.colour,
            "markeredgewidth": 1.1,
        }

    @property
    def stroke(self) -> dict[str, Any]:
        """Settings of matplotlib for a line."""
        return {"color": self.colour, "linestyle": self.line}


def run_marks(names: Sequence[str], theme: Theme) -> list[RunMark]:
    """Choose the look of each run by its name: one hue for each model, dashed and hollow without augmentation."""
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


def neighbouring_pairs(runs: Sequence[RunResult]) -> list[tuple[RunResult, RunResult]]:
    """Pair the runs that differ in one thing, the augmentation or the model; all pairs where there are no such."""
    pairs = list(combinations(runs, 2))

    def alike(one: RunResult, other: RunResult) -> bool:
        same_model = one.name.removesuffix(AUGMENTED) == other.name.removesuffix(AUGMENTED)
        return same_model or one.name.endswith(AUGMENTED) == other.name.endswith(AUGMENTED)

    return [pair for pair in pairs if alike(*pair)] or pairs


def write_instead(ax: Axes, words: str, theme: Theme) -> None:
    """Write words in the place of a picture that has nothing to show."""
    ax.text(0.5, 0.5, words, ha="center", va="center", color=theme.muted)
    ax.set_axis_off()
