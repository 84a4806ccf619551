"""Selective prediction: the error rate on the images that a model does not defer, and how many it defers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from svhnlab.report.calibration.select import RunCalibration, calibrations_of, fitted_calibrations_of
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.style import SMALL, Theme
from svhnlab.report.core.text import listing, percent
from svhnlab.report.core.words import in_sentence, range_over_models, sentence_start, share_over_models
from svhnlab.store.schema import Deferral, Study


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
        return self.width, (3.4 + 0.2 * len(self.runs) if self.narrow else 3.3)

    @property
    def alt(self) -> str:
        """The range of the deferred shares."""
        text = "Error rate on the images that are not deferred (risk) against their share of all test images (coverage)"
        deferral = self._deferral
        if deferral is None:
            return f"{text}."
        shares = range_over_models([run.deferral.rate for run in self.runs if run.deferral is not None])
        return f"{text}; with the threshold for {percent(deferral.target, 0)} accuracy, {shares} of them are deferred."

    @property
    def _deferral(self) -> Deferral | None:
        """The deferral that decides target and refusal for all runs; None if no run has one, or it is refused."""
        known = next((run.deferral for run in self.runs if run.deferral is not None), None)
        return None if known is None or known.refused else known

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
        deferral = self._deferral
        target = 0.0 if deferral is None else 1 - deferral.target
        top = max(max(run.calibration.risk, default=0.0) for run in self.runs)
        top = 1.08 * max(top, 2 * target)
        ax.set_yscale("function", functions=(_root, np.square))
        if deferral is not None:
            ax.axhline(target, color=theme.line, linewidth=0.8, linestyle=(0, (3, 2)))
            ax.annotate(
                f"{percent(deferral.target, 0)} accuracy",
                (0, target),
                xytext=(0, 3),
                textcoords="offset points",
                fontsize=SMALL,
                color=theme.muted,
            )
        for run, mark in zip(self.runs, marks, strict=True):
            ax.plot(run.calibration.coverage, run.calibration.risk, label=run.title, linewidth=1.5, **mark.stroke)
        for run, mark in zip(self.runs, marks, strict=True):
            if run.deferral is not None and run.deferral.rate < 1:
                point = [1 - run.deferral.rate], [1 - run.deferral.accuracy.value]
                ax.plot(*point, linestyle="none", markersize=6, zorder=3, clip_on=False, **mark.point)
        ax.set(xlim=(0, 1), ylim=(0, top), xlabel="Coverage: share of images that are not deferred")
        ax.set_ylabel("Risk: error rate on these images")
        ax.set_yticks(_ticks(top))
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.figure.legend(loc="outside upper left", ncols=1 if self.narrow else 2, handlelength=2.6)


def _root(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(np.maximum(values, 0.0))


def _ticks(top: float) -> list[float]:
    """Return round shares up to `top` that are far enough apart on a square-root scale."""
    return [tick for tick in (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0) if tick <= top]


def describe_deferral(study: Study, *configurations: str) -> Markdown:
    """State how many images the models defer for a target accuracy, and the accuracy that they reach on the rest.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    runs = fitted_calibrations_of(study, *configurations)
    if runs[0].deferral.refused:
        return _refuse(runs[0].deferral)
    target = percent(runs[0].deferral.target, 0)
    never = [run for run in runs if run.deferral.threshold is None]
    found = [run for run in runs if run.deferral.threshold and run.deferral.rate < 1]
    parts = [
        Markdown("The confidence threshold for {} accuracy is chosen on the validation images.").format(target),
    ]
    always = [run for run in runs if run.deferral.threshold == 0]
    if always:
        parts.append(_sentence("There, {} {} {} without deferral.", always, ("reaches", "reach"), target))
    if never:
        parts.append(_sentence("There, {} {} not reach {} at any threshold.", never, ("does", "do"), target))
    if found:
        parts.append(
            Markdown(
                "With it, {shares} of the test images are deferred to a person; on the rest, the accuracy is "
                "{accuracies}."
            ).format(
                shares=range_over_models([run.deferral.rate for run in found]),
                accuracies=share_over_models([run.deferral.accuracy for run in found]),
            )
        )
    below = [run for run in runs if run.deferral.accuracy.high < run.deferral.target]
    if below:
        parts.append(_sentence("On the test images, {} {} short of {}.", below, ("falls", "fall"), target))
    if study.data.true_labels is not None:
        parts.append(Markdown("All of this is judged against the true labels."))
    return sentences(parts)


def _sentence(template: str, runs: Sequence[RunCalibration], verbs: tuple[str, str], target: str) -> Markdown:
    names = listing([in_sentence(run.title) for run in runs])
    return sentence_start(Markdown(template).format(names, verbs[len(runs) > 1], target))


def _refuse(deferral: Deferral) -> Markdown:
    """State why no threshold is given."""
    return Markdown(
        "No confidence threshold for {target} accuracy is given: {noise} of the test labels are suspected to be wrong, "
        "more than the {errors} of errors that this target allows. Against such labels it is reached by luck alone."
    ).format(
        target=percent(deferral.target, 0),
        noise=percent(deferral.label_noise),
        errors=percent(1 - deferral.target, 0),
    )
