"""Calibration: reliability diagram, over- and underconfidence, and images to defer for a target accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.report.calibration.temperature_slider import slider_part
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import runs_with_statistics, runs_with_validation
from svhnlab.report.core.style import SMALL, Theme, ThemeName, halo
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import (
    count,
    listing,
    number,
    number_with_interval,
    percent,
    share_with_interval,
    without_start,
    wrapped,
)
from svhnlab.report.core.words import (
    in_sentence,
    name_models,
    over_models,
    range_over_models,
    sentence_start,
    share_over_models,
)
from svhnlab.store.schema import (
    UNDEFINED,
    Calibration,
    Deferral,
    Estimate,
    FittedStatistics,
    ReliabilityBin,
    RunStatistics,
    Study,
)

AS_TRAINED, SCALED = "as trained", "temperature scaling"


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
    def deferral(self) -> Deferral | None:
        """Deferral for a target accuracy on the rest; None without predictions on the validation images."""
        return self.statistics.deferral

    @property
    def deferred(self) -> int | None:
        """Number of test images that are deferred; None if it is unknown or the target is refused."""
        known = self.deferral
        return None if known is None or known.refused else round(known.rate * self.images)


@dataclass(frozen=True)
class FittedCalibration(RunCalibration):
    """The calibration of a run with predictions on the validation images."""

    statistics: FittedStatistics

    @property
    def deferral(self) -> Deferral:
        """Deferral for a target accuracy on the rest."""
        return self.statistics.deferral


def fitted_calibrations_of(study: Study, *configurations: str) -> tuple[FittedCalibration, ...]:
    """Return the calibration of the named configurations (by default all) with predictions on the validation images.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, the statistics are not computed yet, or none has such predictions.
    """
    return tuple(
        FittedCalibration(run.name, run.title, len(run.test.labels), statistics, statistics.calibration)
        for run, statistics in runs_with_validation(study, *configurations)
    )


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
class Curve:
    """A reliability curve of one run, as the model gives its probabilities or after temperature scaling.

    Attributes
    ----------
    probabilities
        "as trained" or "temperature scaling".
    bins
        Mean confidence and accuracy in each bin.
    ece
        Expected calibration error.
    """

    probabilities: str
    bins: tuple[ReliabilityBin, ...]
    ece: Estimate

    @property
    def filled(self) -> list[ReliabilityBin]:
        """Bins with images."""
        return [part for part in self.bins if part.images]


def curves_of(run: RunCalibration) -> tuple[Curve, ...]:
    """Return the reliability curves of a run without and, if it is fitted, with temperature scaling."""
    scaling = run.statistics.temperature_scaling
    as_trained = Curve(AS_TRAINED, run.calibration.bins, run.statistics.ece)
    return (as_trained, *(() if scaling is None else (Curve(SCALED, scaling.bins, scaling.metrics["ece"]),)))


@dataclass(frozen=True)
class ReliabilityDiagram(Display):
    """Accuracy against confidence in bins without and with temperature scaling, with 95% bands: a panel per run.

    Below, the share of the images in each bin. On a page, a slider shows the calibration at other temperatures.
    """

    runs: tuple[RunCalibration, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> ReliabilityDiagram:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(calibrations_of(study, *configurations))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        rows, columns = self._shape
        if self.narrow:
            return self.width, 0.6 + rows * (self.width / columns + 1.4)
        side = self.width / max(columns, 2)
        return (self.width if columns > 1 else self.width * 0.6), side + 1.4 + (0.25 if columns > 2 else 0)

    @property
    def _shape(self) -> tuple[int, int]:
        """Rows and columns of the runs."""
        columns = min(2, len(self.runs)) if self.narrow else len(self.runs)
        return -(-len(self.runs) // columns), columns

    @property
    def alt(self) -> str:
        """The range of the expected calibration errors before and after temperature scaling."""
        curves = [curves_of(run) for run in self.runs]
        before = range_over_models([first.ece.value for first, *_ in curves])
        scaled = [rest[0].ece.value for _, *rest in curves if rest]
        after = f" and {range_over_models(scaled)} after temperature scaling" if scaled else ""
        return (
            f"Accuracy against mean confidence in {len(self.runs[0].calibration.bins)} bins, with the diagonal of "
            f"perfect calibration; the expected calibration error is {before} as trained{after}."
        )

    def frame(self) -> pd.DataFrame:
        """Return the images, mean confidence and accuracy of each bin, one row for each run, curve and bin."""
        return pd.DataFrame(
            [
                {
                    "run": run.title,
                    "probabilities": curve.probabilities,
                    "from": part.lower,
                    "to": part.upper,
                    "images": part.images,
                    "confidence": part.confidence,
                    "accuracy": part.accuracy.value,
                    "lower": part.accuracy.low,
                    "upper": part.accuracy.high,
                }
                for run in self.runs
                for curve in curves_of(run)
                for part in curve.bins
            ]
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a column of panels for each run, with common scales."""
        rows, columns = self._shape
        panels = figure.subplots(
            2 * rows, columns, squeeze=False, sharex=True, sharey="row", gridspec_kw={"height_ratios": [3.2, 1] * rows}
        )
        for i, run in enumerate(self.runs):
            row, column = divmod(i, columns)
            self._draw_reliability(panels[2 * row, column], run, theme)
            self._draw_histogram(panels[2 * row + 1, column], run, theme)
        for ax in panels[-2:, (len(self.runs) - 1) % columns + 1 :].flat:
            ax.set_axis_off()
        for row in range(rows):
            panels[2 * row, 0].set_ylabel("Accuracy")
            panels[2 * row + 1, 0].set_ylabel("Images")
        figure.supxlabel("Confidence", fontsize=panels[0, 0].yaxis.label.get_size(), color=theme.muted)
        most = max(range(len(self.runs)), key=lambda i: len(curves_of(self.runs[i])))
        handles, labels = panels[2 * (most // columns), most % columns].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=1 if self.narrow else 2)

    def _html_part(self, paths: Mapping[ThemeName, Path], alt: str) -> str:
        name = paths["light"].stem.removesuffix("-light")
        scalings = {run.title: run.statistics.temperature_scaling for run in self.runs}
        fitted = {title: scaling for title, scaling in scalings.items() if scaling is not None}
        picture = super()._html_part(paths, alt)
        return f"{picture}\n\n{slider_part(fitted, name)}" if fitted else picture

    def _draw_reliability(self, ax: Axes, run: RunCalibration, theme: Theme) -> None:
        ax.plot([0, 1], [0, 1], color=theme.line, linewidth=0.8, linestyle=(0, (3, 2)))
        for curve, style in zip(curves_of(run), _styles(theme), strict=False):
            x = np.array([part.confidence for part in curve.filled])
            low, value, high = (
                np.array([(part.accuracy.low, part.accuracy.value, part.accuracy.high) for part in curve.filled])
                .reshape(-1, 3)
                .T
            )
            ax.fill_between(x, low, high, color=style["color"], alpha=0.2, linewidth=0)
            ax.plot(x, value, linewidth=1, markersize=3.2, label=curve.probabilities, **style)
        ax.set(xlim=(0, 1), ylim=(0, 1.03))
        ax.set_title(wrapped(run.title, 22 if len(self.runs) > 2 else 40), fontsize=SMALL + 1)
        # In the corner without points.
        above = run.statistics.underconfidence.value >= 0
        ax.text(
            0.97 if above else 0.04,
            0.03 if above else 0.97,
            "\n".join(
                f"{name} {percent(curve.ece.value)}"
                for name, curve in zip(("ECE", "scaled"), curves_of(run), strict=False)
            ),
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
        for curve, style, fill in zip(curves_of(run), _styles(theme), (True, False), strict=False):
            ax.stairs(
                [part.images / run.images for part in curve.bins],
                [curve.bins[0].lower, *(part.upper for part in curve.bins)],
                fill=fill,
                color=style["color"],
                alpha=0.5 if fill else 1,
                linewidth=0 if fill else 1.1,
            )
        ax.yaxis.set_major_locator(MaxNLocator(2))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _styles(theme: Theme) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the appearance of the two curves: circles, and diamonds."""
    after = theme.hues[3]
    return {"color": theme.accent, "marker": "o"}, {"color": after, "marker": "D"}


@dataclass(frozen=True)
class CalibrationTable(Table[RunCalibration]):
    """Area under the risk-coverage curve, and deferral: a row per run."""

    runs: tuple[RunCalibration, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> CalibrationTable:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(calibrations_of(study, *configurations))

    @property
    def alt(self) -> str:
        """The area of every run."""
        parts = [f"{run.title} {number(run.calibration.aurc.value)}" for run in self.runs]
        return f"Area under the risk-coverage curve: {listing(parts)}."

    def rows(self) -> Sequence[RunCalibration]:
        """Each run."""
        return self.runs

    def columns(self) -> Sequence[Column[RunCalibration]]:
        """The area with the bounds of its 95% interval; threshold, deferred images, and accuracy on the rest."""
        return (
            Column("run", lambda run: run.title, "Run", without_start),
            Column("aurc", lambda run: run.calibration.aurc, "AURC", number_with_interval),
            *self._deferral_columns(),
        )

    def _deferral_columns(self) -> Sequence[Column[RunCalibration]]:
        known = [run.deferral for run in self.runs if run.deferral is not None]
        if not known:
            return ()
        return (
            Column("threshold", lambda run: run.deferral and run.deferral.threshold),
            Column("deferred", lambda run: run.deferral and run.deferral.rate),
            Column("deferred_images", lambda run: run.deferred),
            Column("", _deferred, f"Deferred for {percent(known[0].target, 0)}"),
            Column(
                "accuracy_on_the_rest",
                lambda run: UNDEFINED if run.deferral is None else run.deferral.accuracy,
                "Accuracy on the rest",
                share_with_interval,
            ),
        )


def _deferred(run: RunCalibration) -> str:
    """Write the share and number of deferred images, e.g. "31.0% (62)"."""
    if run.deferral is None or run.deferred is None:
        return "–"
    return f"{percent(run.deferral.rate)} ({count(run.deferred)})"


def describe_calibration(study: Study, *configurations: str) -> Markdown:
    """State which models are over- or underconfident according to the interval, why, and the calibration error.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    runs = calibrations_of(study, *configurations)
    under = [run for run in runs if run.statistics.underconfidence.low > 0]
    over = [run for run in runs if run.statistics.underconfidence.high < 0]
    undecided = [run for run in runs if run not in (*under, *over)]
    parts = [
        sentence_start(
            Markdown("{models} {are} {adjective}: the mean confidence is {side} than the accuracy, by {gap}.").format(
                models=models(group, len(runs)),
                are="is" if len(group) == 1 else "are",
                adjective=adjective,
                gap=points_over_models([run.statistics.underconfidence for run in group]),
                side=side,
            )
        )
        for group, adjective, side in ((under, "underconfident", "lower"), (over, "overconfident", "higher"))
        if group
    ]
    if undecided:
        parts.append(
            Markdown(
                "For {}, neither over- nor underconfidence is detected: the 95% interval of the difference between "
                "mean confidence and accuracy includes zero."
            ).format(models(undecided, len(runs)))
        )
    eces = [run.statistics.ece for run in runs]
    parts.append(
        Markdown(
            "The expected calibration error, the mean absolute difference between confidence and accuracy over the "
            "bins, is {}{}."
        ).format(share_over_models(eces), over_models(eces))
    )
    return sentences([*parts[: len(parts) - 1], *_describe_smoothing(study, runs), parts[-1]])


def _describe_smoothing(study: Study, runs: Sequence[RunCalibration]) -> list[Markdown]:
    """State the target probability that label smoothing sets, one sentence for each strength."""
    classes = len(study.class_names)
    groups: dict[float, list[RunCalibration]] = {}
    for run in runs:
        recipe = study.runs[run.name].settings.get("recipe", {"label_smoothing": 0.0})  # unknown if it is imported
        groups.setdefault(recipe["label_smoothing"], []).append(run)
    return [
        Markdown(
            "Label smoothing of {smoothing:g}{models} sets the target of the labelled class at {target} instead of 1, "
            "which lowers the confidence."
        ).format(
            smoothing=smoothing,
            models="" if len(group) == len(runs) else Markdown(" in {}").format(models(group, len(runs))),
            target=number(1 - smoothing + smoothing / classes, 2),
        )
        for smoothing, group in groups.items()
        if smoothing
    ]


def models(group: Sequence[RunCalibration], number_of_models: int) -> str:
    """Name some of the models in a sentence."""
    return name_models([in_sentence(run.title) for run in group], number_of_models)


def points_over_models(differences: Sequence[Estimate]) -> str:
    """Write the size of one difference of shares with its 95% interval, or the range of the sizes of several."""
    sizes = [abs(difference.value) for difference in differences]
    unit = "percentage point" if {number(100 * size, 1) for size in sizes} == {"1.0"} else "percentage points"
    shown = f"{range_over_models(sizes, lambda size: number(100 * size, 1))} {unit}"
    if len(differences) > 1:
        return f"{shown}{over_models(differences)}"
    low, high = sorted(abs(limit) for limit in differences[0].limits)
    return f"{shown} (95% interval {number(100 * low, 1)} to {number(100 * high, 1)})"
