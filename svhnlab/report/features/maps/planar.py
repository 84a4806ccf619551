"""Maps of feature space in two dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from svhnlab.report.core.style import SMALL, TITLE, WIDTH, Theme, class_colours, halo
from svhnlab.report.features.maps.base import EmbeddingMaps, FeatureMap, by_mark, spread_out

TITLES = 0.65  # inches above each map, for its title and scores


@dataclass(frozen=True)
class EmbeddingMaps2D(EmbeddingMaps):
    """Maps in two dimensions: side by side in the PDF, one at a time on a page."""

    which = "planar"
    layout = None
    head: ClassVar[float] = 0.2
    """Inches above the maps, for the legend."""
    instructions = "Drag or use the arrow keys to move the map, + and − or Ctrl with the wheel to zoom."

    @property
    def panel(self) -> float:
        """Height of a panel in inches: as its width, half a page, or less if the maps are wider than high."""
        across, up = self.spans
        return 0.49 * WIDTH * min(1.0, up / across) if across else 0.49 * WIDTH

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        lines = -(-len(self.maps) // 2)
        return WIDTH, self.head + lines * (TITLES + self.panel)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a panel for each run: points, then errors, then the names of the classes at their centres."""
        height = self.size[1]
        across, up = 1.03 * self.spans
        for i, one in enumerate(self.maps):
            left, top = 0.51 * (i % 2), height - self.head - (TITLES + self.panel) * (i // 2)
            # Placed without a layout engine: all panels have the same size and scale.
            ax = figure.add_axes((left, (top - TITLES - self.panel) / height, 0.49, self.panel / height))
            self.draw_map(ax, i, theme)
            ax.set(xlim=(-across, across), ylim=(-up, up))
            ax.set_aspect("equal")
            ax.set_axis_off()
            for text, below, size, colour in zip(
                (one.title, *self.lines(i)),
                (0.18, 0.37, 0.52),
                (TITLE, SMALL, SMALL),
                (theme.text, theme.muted, theme.muted),
                strict=True,
            ):
                weight = "bold" if size == TITLE else "normal"
                figure.text(left, (top - below) / height, text, fontsize=size, color=colour, weight=weight)
        self.legend(figure, theme)

    def lines(self, i: int) -> tuple[str, str]:
        """Return two lines of text below the title of a map."""
        return self.maps[i].score_lines

    def draw_map(self, ax: Axes, i: int, theme: Theme) -> None:
        """Draw the points of a map and the names of the classes."""
        one = self.maps[i]
        colours = np.asarray(class_colours(len(self.class_names)))
        wrong = one.wrong
        colour = colours[self.labels]
        (x, y), (wrong_x, wrong_y) = one.points[~wrong].T, one.points[wrong].T
        for mark, members in by_mark(self.labels[~wrong], len(self.class_names)):
            ax.scatter(
                x[members],
                y[members],
                s=6,
                c=colour[~wrong][members],
                marker=mark,
                alpha=0.85,
                linewidths=0,
                rasterized=True,
            )
        # A rim in the colour of the page separates the crosses from the points below.
        ax.scatter(wrong_x, wrong_y, s=18, c=theme.page, marker="x", linewidths=2.0, rasterized=True)
        ax.scatter(wrong_x, wrong_y, s=14, c=colour[wrong], marker="x", linewidths=1.1, rasterized=True)
        self.draw_names(ax, one, theme)

    def draw_names(self, ax: Axes, one: FeatureMap, theme: Theme) -> None:
        """Draw the name of each class at the centre of its images."""
        for k, centre in spread_out(self.centres(one), *self.spans).items():
            ax.annotate(
                self.short_class_names[k],
                (centre[0], centre[1]),
                ha="center",
                va="center",
                fontsize=TITLE + 2 if self.large_names else SMALL,
                fontweight="bold",
                color=theme.text,
                path_effects=halo(theme, 3.0),
            )
