"""Sentences about distances in feature space, chosen and filled by the numbers.

A sentence says "most" or "more" only where an interval or a test supports it for images like these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from svhnlab.analysis.paired import ALPHA, holm, mcnemar
from svhnlab.report.core.display import Display
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import Runs, pairs_that_differ_in_one_factor
from svhnlab.report.core.style import SMALL, WIDTH, Theme, draw_placeholder, halo
from svhnlab.report.core.text import count, escape_markdown, p_equation, quantity, without_start, wrapped
from svhnlab.report.features.centroids import placed_runs, summarise
from svhnlab.store.schema import Study


def describe_paired_margin(runs: Study | Runs, *names: str) -> Remark:
    """Say for pairs of runs how many images change to the side of their own class, and what the test supports.

    The test is the exact McNemar test, corrected by Holm's method for the pairs that are shown.

    Raises
    ------
    ValueError
        If no run has centroids.
    """
    pairs = margin_pairs(runs, *names)
    if not pairs:
        return Remark("Fewer than two runs are stored, so no image can be followed from one to another.")
    adjusted = holm([mcnemar(pair.moved_out, pair.moved_in) for pair in pairs])
    gains: list[str] = []
    losses: list[str] = []
    open_pairs: list[str] = []
    others: list[str] = []
    for pair, p in zip(pairs, adjusted, strict=True):
        first, second = (escape_markdown(without_start(name)) for name in (pair.first, pair.second))
        if not pair.shown.any():
            others.append(f"{first} and {second} share no error that can be placed in both.")
            continue
        counts = f"{count(pair.moved_in)} against {count(pair.moved_out)}, {p_equation(float(p))}"
        if p >= ALPHA:
            open_pairs.append(f"{first} to {second} ({counts})")
        else:
            (gains if pair.moved_in > pair.moved_out else losses).append(f"{first} to {second} ({counts})")
    sentences = [
        f"{words} from {'; from '.join(found)}."
        for words, found in (
            ("More images reach the side of their own class than leave it", gains),
            ("More images leave the side of their own class than reach it", losses),
            ("The test does not support a difference", open_pairs),
        )
        if found
    ]
    corrected = f", corrected for {len(pairs)} pairs by Holm’s method" if len(pairs) > 1 else ""
    if sentences:
        others.append(
            f"In brackets: images that reach it against those that leave it, and the p value of the exact McNemar "
            f"test{corrected}."
        )
    return Remark(" ".join([*sentences, *others]))


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
        for first, second in pairs_that_differ_in_one_factor(found)
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
            draw_placeholder(figure.add_subplot(), "Fewer than two runs: nothing to pair", theme)
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
