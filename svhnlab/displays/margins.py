"""Margins in feature space: how much nearer images lie to their own class than to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from svhnlab.displays.base import Display, Runs
from svhnlab.displays.centroids import CentroidSummary, placed_runs, summaries_of, summarise, unit
from svhnlab.displays.stored import neighbouring_pairs, write_instead
from svhnlab.displays.style import SMALL, WIDTH, Theme, halo, only_bottom
from svhnlab.displays.text import count, number, quantity, without_start, wrapped
from svhnlab.results import Study


def margins_of(summary: CentroidSummary) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the defined margins of a run's right images and of its wrong ones.

    The margin is the distance to the true centroid minus that to the nearest other one: negative where the image
    lies nearest to its own class.
    """
    margin = summary.distances.rival_margin
    defined = np.isfinite(margin)
    return margin[defined & ~summary.wrong], margin[defined & summary.wrong]


class MarginDistributions(Display):
    """How much nearer images lie to their own centroid than to the next: right above, wrong below."""

    bins = 60
    tail = 0.002  # share of the images at either end that the outermost bars take in

    def __init__(self, summaries: list[CentroidSummary]) -> None:
        self.summaries = summaries
        self.scale_free = all(summary.distances.scale_free for summary in summaries)

    @classmethod
    def from_results(cls, runs: Study | Runs, *names: str, scale_free: bool = True) -> MarginDistributions:
        """Make the display from a study or runs, all or the named ones; those without centroids are passed over.

        Raises
        ------
        ValueError
            If no run has centroids.
        """
        return cls(summaries_of(runs, *names, scale_free=scale_free))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 0.8 + 0.95 * len(self.summaries)

    @property
    def alt(self) -> str:
        """Text alternative with the medians of right and wrong images."""
        parts = []
        for summary in self.summaries:
            medians = [number(float(np.median(group)), 2) if len(group) else "none" for group in margins_of(summary)]
            parts.append(f"{summary.title} {medians[0]} and {medians[1]}")
        return (
            "Distributions of the margin, the distance to the true centroid minus the distance to the "
            f"nearest other one in {unit(self.scale_free)}, of right and of wrong test images. Medians of "
            f"right and wrong: {'; '.join(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Quartiles of the margin, one row for each run and group."""
        rows = []
        for summary in self.summaries:
            for name, group in zip(("right", "wrong"), margins_of(summary), strict=True):
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
        everything = [np.concatenate(margins_of(summary)) for summary in self.summaries]
        for ax, summary, own in zip(panels, self.summaries, everything, strict=True):
            pool = np.concatenate(everything) if self.scale_free else own
            # A few images far outside would squeeze all others into a few bars; the outermost bars hold them.
            low, high = np.quantile(pool, [self.tail, 1 - self.tail]).tolist() if len(pool) else (0.0, 1.0)
            edges = np.linspace(low, high, self.bins + 1)
            for group, sign, colour, word in zip(
                margins_of(summary), (1, -1), (theme.accent, theme.error), ("right", "wrong"), strict=True
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
                    path_effects=halo(theme),
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
            f"Margin: distance to the true centroid − distance to the nearest other ({unit(self.scale_free)})"
        )


@dataclass(frozen=True)
class MarginPair:
    """The scale-free margins of the same test images in two runs.

    Attributes
    ----------
    first, second
        Titles of the runs.
    before, after
        Margin of each image in the first and in the second run, shape (N,); NaN where it is undefined.
    wrong_before, wrong_after
        Whether the run gets the image wrong, shape (N,).
    """

    first: str
    second: str
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    wrong_before: NDArray[np.bool_]
    wrong_after: NDArray[np.bool_]

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Images that at least one of the runs gets wrong and that both can place, shape (N,)."""
        return (self.wrong_before | self.wrong_after) & np.isfinite(self.before) & np.isfinite(self.after)

    @property
    def moved_in(self) -> int:
        """How many of these lie nearest to their own class in the second run alone."""
        return int((self.shown & (self.before >= 0) & (self.after < 0)).sum())

    @property
    def moved_out(self) -> int:
        """How many of these lie nearest to their own class in the first run alone."""
        return int((self.shown & (self.before < 0) & (self.after >= 0)).sum())


def margin_pairs(runs: Study | Runs, *names: str) -> list[MarginPair]:
    """Pair the margins of runs that differ in the model or in the augmentation alone; none for a single run.

    Raises
    ------
    ValueError
        If no run has centroids, or the runs were tested on different images.
    """
    found = placed_runs(runs, *names)
    if any(not np.array_equal(run.test.indices, found[0].test.indices) for run in found):
        raise ValueError("the runs were tested on different images")
    margins = {run.name: summarise(run, scale_free=True).distances.rival_margin for run in found}
    return [
        MarginPair(
            first.title, second.title, margins[first.name], margins[second.name], first.test.wrong, second.test.wrong
        )
        for first, second in neighbouring_pairs(found)
    ]


class PairedMargins(Display):
    """The same image's margin in two runs, for images that either gets wrong: a panel for each pair of runs."""

    tail = 0.005  # share of the points at either end that are drawn at the edge

    groups = ("wrong in both runs", "wrong only in the run below (x)", "wrong only in the run at the left (y)")

    def __init__(self, pairs: Sequence[MarginPair]) -> None:
        self.pairs = list(pairs)

    @classmethod
    def from_results(cls, runs: Study | Runs, *names: str) -> PairedMargins:
        """Make the display from a study or runs, all or the named ones; those without centroids are passed over.

        A single run makes an empty figure that says so.

        Raises
        ------
        ValueError
            If no run has centroids.
        """
        return cls(margin_pairs(runs, *names))

    @property
    def _columns(self) -> int:
        return min(2, len(self.pairs)) if len(self.pairs) != 3 else 3

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        if not self.pairs:
            return WIDTH, 0.6
        if len(self.pairs) == 1:
            return WIDTH * 0.66, WIDTH * 0.72
        rows = -(-len(self.pairs) // self._columns)
        return WIDTH, rows * (WIDTH / self._columns - 0.06) + 0.35

    @property
    def alt(self) -> str:
        """Text alternative with the images that change sides in each pair."""
        if not self.pairs:
            return "Fewer than two runs are stored: there are no margins to pair."
        parts = [
            f"from {pair.first} to {pair.second}, {quantity(int(pair.shown.sum()), 'image')}, of which "
            f"{count(pair.moved_in)} move to the side of their own class and {count(pair.moved_out)} away from it"
            for pair in self.pairs
        ]
        return (
            "Margins of the same test image in two runs, in class RMS radii, for images that at least one of the two "
            f"gets wrong: {'; '.join(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Margins of the images shown, one row for each run and image, whatever the number of its pairs."""
        frames = [
            pd.DataFrame(
                {
                    "run": run,
                    "row": np.flatnonzero(pair.shown),
                    "margin": margin[pair.shown],
                    "wrong": wrong[pair.shown],
                }
            )
            for pair in self.pairs
            for run, margin, wrong in (
                (pair.first, pair.before, pair.wrong_before),
                (pair.second, pair.after, pair.wrong_after),
            )
        ]
        if not frames:
            return pd.DataFrame(columns=["run", "row", "margin", "wrong"])
        return pd.concat(frames).drop_duplicates(["run", "row"], ignore_index=True)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw square panels on one scale, with the sides of the own class shaded."""
        if not self.pairs:
            write_instead(figure.add_subplot(), "Fewer than two runs: nothing to pair", theme)
            return
        columns = self._columns
        rows = -(-len(self.pairs) // columns)
        pool = np.concatenate([margins[pair.shown] for pair in self.pairs for margins in (pair.before, pair.after)])
        low, high = np.quantile(pool, [self.tail, 1 - self.tail]).tolist() if len(pool) else (-1.0, 1.0)
        room = 0.06 * max(high - low, 0.1)
        limits = (min(low, 0.0) - room, max(high, 0.0) + room)
        panels = figure.subplots(rows, columns, squeeze=False)
        for i, ax in enumerate(panels.flat):
            if i >= len(self.pairs):
                ax.set_axis_off()
                continue
            self._draw_pair(ax, self.pairs[i], limits, theme)
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside upper left", ncols=3 if len(self.pairs) > 1 else 1, columnspacing=1.4
        )

    def _draw_pair(self, ax: Axes, pair: MarginPair, limits: tuple[float, float], theme: Theme) -> None:
        low, high = limits
        # Below the diagonal and right of zero: at home in the second run only.
        ax.fill_between([0, high], low, 0, color=theme.faint, alpha=0.5, linewidth=0)
        ax.fill_between([low, 0], 0, high, color=theme.faint, alpha=0.5, linewidth=0)
        ax.plot([low, high], [low, high], color=theme.line, linewidth=0.8)
        ax.axhline(0, color=theme.line, linewidth=0.8, linestyle=(0, (2, 2)))
        ax.axvline(0, color=theme.line, linewidth=0.8, linestyle=(0, (2, 2)))
        size = 14 if pair.shown.sum() <= 300 else 8
        looks = ((theme.error, "o"), (theme.accent, "^"), (theme.text, "x"))
        chosen = (
            pair.wrong_before & pair.wrong_after,
            pair.wrong_before & ~pair.wrong_after,
            ~pair.wrong_before & pair.wrong_after,
        )
        for group, label, (colour, marker) in zip(chosen, self.groups, looks, strict=True):
            points = group & pair.shown
            x, y = (np.clip(values[points], low, high) for values in (pair.before, pair.after))
            ax.scatter(
                x,
                y,
                s=size,
                marker=marker,
                color=colour,
                alpha=0.6,
                linewidths=0.8 if marker == "x" else 0,
                rasterized=pair.shown.sum() > 500,
                clip_on=False,
                label=label,
            )
        for corner_x, corner_y, ha, va, words in (
            (0.98, 0.02, "right", "bottom", f"{count(pair.moved_in)} reach\ntheir own class"),
            (0.02, 0.98, "left", "top", f"{count(pair.moved_out)} leave\ntheir own class"),
        ):
            ax.text(
                corner_x,
                corner_y,
                words,
                transform=ax.transAxes,
                ha=ha,
                va=va,
                fontsize=SMALL,
                linespacing=1.25,
                color=theme.text,
                path_effects=halo(theme),
            )
        ax.set(xlim=limits, ylim=limits, aspect="equal")
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.yaxis.set_major_locator(MaxNLocator(5))
        ax.set_xlabel(f"Margin in {wrapped(without_start(pair.first), 40)}")
        ax.set_ylabel(f"Margin in {wrapped(without_start(pair.second), 40)}")
