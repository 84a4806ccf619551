"""How many images to hand to a person: the share of errors among those that a model keeps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from svhnlab.report.calibration.reliability import RunCalibration, calibrations_of
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.style import SMALL, WIDTH, Theme
from svhnlab.report.core.text import escape_markdown, listing, percent, quantity
from svhnlab.report.core.words import by_model
from svhnlab.store.schema import Study


class RiskCoverage(AxesDisplay):
    """Share of errors among the images that a model keeps when it hands over those it is least sure of."""

    def __init__(self, runs: Sequence[RunCalibration]) -> None:
        self.runs = list(runs)

    @classmethod
    def from_results(cls, study: Study, *names: str) -> RiskCoverage:
        """Make the display from the named runs of a study, or all; ``ValueError`` when it has no statistics."""
        return cls(calibrations_of(study, *names))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 3.9

    @property
    def alt(self) -> str:
        """Text alternative with what each run has to hand over."""
        parts = [f"{run.title} {_handover_words(run)}" for run in self.runs]
        target = self.runs[0].figures.target
        return (
            "Share of errors among the images that are kept against their share of all test images. To hand over for "
            f"{percent(target, 0)} accuracy on the rest: {'; '.join(parts)}."
        )

    def frame(self) -> pd.DataFrame:
        """Return the curves, one row for each run and point."""
        return pd.concat(
            [
                pd.DataFrame({"run": run.title, "coverage": run.figures.coverage, "risk": run.figures.risk})
                for run in self.runs
            ],
            ignore_index=True,
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw all curves on a square-root scale, which shows small shares and keeps zero."""
        marks = run_marks([run.name for run in self.runs], theme)
        target = 1 - self.runs[0].figures.target
        top = max(max(run.figures.risk, default=0.0) for run in self.runs)
        top = 1.08 * max(top, 2 * target)
        ax.set_yscale("function", functions=(_root, np.square))
        ax.axhline(target, color=theme.line, linewidth=0.8, linestyle=(0, (3, 2)))
        ax.annotate(
            f"{percent(self.runs[0].figures.target, 0)} right",
            (1, target),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=SMALL,
            color=theme.muted,
        )
        for run, mark in zip(self.runs, marks, strict=True):
            ax.plot(run.figures.coverage, run.figures.risk, label=run.title, linewidth=1.5, **mark.stroke)
        for run, mark in zip(self.runs, marks, strict=True):
            if run.figures.deferral_rate < 1:
                kept = 1 - run.figures.deferral_rate
                reached = float(np.interp(kept, run.figures.coverage, run.figures.risk))
                ax.plot([kept], [reached], linestyle="none", markersize=6, zorder=3, clip_on=False, **mark.point)
        ax.set(xlim=(0, 1), ylim=(0, top), xlabel="Share of the images that the model keeps")
        ax.set_ylabel("Share of errors among them")
        ax.set_yticks(_ticks(top))
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.legend(loc="upper left", handlelength=2.6)


def _root(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(np.maximum(values, 0.0))


def _ticks(top: float) -> list[float]:
    """Round shares up to `top` that stand well apart on a square-root scale."""
    return [tick for tick in (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0) if tick <= top]


def _handover_words(run: RunCalibration) -> str:
    """Say how many images a run has to hand over."""
    figures = run.figures
    if figures.deferral_rate >= 1:
        return "all, as no rest reaches it"
    if figures.deferral_rate <= 0:
        return "none"
    return f"{percent(figures.deferral_rate)} ({quantity(run.handed_over, 'image')})"


def describe_deferral(study: Study, *names: str) -> Remark:
    """Say for each run how many of its least confident images a person has to take over for the target accuracy.

    Raises
    ------
    ValueError
        If the study has no statistics.
    """
    runs = calibrations_of(study, *names)
    target = percent(runs[0].figures.target, 0)
    never = [escape_markdown(run.title) for run in runs if run.figures.deferral_rate >= 1]
    always = [escape_markdown(run.title) for run in runs if run.figures.deferral_rate <= 0]
    shares = [run.figures.deferral_rate for run in runs if 0 < run.figures.deferral_rate < 1]
    sentences = []
    if shares:
        sentences.append(
            f"For {target} right answers on the rest, a person has to take over the {by_model(shares)} of the images "
            f"in which the model is least confident{', by model' if len(shares) > 1 else ''}."
        )
    if always:
        sentences.append(f"{listing(always)} {_reach(always)} {target} without handing over any image.")
    if never:
        sentences.append(f"{listing(never)} {_reach(never)} {target} on no rest, however small.")
    return Remark(
        f"{' '.join(sentences)} These points were chosen on the test images themselves, so that new images may need "
        "somewhat more."
    )


def _reach(names: Sequence[str]) -> str:
    return "reaches" if len(names) == 1 else "reach"
