"""Selective prediction: the error rate on the images that a model does not defer, and how many it must defer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from svhnlab.report.calibration.reliability import RunCalibration, calibrations_of
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.style import SMALL, WIDTH, Theme
from svhnlab.report.core.text import listing, percent, quantity
from svhnlab.report.core.words import in_sentence, over_models, range_over_models, sentence_start
from svhnlab.store.schema import Study


@dataclass(frozen=True)
class RiskCoverage(AxesDisplay):
    """Risk-coverage curves: error rate on the images that remain when the least confident ones are deferred."""

    runs: tuple[RunCalibration, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> RiskCoverage:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(calibrations_of(study, *configurations))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 3.9

    @property
    def alt(self) -> str:
        """Text alternative with the deferral of each run."""
        parts = [f"{run.title} {_deferral(run)}" for run in self.runs]
        target = self.runs[0].calibration.target
        return (
            "Error rate on the images that are not deferred (risk) against their share of all test images (coverage). "
            f"Deferral for {percent(target, 0)} accuracy on the rest: {'; '.join(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Return the curves, one row for each run and point."""
        return pd.concat(
            [
                pd.DataFrame({"run": run.title, "coverage": run.calibration.coverage, "risk": run.calibration.risk})
                for run in self.runs
            ],
            ignore_index=True,
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw all curves on a square-root scale, which resolves small shares and includes zero."""
        marks = run_marks([run.name for run in self.runs], theme)
        target = 1 - self.runs[0].calibration.target
        top = max(max(run.calibration.risk, default=0.0) for run in self.runs)
        top = 1.08 * max(top, 2 * target)
        ax.set_yscale("function", functions=(_root, np.square))
        ax.axhline(target, color=theme.line, linewidth=0.8, linestyle=(0, (3, 2)))
        ax.annotate(
            f"{percent(self.runs[0].calibration.target, 0)} accuracy",
            (1, target),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=SMALL,
            color=theme.muted,
        )
        for run, mark in zip(self.runs, marks, strict=True):
            ax.plot(run.calibration.coverage, run.calibration.risk, label=run.title, linewidth=1.5, **mark.stroke)
        for run, mark in zip(self.runs, marks, strict=True):
            if run.calibration.deferral_rate < 1:
                coverage = 1 - run.calibration.deferral_rate
                risk = float(np.interp(coverage, run.calibration.coverage, run.calibration.risk))
                ax.plot([coverage], [risk], linestyle="none", markersize=6, zorder=3, clip_on=False, **mark.point)
        ax.set(xlim=(0, 1), ylim=(0, top), xlabel="Coverage: share of images that are not deferred")
        ax.set_ylabel("Risk: error rate on these images")
        ax.set_yticks(_ticks(top))
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.legend(loc="upper left", handlelength=2.6)


def _root(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(np.maximum(values, 0.0))


def _ticks(top: float) -> list[float]:
    """Return round shares up to `top` that are far enough apart on a square-root scale."""
    return [tick for tick in (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0) if tick <= top]


def _deferral(run: RunCalibration) -> str:
    """Write the share and the number of images that a run must defer."""
    share = run.calibration.deferral_rate
    if share >= 1:
        return "all images, as no coverage reaches it"
    if share <= 0:
        return "none"
    return f"{percent(share)} ({quantity(run.deferred, 'image')})"


def describe_deferral(study: Study, *configurations: str) -> Markdown:
    """State how many of the least confident images the models must defer for the target accuracy on the rest.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    runs = calibrations_of(study, *configurations)
    target = percent(runs[0].calibration.target, 0)
    never = [in_sentence(run.title) for run in runs if run.calibration.deferral_rate >= 1]
    always = [in_sentence(run.title) for run in runs if run.calibration.deferral_rate <= 0]
    shares = [run.calibration.deferral_rate for run in runs if 0 < run.calibration.deferral_rate < 1]
    parts = []
    if shares:
        parts.append(
            Markdown(
                "To reach {target} accuracy on the remaining images, {shares} of the images, those with the lowest "
                "confidence, must be deferred to a person{over}."
            ).format(target=target, shares=range_over_models(shares), over=over_models(shares))
        )
    if always:
        text = Markdown("{} {} {} accuracy without deferral.").format(
            listing(always), "reaches" if len(always) == 1 else "reach", target
        )
        parts.append(sentence_start(text))
    if never:
        text = Markdown("{} {} not reach {} accuracy at any coverage.").format(
            listing(never), "does" if len(never) == 1 else "do", target
        )
        parts.append(sentence_start(text))
    parts.append(
        Markdown("The thresholds are chosen on the test images themselves, so new images may require more deferral.")
    )
    return sentences(parts)
