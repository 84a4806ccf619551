"""Margins of the same images in two models: images that move to the side of their own class, or away from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from svhnlab.analysis.paired import holm, paired_p_value
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import pairs_of_same_model_or_augmentation
from svhnlab.report.core.settings_difference import describe_settings
from svhnlab.report.core.style import SMALL, WIDTH, Theme, draw_placeholder, halo
from svhnlab.report.core.text import count, p_equation, quantity, without_start, wrapped
from svhnlab.report.core.words import in_sentence
from svhnlab.report.features.centroids import runs_with_centroids, summarise
from svhnlab.store.schema import ALPHA, Study


def describe_paired_margin(study: Study, *configurations: str) -> Markdown:
    """State for pairs of runs how many images move to the side of their own class, and the result of the test.

    The test is the exact McNemar test by photograph, corrected by Holm's method for the pairs that are shown. The
    settings in which the runs of a pair differ are stated too.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has centroids.
    """
    pairs = margin_pairs(study, *configurations)
    if not pairs:
        return Markdown("Margins can be compared only between two trained models.")
    adjusted = holm([pair.p_value for pair in pairs])
    findings: dict[str, list[Markdown]] = {
        "More images move to the side of their own class than away from it": [],
        "More images move away from the side of their own class than to it": [],
        "The difference is not significant": [],
    }
    toward, away, undecided = findings.values()
    not_placed: list[Markdown] = []
    for pair, p in zip(pairs, adjusted, strict=True):
        first, second = in_sentence(pair.first), in_sentence(pair.second)
        if not pair.shown.any():
            text = Markdown("No image that {} or {} misclassifies has a defined margin in both.").format(first, second)
            not_placed.append(text)
            continue
        finding = undecided if p >= ALPHA else toward if pair.moved_in > pair.moved_out else away
        finding.append(
            Markdown("from {} to {} ({} against {}, {})").format(
                first, second, count(pair.moved_in), count(pair.moved_out), p_equation(float(p))
            )
        )
    parts = [
        Markdown("{}: {}.").format(finding, Markdown("; ").join(entries))
        for finding, entries in findings.items()
        if entries
    ]
    legend = []
    if parts:
        corrected = f", corrected for {len(pairs)} pairs by Holm’s method" if len(pairs) > 1 else ""
        legend.append(
            Markdown(
                "The brackets give the images that move to that side against those that move away, and the p value of "
                "the exact McNemar test by photograph{}."
            ).format(corrected)
        )
    settings = describe_settings(pairs_of_same_model_or_augmentation(runs_with_centroids(study, *configurations)))
    return sentences([settings, *parts, *not_placed, *legend])


@dataclass(frozen=True)
class MarginPair:
    """The scale-free margins of the same test images in two runs.

    Attributes
    ----------
    first, second
        Titles of the runs.
    images
        Number of each image, which is its position in its file, shape (N,).
    before, after
        Margin of each image in the first and in the second run, shape (N,); NaN where it is undefined.
    wrong_before, wrong_after
        Whether the run misclassifies the image, shape (N,).
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.
    """

    first: str
    second: str
    images: NDArray[np.int64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    wrong_before: NDArray[np.bool_]
    wrong_after: NDArray[np.bool_]
    photographs: NDArray[np.int64] | None = None

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Images that at least one run misclassifies and whose margin is defined in both, shape (N,)."""
        return (self.wrong_before | self.wrong_after) & np.isfinite(self.before) & np.isfinite(self.after)

    @property
    def moved_in(self) -> int:
        """Number of these images that lie nearest to their own class only in the second run."""
        return int((self.shown & (self.before <= 0) & (self.after > 0)).sum())

    @property
    def moved_out(self) -> int:
        """Number of these images that lie nearest to their own class only in the first run."""
        return int((self.shown & (self.before > 0) & (self.after <= 0)).sum())

    @property
    def p_value(self) -> float:
        """Of the exact McNemar test of whether as many images move in as out."""
        return paired_p_value(self.shown & (self.before > 0), self.shown & (self.after > 0), self.photographs)


def margin_pairs(study: Study, *configurations: str) -> tuple[MarginPair, ...]:
    """Pair the margins of runs that have the model or the augmentation in common; none for a single run.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has centroids.
    """
    runs = runs_with_centroids(study, *configurations)
    margins = {run.name: summarise(run, scale_free=True).distances.margin for run in runs}
    photographs = study.data.test_photographs
    return tuple(
        MarginPair(
            first.title,
            second.title,
            first.test.indices,
            margins[first.name],
            margins[second.name],
            first.test.wrong,
            second.test.wrong,
            photographs,
        )
        for first, second in pairs_of_same_model_or_augmentation(runs)
    )


@dataclass(frozen=True)
class PairedMargins(Display):
    """Margins of the same images in two runs, for images that either run misclassifies: a panel per pair of runs."""

    pairs: tuple[MarginPair, ...]

    tail = 0.005  # share of the points at either end that are drawn at the edge
    groups = (
        "misclassified by both",
        "only by the model on the x axis",
        "only by the model on the y axis",
    )

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> PairedMargins:
        """Select the named configurations (by default all trained ones), omitting those without centroids.

        With a single one, the figure has no panel.

        Raises
        ------
        NotComputed
            If a named configuration is not trained, or none of them has centroids.
        """
        return cls(margin_pairs(study, *configurations))

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
        """Text alternative with the number of images that change sides in each pair."""
        if not self.pairs:
            return "Fewer than two models are trained: there are no margins to compare."
        parts = [
            f"from {pair.first} to {pair.second}, {quantity(int(pair.shown.sum()), 'image')}, of which "
            f"{count(pair.moved_in)} move to the side of their own class and {count(pair.moved_out)} away from it"
            for pair in self.pairs
        ]
        return (
            "Margins of the same test image in two models, in class RMS radii, for images that at least one of the two "
            f"misclassifies: {'; '.join(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Margins of the images shown, one row for each run and image, even if a run is in several pairs."""
        frames = [
            pd.DataFrame(
                {
                    "run": run,
                    "image": pair.images[pair.shown],
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
            return pd.DataFrame(columns=["run", "image", "margin", "wrong"])
        return pd.concat(frames).drop_duplicates(["run", "image"], ignore_index=True)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw square panels with a common scale and shaded quadrants."""
        if not self.pairs:
            draw_placeholder(figure.add_subplot(), "Fewer than two models: nothing to compare", theme)
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
        # In these quadrants an image lies nearest to its own class in only one of the runs.
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
        for left, bottom, ha, va, label in (
            (0.02, 0.98, "left", "top", f"{count(pair.moved_in)} move to\ntheir own class"),
            (0.98, 0.02, "right", "bottom", f"{count(pair.moved_out)} move away\nfrom their class"),
        ):
            ax.text(
                left,
                bottom,
                label,
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
