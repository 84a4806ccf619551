"""How good one run is: confusion matrix and figures of each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import ArrayLike

from svhnlab.analysis.metrics import Evaluation, evaluate
from svhnlab.analysis.mistakes import confused_pairs
from svhnlab.displays.base import Display, Table, check_names
from svhnlab.displays.style import SMALL, WIDTH, Theme, text_on
from svhnlab.displays.text import count, number, percent, quantity
from svhnlab.results import DIGITS, RunResult

Panels = Literal["both", "counts", "shares"]


class ConfusionMatrix(Display):
    """Which class was taken for which: counts, and shares of each true class.

    The colour of a cell is its share of the row on a square-root scale, in both panels, so that rare
    confusions can still be seen.
    """

    def __init__(self, evaluation: Evaluation, class_names: Sequence[str], panels: Panels = "both") -> None:
        self.evaluation = evaluation
        self.class_names = check_names(class_names, len(evaluation.support))
        self.panels: tuple[Panels, ...] = ("counts", "shares") if panels == "both" else (panels,)

    @classmethod
    def from_results(
        cls, run: RunResult, class_names: Sequence[str] = DIGITS, panels: Panels = "both"
    ) -> ConfusionMatrix:
        """Make the display from a run's test predictions."""
        return cls.from_predictions(run.test.labels, run.test.predicted, class_names, panels)

    @classmethod
    def from_predictions(
        cls,
        labels: ArrayLike,
        predicted: ArrayLike,
        class_names: Sequence[str] = DIGITS,
        panels: Panels = "both",
    ) -> ConfusionMatrix:
        """Make the display from true and predicted classes, both of shape (N,)."""
        return cls(evaluate(labels, predicted, len(class_names)), class_names, panels)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return (WIDTH, 4.15) if len(self.panels) > 1 else (WIDTH * 0.72, WIDTH * 0.72)

    @property
    def alt(self) -> str:
        """Text alternative with the most frequent confusion."""
        result = self.evaluation
        text = (
            f"Confusion matrix of {quantity(result.n, 'image')}, rows true and columns predicted classes: "
            f"{count(result.n - result.errors)} right on the diagonal, {count(result.errors)} wrong."
        )
        pairs = confused_pairs(result.confusion)
        if not pairs:
            return text
        top = pairs[0]
        return (
            f"{text} Most frequent confusion: {self.class_names[top.true]} taken for "
            f"{self.class_names[top.predicted]}, {quantity(top.count, 'time')} "
            f"({percent(top.share)} of its images)."
        )

    def frame(self) -> pd.DataFrame:
        """Return counts and shares, one row for each pair of true and predicted class."""
        k = len(self.class_names)
        return pd.DataFrame(
            {
                "true": np.repeat(self.class_names, k),
                "predicted": np.tile(self.class_names, k),
                "count": self.evaluation.confusion.ravel(),
                "share": self.evaluation.confusion_share.ravel(),
            }
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw one panel of counts, one of shares, or both."""
        axes = figure.subplots(1, len(self.panels), squeeze=False)[0]
        for ax, panel in zip(axes, self.panels, strict=True):
            self._draw_panel(ax, panel, theme)
        axes[0].set_ylabel("True class")

    def _draw_panel(self, ax: Axes, panel: Panels, theme: Theme) -> None:
        counts, share = self.evaluation.confusion, self.evaluation.confusion_share
        k = len(self.class_names)
        strength = np.ma.masked_where((counts == 0) | np.isnan(share), np.sqrt(np.nan_to_num(share)))
        ax.pcolormesh(
            np.arange(k + 1),
            np.arange(k + 1),
            strength,
            cmap=theme.cmap,
            vmin=0,
            vmax=1,
            edgecolors=theme.page,
            linewidth=0.8,
        )
        for i, j in np.argwhere(counts):
            words = count(int(counts[i, j])) if panel == "counts" else _share(share[i, j])
            ax.text(
                j + 0.5,
                i + 0.5,
                words,
                ha="center",
                va="center",
                fontsize=SMALL - (0.9 if len(words) > 4 else 0),
                fontweight="bold" if i == j else "normal",
                color=text_on(theme.cmap(strength[i, j])),
            )
        ax.set(xlim=(0, k), ylim=(k, 0), aspect="equal", xlabel="Predicted class")
        long = max(map(len, self.class_names)) > 3
        ax.set_xticks(
            np.arange(k) + 0.5, self.class_names, rotation=45 if long else 0, ha="right" if long else "center"
        )
        ax.set_yticks(np.arange(k) + 0.5, self.class_names)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set_title("Images" if panel == "counts" else "Share of the true class, %")


def _share(share: float) -> str:
    """Write a cell's share in per cent without its sign; small ones as "<1"."""
    value = 100 * share
    return "<1" if value < 0.5 else f"{value:.0f}"


class PerClassTable(Table):
    """Precision, recall, F1 and support of each class, and their means."""

    def __init__(self, evaluation: Evaluation, class_names: Sequence[str]) -> None:
        self.evaluation = evaluation
        self.class_names = check_names(class_names, len(evaluation.support))

    @classmethod
    def from_results(cls, run: RunResult, class_names: Sequence[str] = DIGITS) -> PerClassTable:
        """Make the table from a run's test predictions."""
        return cls.from_predictions(run.test.labels, run.test.predicted, class_names)

    @classmethod
    def from_predictions(
        cls, labels: ArrayLike, predicted: ArrayLike, class_names: Sequence[str] = DIGITS
    ) -> PerClassTable:
        """Make the table from true and predicted classes, both of shape (N,)."""
        return cls(evaluate(labels, predicted, len(class_names)), class_names)

    @property
    def alt(self) -> str:
        """Text with the best and the worst class by F1."""
        f1 = np.where(self.evaluation.support > 0, self.evaluation.f1, np.nan)
        best, worst = int(np.nanargmax(f1)), int(np.nanargmin(f1))
        return (
            f"Precision, recall, F1 and number of images of each class. Highest F1: {self.class_names[best]} "
            f"({number(f1[best])}); lowest: {self.class_names[worst]} ({number(f1[worst])})."
        )

    def frame(self) -> pd.DataFrame:
        """Figures of each class, one row for each; 0 where a quantity is undefined."""
        result = self.evaluation
        return pd.DataFrame(
            {
                "class": self.class_names,
                "precision": result.precision,
                "recall": result.recall,
                "f1": result.f1,
                "support": result.support,
            }
        )

    def cells(self) -> pd.DataFrame:
        """Return the table for people; "–" where a quantity is undefined, means in the last row."""
        result = self.evaluation
        predicted = result.confusion.sum(axis=0)
        undefined = [
            ("precision", predicted == 0),
            ("recall", result.support == 0),
            ("f1", (predicted == 0) & (result.support == 0)),
        ]
        shown = pd.DataFrame({"Class": [*self.class_names, "Mean of the classes"]})
        for name, empty in undefined:
            values = getattr(result, name)
            shown[name.capitalize()] = [
                *(("–" if gap else number(value)) for value, gap in zip(values, empty, strict=True)),
                number(float(values.mean())),
            ]
        shown["Images"] = [*(count(int(value)) for value in result.support), count(result.n)]
        return shown
