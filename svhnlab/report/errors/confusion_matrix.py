"""Confusions of the classes by one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from svhnlab.analysis.errors import ConfusedPair, confused_pairs, order_by_confusion
from svhnlab.analysis.metrics import Evaluation
from svhnlab.printable import isolated
from svhnlab.report.comparison.accuracy import evaluate_run
from svhnlab.report.core.display import Display, freeze_layout
from svhnlab.report.core.many_classes import label_cells
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import check_names, rows_with_card, runs_of
from svhnlab.report.core.style import (
    MOST_OUTLINED,
    SMALL,
    WIDTH,
    Theme,
    ThemeName,
    shade_cells,
    theme_context,
)
from svhnlab.report.core.text import count, listing, percent, quantity
from svhnlab.report.errors.pair_bars import MOST, draw_pair_bars, pair_bars_box, pair_bars_height
from svhnlab.store.schema import Study
from svhnlab.web.resources import script_json


def describe_confusion(study: Study, configuration: str) -> Markdown:
    """State the most frequent confusions of a model, and the classes with the lowest and the highest recall.

    Raises
    ------
    NotComputed
        If the configuration is not trained.
    """
    (run,) = runs_of(study, configuration)
    evaluation = evaluate_run(run)
    pairs = confused_pairs(evaluation.confusion)
    if not pairs:
        return Markdown("All {} are classified correctly; no classes are confused.").format(
            quantity(evaluation.n, "image")
        )
    most_frequent = [pair for pair in pairs if pair.count == pairs[0].count]
    return sentences([_confusions(most_frequent, study.class_names), _recall(evaluation, study.class_names)])


def _confusions(pairs: Sequence[ConfusedPair], class_names: Sequence[str]) -> Markdown:
    """Name the most frequent confusions, all with the same number of images."""
    first = pairs[0]
    named = [
        Markdown("{true} predicted as {predicted}").format(
            true=class_names[pair.true], predicted=class_names[pair.predicted]
        )
        for pair in pairs
    ]
    images = quantity(first.count, "image")
    if len(pairs) == 1:
        return Markdown("The most frequent confusion is {pair} ({images}, {share} of that class).").format(
            pair=named[0], images=images, share=percent(first.share)
        )
    if len(pairs) <= 3:
        return Markdown("The most frequent confusions are {pairs}, with {images} each.").format(
            pairs=listing(named), images=images
        )
    return Markdown(
        "No single confusion is the most frequent: {n} pairs of classes are tied with {images} each."
    ).format(n=count(len(pairs)), images=images)


def _recall(evaluation: Evaluation, class_names: Sequence[str]) -> Markdown:
    """Name the classes with the lowest and the highest recall; empty if all are equal."""
    shares = np.diag(evaluation.confusion) / np.where(evaluation.support, evaluation.support, np.nan)
    low, high = int(np.nanargmin(shares)), int(np.nanargmax(shares))
    if shares[low] == shares[high]:
        return Markdown("")
    return Markdown(
        "The measured [recall](glossary.qmd#term-recall) is lowest for class {low} ({low_share}) and highest for class "
        "{high} ({high_share})."
    ).format(
        low=class_names[low],
        low_share=percent(float(shares[low])),
        high=class_names[high],
        high_share=percent(float(shares[high])),
    )


Panel = Literal["counts", "shares"]
Box = tuple[float, float, float, float]
SIDE_BY_SIDE = 10  # maximum number of classes for two panels side by side
CELL = 0.25  # size of a cell of a single panel in inches that its number needs
SMALLEST_CELL = 0.2  # size in inches below which a cell has no room for a number
LONGEST_NAME = 16
MARGINS = 1.5  # inches beside a single panel, for the labels


@dataclass(frozen=True)
class ConfusionMatrix(Display):
    """Predicted class against true class: counts, and shares of each true class.

    In both panels, the colour of a cell is its share of the row on a square-root scale, which keeps rare confusions
    visible. For more than ten classes there is one larger panel with counts. Of more than 40 classes, those that are
    confused with each other are adjacent, and only some are named. Phones show the panel of shares or, for more than
    ten classes, the most frequent confusions as bars. On a page each cell and each bar is a link to its images if the
    run has evidence.

    Attributes
    ----------
    evaluation
        Metrics of one run.
    class_names
        Name of each of the K classes.
    configuration
        Name of the configuration, for the links to its images; None without links.
    shown
        For the links: number of correctly classified images of each class that a page can show, K numbers; it shows
        all errors.
    """

    evaluation: Evaluation
    class_names: tuple[str, ...]
    configuration: str | None = None
    shown: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_names(self.class_names, len(self.evaluation.support))

    @classmethod
    def from_study(cls, study: Study, configuration: str) -> ConfusionMatrix:
        """Evaluate the test predictions of one configuration; ``NotComputed`` if it is not trained."""
        (run,) = runs_of(study, configuration)
        evaluation = evaluate_run(run)
        rows = rows_with_card(study)
        if not len(rows):
            return cls(evaluation, study.class_names)
        correct = rows[~run.test.wrong[rows]]
        shown = np.bincount(run.test.labels[correct], minlength=len(study.class_names))
        return cls(evaluation, study.class_names, run.name, tuple(shown.tolist()))

    @property
    def _panels(self) -> tuple[Panel, ...]:
        if self.narrow:
            return () if self._has_bars else ("shares",)
        return ("counts", "shares") if len(self.class_names) <= SIDE_BY_SIDE else ("counts",)

    @property
    def _has_bars(self) -> bool:
        """Whether this is the form for phones of many classes."""
        return self.narrow and len(self.class_names) > SIDE_BY_SIDE

    @cached_property
    def _pairs(self) -> list[ConfusedPair]:
        return confused_pairs(self.evaluation.confusion)

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """The classes in the order of the rows and columns."""
        k = len(self.class_names)
        return order_by_confusion(self.evaluation.confusion) if k > MOST_OUTLINED else np.arange(k)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        if self.narrow:
            return self.width, pair_bars_height(self._pairs) if self._has_bars else self.width
        if len(self._panels) > 1:
            return WIDTH, 3.75  # two of them and a table fill a page of the PDF
        wide = min(WIDTH, max(WIDTH * 0.72, CELL * len(self.class_names) + 1.5))
        return wide, wide

    @property
    def alt(self) -> str:
        """Totals, and the most frequent confusion."""
        evaluation, pairs = self.evaluation, self._pairs
        many = len(self.class_names) > MOST_OUTLINED
        order = " Classes that are confused with each other are adjacent." if many else ""
        first = (
            f"; most frequent: {self.class_names[pairs[0].true]} predicted as {self.class_names[pairs[0].predicted]}, "
            f"{quantity(pairs[0].count, 'time')} ({percent(pairs[0].share)} of its images)"
            if pairs
            else ""
        )
        if self._has_bars and pairs:
            return (
                f"The {count(min(MOST, len(pairs)))} most frequent of {quantity(len(pairs), 'confusion')} among "
                f"{quantity(evaluation.n, 'image')}, {count(evaluation.errors)} of them misclassified{first}."
            )
        return (
            f"Confusion matrix of {quantity(evaluation.n, 'image')}, true classes in rows: "
            f"{count(evaluation.n - evaluation.errors)} correct on the diagonal, {count(evaluation.errors)} "
            f"misclassified{first}.{order}"
        )

    def frame(self) -> pd.DataFrame:
        """Return counts and shares, one row for each pair of true and predicted class; of many, those with images."""
        k = len(self.class_names)
        cells = pd.DataFrame(
            {
                "true": np.repeat(self.class_names, k),
                "predicted": np.tile(self.class_names, k),
                "count": self.evaluation.confusion.ravel(),
                "share": self.evaluation.confusion_share.ravel(),
            }
        )
        return cells if k <= MOST_OUTLINED else cells[cells["count"] > 0].reset_index(drop=True)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw one panel of counts, one of shares, or both; or bars."""
        if self._has_bars:
            draw_pair_bars(figure.add_subplot(), self._pairs, self.class_names, theme)
            return
        axes = _label_panels(figure, self._names, self._panels, self.size[0])
        for ax, panel in zip(axes, self._panels, strict=True):
            self._draw_cells(ax, panel, theme)

    @property
    def _names(self) -> tuple[str, ...]:
        """Names of the rows and columns."""
        return tuple(self.class_names[k] for k in self._order)

    def _draw_cells(self, ax: Axes, panel: Panel, theme: Theme) -> None:
        k, cells = len(self.class_names), np.ix_(self._order, self._order)
        counts, share = self.evaluation.confusion[cells], self.evaluation.confusion_share[cells]
        strength = np.ma.masked_where((counts == 0) | np.isnan(share), np.sqrt(np.nan_to_num(share)))
        shade_cells(ax, strength, theme)
        fits = self.size[0] / len(self._panels) / k > SMALLEST_CELL
        for i, j in np.argwhere(counts) if fits else []:
            text = count(int(counts[i, j])) if panel == "counts" else _share(share[i, j])
            ax.text(
                j + 0.5,
                i + 0.5,
                text,
                ha="center",
                va="center",
                fontsize=SMALL - (0.9 if len(text) > 4 else 0),
                fontweight="bold" if i == j else "normal",
                color=theme.text_on_scale(strength[i, j]),
                in_layout=False,  # it lies within the axes: measuring it is slow and changes nothing
            )

    def panel_boxes(self) -> list[Box]:
        """Return the position of each panel's cells: left, top, width and height as shares of the picture.

        Bars have no cells.
        """
        return _panel_boxes(self._names, self._panels, self.size) if self._panels else []

    def bar_links(self) -> dict[str, object] | None:
        """Return the true and the predicted class of each bar and the position of all; None without bars."""
        if not self._has_bars or not self._pairs:
            return None
        pairs = self._pairs[:MOST]
        return {
            "pairs": [[pair.true, pair.predicted] for pair in pairs],
            "place": pair_bars_box(pairs, self.class_names, self.size),
        }

    def _html_part(self, paths: Mapping[ThemeName, Path], alt: str) -> str:
        picture = super()._html_part(paths, alt)
        if self.configuration is None:
            return picture
        name = paths["light"].stem.removesuffix("-light")
        phone = self.for_phone()
        cells = {
            "run": self.configuration,
            "classes": [isolated(name) for name in self.class_names],
            "counts": self.evaluation.confusion.tolist(),
            "order": self._order.tolist(),
            "shown": self.shown,
            "panels": self.panel_boxes(),
            "phone": phone.panel_boxes() if phone else [],
            "bars": phone.bar_links() if phone else None,
        }
        return (
            f":::: {{#{name} .evidence-figure}}\n{picture}\n::::\n\n"
            "```{=html}\n"
            f'<script type="application/json" class="evidence-matrix" data-for="{name}">{script_json(cells)}</script>\n'
            "```"
        )


def _label_panels(
    figure: Figure | SubFigure, names: Sequence[str], panels: Sequence[Panel], width: float
) -> Sequence[Axes]:
    """Return new axes for the cells of each panel, with all labels; ``width`` is that of the figure in inches."""
    axes: Sequence[Axes] = figure.subplots(1, len(panels), squeeze=False)[0]
    k = len(names)
    for ax, panel in zip(axes, panels, strict=True):
        ax.set(xlim=(0, k), ylim=(k, 0), aspect="equal", xlabel="Predicted class")
        label_cells(ax, names, LONGEST_NAME, (width - MARGINS) / k)
        ax.spines[:].set_visible(False)
        colour = "; colour: share of the true class" if k > SIDE_BY_SIDE else ""
        ax.set_title(f"Images{colour}" if panel == "counts" else "Share of the true class, %")
    axes[0].set_ylabel("True class")
    return axes


@cache  # the matrices of a chapter have the same classes
def _panel_boxes(names: tuple[str, ...], panels: tuple[Panel, ...], size: tuple[float, float]) -> list[Box]:
    with theme_context("light"):
        figure = Figure(figsize=size, layout=ConfusionMatrix.layout)
        axes = _label_panels(figure, names, panels, size[0])
        freeze_layout(figure)
    boxes = [ax.get_position() for ax in axes]
    return [(round(box.x0, 5), round(1 - box.y1, 5), round(box.width, 5), round(box.height, 5)) for box in boxes]


def _share(share: float) -> str:
    """Write a cell's share in per cent without the sign; small ones as "<1"."""
    value = 100 * share
    return "<1" if value < 0.5 else f"{value:.0f}"
