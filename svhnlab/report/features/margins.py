"""Margins in feature space: how much closer images lie to the centroid of their own class than to the next one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo, only_bottom
from svhnlab.report.core.text import count, number
from svhnlab.report.core.words import in_sentence, over_models, sentence_start, share_over_models
from svhnlab.report.features.centroids import CentroidSummary, describe_verdicts, summaries_of, unit
from svhnlab.store.schema import Estimate, Study


def describe_margin(study: Study, *configurations: str) -> Markdown:
    """State the share of images nearest to their own class, for correctly classified and misclassified images.

    Runs without centroids are omitted.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or none of them has centroids.
    """
    shares: list[tuple[Estimate, Estimate]] = []
    verdicts: list[tuple[str, str]] = []
    undefined: list[Markdown] = []
    for summary in summaries_of(study, *configurations, scale_free=True):
        margin = summary.distances.margin
        defined = np.isfinite(margin)
        correct, wrong = (
            share_by_photograph(margin > 0, summary.photographs, defined & of_kind)
            for of_kind in (~summary.wrong, summary.wrong)
        )
        if np.isnan(correct.value) or np.isnan(wrong.value):
            missing = "misclassified" if np.isnan(wrong.value) else "correctly classified"
            text = Markdown("{} has no {} image to compare.").format(in_sentence(summary.title), missing)
            undefined.append(sentence_start(text))
            continue
        shares.append((correct, wrong))
        verdicts.append((summary.title, _verdict(correct, wrong)))
    parts = []
    if shares:
        parts.append(
            Markdown(
                "The share of images that lie nearest to the centroid of their own class (distances in {unit}) is "
                "{correct} for correctly classified and {wrong} for misclassified images{over}."
            ).format(
                unit=unit(True),
                correct=share_over_models([correct for correct, _ in shares]),
                wrong=share_over_models([wrong for _, wrong in shares]),
                over=over_models(shares),
            )
        )
    return sentences([*parts, describe_verdicts(verdicts), *undefined])


def _verdict(correct: Estimate, wrong: Estimate) -> str:
    if correct.low > wrong.high:
        return "the 95% intervals of the two shares do not overlap"
    if wrong.low > correct.high:
        return "the 95% intervals of the two shares do not overlap, but the share is higher for misclassified images"
    return "the 95% intervals of the two shares overlap, so no difference is shown"


def margins_of(summary: CentroidSummary) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the defined margins of the correctly classified and of the misclassified images of a run.

    The margin is the distance to the nearest other centroid minus that to the true one: positive where the image
    lies nearest to its own class.
    """
    margin = summary.distances.margin
    defined = np.isfinite(margin)
    return margin[defined & ~summary.wrong], margin[defined & summary.wrong]


GROUPS = ("correct", "misclassified")


@dataclass(frozen=True)
class MarginDistributions(Display):
    """Distribution of the margin: correctly classified images upwards, misclassified ones downwards.

    Attributes
    ----------
    summaries
        Distances of each run, all scale-free or none.
    """

    summaries: tuple[CentroidSummary, ...]

    bins = 60
    tail = 0.002  # share of the images at either end that the outermost bars contain

    @classmethod
    def from_study(cls, study: Study, *configurations: str, scale_free: bool = True) -> MarginDistributions:
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
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 0.8 + 0.95 * len(self.summaries)

    @property
    def alt(self) -> str:
        """Text alternative with the medians of both groups."""
        parts = []
        for summary in self.summaries:
            medians = [number(float(np.median(group)), 2) if len(group) else "none" for group in margins_of(summary)]
            parts.append(f"{summary.title} {medians[0]} and {medians[1]}")
        return (
            "Distributions of the margin, the distance to the nearest other centroid minus that to the true one, "
            f"in {unit(self.scale_free)}, of correctly classified and of misclassified test images. "
            f"Medians of the two groups: {'; '.join(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Quartiles of the margin, one row for each run and group."""
        rows = []
        for summary in self.summaries:
            for name, group in zip(GROUPS, margins_of(summary), strict=True):
                quartiles = np.quantile(group, [0.25, 0.5, 0.75]) if len(group) else [np.nan] * 3
                rows.append(
                    {
                        "run": summary.title,
                        "group": name,
                        "images": len(group),
                        "lower_quartile": quartiles[0],
                        "median": quartiles[1],
                        "upper_quartile": quartiles[2],
                        "nearest_to_own": float((group > 0).mean()) if len(group) else np.nan,
                    }
                )
        return pd.DataFrame(rows)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a row for each run: the density of correct predictions upwards, that of errors downwards."""
        panels = figure.subplots(len(self.summaries), 1, sharex=self.scale_free, squeeze=False)[:, 0]
        margins = [np.concatenate(margins_of(summary)) for summary in self.summaries]
        for ax, summary, values in zip(panels, self.summaries, margins, strict=True):
            self._draw_row(ax, summary, np.concatenate(margins) if self.scale_free else values, theme)
            if self.scale_free and ax is not panels[-1]:
                ax.spines["bottom"].set_visible(False)
                ax.tick_params(axis="x", length=0)
        panels[-1].set_xlabel(
            f"Margin: distance to the nearest other centroid − distance to the true one ({unit(self.scale_free)})"
        )

    def _draw_row(self, ax: Axes, summary: CentroidSummary, pool: NDArray[np.float64], theme: Theme) -> None:
        # A few outliers would compress all other images into a few bars; the outermost bars contain them.
        low, high = np.quantile(pool, [self.tail, 1 - self.tail]).tolist() if len(pool) else (0.0, 1.0)
        edges = np.linspace(low, high, self.bins + 1)
        for group, sign, colour, label in zip(
            margins_of(summary), (1, -1), (theme.accent, theme.error), GROUPS, strict=True
        ):
            inside = np.clip(group, low, high)
            height = np.histogram(inside, edges, density=True)[0] if len(group) else np.zeros(self.bins)
            top = height.max() or 1.0
            ax.stairs(sign * height / top, edges, baseline=0, fill=True, color=colour, alpha=0.85)
            ax.text(
                0.0,
                0.5 + sign * 0.14,
                f"{count(len(group))} {label}",
                transform=ax.transAxes,
                ha="left",
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
