"""Which errors the runs share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.errors import Agreement, compare_errors
from svhnlab.report.core.display import Display
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import Runs, as_runs
from svhnlab.report.core.style import SMALL, WIDTH, Theme, shade_cells, text_on
from svhnlab.report.core.text import count, listing, percent, quantity, without_start, wrapped
from svhnlab.report.core.words import named


class AgreementFigure(Display):
    """How many images are wrong in how many of the runs, and how many errors each two runs share."""

    def __init__(self, agreement: Agreement, titles: Sequence[str]) -> None:
        self.agreement = agreement
        self.titles = tuple(titles)
        if len(self.titles) != len(agreement.wrong):
            raise ValueError(f"{len(agreement.wrong)} runs need as many titles, got {len(self.titles)}")

    @classmethod
    def from_results(cls, runs: Runs) -> AgreementFigure:
        """Make the display from runs that were tested on the same images."""
        found = as_runs(runs)
        predicted = [run.test.predicted for run in found]
        return cls.from_predictions(found[0].test.labels, predicted, [run.title for run in found])

    @classmethod
    def from_predictions(cls, labels: ArrayLike, predicted: ArrayLike, titles: Sequence[str]) -> AgreementFigure:
        """Make the display from true classes, shape (N,), and predicted ones of each run, shape (M, N)."""
        return cls(compare_errors(labels, predicted), titles)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 1.5 + 0.46 * len(self.titles)

    @property
    def alt(self) -> str:
        """Text alternative with the counts, and the two runs that share the largest part of their errors."""
        numbers = self.agreement.images_by_errors
        parts = [f"{count(int(numbers[j]))} in {j}" for j in range(1, len(numbers))]
        text = (
            f"Of {quantity(int(numbers.sum()), 'test image')}, {count(int(numbers[0]))} are right in all "
            f"{quantity(len(self.titles), 'run')}; wrong in exactly so many runs: {listing(parts)}."
        )
        share = self._shares()
        np.fill_diagonal(share, np.nan)
        if np.isnan(share).all():
            return text
        i, j = np.unravel_index(int(np.nanargmax(share)), share.shape)
        return (
            f"{text} Largest shared part: {percent(float(share[i, j]), 0)} of the errors of {self.titles[i]} are also "
            f"errors of {self.titles[j]}."
        )

    def _shares(self) -> NDArray[np.float64]:
        """Shared errors over the errors of the row's run, shape (M, M); NaN in the row of a run without errors."""
        shared = self.agreement.shared_errors
        own = np.diag(shared)[:, np.newaxis]
        return np.divide(shared, own, out=np.full(shared.shape, np.nan), where=own > 0)

    def frame(self) -> pd.DataFrame:
        """Shared errors, and their share of the errors of the first, one row for each ordered pair of runs.

        The share is NaN for a run without errors.
        """
        m = len(self.titles)
        return pd.DataFrame(
            {
                "run": np.repeat(self.titles, m),
                "other": np.tile(self.titles, m),
                "shared_errors": self.agreement.shared_errors.ravel(),
                "share": self._shares().ravel(),
            }
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw bars of counts on the left, the matrix on the right."""
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.5])
        self._draw_bars(left, theme)
        self._draw_matrix(right, theme)

    def _draw_bars(self, ax: Axes, theme: Theme) -> None:
        numbers = self.agreement.images_by_errors[1:]
        places = np.arange(1, len(numbers) + 1)
        ax.bar(places, numbers, width=0.62, color=theme.accent)
        for place, value in zip(places, numbers, strict=True):
            ax.annotate(
                count(int(value)),
                (place, value),
                xytext=(0, 2),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=SMALL,
                color=theme.text,
            )
        ax.set_xticks(places)
        ax.tick_params(axis="x", length=0)
        ax.set_ylim(0, max(int(numbers.max()), 1) * 1.14)
        ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        ax.set_title("Images by number of errors")
        ax.set_xlabel(f"Wrong in exactly so many of {quantity(len(numbers), 'run')}")

    def _draw_matrix(self, ax: Axes, theme: Theme) -> None:
        m = len(self.titles)
        shared = self.agreement.shared_errors
        share = self._shares()
        shade_cells(ax, share, theme)
        for i in range(m):
            for j in range(m):
                words = count(int(shared[i, j]))
                if i != j and np.isfinite(share[i, j]):
                    words += f"\n{percent(share[i, j], 0)}"
                ax.text(
                    j + 0.5,
                    i + 0.5,
                    words,
                    ha="center",
                    va="center",
                    fontsize=SMALL,
                    fontweight="bold" if i == j else "normal",
                    linespacing=1.15,
                    color=text_on(theme.cmap(share[i, j])) if np.isfinite(share[i, j]) else theme.muted,
                )
        names = [
            wrapped(without_start(title).replace(" with augmentation", ", augmented"), 13) for title in self.titles
        ]
        ax.set(xlim=(0, m), ylim=(m, 0))
        ax.set_xticks(np.arange(m) + 0.5, names, fontsize=SMALL - 0.5)
        ax.set_yticks(np.arange(m) + 0.5, names, fontsize=SMALL - 0.5)
        ax.tick_params(length=0, labelcolor=theme.text)
        ax.spines[:].set_visible(False)
        ax.set_title("Errors of the row’s run that the column’s shares", fontsize=SMALL + 1.5)


def describe_agreement(runs: Runs) -> Remark:
    """Say how many test images every run gets wrong, and how many only one.

    Parameters
    ----------
    runs
        Runs that were tested on the same images.
    """
    found = as_runs(runs)
    labels = found[0].test.labels
    if len(found) == 1:
        return Remark(
            f"{named(found[0])} gets {count(int(found[0].test.wrong.sum()))} of "
            f"{quantity(len(labels), 'test image')} wrong."
        )
    agreement = compare_errors(labels, [run.test.predicted for run in found])
    number_wrong = agreement.images_by_errors
    if number_wrong[0] == len(labels):
        return Remark(f"Every run gets all {quantity(len(labels), 'test image')} right.")
    chance = len(labels) * float(np.prod(agreement.wrong.mean(axis=1)))
    independent = "fewer than one" if chance < 1 else f"about {count(round(chance))}"
    return Remark(
        f"Of {quantity(len(labels), 'test image')}, {count(int(number_wrong[0]))} are right in all "
        f"{len(found)} runs; {count(int(number_wrong[-1]))} are wrong in all of them and "
        f"{count(int(number_wrong[1]))} in exactly one. If the runs erred independently of each other, "
        f"{independent} would be wrong in all."
    )
