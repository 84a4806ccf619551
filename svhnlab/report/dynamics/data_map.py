"""Data map: mean and variability over the epochs of the confidence in each training label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.style import SIZE, Theme
from svhnlab.report.core.text import count, listing, number, quantity, without_start, wrapped
from svhnlab.report.core.words import range_over_models
from svhnlab.report.dynamics.select import recorded_runs, training_labels_of
from svhnlab.store.schema import Study

LONGEST_LINE = 18  # letters of a title above a panel on a phone
HIGHEST = 0.5  # largest standard deviation of numbers between 0 and 1


@dataclass(frozen=True)
class MapPanel:
    """The data map of one configuration.

    Attributes
    ----------
    title
        Title of the configuration.
    confidence, variability
        Mean and standard deviation over the epochs of the confidence in the label, shape (N,).
    correctness
        Share of the epochs in which the label is predicted, shape (N,).
    """

    title: str
    confidence: NDArray[np.float32]
    variability: NDArray[np.float32]
    correctness: NDArray[np.float32]


@dataclass(frozen=True)
class DataMap(Display):
    """Data maps of the configurations: density of all N training images, and marks for labels that are wrong.

    Attributes
    ----------
    panels
        One for each configuration.
    marked
        Labels with a mark, shape (N,): those that are known to be wrong or, if these are unknown, the suspected ones.
    known
        Whether the wrong labels are known.
    """

    panels: tuple[MapPanel, ...]
    marked: NDArray[np.bool_]
    known: bool

    cells = 48  # of the density, along each axis

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> DataMap:
        """Select the named configurations (by default all that recorded their dynamics).

        Raises
        ------
        NotComputed
            If the training labels are not scored yet, or no training recorded its dynamics.
        """
        labels = training_labels_of(study)
        panels = [
            MapPanel(run.title, *(labels.scores[name][i] for name in ("confidence", "variability", "correctness")))
            for i, run in enumerate(recorded_runs(study))
            if not configurations or run.name in configurations
        ]
        rows = labels.review.suspected if labels.wrong is None else labels.wrong
        marked = np.isin(np.arange(len(labels.labels)), rows)
        return cls(tuple(panels), marked, labels.wrong is not None)

    @property
    def _mark(self) -> str:
        return "label known to be wrong" if self.known else "suspected label"

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        rows, columns = self._shape
        if self.narrow:
            return self.width, 0.6 + 1.8 * rows
        return (self.width, 0.4 + 3.0 * rows) if columns > 1 else (0.7 * self.width, 3.9)

    @property
    def _shape(self) -> tuple[int, int]:
        """Rows and columns of panels."""
        columns = min(2, len(self.panels))
        return -(-len(self.panels) // columns), columns

    @property
    def alt(self) -> str:
        """The number of images, and the medians over all panels of both groups."""
        groups = {"other labels": ~self.marked, self._mark: self.marked}
        medians = [
            f"{range_over_models([float(np.median(panel.confidence[rows])) for panel in self.panels], _two_decimals)} "
            f"({name})"
            for name, rows in groups.items()
            if rows.any()
        ]
        return (
            f"Data maps of {quantity(len(self.marked), 'training image')} with a mark at each {self._mark}; the "
            f"medians of the mean confidence in the label are {listing(medians)}."
        )

    def frame(self) -> pd.DataFrame:
        """Number of images, and of marked ones, in each cell of the density that has an image, by centre of the cell.

        A row for each image would be a file of several megabytes.
        """
        centres = (np.arange(self.cells) + 0.5) / self.cells
        frames = []
        for panel in self.panels:
            images, marked = self._density(panel), self._density(panel, self.marked)
            row, column = np.nonzero(images)
            frames.append(
                pd.DataFrame(
                    {
                        "run": panel.title,
                        "confidence": centres[row],
                        "variability": HIGHEST * centres[column],
                        "images": images[row, column].astype(np.int64),
                        "known_wrong" if self.known else "suspected": marked[row, column].astype(np.int64),
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    def _density(self, panel: MapPanel, rows: NDArray[np.bool_] | slice = slice(None)) -> NDArray[np.float64]:
        """Count the images in each cell: rows by confidence, columns by variability."""
        limits = ((0, 1), (0, HIGHEST))
        return np.histogram2d(panel.confidence[rows], panel.variability[rows], self.cells, limits)[0]

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a panel for each configuration with common scales."""
        axes = figure.subplots(*self._shape, squeeze=False, sharex=True, sharey=True)
        columns = axes.shape[1]
        densities = [self._density(panel) for panel in self.panels]
        # from below 1, so that a cell with a single image differs from the page
        scale = LogNorm(0.3, max(2.0, *(float(density.max()) for density in densities)))
        for i, ax in enumerate(axes.flat):
            if i >= len(self.panels):
                ax.set_axis_off()
                continue
            self._draw_panel(ax, self.panels[i], densities[i], scale, theme)
            ax.label_outer()
            ax.tick_params(labelbottom=i + columns >= len(self.panels))  # also above an empty place
        figure.supxlabel("Variability of the confidence", fontsize=SIZE, color=theme.muted)
        figure.supylabel("Mean confidence in the label", fontsize=SIZE, color=theme.muted)
        handles, names = axes[0, 0].get_legend_handles_labels()
        if handles:
            figure.legend(handles, names, loc="outside upper left")

    def _draw_panel(
        self, ax: Axes, panel: MapPanel, density: NDArray[np.float64], scale: LogNorm, theme: Theme
    ) -> None:
        edges = np.linspace(0, 1, self.cells + 1)
        shaded = np.ma.masked_equal(density, 0)
        ax.pcolormesh(HIGHEST * edges, edges, shaded, cmap=theme.cmap, norm=scale, rasterized=True)
        if self.marked.any():
            ax.scatter(
                panel.variability[self.marked],
                panel.confidence[self.marked],
                s=9,
                marker="x",
                color=theme.error,
                linewidths=0.8,
                label=self._mark,
                clip_on=False,
                rasterized=self.marked.sum() > 500,
            )
        ax.set(xlim=(0, HIGHEST), ylim=(0, 1))
        ax.set_xticks((0, 0.2, 0.4) if self.narrow else (0, 0.1, 0.2, 0.3, 0.4))  # none at the edge of the next panel
        title = without_start(panel.title)
        ax.set_title(wrapped(title, LONGEST_LINE) if self.narrow else title, fontsize=9.5, pad=4)


def _two_decimals(value: float) -> str:
    return number(value, 2)


def describe_data_map(study: Study) -> Markdown:
    """State how many training labels are predicted in no epoch and, if it is known, which share of the wrong ones.

    Raises
    ------
    NotComputed
        As for `DataMap.from_study`.
    """
    shown = DataMap.from_study(study)
    never = [panel.correctness == 0 for panel in shown.panels]
    counts = [float(rows.sum()) for rows in never]
    parts = [
        Markdown("For {never} of {total}, the label is predicted in no epoch of the training.").format(
            never=range_over_models(counts, lambda value: count(int(value))),
            total=quantity(len(shown.marked), "training image"),
        )
    ]
    if shown.known and shown.marked.any() and not shown.marked.all():
        of_wrong, of_right = (
            range_over_models([float(rows[group].mean()) for rows in never]) for group in (shown.marked, ~shown.marked)
        )
        parts.append(
            Markdown("That is true of {of_wrong} of the wrong labels and of {of_right} of the correct ones.").format(
                of_wrong=of_wrong, of_right=of_right
            )
        )
    return sentences(parts)
