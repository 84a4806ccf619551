"""The maps of the explorer in print: errors by their cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from svhnlab.report.core.causes import cause_codes, cause_titles, causes_of
from svhnlab.report.core.display import PrintDisplay
from svhnlab.report.core.style import SMALL, Theme, class_colours
from svhnlab.report.core.text import count, listing, quantity
from svhnlab.report.features.maps.base import mapped_runs
from svhnlab.report.features.maps.planar import EmbeddingMaps2D
from svhnlab.store.schema import Study

MOST_FREQUENT = 2  # causes that are named below the title of a map
HIGHEST = 2.75  # of a map in inches; those of four models fit on a page with the text


@dataclass(frozen=True)
class CauseMaps(PrintDisplay, EmbeddingMaps2D):
    """Maps in two dimensions on which the colour of an error is its cause, as one selection of the explorer.

    Attributes
    ----------
    codes
        For each map, the cause of each image's error, -1 for correct images, shape (M,).
    titles
        Of the causes.
    """

    codes: tuple[NDArray[np.int64], ...]
    titles: tuple[str, ...]

    head: ClassVar[float] = 0.5

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> CauseMaps:
        """Select the maps of the named configurations (by default all trained ones).

        Raises
        ------
        NotComputed
            If no configuration has a map, or the causes are not computed yet.
        """
        base = EmbeddingMaps2D.from_study(study, *configurations)
        every, names = cause_codes(study), causes_of(study).runs
        rows = mapped_runs(study, *configurations)[0][1].rows
        codes = tuple(every[names.index(one.name)][rows] for one in base.maps)
        return cls(base.maps, base.images, base.labels, base.total, base.class_names, codes, cause_titles(study))

    @property
    def panel(self) -> float:
        """Height of a panel in inches."""
        return min(HIGHEST, super().panel)

    @property
    def alt(self) -> str:
        """The number of images, and the errors of each model."""
        errors = [f"{one.title} {count(int(one.wrong.sum()))}" for one in self.maps[:4]]
        return (
            f"t-SNE maps of {count(len(self.images))} of {count(self.total)} test images, with crosses for errors in "
            f"the colours of their causes; errors: {listing(errors)}."
        )

    def frame(self) -> pd.DataFrame:
        """Coordinates, classes, confidence and cause, one row for each run and image."""
        titles = np.array([*self.titles, ""])
        return super().frame().assign(cause=np.concatenate([titles[codes] for codes in self.codes]))

    def lines(self, i: int) -> tuple[str, str]:
        """Return the number of errors, and their most frequent causes."""
        errors = self.codes[i][self.codes[i] >= 0]
        counts = np.bincount(errors, minlength=len(self.titles))
        first = np.argsort(-counts, kind="stable")[:MOST_FREQUENT]
        named = [f"{self.titles[k]} {count(int(counts[k]))}" for k in first if counts[k]]
        return quantity(len(errors), "error"), f"Most frequent: {listing(named)}" if named else ""

    def draw_map(self, ax: Axes, i: int, theme: Theme) -> None:
        """Draw correct images in grey, errors in the colours of their causes, and the names of the classes."""
        one, colours = self.maps[i], np.asarray(class_colours(len(self.titles)))
        x, y = one.points[~one.wrong].T
        ax.scatter(x, y, s=4, c=theme.line, alpha=0.55, linewidths=0, rasterized=True)
        x, y = one.points[one.wrong].T
        ax.scatter(x, y, s=18, c=theme.page, marker="x", linewidths=2.0, rasterized=True)
        ax.scatter(x, y, s=14, c=colours[self.codes[i][one.wrong]], marker="x", linewidths=1.1, rasterized=True)
        self.draw_names(ax, one, theme)

    def legend(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Add the legend of the causes above the maps."""
        handles = [
            Line2D([], [], linestyle="none", marker="x", markersize=5, color=colour, label=title)
            for title, colour in zip(self.titles, class_colours(len(self.titles)), strict=True)
        ]
        correct = Line2D([], [], linestyle="none", marker="o", markersize=3, color=theme.line, label="correct")
        figure.legend(
            handles=[correct, *handles], loc="upper left", ncols=5, borderaxespad=0, columnspacing=1.0, fontsize=SMALL
        )
