"""Whether a model's probabilities mean what they say, and how many images to hand to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.report.core.display import Display
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import runs_with_statistics
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, escape_markdown, listing, number, percent, without_start, wrapped
from svhnlab.report.core.words import by_model
from svhnlab.store.schema import Calibration, Estimate, Study


@dataclass(frozen=True)
class RunCalibration:
    """The calibration of one run.

    Attributes
    ----------
    name, title
        Of the run, for the program and for people.
    images
        Number of test images.
    accuracy
        Share of them that are right, with its interval.
    figures
        What was measured on them.
    """

    name: str
    title: str
    images: int
    accuracy: Estimate
    figures: Calibration

    @property
    def confidence(self) -> float:
        """Mean confidence over all images."""
        return sum(part.images * part.confidence for part in self.figures.bins if part.images) / self.images

    @property
    def handed_over(self) -> int:
        """Images to hand to a person so that the rest has the target accuracy."""
        return round(self.figures.deferral_rate * self.images)


def calibrations_of(study: Study, *names: str) -> list[RunCalibration]:
    """Return the calibration of the named runs, or of all; ``ValueError`` when the study has no statistics."""
    return [
        RunCalibration(run.name, run.title, len(run.test.labels), figures.accuracy, figures.calibration)
        for run, figures in runs_with_statistics(study, *names)
    ]


class ReliabilityDiagram(Display):
    """Accuracy against confidence in bins with 95% intervals, above how many images each bin has: a panel per run."""

    def __init__(self, runs: Sequence[RunCalibration]) -> None:
        self.runs = list(runs)

    @classmethod
    def from_results(cls, study: Study, *names: str) -> ReliabilityDiagram:
        """Make the display from the named runs of a study, or all; ``ValueError`` when it has no statistics."""
        return cls(calibrations_of(study, *names))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        n = len(self.runs)
        side = WIDTH / max(n, 2)
        return (WIDTH if n > 1 else WIDTH * 0.6), side + 1.15 + (0.25 if n > 2 else 0)

    @property
    def alt(self) -> str:
        """Text alternative with the expected calibration errors."""
        parts = [
            f"{run.title} {number(run.figures.ece.value)} (95% interval {number(run.figures.ece.low)} to "
            f"{number(run.figures.ece.high)})"
            for run in self.runs
        ]
        return (
            "Reliability diagrams: share of right images against the mean confidence of the images in each of "
            f"{len(self.runs[0].figures.bins)} bins, with the diagonal of perfect calibration, above the distribution "
            f"of the confidence. Expected calibration error: {'; '.join(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Return what each bin holds, one row for each run and bin."""
        return pd.DataFrame(
            [
                {
                    "run": run.title,
                    "from": part.lower,
                    "to": part.upper,
                    "images": part.images,
                    "confidence": part.confidence,
                    "accuracy": part.accuracy.value,
                    "lower": part.accuracy.low,
                    "upper": part.accuracy.high,
                }
                for run in self.runs
                for part in run.figures.bins
            ]
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a column for each run, all on the same scales."""
        panels = figure.subplots(
            2, len(self.runs), squeeze=False, sharex=True, sharey="row", gridspec_kw={"height_ratios": [3.2, 1]}
        )
        for column, run in enumerate(self.runs):
            self._draw_reliability(panels[0, column], run, theme)
            self._draw_histogram(panels[1, column], run, theme)
        panels[0, 0].set_ylabel("Share right")
        panels[1, 0].set_ylabel("Images")
        figure.supxlabel("Confidence", fontsize=panels[0, 0].yaxis.label.get_size(), color=theme.muted)

    def _draw_reliability(self, ax: Axes, run: RunCalibration, theme: Theme) -> None:
        filled = [part for part in run.figures.bins if part.images]
        x = np.array([part.confidence for part in filled])
        y = np.array([part.accuracy.value for part in filled])
        ax.plot([0, 1], [0, 1], color=theme.line, linewidth=0.8, linestyle=(0, (3, 2)))
        ax.vlines(x, y, x, color=theme.error, linewidth=3, alpha=0.35)
        ax.vlines(
            x,
            [part.accuracy.low for part in filled],
            [part.accuracy.high for part in filled],
            color=theme.accent,
            linewidth=1.1,
        )
        ax.plot(x, y, "o", color=theme.accent, markersize=3.5)
        ax.set(xlim=(0, 1), ylim=(0, 1.03))
        ax.set_title(wrapped(run.title, 22 if len(self.runs) > 2 else 40), fontsize=SMALL + 1)
        # In the corner that the points leave free.
        above = run.confidence <= run.accuracy.value
        ece = run.figures.ece
        ax.text(
            0.97 if above else 0.04,
            0.03 if above else 0.97,
            f"ECE {number(ece.value)}\n({number(ece.low)}–{number(ece.high)})",
            transform=ax.transAxes,
            ha="right" if above else "left",
            va="bottom" if above else "top",
            fontsize=SMALL,
            linespacing=1.25,
            color=theme.text,
            path_effects=halo(theme),
        )
        ticks = [0, 0.5, 1] if len(self.runs) > 2 else [0, 0.25, 0.5, 0.75, 1]
        ax.set(xticks=ticks, yticks=ticks)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(PercentFormatter(1, decimals=0))

    def _draw_histogram(self, ax: Axes, run: RunCalibration, theme: Theme) -> None:
        bins = run.figures.bins
        ax.stairs(
            [part.images / run.images for part in bins],
            [bins[0].lower, *(part.upper for part in bins)],
            fill=True,
            color=theme.accent,
            alpha=0.85,
        )
        ax.yaxis.set_major_locator(MaxNLocator(2))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


class CalibrationTable(Table):
    """Calibration error, log loss, area under the risk-coverage curve, and the images to hand over, a row per run."""

    def __init__(self, runs: Sequence[RunCalibration]) -> None:
        self.runs = list(runs)

    @classmethod
    def from_results(cls, study: Study, *names: str) -> CalibrationTable:
        """Make the table from the named runs of a study, or all; ``ValueError`` when it has no statistics."""
        return cls(calibrations_of(study, *names))

    @property
    def alt(self) -> str:
        """Text with the calibration error of every run."""
        parts = [f"{run.title} {number(run.figures.ece.value)}" for run in self.runs]
        return f"Expected calibration error: {listing(parts)}."

    def frame(self) -> pd.DataFrame:
        """Figures with the bounds of their 95% intervals, one row for each run."""
        rows = []
        for run in self.runs:
            row: dict[str, str | float] = {"run": run.title}
            for name in ("ece", "log_loss", "aurc"):
                figure = getattr(run.figures, name)
                row |= {name: figure.value, f"{name}_lower": figure.low, f"{name}_upper": figure.high}
            rows.append(row | {"handover": run.figures.deferral_rate, "handover_images": run.handed_over})
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """Return the table for people."""
        return pd.DataFrame(
            [
                {
                    "Run": without_start(run.title),
                    "ECE": _with_interval(run.figures.ece),
                    "Log loss": _with_interval(run.figures.log_loss),
                    "AURC": _with_interval(run.figures.aurc),
                    f"Hand over for {percent(run.figures.target, 0)}": f"{percent(run.figures.deferral_rate)} "
                    f"({count(run.handed_over)})",
                }
                for run in self.runs
            ]
        )


def _with_interval(figure: Estimate) -> str:
    """Write a figure with its interval, e.g. "0.052 (0.041–0.063)"."""
    if np.isnan(figure.value):
        return "–"
    return f"{number(figure.value)} ({number(figure.low)}–{number(figure.high)})"


def describe_calibration(study: Study, *names: str) -> Remark:
    """Say how far each run's confidence lies from its accuracy, and on which side where the images show one.

    Raises
    ------
    ValueError
        If the study has no statistics.
    """
    runs = calibrations_of(study, *names)
    sides: dict[str, list[str]] = {"more": [], "less": [], "open": []}
    for run in runs:
        side = "more" if run.confidence < run.accuracy.low else "less" if run.confidence > run.accuracy.high else "open"
        sides[side].append(escape_markdown(run.title))
    sentences = [
        f"{listing(found)} {'is' if len(found) == 1 else 'are'} right {side} often than the confidence says."
        for side, found in sides.items()
        if found and side != "open"
    ]
    if sides["open"]:
        verb = "is" if len(sides["open"]) == 1 else "are"
        sentences.append(f"On the whole {listing(sides['open'])} {verb} not shown to be too sure or too careful.")
    gap = by_model([run.figures.ece.value for run in runs], lambda value: number(100 * value, 1))
    limits = runs[0].figures.ece
    which = (
        ", by model"
        if len(runs) > 1
        else f" (95% interval {number(100 * limits.low, 1)} to {number(100 * limits.high, 1)})"
    )
    sentences.append(f"Over the bins, confidence and accuracy differ by {gap} percentage points on average{which}.")
    return Remark(" ".join(sentences))
