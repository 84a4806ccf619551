"""Errors that the models share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from svhnlab.analysis.errors import Agreement, compare_errors
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import runs_of
from svhnlab.report.core.style import SMALL, Theme, shade_cells
from svhnlab.report.core.text import count, count_with_verb, narrow_title, percent, quantity
from svhnlab.report.core.words import all_models, in_sentence, sentence_start
from svhnlab.store.schema import RunResult, Study


def _agreement(runs: Sequence[RunResult]) -> Agreement:
    return compare_errors(runs[0].test.labels, [run.test.predicted for run in runs])


@dataclass(frozen=True)
class AgreementFigure(Display):
    """Number of images by the number of models that misclassify them, and errors shared by each two models.

    Attributes
    ----------
    agreement
        Agreement of M models on the same test images.
    titles
        Title of each model.
    """

    agreement: Agreement
    titles: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.titles) != len(self.agreement.wrong):
            raise ValueError(f"{len(self.agreement.wrong)} models need as many titles, got {len(self.titles)}")

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> AgreementFigure:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if one is not trained."""
        runs = runs_of(study, *configurations)
        return cls(_agreement(runs), tuple(run.title for run in runs))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        matrix = 1.5 + 0.46 * len(self.titles)
        return self.width, (matrix + 2.3 if self.narrow else matrix)

    @property
    def alt(self) -> str:
        """The numbers of images that no model, some and all models misclassify."""
        numbers = [int(images) for images in self.agreement.images_by_errors]
        if len(numbers) < 3:
            return f"Of {quantity(sum(numbers), 'test image')}, {count(numbers[-1])} are misclassified by the model."
        return (
            f"Of {quantity(sum(numbers), 'test image')}, {count(numbers[0])} are classified correctly by "
            f"{all_models(len(self.titles))}, {count(sum(numbers[1:-1]))} misclassified by some and "
            f"{count(numbers[-1])} by all of them."
        )

    def _shares(self) -> NDArray[np.float64]:
        """Shared errors over the errors of the row's model, shape (M, M); NaN in the row of a model without errors."""
        shared = self.agreement.shared_errors
        errors = np.diag(shared)[:, np.newaxis]
        return np.divide(shared, errors, out=np.full(shared.shape, np.nan), where=errors > 0)

    def frame(self) -> pd.DataFrame:
        """Shared errors, and their share of the errors of the first model, one row for each ordered pair of models.

        The share is NaN for a model without errors.
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
        """Draw bars of the counts and, beside them or below, the matrix."""
        if self.narrow:
            bars, matrix = figure.subplots(2, 1, height_ratios=[2.3, self.size[1] - 2.3])
        else:
            bars, matrix = figure.subplots(1, 2, width_ratios=[1, 1.5])
        self._draw_bars(bars, theme)
        self._draw_matrix(matrix, theme)

    def _draw_bars(self, ax: Axes, theme: Theme) -> None:
        numbers = self.agreement.images_by_errors[1:]
        positions = np.arange(1, len(numbers) + 1)
        ax.bar(positions, numbers, width=0.62, color=theme.accent)
        for position, images in zip(positions, numbers, strict=True):
            ax.annotate(
                count(int(images)),
                (position, images),
                xytext=(0, 2),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=SMALL,
                color=theme.text,
            )
        ax.set_xticks(positions)
        ax.tick_params(axis="x", length=0)
        ax.set_ylim(0, max(int(numbers.max()), 1) * 1.14)
        ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        ax.set_title("Misclassified images")
        ax.set_xlabel(f"Models that misclassify the image, of {len(numbers)}")

    def _draw_matrix(self, ax: Axes, theme: Theme) -> None:
        m = len(self.titles)
        shared = self.agreement.shared_errors
        shares = self._shares()
        shade_cells(ax, shares, theme)
        for i in range(m):
            for j in range(m):
                text = count(int(shared[i, j]))
                if i != j and np.isfinite(shares[i, j]):
                    text += f"\n{percent(shares[i, j], 0)}"
                ax.text(
                    j + 0.5,
                    i + 0.5,
                    text,
                    ha="center",
                    va="center",
                    fontsize=SMALL,
                    fontweight="bold" if i == j else "normal",
                    linespacing=1.15,
                    color=theme.text_on_scale(shares[i, j]) if np.isfinite(shares[i, j]) else theme.muted,
                )
        names = [narrow_title(title, 10 if self.narrow else 13) for title in self.titles]
        ax.set(xlim=(0, m), ylim=(m, 0))
        ax.set_xticks(np.arange(m) + 0.5, names, fontsize=SMALL - 0.5)
        ax.set_yticks(np.arange(m) + 0.5, names, fontsize=SMALL - 0.5)
        ax.tick_params(length=0, labelcolor=theme.text)
        ax.spines[:].set_visible(False)
        between = "\n" if self.narrow else " "
        title = f"Errors shared by two models,{between}% of row’s errors"
        ax.set_title(title, fontsize=SMALL + 1.5)


def describe_agreement(study: Study, *configurations: str) -> Markdown:
    """State how many test images all models misclassify, how many only one does.

    Parameters
    ----------
    configurations
        By default all trained ones.

    Raises
    ------
    NotComputed
        If one of them is not trained.
    """
    runs = runs_of(study, *configurations)
    images = len(runs[0].test.labels)
    total = quantity(images, "test image")
    if len(runs) == 1:
        return Markdown("{model} misclassifies {errors} of {total}.").format(
            model=sentence_start(in_sentence(runs[0].title)), errors=count(int(runs[0].test.wrong.sum())), total=total
        )
    agreement = _agreement(runs)
    by_errors = [int(number) for number in agreement.images_by_errors]
    if by_errors[0] == images:
        return Markdown("Every model classifies all {total} correctly.").format(total=total)
    expected = images * float(np.prod(agreement.wrong.mean(axis=1)))
    return Markdown(
        "Of {total}, {correct} classified correctly by {models}; {everywhere} misclassified by {models} and {once} by "
        "exactly one. If the models erred independently of each other, {expected} would be misclassified by "
        "{models}."
    ).format(
        total=total,
        correct=count_with_verb(by_errors[0]),
        models=all_models(len(runs)),
        everywhere=count_with_verb(by_errors[-1]),
        once=count(by_errors[1]) if by_errors[1] else "none",
        expected="fewer than one" if expected < 1 else f"about {count(round(expected))}",
    )
