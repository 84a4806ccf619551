"""Margins of the same images in two models: images that move to the side of their own class, or away from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.paired import holm, paired_p_value
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import pairs_of_same_model_or_augmentation
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import count, p_value, quantity, without_start
from svhnlab.report.features.centroids import runs_with_centroids, summarise
from svhnlab.store.schema import ALPHA, Study


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
    margins = {run.name: summarise(run).distances.margin for run in runs}
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
class PairedMarginTable(Table[tuple[MarginPair, float]]):
    """Images that move to the side of their own class, or away from it, from one run to another.

    Attributes
    ----------
    pairs
        Margins in each pair of runs.
    p_adjusted
        Of the test of each pair, after Holm's correction for all of them.
    """

    pairs: tuple[MarginPair, ...]
    p_adjusted: tuple[float, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> PairedMarginTable:
        """Select the named configurations (by default all trained ones), omitting those without centroids.

        With a single one, the table has no row.

        Raises
        ------
        NotComputed
            If a named configuration is not trained, or none of them has centroids.
        """
        pairs = margin_pairs(study, *configurations)
        return cls(pairs, tuple(float(p) for p in holm([pair.p_value for pair in pairs])) if pairs else ())

    @property
    def alt(self) -> str:
        """The number of pairs with a significant difference."""
        significant = sum(p < ALPHA for p in self.p_adjusted)
        return (
            f"In {count(significant)} of {quantity(len(self.pairs), 'pair')} of models, significantly more images move "
            "to the side of their own class than away from it, or the other way round."
        )

    def rows(self) -> Sequence[tuple[MarginPair, float]]:
        """Each pair with its p value."""
        return tuple(zip(self.pairs, self.p_adjusted, strict=True))

    def columns(self) -> Sequence[Column[tuple[MarginPair, float]]]:
        """Numbers of images, and the p value."""
        return (
            Column("from", lambda row: row[0].first, "From", without_start),
            Column("to", lambda row: row[0].second, "To", without_start),
            Column("images", lambda row: int(row[0].shown.sum()), "Images", count),
            Column("moved_in", lambda row: row[0].moved_in, "Moved in", count),
            Column("moved_out", lambda row: row[0].moved_out, "Moved out", count),
            Column("p_adjusted", lambda row: row[1], "Holm p", p_value),
        )


def show_paired_margins(study: Study) -> Markdown:
    """Return the table with its caption; empty for a single run.

    Raises
    ------
    NotComputed
        If no configuration with centroids is trained.
    """
    table = PairedMarginTable.from_study(study)
    if not table.pairs:
        return Markdown("")
    return captioned(
        "tbl-paired-margins",
        table,
        "Images that at least one of two models misclassifies, and how many lie nearest to their own class only in the "
        "second (moved in) or the first (moved out).",
    )
