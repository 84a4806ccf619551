"""Position of the errors in feature space: closer to the centroid of the true or of the predicted class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import count, listing, number, percent, share_with_interval, without_start, wrapped
from svhnlab.report.core.words import over_models, share_over_models
from svhnlab.report.features.centroids import (
    CentroidSummary,
    describe_left_out,
    describe_verdicts,
    summaries_of,
    unit,
)
from svhnlab.store.schema import Estimate, Study


def describe_centroid(study: Study, *configurations: str) -> Markdown:
    """State the share of the errors that lie closer to the centroid of the predicted than of the true class.

    Distances are scale-free; see `svhnlab.analysis.centroids`. Runs without centroids are omitted.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has centroids.
    """
    shares: list[Estimate] = []
    verdicts: list[tuple[str, str]] = []
    summaries = summaries_of(study, *configurations, scale_free=True)
    for summary in summaries:
        if summary.errors:
            share = summary.nearer_share
            shares.append(share)
            verdicts.append((summary.title, _verdict(share)))
    parts = [describe_verdicts(verdicts)]
    if shares:
        parts.append(
            Markdown(
                "Of the errors, {} lie closer to the centroid of the predicted class than to that of the true class{}."
            ).format(share_over_models(shares), over_models(shares))
        )
    return sentences([*parts, *map(describe_left_out, summaries)])


def _verdict(share: Estimate) -> str:
    if share.low > 0.5:
        return "most errors lie closer to the predicted than to the true class in feature space"
    if share.high < 0.5:
        return (
            "most errors lie closer to the true class in feature space, although the last layer predicts another class"
        )
    return "the test images do not determine whether more errors lie closer to the predicted or to the true class"


@dataclass(frozen=True)
class CentroidDistances(Display):
    """Distance of the errors to the predicted centroid against distance to the true one: a panel for each run.

    A few outliers would compress all other errors; they are drawn on the edge, moved straight towards the origin, which
    keeps them on their side of the diagonal.

    Attributes
    ----------
    summaries
        Distances of each run, all scale-free or none.
    """

    summaries: tuple[CentroidSummary, ...]

    reach = 0.99  # share of a run's errors that its panel must contain

    @classmethod
    def from_study(cls, study: Study, *configurations: str, scale_free: bool = True) -> CentroidDistances:
        """Select the named configurations (by default all trained ones), omitting those without centroids.

        Raises
        ------
        NotComputed
            If a named configuration is not trained, or none of them has centroids.
        """
        return cls(summaries_of(study, *configurations, scale_free=scale_free))

    @property
    def scale_free(self) -> bool:
        """Whether distances are in units of each class's RMS radius."""
        return self.summaries[0].distances.scale_free

    @property
    def _columns(self) -> int:
        return len(self.summaries) if len(self.summaries) <= 3 else 2

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        rows = -(-len(self.summaries) // self._columns)
        side = WIDTH / self._columns
        return (WIDTH * 0.62, WIDTH * 0.66) if len(self.summaries) == 1 else (WIDTH, rows * side + 0.2)

    @property
    def alt(self) -> str:
        """Text alternative with the share of errors below the diagonal."""
        parts = [
            f"{summary.title} {percent(summary.nearer_to_predicted)} of {count(summary.errors)}"
            if summary.errors
            else f"{summary.title} has {_no_errors(summary)}"
            for summary in self.summaries
        ]
        return (
            "Misclassified test images by their distance to the centroid of the true class (horizontal) and of "
            f"the predicted class (vertical), in {unit(self.scale_free)}. Below the diagonal, closer to the "
            f"predicted class: {listing(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Both distances and the margin, one row for each run and error."""
        frames = [
            pd.DataFrame(
                {
                    "run": summary.title,
                    "image": summary.images[summary.wrong],
                    "to_true": summary.distances.to_true[summary.wrong],
                    "to_predicted": summary.distances.to_predicted[summary.wrong],
                    "margin": summary.distances.margin[summary.wrong],
                }
            )
            for summary in self.summaries
        ]
        return pd.concat(frames, ignore_index=True)

    def _points(self, summary: CentroidSummary, top: float = np.inf) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Place the errors of a run in a panel that ends at `top`."""
        x, y = (values[summary.wrong] for values in (summary.distances.to_true, summary.distances.to_predicted))
        shrink = np.minimum(1.0, top / np.maximum(np.maximum(x, y), 1e-12))
        return x * shrink, y * shrink

    def _top(self, summary: CentroidSummary) -> float:
        """Upper limit of both axes of a run's panel."""
        farther = np.maximum(*self._points(summary))
        farther = farther[np.isfinite(farther)]
        if not len(farther) or farther.max() == 0:
            return 1.0
        most = float(np.quantile(farther, self.reach, method="lower"))
        # All errors are shown if the farthest are not far beyond the others.
        return 1.05 * (float(farther.max()) if farther.max() < 1.5 * most else most)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw square panels with the diagonal of equal distance."""
        columns = self._columns
        rows = -(-len(self.summaries) // columns)
        panels = figure.subplots(rows, columns, squeeze=False)
        tops = [self._top(summary) for summary in self.summaries]
        for ax, i in zip(panels.flat, range(rows * columns), strict=True):
            if i >= len(self.summaries):
                ax.set_axis_off()
                continue
            # Panels share a scale only if the distances have no unit.
            self._draw_panel(ax, self.summaries[i], max(tops) if self.scale_free else tops[i], theme)
            if i % columns == 0:
                ax.set_ylabel("Distance to the predicted centroid")
            if i + columns >= len(self.summaries):
                ax.set_xlabel("Distance to the true centroid")

    def _draw_panel(self, ax: Axes, summary: CentroidSummary, top: float, theme: Theme) -> None:
        ax.fill_between([0, top], [0, top], color=theme.faint, alpha=0.5, linewidth=0)
        ax.plot([0, top], [0, top], color=theme.line, linewidth=0.8)
        x, y = self._points(summary, top)
        ax.scatter(
            x,
            y,
            s=12 if summary.errors <= 300 else 7,
            color=theme.error,
            alpha=0.6 if summary.errors <= 300 else 0.45,
            linewidths=0,
            clip_on=False,
            rasterized=summary.errors > 500,
        )
        ax.set(xlim=(0, top), ylim=(0, top), aspect="equal")
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.yaxis.set_major_locator(MaxNLocator(4))
        ax.set_title(wrapped(summary.title, 30))
        share = percent(summary.nearer_to_predicted, 0)
        ax.text(
            0.97 * top,
            0.04 * top,
            f"{share} of {count(summary.errors)} errors\ncloser to the predicted class"
            if summary.errors
            else _no_errors(summary),
            ha="right",
            va="bottom",
            fontsize=SMALL,
            color=theme.text,
            linespacing=1.3,
            path_effects=halo(theme),
        )


def _no_errors(summary: CentroidSummary) -> str:
    return "no error with defined distances" if summary.wrong.any() else "no errors"


@dataclass(frozen=True)
class CentroidTable(Table[tuple[CentroidSummary, CentroidSummary]]):
    """Distances of the errors of each run to the true and the predicted centroid, raw and scale-free.

    Attributes
    ----------
    raw, scale_free
        Distances of each run, in the same order.
    """

    raw: tuple[CentroidSummary, ...]
    scale_free: tuple[CentroidSummary, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> CentroidTable:
        """Select the named configurations (by default all trained ones), omitting those without centroids.

        Raises
        ------
        NotComputed
            If a named configuration is not trained, or none of them has centroids.
        """
        return cls(*(summaries_of(study, *configurations, scale_free=scale_free) for scale_free in (False, True)))

    @property
    def alt(self) -> str:
        """The share of errors closer to the predicted centroid."""
        parts = [
            f"{summary.title} {percent(summary.nearer_to_predicted)} of {count(summary.errors)}"
            for summary in self.scale_free
        ]
        return f"Errors closer to the predicted than to the true centroid, scale-free: {listing(parts)}."

    def rows(self) -> Sequence[tuple[CentroidSummary, CentroidSummary]]:
        """Raw and scale-free distances of each run."""
        return tuple(zip(self.raw, self.scale_free, strict=True))

    def columns(self) -> Sequence[Column[tuple[CentroidSummary, CentroidSummary]]]:
        """Medians over the errors, and the share closer to the predicted centroid, for both kinds of distances."""
        return (
            Column("run", lambda pair: pair[0].title),
            Column("errors", lambda pair: int(pair[0].wrong.sum())),
            *(
                _column_of_pair(f"{kind}_{column.name}", i, column)
                for i, kind in enumerate(("raw", "scale_free"))
                for column in _COLUMNS
                if column.name
            ),
        )

    def cells(self) -> pd.DataFrame:
        """Return the table as shown on the page: two rows for each run, in feature units and in class RMS radii."""
        return pd.DataFrame(
            [
                {
                    "Run": without_start(summary.title),
                    "Distance": kind,
                    "Errors": count(int(summary.wrong.sum())),
                    **{column.heading: column.show(column.value(summary)) for column in _COLUMNS if column.heading},
                }
                for pair in self.rows()
                for kind, summary in zip(("raw", "scale\u2011free"), pair, strict=True)
            ]
        )


def _column_of_pair(
    name: str, i: int, column: Column[CentroidSummary]
) -> Column[tuple[CentroidSummary, CentroidSummary]]:
    return Column(name, lambda pair: column.value(pair[i]))


def _median_over_errors(values: NDArray[np.float64], summary: CentroidSummary) -> float:
    """Median of the defined values; NaN if there are none."""
    defined = values[summary.wrong & np.isfinite(values)]
    return float(np.median(defined)) if len(defined) else float("nan")


_COLUMNS: tuple[Column[CentroidSummary], ...] = (
    Column(
        "to_true",
        lambda summary: _median_over_errors(summary.distances.to_true, summary),
        "Median to true",
        lambda median: number(median, 2),
    ),
    Column(
        "to_predicted",
        lambda summary: _median_over_errors(summary.distances.to_predicted, summary),
        "Median to predicted",
        lambda median: number(median, 2),
    ),
    Column(
        "rank_of_true",
        lambda summary: _median_over_errors(summary.rank_of_true, summary),
        "Median rank of true",
        lambda median: number(median, 1).removesuffix(".0"),
    ),
    Column("nearer_to_predicted", lambda summary: summary.nearer_to_predicted),
    Column(
        "",
        lambda summary: summary.nearer_share,
        "Closer to predicted",
        share_with_interval,
    ),
    Column("nearer", lambda summary: summary.nearer),
    Column("placed", lambda summary: summary.errors),
)
