"""Distances to class centroids in feature space, for the errors of every run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from svhnlab.analysis.centroids import Distances, centroid_distances, class_centroids
from svhnlab.displays.base import Display, Runs, Table, as_runs
from svhnlab.displays.style import SMALL, WIDTH, Theme, only_bottom
from svhnlab.displays.text import count, listing, number, percent, wrapped
from svhnlab.results import RunResult


@dataclass(frozen=True)
class CentroidSummary:
    """Distances of one run's test images to the centroids of the right training images.

    Attributes
    ----------
    title
        Name of the run.
    wrong
        Which test images are errors, shape (N,).
    distances
        Of all test images.
    """

    title: str
    wrong: NDArray[np.bool_]
    distances: Distances

    @property
    def errors(self) -> int:
        """Number of errors for which both distances are defined."""
        return int(np.isfinite(self.distances.margin[self.wrong]).sum())

    @property
    def nearer_to_predicted(self) -> float:
        """Share of errors nearer to the predicted than to the true centroid; NaN without errors."""
        margin = self.distances.margin[self.wrong]
        margin = margin[np.isfinite(margin)]
        return float((margin > 0).mean()) if len(margin) else float("nan")


def summarise(run: RunResult, n_classes: int, *, scale_free: bool) -> CentroidSummary:
    """Measure the distances of a run's test images.

    Centroids are made from the correctly classified images of the stored training sample.

    Parameters
    ----------
    run
        A stored run.
    n_classes
        Number of classes.
    scale_free
        Whether distances are in units of each class's RMS radius.
    """
    centroids = class_centroids(run.train.features, run.train.labels, n_classes, ~run.train.wrong)
    distances = centroid_distances(
        run.test.features, run.test.labels, run.test.predicted, centroids, scale_free=scale_free
    )
    return CentroidSummary(run.title, run.test.wrong, distances)


def _summaries(runs: Runs, *, scale_free: bool) -> list[CentroidSummary]:
    return [summarise(run, run.test.logits.shape[1], scale_free=scale_free) for run in as_runs(runs)]


def _unit(scale_free: bool) -> str:
    return "class RMS radii" if scale_free else "feature units"


class CentroidDistances(Display):
    """Distance to the true against distance to the predicted centroid, for errors: a panel for each run."""

    def __init__(self, summaries: list[CentroidSummary]) -> None:
        self.summaries = summaries
        self.scale_free = all(summary.distances.scale_free for summary in summaries)

    @classmethod
    def from_results(cls, runs: Runs, *, scale_free: bool = True) -> CentroidDistances:
        """Make the display from one run or several."""
        return cls(_summaries(runs, scale_free=scale_free))

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
            else f"{summary.title} has no errors"
            for summary in self.summaries
        ]
        return (
            "Misclassified test images by their distance to the centroid of the true class (across) and of "
            f"the predicted class (up), in {_unit(self.scale_free)}. Below the diagonal, nearer to the "
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

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw square panels with the diagonal of equal distance."""
        columns = self._columns
        rows = -(-len(self.summaries) // columns)
        panels = figure.subplots(rows, columns, squeeze=False)
        tops = []
        for summary in self.summaries:
            both = np.concatenate([summary.distances.to_true, summary.distances.to_predicted])
            both = both[np.tile(summary.wrong, 2) & np.isfinite(both)]
            tops.append(1.08 * both.max() if len(both) else 1.0)
        for ax, i in zip(panels.flat, range(rows * columns), strict=True):
            if i >= len(self.summaries):
                ax.set_axis_off()
                continue
            summary = self.summaries[i]
            # Only distances without a unit share a scale: features of two models have units of their own.
            top = max(tops) if self.scale_free else tops[i]
            ax.fill_between([0, top], [0, top], color=theme.faint, alpha=0.5, linewidth=0)
            ax.plot([0, top], [0, top], color=theme.line, linewidth=0.8)
            ax.scatter(
                summary.distances.to_true[summary.wrong],
                summary.distances.to_predicted[summary.wrong],
                s=12,
                color=theme.error,
                alpha=0.6,
                linewidths=0,
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
            )
            if i % columns == 0:
                ax.set_ylabel("Distance to the predicted centroid")
            if i + columns >= len(self.summaries):
                ax.set_xlabel("Distance to the true centroid")


class MarginDistributions(Display):
    """How much nearer images lie to their own centroid than to the next: right above, wrong below."""

    bins = 60
    tail = 0.002  # share of the images at either end that the outermost bars take in

    def __init__(self, summaries: list[CentroidSummary]) -> None:
        self.summaries = summaries
        self.scale_free = all(summary.distances.scale_free for summary in summaries)

    @classmethod
    def from_results(cls, runs: Runs, *, scale_free: bool = True) -> MarginDistributions:
        """Make the display from one run or several."""
        return cls(_summaries(runs, scale_free=scale_free))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 0.8 + 0.95 * len(self.summaries)

    def _groups(self, summary: CentroidSummary) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        margin = summary.distances.rival_margin
        defined = np.isfinite(margin)
        return margin[defined & ~summary.wrong], margin[defined & summary.wrong]

    @property
    def alt(self) -> str:
        """Text alternative with the medians of right and wrong images."""
        parts = []
        for summary in self.summaries:
            medians = [number(float(np.median(group)), 2) if len(group) else "none" for group in self._groups(summary)]
            parts.append(f"{summary.title} {medians[0]} and {medians[1]}")
        return (
            "Distributions of the margin, the distance to the true centroid minus the distance to the "
            f"nearest other one in {_unit(self.scale_free)}, of right and of wrong test images. Medians of "
            f"right and wrong: {'; '.join(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Quartiles of the margin, one row for each run and group."""
        rows = []
        for summary in self.summaries:
            for name, group in zip(("right", "wrong"), self._groups(summary), strict=True):
                quartiles = np.quantile(group, [0.25, 0.5, 0.75]) if len(group) else [np.nan] * 3
                rows.append(
                    {
                        "run": summary.title,
                        "group": name,
                        "images": len(group),
                        "lower_quartile": quartiles[0],
                        "median": quartiles[1],
                        "upper_quartile": quartiles[2],
                        "nearest_to_own": float((group < 0).mean()) if len(group) else np.nan,
                    }
                )
        return pd.DataFrame(rows)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a row for each run: density of right images upwards, of wrong images downwards."""
        panels = figure.subplots(len(self.summaries), 1, sharex=self.scale_free, squeeze=False)[:, 0]
        everything = [np.concatenate(self._groups(summary)) for summary in self.summaries]
        for ax, summary, own in zip(panels, self.summaries, everything, strict=True):
            pool = np.concatenate(everything) if self.scale_free else own
            # A few images far outside would squeeze all others into a few bars; the outermost bars hold them.
            low, high = np.quantile(pool, [self.tail, 1 - self.tail]).tolist() if len(pool) else (0.0, 1.0)
            edges = np.linspace(low, high, self.bins + 1)
            for group, sign, colour, word in zip(
                self._groups(summary), (1, -1), (theme.accent, theme.error), ("right", "wrong"), strict=True
            ):
                inside = np.clip(group, low, high)
                height = np.histogram(inside, edges, density=True)[0] if len(group) else np.zeros(self.bins)
                top = height.max() or 1.0
                ax.stairs(sign * height / top, edges, baseline=0, fill=True, color=colour, alpha=0.85)
                ax.text(
                    1.0,
                    0.5 + sign * 0.14,
                    f"{count(len(group))} {word}",
                    transform=ax.transAxes,
                    ha="right",
                    va="center",
                    fontsize=SMALL,
                    color=colour,
                )
                if len(group):
                    middle = float(np.median(group))
                    ax.plot([middle, middle], [0, sign * 1.08], color=theme.text, linewidth=0.9)
            ax.axhline(0, color=theme.line, linewidth=0.6)
            ax.axvline(0, color=theme.line, linewidth=0.8, linestyle=(0, (2, 2)))
            ax.set(ylim=(-1.2, 1.2), yticks=[])
            ax.set_title(summary.title, fontsize=SMALL + 1, pad=3)
            only_bottom(ax)
            if self.scale_free and ax is not panels[-1]:
                ax.spines["bottom"].set_visible(False)
                ax.tick_params(axis="x", length=0)
        panels[-1].set_xlabel(
            f"Margin: distance to the true centroid − distance to the nearest other ({_unit(self.scale_free)})"
        )


class CentroidTable(Table):
    """For each run, where its errors lie between the true and the predicted centroid; raw and scale-free."""

    def __init__(self, raw: list[CentroidSummary], scale_free: list[CentroidSummary]) -> None:
        self.raw = raw
        self.scale_free = scale_free

    @classmethod
    def from_results(cls, runs: Runs) -> CentroidTable:
        """Make the table from one run or several."""
        found = as_runs(runs)
        return cls(_summaries(found, scale_free=False), _summaries(found, scale_free=True))

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
                for name in ("to_true", "to_predicted"):
                    values = getattr(summary.distances, name)[summary.wrong]
                    values = values[np.isfinite(values)]
                    row[f"{kind}_{name}"] = float(np.median(values)) if len(values) else float("nan")
                row[f"{kind}_nearer_to_predicted"] = summary.nearer_to_predicted
            rows.append(row)
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """Return the table for people: for each run a row in feature units and one in class RMS radii."""
        rows = []
        for row in self.frame().to_dict("records"):
            for kind, words in (("raw", "raw"), ("scale_free", "scale-free")):
                rows.append(
                    {
                        "Run": row["run"],
                        "Distance": words,
                        "Errors": count(row["errors"]),
                        "Median to true": number(row[f"{kind}_to_true"], 2),
                        "Median to predicted": number(row[f"{kind}_to_predicted"], 2),
                        "Nearer to predicted": percent(row[f"{kind}_nearer_to_predicted"]),
                    }
                )
        return pd.DataFrame(rows)
