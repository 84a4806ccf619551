"""Sentences about distances in feature space, chosen and filled by the numbers.

A sentence says "most" or "more" only where an interval or a test supports it for images like these.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from svhnlab.analysis.metrics import share_estimate
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.select import Runs
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, listing, number, percent, share_with_interval, without_start, wrapped
from svhnlab.report.core.words import shares_by_model
from svhnlab.report.features.centroids import (
    CentroidSummary,
    _by_model,
    _left_out,
    _unplaced,
    _Verdicts,
    summaries_of,
    unit,
)
from svhnlab.store.schema import Estimate, Study


def describe_centroid(runs: Study | Runs, *names: str) -> Markdown:
    """Say for each run how many of its errors lie nearer to the predicted than to the true centroid.

    Distances are scale-free; see `svhnlab.analysis.centroids`. Runs without centroids are passed over.

    Raises
    ------
    ValueError
        If no run has centroids.
    """
    shares: list[Estimate] = []
    others: list[str] = []
    verdicts = _Verdicts()
    for summary in summaries_of(runs, *names, scale_free=True):
        name = escape_markdown(summary.title)
        if not summary.errors:
            others.append(_unplaced(summary, name))
            continue
        share = share_estimate(summary.nearer, summary.errors)
        shares.append(share)
        if summary.errors < int(summary.wrong.sum()):
            others.append(_left_out(summary, name))
        if share.low > 0.5:
            meaning = "most errors lie with the wrong class already in the features, before the last layer decides"
        elif share.high < 0.5:
            meaning = "most errors still lie with the true class in the features, and the last layer decides otherwise"
        else:
            meaning = "the errors do not settle whether more of them lie with the wrong or with the true class"
        verdicts.add(meaning, name)
    sentences = verdicts.sentences()
    if shares:
        sentences.append(
            f"Nearer to the centroid of the predicted class than to that of the true one lie {shares_by_model(shares)} "
            f"of the errors{_by_model(shares)}."
        )
    return Markdown(" ".join([*sentences, *others]))


class CentroidDistances(Display):
    """Distance to the true against distance to the predicted centroid, for errors: a panel for each run.

    The few errors far outside would squeeze all others together; they are drawn on the edge, moved straight
    towards the origin, so that they stay on their side of the diagonal.
    """

    reach = 0.99  # share of a run's errors that its panel must hold

    def __init__(self, summaries: list[CentroidSummary]) -> None:
        self.summaries = summaries
        self.scale_free = all(summary.distances.scale_free for summary in summaries)

    @classmethod
    def from_results(cls, runs: Study | Runs, *names: str, scale_free: bool = True) -> CentroidDistances:
        """Make the display from a study or runs, all or the named ones; those without centroids are passed over.

        Raises
        ------
        ValueError
            If no run has centroids.
        """
        return cls(summaries_of(runs, *names, scale_free=scale_free))

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
            else f"{summary.title} has none that can be placed"
            if summary.wrong.any()
            else f"{summary.title} has no errors"
            for summary in self.summaries
        ]
        return (
            "Misclassified test images by their distance to the centroid of the true class (across) and of "
            f"the predicted class (up), in {unit(self.scale_free)}. Below the diagonal, nearer to the "
            f"predicted centroid: {listing(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Both distances and the margin, one row for each run and error."""
        frames = [
            pd.DataFrame(
                {
                    "run": summary.title,
                    "row": np.flatnonzero(summary.wrong),
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
        """Where the axes of a run's panel end."""
        farther = np.maximum(*self._points(summary))
        farther = farther[np.isfinite(farther)]
        if not len(farther) or farther.max() == 0:
            return 1.0
        most = float(np.quantile(farther, self.reach, method="lower"))
        # Room for all where the farthest are not far beyond the others.
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
            summary = self.summaries[i]
            # Only distances without a unit share a scale: features of two models have units of their own.
            top = max(tops) if self.scale_free else tops[i]
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
            words = (
                f"{percent(summary.nearer_to_predicted, 0)} of {count(summary.errors)} errors\n"
                "nearer to the predicted class"
                if summary.errors
                else ("no error can be placed" if summary.wrong.any() else "no errors")
            )
            ax.text(
                0.97 * top,
                0.04 * top,
                words,
                ha="right",
                va="bottom",
                fontsize=SMALL,
                color=theme.text,
                linespacing=1.3,
                path_effects=halo(theme),
            )
            if i % columns == 0:
                ax.set_ylabel("Distance to the predicted centroid")
            if i + columns >= len(self.summaries):
                ax.set_xlabel("Distance to the true centroid")


class CentroidTable(Table):
    """For each run, where its errors lie between the true and the predicted centroid; raw and scale-free."""

    def __init__(self, raw: list[CentroidSummary], scale_free: list[CentroidSummary]) -> None:
        self.raw = raw
        self.scale_free = scale_free

    @classmethod
    def from_results(cls, runs: Study | Runs, *names: str) -> CentroidTable:
        """Make the table from a study or runs, all or the named ones; those without centroids are passed over.

        Raises
        ------
        ValueError
            If no run has centroids.
        """
        return cls(summaries_of(runs, *names, scale_free=False), summaries_of(runs, *names, scale_free=True))

    @property
    def alt(self) -> str:
        """Text with the share of errors nearer to the predicted centroid."""
        parts = [
            f"{summary.title} {percent(summary.nearer_to_predicted)} of {count(summary.errors)}"
            for summary in self.scale_free
        ]
        return f"Errors nearer to the predicted than to the true centroid, scale-free: {listing(parts)}."

    def frame(self) -> pd.DataFrame:
        """Medians over the errors and the share nearer to the predicted centroid, raw and scale-free."""
        rows = []
        for raw, free in zip(self.raw, self.scale_free, strict=True):
            row: dict[str, Any] = {"run": raw.title, "errors": int(raw.wrong.sum())}
            for kind, summary in (("raw", raw), ("scale_free", free)):
                wrong, distances = summary.wrong, summary.distances
                row[f"{kind}_to_true"] = _median(distances.to_true[wrong])
                row[f"{kind}_to_predicted"] = _median(distances.to_predicted[wrong])
                row[f"{kind}_rank_of_true"] = _median(summary.rank_of_true[wrong])
                row[f"{kind}_nearer_to_predicted"] = summary.nearer_to_predicted
                row[f"{kind}_nearer"] = summary.nearer
                row[f"{kind}_placed"] = summary.errors
            rows.append(row)
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """Return the table for people: for each run a row in feature units and one in class RMS radii."""
        rows = []
        for row in self.frame().to_dict("records"):
            for kind, words in (("raw", "raw"), ("scale_free", "scale\u2011free")):
                rows.append(
                    {
                        "Run": without_start(row["run"]),
                        "Distance": words,
                        "Errors": count(row["errors"]),
                        "Median to true": number(row[f"{kind}_to_true"], 2),
                        "Median to predicted": number(row[f"{kind}_to_predicted"], 2),
                        "Median rank of true": number(row[f"{kind}_rank_of_true"], 1).removesuffix(".0"),
                        "Nearer to predicted": share_with_interval(
                            share_estimate(row[f"{kind}_nearer"], row[f"{kind}_placed"])
                        ),
                    }
                )
        return pd.DataFrame(rows)


def _median(values: NDArray[np.float64]) -> float:
    """Median of the defined values; NaN without any."""
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else float("nan")
