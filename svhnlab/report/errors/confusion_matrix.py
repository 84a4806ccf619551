"""How good one run is: confusion matrix and figures of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import ArrayLike

from svhnlab.analysis.errors import confused_pairs
from svhnlab.analysis.metrics import Evaluation, evaluate, share_estimate
from svhnlab.report.core.display import Display, freeze_layout
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.names import ROTATE_ABOVE, short_names
from svhnlab.report.core.select import check_names
from svhnlab.report.core.style import SMALL, WIDTH, Theme, ThemeName, shade_cells, text_on, theme_context
from svhnlab.report.core.text import count, interval, listing, percent, quantity
from svhnlab.store.schema import RunResult
from svhnlab.web.resources import script_json


def describe_confusion(evaluation: Evaluation, class_names: Sequence[str]) -> Markdown:
    """Say which classes are confused most, and which class is recognised least.

    Parameters
    ----------
    evaluation
        Of one run.
    class_names
        Name of each class.
    """
    names = [escape_markdown(name) for name in class_names]
    pairs = confused_pairs(evaluation.confusion)
    if not pairs:
        return Markdown(f"All {quantity(evaluation.n, 'image')} are right: there is nothing to confuse.")
    top = [pair for pair in pairs if pair.count == pairs[0].count]
    if len(top) == 1:
        text = (
            f"The most frequent confusion is {names[top[0].true]} taken for {names[top[0].predicted]}: "
            f"{quantity(top[0].count, 'image')}, {percent(top[0].share)} of that class "
            f"(95% interval {interval(top[0].interval)})."
        )
    elif len(top) <= 3:
        shown = listing([f"{names[pair.true]} taken for {names[pair.predicted]}" for pair in top])
        text = f"The most frequent confusions are {shown}, with {quantity(top[0].count, 'image')} each."
    else:
        text = (
            f"No single confusion stands out: {count(len(top))} pairs of classes share the first place with "
            f"{quantity(top[0].count, 'image')} each."
        )
    recall = [
        share_estimate(int(hits), int(images))
        for hits, images in zip(np.diag(evaluation.confusion), evaluation.support, strict=True)
    ]
    shares = [own.value for own in recall]
    low, high = int(np.nanargmin(shares)), int(np.nanargmax(shares))
    if shares[low] < shares[high]:
        text += (
            f" Measured recall is lowest for {names[low]} ({percent(shares[low])} of "
            f"{quantity(int(evaluation.support[low]), 'image')}, 95% interval {interval(recall[low].limits)}) and "
            f"highest for {names[high]} ({percent(shares[high])} of {count(int(evaluation.support[high]))}, "
            f"{interval(recall[high].limits)})."
        )
    return Markdown(text)


Panels = Literal["both", "counts", "shares"]
SIDE_BY_SIDE = 10  # classes of two panels beside each other
CELL = 0.25  # inches that a cell of a single panel needs for its number
SMALLEST_CELL = 0.2  # inches below which a cell has no room for a number
LONGEST_NAME = 16


class ConfusionMatrix(Display):
    """Which class was taken for which: counts, and shares of each true class.

    The colour of a cell is its share of the row on a square-root scale, in both panels, so that rare confusions can
    still be seen. More than ten classes get one larger panel. On a page each cell of a run with stored evidence is a
    link to its images.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        class_names: Sequence[str],
        panels: Panels = "both",
        *,
        run: str | None = None,
        shown: ArrayLike | None = None,
    ) -> None:
        """Take the counts of an evaluation.

        Parameters
        ----------
        evaluation
            Figures of one run.
        class_names
            Name of each class.
        panels
            "counts", "shares" or "both"; of more than ten classes "both" gives the counts, coloured by shares.
        run
            Name of the run, for the links to its images; no links when not given.
        shown
            How many of the right images of each class a page can show one by one, shape (K,); the errors it can
            show all. None when not given.
        """
        self.evaluation = evaluation
        self.class_names = check_names(class_names, len(evaluation.support))
        if panels == "both" and len(self.class_names) > SIDE_BY_SIDE:
            panels = "counts"
        self.panels: tuple[Panels, ...] = ("counts", "shares") if panels == "both" else (panels,)
        self.run = run
        self.shown = np.zeros(len(self.class_names), dtype=int) if shown is None else np.asarray(shown)

    @classmethod
    def from_results(cls, run: RunResult, class_names: Sequence[str], panels: Panels = "both") -> ConfusionMatrix:
        """Make the display from a run's test predictions."""
        test, evaluation = run.test, evaluate(run.test.labels, run.test.predicted, len(class_names))
        if run.evidence is None:
            return cls(evaluation, class_names, panels)
        right = run.evidence.rows[~test.wrong[run.evidence.rows]]
        shown = np.bincount(test.labels[right], minlength=len(class_names))
        return cls(evaluation, class_names, panels, run=run.name, shown=shown)

    @classmethod
    def from_predictions(
        cls,
        labels: ArrayLike,
        predicted: ArrayLike,
        class_names: Sequence[str],
        panels: Panels = "both",
    ) -> ConfusionMatrix:
        """Make the display from true and predicted classes, both of shape (N,)."""
        return cls(evaluate(labels, predicted, len(class_names)), class_names, panels)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        if len(self.panels) > 1:
            return WIDTH, 3.75  # two with one table fill a page of the PDF
        wide = min(WIDTH, max(WIDTH * 0.72, CELL * len(self.class_names) + 1.5))
        return wide, wide

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
        self._draw_panels(figure, theme, numbers=True)

    def _draw_panels(self, figure: Figure | SubFigure, theme: Theme, *, numbers: bool) -> None:
        axes = figure.subplots(1, len(self.panels), squeeze=False)[0]
        for ax, panel in zip(axes, self.panels, strict=True):
            self._draw_panel(ax, panel, theme, numbers)
        axes[0].set_ylabel("True class")

    def _draw_panel(self, ax: Axes, panel: Panels, theme: Theme, numbers: bool) -> None:
        counts, share = self.evaluation.confusion, self.evaluation.confusion_share
        k = len(self.class_names)
        strength = np.ma.masked_where((counts == 0) | np.isnan(share), np.sqrt(np.nan_to_num(share)))
        shade_cells(ax, strength, theme)
        fits = numbers and self.size[0] / len(self.panels) / k > SMALLEST_CELL
        for i, j in np.argwhere(counts) if fits else []:
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
                in_layout=False,  # it lies within the axes: to measure it takes long and changes nothing
            )
        ax.set(xlim=(0, k), ylim=(k, 0), aspect="equal", xlabel="Predicted class")
        names = short_names(self.class_names, LONGEST_NAME)
        long = max(map(len, names)) > ROTATE_ABOVE
        ax.set_xticks(np.arange(k) + 0.5, names, rotation=45 if long else 0, ha="right" if long else "center")
        ax.set_yticks(np.arange(k) + 0.5, names)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        colour = "; colour: share of the true class" if k > SIDE_BY_SIDE else ""
        ax.set_title(f"Images{colour}" if panel == "counts" else "Share of the true class, %")

    def panel_boxes(self) -> list[tuple[float, float, float, float]]:
        """Return where the cells of each panel lie: left, top, width and height as shares of the drawn picture."""
        with theme_context("light") as theme:
            figure = Figure(figsize=self.size, layout=self.layout)
            self._draw_panels(figure, theme, numbers=False)
            freeze_layout(figure)
        boxes = [ax.get_position() for ax in figure.axes]
        return [(box.x0, 1 - box.y1, box.width, box.height) for box in boxes]

    def _html_part(self, paths: Mapping[ThemeName, Path], alt: str) -> str:
        picture = super()._html_part(paths, alt)
        if self.run is None:
            return picture
        name = paths["light"].stem.removesuffix("-light")
        cells = {
            "run": self.run,
            "classes": self.class_names,
            "counts": self.evaluation.confusion.tolist(),
            "shown": self.shown.tolist(),
            "panels": [[round(value, 5) for value in box] for box in self.panel_boxes()],
        }
        return (
            f":::: {{#{name} .evidence-figure}}\n{picture}\n::::\n\n"
            "```{=html}\n"
            f'<script type="application/json" class="evidence-matrix" data-for="{name}">{script_json(cells)}</script>\n'
            "```"
        )


def _share(share: float) -> str:
    """Write a cell's share in per cent without its sign; small ones as "<1"."""
    value = 100 * share
    return "<1" if value < 0.5 else f"{value:.0f}"
