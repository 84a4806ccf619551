"""Relation between the distance of two class centroids and the confusion of the classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from svhnlab.analysis.centroids import centroid_separation
from svhnlab.analysis.metrics import evaluate
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.names import ROTATE_ABOVE, short_names
from svhnlab.report.core.select import NotComputed, runs_with_statistics
from svhnlab.report.core.style import SMALL, WIDTH, Theme, shade_cells, text_on
from svhnlab.report.core.text import listing, number, p_equation, percent
from svhnlab.report.core.words import in_sentence, range_over_models
from svhnlab.report.features.centroids import describe_verdicts
from svhnlab.store.schema import ALPHA, RunStatistics, Study


def describe_centroid_confusion(study: Study, *configurations: str) -> Markdown:
    """State for each run whether classes with close centroids are confused more often.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    results = runs_with_statistics(study, *configurations)
    defined = [(run, row) for run, row in results if not np.isnan(row.centroid_confusion)]
    undefined = [in_sentence(run.title) for run, row in results if np.isnan(row.centroid_confusion)]
    parts = [
        describe_verdicts([(run.title, _verdict(row)) for run, row in defined]),
        Markdown(
            "The measure is Spearman’s rank correlation between centroid distance and confusion rate over ordered "
            "pairs of classes, tested by permuting the classes (Mantel test)."
        ),
    ]
    if defined:
        prefix = Markdown("range over models; largest " if len(defined) > 1 else "")
        parts.append(
            Markdown("It is {} ({}{}).").format(
                range_over_models([row.centroid_confusion for _, row in defined], lambda value: number(value, 2)),
                prefix,
                p_equation(max(row.centroid_confusion_p for _, row in defined)),
            )
        )
    if undefined:
        parts.append(Markdown("It is undefined for {}.").format(listing(undefined)))
    return sentences(parts)


def _verdict(statistics: RunStatistics) -> str:
    if statistics.centroid_confusion_p >= ALPHA:
        return "no significant relation between the distance of two classes and their confusion was found"
    if statistics.centroid_confusion < 0:
        return "classes are confused more often the closer their centroids lie"
    return "classes are confused more often the farther apart their centroids lie"


LONGEST_NAME = 10
MOST_NUMBERS = 14  # maximum number of classes for which the cells have room for numbers


@dataclass(frozen=True)
class CentroidConfusion(Display):
    """Distances between class centroids and confusion rates; strong colours mean close and frequent, respectively.

    Attributes
    ----------
    separation
        Distance between each two centroids divided by the mean of their RMS radii, shape (K, K); NaN on the diagonal.
    confusion_share
        Share of the images of each true class (rows) predicted as each class (columns), shape (K, K); NaN on the
        diagonal.
    class_names
        Name of each of the K classes.
    correlation, p_value
        See :class:`svhnlab.store.schema.RunStatistics`; NaN where they are undefined.
    """

    separation: NDArray[np.float64]
    confusion_share: NDArray[np.float64]
    class_names: tuple[str, ...]
    correlation: float
    p_value: float

    @classmethod
    def from_study(cls, study: Study, configuration: str) -> CentroidConfusion:
        """Select one configuration; ``NotComputed`` if its run, centroids or statistics are missing."""
        ((run, statistics),) = runs_with_statistics(study, configuration)
        if run.evidence is None:
            raise NotComputed(f"run {run.name} has no class centroids")
        shares = evaluate(run.test.labels, run.test.predicted, len(study.class_names)).confusion_share
        off_diagonal = ~np.eye(len(shares), dtype=bool)
        return cls(
            np.where(off_diagonal, centroid_separation(run.evidence.centroids), np.nan),
            np.where(off_diagonal, shares, np.nan),
            study.class_names,
            statistics.centroid_confusion,
            statistics.centroid_confusion_p,
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 4.35

    @property
    def alt(self) -> str:
        """Text alternative with the closest pair, the most frequent confusion and the correlation."""
        names = self.class_names
        text = (
            "Two matrices of pairs of classes: distance between their centroids in mean RMS radii, and share of the "
            "images of the true class (row) predicted as the other (column)."
        )
        if np.isfinite(self.separation).any():
            i, j = np.unravel_index(np.nanargmin(self.separation), self.separation.shape)
            text += f" Closest: {names[i]} and {names[j]}, {number(float(self.separation[i, j]), 2)}."
        if np.nan_to_num(self.confusion_share).any():
            i, j = np.unravel_index(np.nanargmax(self.confusion_share), self.confusion_share.shape)
            share = percent(float(self.confusion_share[i, j]))
            text += f" Most frequent confusion: {names[i]} predicted as {names[j]}, {share}."
        else:
            text += " There is no confusion."
        return f"{text} {self._correlation_text}."

    @property
    def _correlation_text(self) -> str:
        if np.isnan(self.correlation):
            return "The rank correlation is undefined"
        return f"Rank correlation {number(self.correlation, 2)}, {p_equation(self.p_value)}"

    def frame(self) -> pd.DataFrame:
        """Distance and confusion rate, one row for each ordered pair of different classes."""
        k = len(self.class_names)
        off = ~np.eye(k, dtype=bool)
        return pd.DataFrame(
            {
                "true": np.repeat(self.class_names, k)[off.ravel()],
                "predicted": np.tile(self.class_names, k)[off.ravel()],
                "centroid_distance": self.separation[off],
                "confusion_share": self.confusion_share[off],
            }
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw the matrices side by side."""
        left, right = figure.subplots(1, 2)
        low, high = _range(self.separation)
        closeness = 1 - (self.separation - low) / (high - low)
        self._draw_panel(left, closeness, [[number(value, 1) for value in row] for row in self.separation], theme)
        # On a square-root scale, as in the confusion matrix, rare confusions remain visible.
        strength = np.sqrt(self.confusion_share / max(_range(self.confusion_share)[1], 1e-12))
        shares = [[_percentage(value) for value in row] for row in self.confusion_share]
        self._draw_panel(right, np.where(self.confusion_share > 0, strength, np.nan), shares, theme)
        left.set(ylabel="Class", xlabel="Class")
        right.set(ylabel="True class", xlabel="Predicted class")
        if len(self.class_names) > MOST_NUMBERS:
            right.set(yticklabels=[], ylabel=None)  # the left panel has the labels
        left.set_title("Centroid distance, RMS radii")
        right.set_title("Share of the true class, %")
        figure.supxlabel(self._correlation_text, fontsize=SMALL + 0.5, color=theme.text)

    def _draw_panel(self, ax: Axes, strength: NDArray[np.float64], numbers: list[list[str]], theme: Theme) -> None:
        k = len(self.class_names)
        shade_cells(ax, strength, theme)
        # with more classes, a cell has no room for its number
        for i, j in np.argwhere(np.isfinite(strength)) if k <= MOST_NUMBERS else []:
            ax.text(
                j + 0.5,
                i + 0.5,
                numbers[i][j],
                ha="center",
                va="center",
                fontsize=SMALL - (0.9 if len(numbers[i][j]) > 3 else 0),
                color=text_on(theme.cmap(strength[i, j])),
                in_layout=False,  # it lies within the axes: measuring it takes long and changes nothing
            )
        ax.set(xlim=(0, k), ylim=(k, 0), aspect="equal")
        names = short_names(self.class_names, LONGEST_NAME)
        long = max(map(len, names)) > ROTATE_ABOVE
        places = np.arange(k) + 0.5
        ax.set_xticks(places, names, rotation=45 if long else 0, ha="right" if long else "center")
        ax.set_yticks(places, names)
        if k > MOST_NUMBERS:
            ax.tick_params(labelsize=max(SMALL * MOST_NUMBERS / k + 2, 4))
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the smallest and the largest defined value, which always differ."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    return (low, high) if high > low else (low, low + 1.0)


def _percentage(share: float) -> str:
    """Write a share in per cent without the sign; small ones as "<1"."""
    value = 100 * share
    return "<1" if value < 0.5 else f"{value:.0f}"
