"""Maps of feature space in three dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure, SubFigure

from svhnlab.report.core.style import SMALL, TITLE, Theme, class_colours, halo
from svhnlab.report.features.maps.base import EmbeddingMaps, by_mark, spread_out

# Label, elevation and azimuth in degrees.
VIEWS = (("From the front", 18, 35), ("Rotated by 90°", 18, 125))
# Heights in inches: of the words above the views, and of a view.
HEAD, VIEW, PHONE_VIEW = 0.74, 3.86, 3.1


@dataclass(frozen=True)
class EmbeddingMaps3D(EmbeddingMaps):
    """Maps in three dimensions: they can be rotated on a page; the PDF shows the last one from two directions."""

    which = "spatial"
    layout = None
    instructions = "Drag or use the arrow keys to rotate the map, + and − or Ctrl with the wheel to zoom."

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, HEAD + (len(VIEWS) * PHONE_VIEW if self.narrow else VIEW)

    @property
    def legend_corner(self) -> tuple[Literal["upper left", "upper right"], tuple[float, float]]:
        """Of the legend; on a phone below the title."""
        return ("upper left", (0, 1 - 0.35 / self.size[1])) if self.narrow else super().legend_corner

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw the last map from two directions."""
        colours = np.asarray(class_colours(len(self.class_names)))
        one = self.maps[-1]
        reach = np.abs(one.points).max()
        height = self.size[1]
        for i, (label, elevation, azimuth) in enumerate(VIEWS):
            left, bottom, across, up = (
                (0, 1 - (HEAD + (i + 1) * PHONE_VIEW) / height, 1, PHONE_VIEW / height)
                if self.narrow
                else (i / len(VIEWS), 0, 1 / len(VIEWS), VIEW / height)
            )
            # Placed without a layout engine, which would leave room for ticks although there are none.
            ax: Any = figure.add_axes((left, bottom, across, up), projection="3d")
            correct = np.flatnonzero(~one.wrong)
            groups = [(correct[members], mark) for mark, members in by_mark(self.labels[correct], len(colours))]
            for shown, marker in [*groups, (np.flatnonzero(one.wrong), "x")]:
                cross = marker == "x"
                ax.scatter(
                    *one.points[shown].T,
                    s=18 if cross else 6,
                    c=colours[self.labels[shown]],
                    marker=marker,
                    linewidths=1.2 if cross else 0,
                    alpha=1 if cross else 0.75,
                    depthshade=False,
                    rasterized=True,
                )
            for k, centre in spread_out(self.centres(one), *self.spans[:2]).items():
                ax.text(
                    *centre,
                    self.short_class_names[k],
                    ha="center",
                    va="center",
                    fontsize=TITLE + 1 if self.large_names else SMALL,
                    fontweight="bold",
                    color=theme.text,
                    path_effects=halo(theme, 3.0),
                    zorder=10,
                )
            ax.view_init(elevation, azimuth)
            ax.set(xlim=(-reach, reach), ylim=(-reach, reach), zlim=(-reach, reach))
            ax.set_box_aspect((1, 1, 1), zoom=1.6)
            ax.set_axis_off()
            place = (left + across / 2, bottom + 0.09 / height)
            figure.text(*place, label, ha="center", fontsize=SMALL, color=theme.muted)
        figure.text(0.01, 1 - 0.21 / height, one.title, fontsize=TITLE, fontweight="bold", color=theme.text)
        if not self.narrow:  # the scores are wider than a phone
            for line, below in zip(one.score_lines, (0.39, 0.55), strict=True):
                figure.text(0.01, 1 - below / height, line, fontsize=SMALL, color=theme.muted)
        self.legend(figure, theme)
