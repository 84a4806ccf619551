"""Margins in feature space: how much nearer images lie to their own class than to the next."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from svhnlab.analysis.metrics import share_estimate
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.select import Runs
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo, only_bottom
from svhnlab.report.core.text import count, number
from svhnlab.report.core.words import shares_by_model
from svhnlab.report.features.centroids import CentroidSummary, _by_model, _Verdicts, summaries_of, unit
from svhnlab.store.schema import Estimate, Study


def describe_margin(runs: Study | Runs, *names: str) -> Markdown:
    """Say which share of the right and of the wrong images lies nearest to the own class.

    Runs without centroids are passed over; ``ValueError`` if no run has any.
    """
    rights: list[Estimate] = []
    wrongs: list[Estimate] = []
    others: list[str] = []
    verdicts = _Verdicts()
    for summary in summaries_of(runs, *names, scale_free=True):
        name = escape_markdown(summary.title)
        right, wrong = (share_estimate(int((group < 0).sum()), len(group)) for group in margins_of(summary))
        if np.isnan(right.value) or np.isnan(wrong.value):
            others.append(f"{name} has no {'wrong' if np.isnan(wrong.value) else 'right'} image to compare.")
            continue
        rights.append(right)
        wrongs.append(wrong)
        if right.low > wrong.high:
            verdict = "the 95% intervals of the two shares lie apart: the margin tells errors from the rest"
        elif wrong.low > right.high:
            verdict = (
                "the 95% intervals of the two shares lie apart, but the share of the wrong images is the higher one"
            )
        else:
            verdict = (
                "the 95% intervals of the two shares overlap: the margin is not shown to tell errors from the rest"
            )
        verdicts.add(verdict, name)
    sentences = (
        [
            f"By distance in {unit(True)}, nearest to the centroid of their own class lie {shares_by_model(rights)} of "
            f"the right and {shares_by_model(wrongs)} of the wrong images{_by_model(rights)}."
        ]
        if rights
        else []
    )
    return Markdown(" ".join([*sentences, *verdicts.sentences(), *others]))


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
