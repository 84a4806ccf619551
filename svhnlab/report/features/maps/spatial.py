"""Maps of feature space in three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure, SubFigure

from svhnlab.report.core.select import Runs
from svhnlab.report.core.style import SMALL, TITLE, WIDTH, Theme, class_colours, halo
from svhnlab.report.core.text import listing
from svhnlab.report.features.maps.base import EmbeddingMaps, by_mark

# Words, elevation and azimuth in degrees.
VIEWS = (("From the front", 18, 35), ("Turned by 90°", 18, 125))


class EmbeddingMaps3D(EmbeddingMaps):
    """The spatial maps: to be turned on a page, one of them from two sides on paper."""

    which = "spatial"
    layout = None
    instructions = "Drag or use the arrow keys to turn, + and − to zoom; hover a point for its image, click for more."

    def __init__(self, runs: Runs, class_names: Sequence[str], printed: str | None = None) -> None:
        """Take the maps of some runs; runs whose maps are not made are left out.

        Parameters
        ----------
        runs
            Runs of one study.
        class_names
            Name of each class.
        printed
            Name of the run that the picture shows; the last run when not given.

        Raises
        ------
        ValueError
            If no run has a map, if the maps show different images, or if the named run is not among them.
        """
        super().__init__(runs, class_names)
        self.printed = self.runs[-1].name if printed is None else printed
        if self.printed not in self.coordinates:
            raise ValueError(f"{self.printed} is not among the runs with a map: {listing(list(self.coordinates))}")

    @classmethod
    def from_results(cls, runs: Runs, class_names: Sequence[str], printed: str | None = None) -> EmbeddingMaps3D:
        """Make the display from runs; ``ValueError`` when none has a map."""
        return cls(runs, class_names, printed)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 4.6

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw the map of one run from two sides."""
        colours = np.asarray(class_colours(len(self.class_names)))
        points, wrong = self.coordinates[self.printed], self.wrong[self.printed]
        reach = np.abs(points).max()
        for i, (words, elevation, azimuth) in enumerate(VIEWS):
            # Placed by hand: a layout engine leaves room for the ticks that are not there.
            ax: Any = figure.add_axes((i / len(VIEWS), 0.0, 1 / len(VIEWS), 0.84), projection="3d")
            right = np.flatnonzero(~wrong)
            groups = [(right[own], mark) for mark, own in by_mark(self.labels[right], len(self.class_names))]
            for shown, marker in [*groups, (np.flatnonzero(wrong), "x")]:
                cross = marker == "x"
                ax.scatter(
                    *points[shown].T,
                    s=18 if cross else 6,
                    c=colours[self.labels[shown]],
                    marker=marker,
                    linewidths=1.2 if cross else 0,
                    alpha=1 if cross else 0.75,
                    depthshade=False,
                    rasterized=True,
                )
            for k, centre in self.centres(self.printed).items():
                ax.text(
                    *centre,
                    self.on_map[k],
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
            figure.text((i + 0.5) / len(VIEWS), 0.02, words, ha="center", fontsize=SMALL, color=theme.muted)
        title = next(run.title for run in self.runs if run.name == self.printed)
        figure.text(0.01, 0.955, title, fontsize=TITLE, fontweight="bold", color=theme.text)
        for line, height in zip(self.score_lines(self.printed), (0.915, 0.88), strict=True):
            figure.text(0.01, height, line, fontsize=SMALL, color=theme.muted)
        self.legend(figure, theme)
