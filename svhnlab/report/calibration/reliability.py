"""Calibration: reliability diagram, calibration error, and deferred images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.analysis.metric_registry import CALIBRATION
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.metric_columns import metric_column
from svhnlab.report.core.select import runs_with_statistics
from svhnlab.report.core.style import SMALL, WIDTH, Theme, halo
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import count, listing, number, percent, share_with_interval, without_start, wrapped
from svhnlab.report.core.words import in_sentence, over_models, range_over_models, sentence_start
from svhnlab.store.schema import Calibration, Deferral, Estimate, RunStatistics, Study


@dataclass(frozen=True)
class RunCalibration:
    """The calibration of one run.

    Attributes
    ----------
    name, title
        Name of the run, and its title for readers.
    images
        Number of test images.
    statistics
        Metrics with their intervals.
    calibration
        Calibration on the test images.
    """

    name: str
    title: str
    images: int
    statistics: RunStatistics
    calibration: Calibration

    @property
    def accuracy(self) -> Estimate:
        """Share of correctly classified images, with its interval."""
        return self.statistics.accuracy

    @property
    def confidence(self) -> float:
        """Mean confidence over all images."""
        return sum(part.images * part.confidence for part in self.calibration.bins if part.images) / self.images

    @property
    def deferral(self) -> Deferral:
        """Deferral for a target accuracy on the rest."""
        return self.statistics.deferral

    @property
    def deferred(self) -> int | None:
        """Number of test images that are deferred; None if the target is refused."""
        return None if self.deferral.refused else round(self.deferral.rate * self.images)


def calibrations_of(study: Study, *configurations: str) -> tuple[RunCalibration, ...]:
    """Return the calibration of the named configurations (by default all trained ones).

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    return tuple(
        RunCalibration(run.name, run.title, len(run.test.labels), statistics, statistics.calibration)
        for run, statistics in runs_with_statistics(study, *configurations)
    )


@dataclass(frozen=True)
class ReliabilityDiagram(Display):
    """Accuracy against confidence in bins with 95% intervals, and the share of images in each bin: a panel per run."""

    runs: tuple[RunCalibration, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> ReliabilityDiagram:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(calibrations_of(study, *configurations))

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
            f"{run.title} {number(run.statistics.ece.value)} (95% interval {number(run.statistics.ece.low)} to "
            f"{number(run.statistics.ece.high)})"
            for run in self.runs
        ]
        bins = len(self.runs[0].calibration.bins)
        return (
            f"Reliability diagrams: accuracy against mean confidence in {bins} bins, with the diagonal of perfect "
            f"calibration, above the distribution of the confidence. Expected calibration error: {'; '.join(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Return the images, the mean confidence and the accuracy of each bin, one row for each run and bin."""
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
                for part in run.calibration.bins
            ]
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a column of panels for each run, with common scales."""
        panels = figure.subplots(
            2, len(self.runs), squeeze=False, sharex=True, sharey="row", gridspec_kw={"height_ratios": [3.2, 1]}
        )
        for column, run in enumerate(self.runs):
            self._draw_reliability(panels[0, column], run, theme)
            self._draw_histogram(panels[1, column], run, theme)
        panels[0, 0].set_ylabel("Accuracy")
        panels[1, 0].set_ylabel("Images")
        figure.supxlabel("Confidence", fontsize=panels[0, 0].yaxis.label.get_size(), color=theme.muted)

    def _draw_reliability(self, ax: Axes, run: RunCalibration, theme: Theme) -> None:
        filled = [part for part in run.calibration.bins if part.images]
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
        # In the corner without points.
        above = run.confidence <= run.accuracy.value
        ece = run.statistics.ece
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
        bins = run.calibration.bins
        ax.stairs(
            [part.images / run.images for part in bins],
            [bins[0].lower, *(part.upper for part in bins)],
            fill=True,
            color=theme.accent,
            alpha=0.85,
        )
        ax.yaxis.set_major_locator(MaxNLocator(2))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


@dataclass(frozen=True)
class CalibrationTable(Table[RunCalibration]):
    """Calibration error, log loss, area under the risk-coverage curve, and deferral: a row per run."""

    runs: tuple[RunCalibration, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> CalibrationTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(calibrations_of(study, *configurations))

    @property
    def alt(self) -> str:
        """The calibration error of every run."""
        parts = [f"{run.title} {number(run.statistics.ece.value)}" for run in self.runs]
        return f"Expected calibration error: {listing(parts)}."

    def rows(self) -> Sequence[RunCalibration]:
        """Each run."""
        return self.runs

    def columns(self) -> Sequence[Column[RunCalibration]]:
        """Metrics with the bounds of their 95% intervals; threshold, deferred images, and accuracy on the rest."""
        return (
            Column("run", lambda run: run.title, "Run", without_start),
            *(metric_column(metric, lambda run: run.statistics) for metric in CALIBRATION.values()),
            Column("aurc", lambda run: run.calibration.aurc, "AURC", _with_interval),
            Column("threshold", lambda run: run.deferral.threshold),
            Column("deferred", lambda run: run.deferral.rate),
            Column("deferred_images", lambda run: run.deferred),
            Column("", _deferred, f"Deferred for {percent(self.runs[0].deferral.target, 0)}"),
            Column(
                "accuracy_on_the_rest", lambda run: run.deferral.accuracy, "Accuracy on the rest", share_with_interval
            ),
        )


def _deferred(run: RunCalibration) -> str:
    """Write the share and number of deferred images, e.g. "31.0% (62)"."""
    return "–" if run.deferred is None else f"{percent(run.deferral.rate)} ({count(run.deferred)})"


def _with_interval(estimate: Estimate) -> str:
    """Write a number with its interval, e.g. "0.052 (0.041–0.063)"."""
    if np.isnan(estimate.value):
        return "–"
    return f"{number(estimate.value)} ({number(estimate.low)}–{number(estimate.high)})"


def describe_calibration(study: Study, *configurations: str) -> Markdown:
    """State the calibration error, and which models are over- or underconfident according to the interval.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    runs = calibrations_of(study, *configurations)
    under = [run for run in runs if run.confidence < run.accuracy.low]
    over = [run for run in runs if run.confidence > run.accuracy.high]
    undecided = [run for run in runs if run not in (*under, *over)]
    parts = [
        sentence_start(
            Markdown("{models} {are} {adjective}: the accuracy is {side} than the mean confidence.").format(
                models=_models(group, len(runs)), are="is" if len(group) == 1 else "are", adjective=adjective, side=side
            )
        )
        for group, adjective, side in ((under, "underconfident", "higher"), (over, "overconfident", "lower"))
        if group
    ]
    if undecided:
        parts.append(
            Markdown(
                "For {}, neither over- nor underconfidence is detected: the mean confidence lies within the 95% "
                "interval of the accuracy."
            ).format(_models(undecided, len(runs)))
        )
    gap = range_over_models([run.statistics.ece.value for run in runs], lambda value: number(100 * value, 1))
    low, high = (number(100 * limit, 1) for limit in runs[0].statistics.ece.limits)
    limits = Markdown(" (95% interval {} to {})").format(low, high) if len(runs) == 1 else over_models(runs)
    parts.append(
        Markdown(
            "The expected calibration error, the mean absolute difference between confidence and accuracy over the "
            "bins, is {gap} percentage points{limits}."
        ).format(gap=gap, limits=limits)
    )
    return sentences(parts)


def _models(group: Sequence[RunCalibration], models: int) -> str:
    return f"all {models} models" if len(group) == models > 1 else listing([in_sentence(run.title) for run in group])
