"""The most frequent confusions as bars, for screens on which a matrix of many classes has no room for its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from svhnlab.analysis.errors import ConfusedPair
from svhnlab.report.core.display import freeze_layout
from svhnlab.report.core.names import short_names
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder, theme_context
from svhnlab.report.core.text import count, percent

MOST = 12
"""Number of pairs that are shown."""
ROW = 0.36  # height of a row in inches
_LONGEST_NAME = 18
_BAR = 0.3  # height of a bar in rows


def pair_bars_height(pairs: Sequence[ConfusedPair]) -> float:
    """Return the height in inches that the bars and their title need."""
    return 0.35 + ROW * max(1, min(MOST, len(pairs)))


def draw_pair_bars(ax: Axes, pairs: Sequence[ConfusedPair], class_names: Sequence[str], theme: Theme) -> None:
    """Draw a bar for each of the first pairs, below their names, with the number of images and their share."""
    if not pairs:
        draw_placeholder(ax, "No classes are confused", theme)
        return
    names = short_names(class_names, _LONGEST_NAME)
    shown = pairs[:MOST]
    ax.barh([row + 0.75 for row in range(len(shown))], [pair.count for pair in shown], height=_BAR, color=theme.error)
    for row, pair in enumerate(shown):
        ax.text(0, row + 0.5, f"{names[pair.true]} → {names[pair.predicted]}", va="bottom", fontsize=SMALL + 0.5)
        ax.text(
            1,
            row + 0.5,
            f"{count(pair.count)} ({percent(pair.share)})",
            ha="right",
            va="bottom",
            fontsize=SMALL + 0.5,
            color=theme.muted,
            transform=ax.get_yaxis_transform(),
        )
    ax.set(xlim=(0, shown[0].count), ylim=(len(shown), 0), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.set_title("Most frequent confusions: images (share of the class)", fontsize=SMALL + 0.5)


def pair_bars_box(
    pairs: Sequence[ConfusedPair], class_names: Sequence[str], size: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Return the position of the rows in a picture: left, top, width and height as shares of its size in inches."""
    with theme_context("light") as theme:
        figure = Figure(figsize=size, layout="constrained")
        ax = figure.add_subplot()
        draw_pair_bars(ax, pairs, class_names, theme)
        freeze_layout(figure)
    box = ax.get_position()
    return round(box.x0, 5), round(1 - box.y1, 5), round(box.width, 5), round(box.height, 5)
