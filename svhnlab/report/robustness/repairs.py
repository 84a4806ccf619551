"""Interventions: the errors that a change of the image repairs, and the correct predictions that it breaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.config.corruptions import CORRUPTIONS, SEVERITIES
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import robustness_of, trained_runs
from svhnlab.report.core.style import SMALL, Theme, only_bottom
from svhnlab.report.core.text import narrow_title, points, quantity, without_start
from svhnlab.report.core.words import in_sentence, range_over_models, share_over_models
from svhnlab.report.robustness.accuracy import corruption_in_sentence
from svhnlab.store.schema import ALPHA, Condition, Intervention, Study

#: Severity of the changes that the figure shows: the middle one.
SHOWN_SEVERITY = SEVERITIES[len(SEVERITIES) // 2]


@dataclass(frozen=True)
class RunRepairs:
    """What each change does to the errors and the correct predictions of one configuration.

    Attributes
    ----------
    title
        Of the configuration.
    interventions
        In the order of the conditions.
    """

    title: str
    interventions: tuple[Intervention, ...]


@dataclass(frozen=True)
class RepairChart(Display):
    """Share of the errors that each change repairs and of the correct predictions that it breaks.

    Attributes
    ----------
    runs
        A panel for each configuration.
    conditions
        One for each corruption, in the order of the interventions.
    """

    runs: tuple[RunRepairs, ...]
    conditions: tuple[Condition, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> RepairChart:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing.

        Of each corruption, the middle severity is shown, or the only one.
        """
        robustness = robustness_of(study)
        shown = [
            next((i for i in positions if robustness.conditions[i].severity == SHOWN_SEVERITY), positions[-1])
            for positions in robustness.corruptions.values()
        ]
        return cls(
            tuple(
                RunRepairs(run.title, tuple(robustness.runs[run.name].interventions[i] for i in shown))
                for run in trained_runs(study, *configurations)
            ),
            tuple(robustness.conditions[i] for i in shown),
        )

    @property
    def _rows(self) -> int:
        return -(-len(self.runs) // 2)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        rows = self._rows * len(self.conditions)
        if self.narrow:
            return self.width, 0.5 + 0.75 * self._rows + 0.155 * rows
        return self.width, 0.4 + 0.65 * self._rows + 0.21 * rows

    @property
    def alt(self) -> str:
        """The highest share of repaired errors of each configuration."""
        shares = [[one.repaired.value for one in run.interventions] for run in self.runs]
        best = [float(np.nanmax(values)) for values in shares if not np.isnan(values).all()]
        if not best:
            return "There are no errors to repair."
        return (
            f"Errors repaired and correct predictions broken by {quantity(len(self.conditions), 'change')} of the "
            f"image; the best change repairs {range_over_models(best)} of the errors of a model."
        )

    def frame(self) -> pd.DataFrame:
        """Return a row for each configuration and change."""
        return pd.DataFrame(
            [
                (
                    run.title,
                    condition.corruption,
                    condition.severity,
                    condition.strength,
                    one.repaired.value,
                    *one.repaired.limits,
                    one.broken.value,
                    *one.broken.limits,
                    one.p_adjusted,
                )
                for run in self.runs
                for condition, one in zip(self.conditions, run.interventions, strict=True)
            ],
            columns=[
                *("run", "corruption", "severity", "strength", "repaired", "repaired_lower", "repaired_upper"),
                *("broken", "broken_lower", "broken_upper", "p_adjusted"),
            ],
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a panel for each configuration, with common scales."""
        columns = min(2, len(self.runs))
        panels = figure.subplots(self._rows, columns, squeeze=False, sharex=True, sharey=True)
        for i, ax in enumerate(panels.flat):
            if i < len(self.runs):
                self._draw_run(ax, self.runs[i], theme)
                ax.tick_params(labelbottom=True)
            else:
                ax.set_axis_off()
        names = [CORRUPTIONS[condition.corruption].title for condition in self.conditions]
        panels[0, 0].set_yticks(range(len(names)), names)
        panels[0, 0].set_ylim(len(names) - 0.4, -0.6)
        panels[0, 0].set_xlim(left=-0.02)
        panels[0, 0].xaxis.set_major_locator(MaxNLocator(2 if self.narrow else 5))
        panels[0, 0].xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        handles = [
            Line2D([], [], linestyle="none", marker=marker, color=colour, markersize=5, label=label)
            for marker, colour, label in (
                ("o", theme.accent, "errors repaired"),
                ("s", theme.error, "correct predictions broken"),
            )
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=1 if self.narrow else 2)

    def _draw_run(self, ax: Axes, run: RunRepairs, theme: Theme) -> None:
        for row, one in enumerate(run.interventions):
            for share, offset, marker, colour in (
                (one.repaired, -0.17, "o", theme.accent),
                (one.broken, 0.17, "s", theme.error),
            ):
                if not np.isnan(share.value):
                    ax.plot(share.limits, [row + offset] * 2, color=colour, linewidth=1.8, alpha=0.5)
                    ax.plot([share.value], [row + offset], marker, color=colour, markersize=4)
        title = narrow_title(run.title, 15) if self.narrow else without_start(run.title)
        ax.set_title(title, fontsize=SMALL + 1.5, pad=4)
        only_bottom(ax)


@dataclass(frozen=True)
class SignificantGain:
    """A change of the image with which a model is significantly more accurate.

    Attributes
    ----------
    corruption
        Its name in a sentence.
    severity
        Of the change.
    run
        Title of the configuration.
    gain
        Difference in accuracy from the unchanged images.
    """

    corruption: str
    severity: int
    run: str
    gain: float


def significant_gains(study: Study) -> list[SignificantGain]:
    """Return the changes that raise the accuracy of a model significantly, by configuration and in their order.

    Raises
    ------
    NotComputed
        If no configuration is trained, or the predictions on changed images are not computed yet.
    """
    robustness = robustness_of(study)
    return [
        SignificantGain(
            corruption_in_sentence(condition.corruption),
            condition.severity,
            run.title,
            accuracy.value - result.unchanged.value,
        )
        for run, result in ((run, robustness.runs[run.name]) for run in trained_runs(study))
        for condition, accuracy, one in zip(robustness.conditions, result.accuracy, result.interventions, strict=True)
        if one.p_adjusted < ALPHA and accuracy.value > result.unchanged.value
    ]


def describe_repairs(study: Study) -> Markdown:
    """State how many errors any change repairs and how many correct predictions any breaks, and the significant gains.

    Raises
    ------
    NotComputed
        If no configuration is trained, or the predictions on changed images are not computed yet.
    """
    runs, robustness = trained_runs(study), robustness_of(study)
    results = [robustness.runs[run.name] for run in runs]
    parts = [
        Markdown(
            "At least one of the {changes} changes repairs {repaired} of the errors, and at least one breaks {broken} "
            "of the correct predictions."
        ).format(
            changes=len(robustness.conditions),
            repaired=share_over_models([one.any_repaired for one in results]),
            broken=share_over_models([one.any_broken for one in results]),
        )
    ]
    gains = significant_gains(study)
    if gains:
        parts += [
            Markdown(
                "With {corruption} of severity {severity}, {model} is significantly more accurate ({gain})."
            ).format(
                corruption=one.corruption, severity=one.severity, model=in_sentence(one.run), gain=points(one.gain)
            )
            for one in gains[:3]
        ]
    else:
        parts.append(
            Markdown(
                "No change raises the accuracy of a model significantly (exact McNemar tests by photograph with Holm’s "
                "correction)."
            )
        )
    return sentences(parts)
