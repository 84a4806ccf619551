"""Whether the classes that lie close in feature space are those that are taken for each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from svhnlab.analysis.centroids import centroid_separation
from svhnlab.analysis.metrics import evaluate
from svhnlab.analysis.paired import ALPHA
from svhnlab.report.core.display import Display
from svhnlab.report.core.names import ROTATE_ABOVE, short_names
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import check_names, runs_with_statistics
from svhnlab.report.core.style import SMALL, WIDTH, Theme, shade_cells, text_on
from svhnlab.report.core.text import escape_markdown, number, p_equation, percent
from svhnlab.report.core.words import by_model
from svhnlab.report.features.centroids import _by_model, _Verdicts
from svhnlab.store.schema import Study


def describe_centroid_confusion(study: Study, *names: str) -> Remark:
    """Say for each run whether close classes are confused more often; ``ValueError`` without statistics."""
    found: list[tuple[float, float]] = []
    others: list[str] = []
    verdicts = _Verdicts()
    for run, figures in runs_with_statistics(study, *names):
        name = escape_markdown(run.title)
        if np.isnan(figures.centroid_confusion):
            others.append(f"For {name} it is undefined.")
            continue
        found.append((figures.centroid_confusion, figures.centroid_confusion_p))
        if figures.centroid_confusion_p >= ALPHA:
            verdict = "it is not shown that close classes are confused more often"
        elif figures.centroid_confusion < 0:
            verdict = "classes tend to be confused more often the closer their centroids lie"
        else:
            verdict = "classes tend to be confused more often the farther apart their centroids lie"
        verdicts.add(verdict, name)
    figures_of_all = []
    if found:
        rank = by_model([value for value, _ in found], lambda value: number(value, 2))
        largest = p_equation(max(p for _, p in found))
        figures_of_all.append(f"It is {rank}{_by_model(found)} ({'largest ' if len(found) > 1 else ''}{largest}).")
    rule = (
        "The measure is Spearman’s rank correlation of distance and confusion over ordered pairs of classes, tested by "
        "permuting the classes (Mantel’s test)."
    )
    return Remark(" ".join([*verdicts.sentences(), rule, *figures_of_all, *others]))


LONGEST_NAME = 10
MOST_NUMBERS = 14  # classes; of more the cells have no room for numbers


class CentroidConfusion(Display):
    """Distances between class centroids beside the shares of confusions; strong colour is close, and is frequent."""

    def __init__(
        self,
        separation: NDArray[np.float64],
        confusion_share: NDArray[np.float64],
        class_names: Sequence[str],
        correlation: float,
        p_value: float,
    ) -> None:
        """Take both matrices and their rank correlation.

        Parameters
        ----------
        separation
            Distance of every two centroids over the mean of both classes' RMS radii, shape (K, K).
        confusion_share
            Share of the images of each true class (rows) taken for each class (columns), shape (K, K).
        class_names
            Names of the K classes.
        correlation, p_value
            See :class:`svhnlab.store.schema.RunStatistics`; NaN where they are undefined.
        """
        self.class_names = check_names(class_names, len(separation))
        off = ~np.eye(len(separation), dtype=bool)
        self.separation = np.where(off, separation, np.nan)
        self.confusion_share = np.where(off, confusion_share, np.nan)
        self.correlation, self.p_value = correlation, p_value

    @classmethod
    def from_results(cls, study: Study, name: str) -> CentroidConfusion:
        """Make the display of one run of a study.

        Raises
        ------
        ValueError
            If there is no such run, or it has no centroids or no statistics.
        """
        ((run, figures),) = runs_with_statistics(study, name)
        if run.evidence is None:
            raise ValueError(f"run {name} has no class centroids")
        shares = evaluate(run.test.labels, run.test.predicted, len(study.class_names)).confusion_share
        return cls(
            centroid_separation(run.evidence.centroids),
            shares,
            study.class_names,
            figures.centroid_confusion,
            figures.centroid_confusion_p,
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
            "Two matrices of pairs of classes: distance of their centroids in mean RMS radii, and share of the images "
            "of the true class (row) taken for the other (column)."
        )
        if np.isfinite(self.separation).any():
            i, j = np.unravel_index(np.nanargmin(self.separation), self.separation.shape)
            text += f" Closest: {names[i]} and {names[j]}, {number(float(self.separation[i, j]), 2)}."
        if np.nan_to_num(self.confusion_share).any():
            i, j = np.unravel_index(np.nanargmax(self.confusion_share), self.confusion_share.shape)
            share = percent(float(self.confusion_share[i, j]))
            text += f" Most frequent confusion: {names[i]} taken for {names[j]}, {share}."
        else:
            text += " There is no confusion."
        return f"{text} {self._correlation_words()}."

    def _correlation_words(self) -> str:
        if np.isnan(self.correlation):
            return "The rank correlation is undefined"
        return f"Rank correlation {number(self.correlation, 2)}, {p_equation(self.p_value)}"

    def frame(self) -> pd.DataFrame:
        """Both figures, one row for each ordered pair of different classes."""
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
        # On a square-root scale, as in the confusion matrix, rare confusions can still be seen.
        strength = np.sqrt(self.confusion_share / max(_range(self.confusion_share)[1], 1e-12))
        words = [[_per_cent(value) for value in row] for row in self.confusion_share]
        self._draw_panel(right, np.where(self.confusion_share > 0, strength, np.nan), words, theme)
        left.set(ylabel="Class", xlabel="Class")
        right.set(ylabel="True class", xlabel="Predicted class")
        if len(self.class_names) > MOST_NUMBERS:
            right.set(yticklabels=[], ylabel=None)  # the rows are named at the left
        left.set_title("Centroid distance, RMS radii")
        right.set_title("Share of the true class, %")
        figure.supxlabel(self._correlation_words(), fontsize=SMALL + 0.5, color=theme.text)

    def _draw_panel(self, ax: Axes, strength: NDArray[np.float64], words: list[list[str]], theme: Theme) -> None:
        k = len(self.class_names)
        shade_cells(ax, strength, theme)
        # beside more classes a cell has no room for its number
        for i, j in np.argwhere(np.isfinite(strength)) if k <= MOST_NUMBERS else []:
            ax.text(
                j + 0.5,
                i + 0.5,
                words[i][j],
                ha="center",
                va="center",
                fontsize=SMALL - (0.9 if len(words[i][j]) > 3 else 0),
                color=text_on(theme.cmap(strength[i, j])),
                in_layout=False,  # it lies within the axes: to measure it takes long and changes nothing
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
    """Smallest and largest defined value, never the same."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    return (low, high) if high > low else (low, low + 1.0)


def _per_cent(share: float) -> str:
    """Write a share in per cent without its sign; small ones as "<1"."""
    value = 100 * share
    return "<1" if value < 0.5 else f"{value:.0f}"
