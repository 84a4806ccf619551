"""Accuracy on changed test images: a curve for each corruption, and sentences on the significant differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.config.corruptions import CORRUPTIONS
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.select import robustness_of, trained_runs
from svhnlab.report.core.style import SMALL, Theme
from svhnlab.report.core.text import count_with_verb, listing, points, quantity
from svhnlab.report.core.words import in_sentence, range_over_models, sentence_start
from svhnlab.store.schema import ALPHA, Condition, CorruptionDifference, Estimate, Study


@dataclass(frozen=True)
class RunCurves:
    """Accuracies of one configuration.

    Attributes
    ----------
    name, title
        Name of the configuration, and its title for readers.
    unchanged
        Accuracy without a change.
    accuracy
        Accuracy under each condition.
    """

    name: str
    title: str
    unchanged: Estimate
    accuracy: tuple[Estimate, ...]


@dataclass(frozen=True)
class RobustnessCurves(Display):
    """Accuracy of each configuration against the severity of each corruption, with 95% intervals.

    Attributes
    ----------
    runs
        One for each configuration.
    conditions
        The changes, in the order of the accuracies.
    images
        Number of sampled test images.
    """

    runs: tuple[RunCurves, ...]
    conditions: tuple[Condition, ...]
    images: int

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> RobustnessCurves:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        robustness = robustness_of(study)
        runs = tuple(
            RunCurves(run.name, run.title, robustness.runs[run.name].unchanged, robustness.runs[run.name].accuracy)
            for run in trained_runs(study, *configurations)
        )
        return cls(runs, robustness.conditions, int(robustness.sampled.sum()))

    @property
    def corruptions(self) -> list[str]:
        """Names of the corruptions in their order."""
        return list(dict.fromkeys(condition.corruption for condition in self.conditions))

    @property
    def _columns(self) -> int:
        return 2 if self.narrow else 4

    @property
    def _rows(self) -> int:
        return -(-len(self.corruptions) // self._columns)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        legend = 0.25 * (len(self.runs) if self.narrow else -(-len(self.runs) // 3))
        return self.width, (0.95 if self.narrow else 1.55) * self._rows + 0.25 + legend

    @property
    def alt(self) -> str:
        """The ranges of the accuracies without a change and of the lowest ones."""
        lowest = [min(accuracy.value for accuracy in run.accuracy) for run in self.runs]
        return (
            f"Accuracy on {quantity(self.images, 'test image')} against the severity of "
            f"{quantity(len(self.corruptions), 'corruption')}: "
            f"{range_over_models([run.unchanged.value for run in self.runs])} without a change, and "
            f"{range_over_models(lowest)} under the change that lowers it most."
        )

    def frame(self) -> pd.DataFrame:
        """Return a row for each configuration and condition, and one without a change."""
        unchanged = Condition("", 0, 0.0)
        return pd.DataFrame(
            [
                (run.title, one.corruption or "none", one.severity, one.strength, value.value, *value.limits)
                for run in self.runs
                for one, value in zip((unchanged, *self.conditions), (run.unchanged, *run.accuracy), strict=True)
            ],
            columns=["run", "corruption", "severity", "strength", "accuracy", "lower", "upper"],
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a panel for each corruption, with common scales."""
        panels = figure.subplots(self._rows, self._columns, squeeze=False, sharex=True, sharey=True)
        for i, ax in enumerate(panels.flat):
            if i >= len(self.corruptions):
                ax.set_axis_off()
                continue
            self._draw_corruption(ax, self.corruptions[i], theme)
            if i % self._columns == 0 and not self.narrow:
                ax.set_ylabel("Accuracy", fontsize=SMALL)
            if i + self._columns >= len(self.corruptions):
                ax.set_xlabel("Severity", fontsize=SMALL)
                ax.tick_params(labelbottom=True)
        if self.narrow:
            figure.supylabel("Accuracy", fontsize=SMALL)
        lowest = min(one.low for run in self.runs for one in (run.unchanged, *run.accuracy))
        panels[0, 0].set(xlim=(-0.4, 5.4), ylim=(max(0, lowest - 0.05), 1.02))
        panels[0, 0].set_xticks([0, *sorted({one.severity for one in self.conditions})])
        panels[0, 0].yaxis.set_major_locator(MaxNLocator(4))
        panels[0, 0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        marks = run_marks([run.name for run in self.runs], theme)
        handles = [
            Line2D([], [], markersize=4.5, linewidth=0.9, label=run.title, **mark.stroke | mark.point)
            for run, mark in zip(self.runs, marks, strict=True)
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=1 if self.narrow else 3)

    def _draw_corruption(self, ax: Axes, name: str, theme: Theme) -> None:
        positions = [i for i, condition in enumerate(self.conditions) if condition.corruption == name]
        marks = run_marks([run.name for run in self.runs], theme)
        for i, (run, mark) in enumerate(zip(self.runs, marks, strict=True)):
            offset = 0.16 * (i - (len(self.runs) - 1) / 2)
            x = [offset, *(self.conditions[k].severity + offset for k in positions)]
            values = [run.unchanged, *(run.accuracy[k] for k in positions)]
            ax.vlines(x, [one.low for one in values], [one.high for one in values], color=mark.colour, linewidth=0.9)
            ax.plot(x, [one.value for one in values], linewidth=0.9, alpha=0.8, **mark.stroke)
            ax.plot(x, [one.value for one in values], linestyle="none", markersize=3.2, **mark.point)
        ax.set_title(CORRUPTIONS[name].title, fontsize=SMALL + 1, pad=4)


def summarise_robustness(study: Study) -> Markdown:
    """State which corruptions lower the accuracy of all models significantly, and those that lower that of none.

    Raises
    ------
    NotComputed
        If no configuration is trained, or the predictions on changed images are not computed yet.
    """
    runs, robustness = trained_runs(study), robustness_of(study)
    lowered = {
        name: [run for run in runs if lowers_accuracy(study, run.name, positions[-1])]
        for name, positions in robustness.corruptions.items()
    }
    everywhere = [name for name, those in lowered.items() if len(those) == len(runs)]
    nowhere = [name for name, those in lowered.items() if not those]
    everywhere.sort(key=lambda name: min(_last(study, run.name, name).value for run in runs))
    images = quantity(int(robustness.sampled.sum()), "test image")
    if not everywhere:
        return Markdown(
            "No corruption lowers the accuracy of {models} significantly at its highest severity, on {images}."
        ).format(images=images, models="the model" if len(runs) == 1 else "every model")
    named = everywhere[:3]
    parts = [
        Markdown(
            "{names} {verb} the accuracy of {models} significantly: under {worst} of the highest severity, it is "
            "{values} on {images}."
        ).format(
            names=sentence_start(listing([corruption_in_sentence(name) for name in named])),
            verb="lowers" if len(named) == 1 else "lower",
            models="the model" if len(runs) == 1 else "every model",
            images=images,
            worst=corruption_in_sentence(named[0]),
            values=range_over_models([_last(study, run.name, everywhere[0]).value for run in runs]),
        )
    ]
    if nowhere:
        parts.append(
            Markdown("Under {count} of {all} corruptions, the accuracy of no model is significantly lower.").format(
                count=len(nowhere), all=len(lowered)
            )
        )
    return sentences(parts)


def corruption_in_sentence(name: str) -> str:
    """Write the title of a corruption for use inside a sentence."""
    title = CORRUPTIONS[name].title
    proper = title.startswith(("Gaussian", "JPEG"))
    return title if proper else title[:1].lower() + title[1:]


def _last(study: Study, run: str, corruption: str) -> Estimate:
    """Accuracy at the highest severity."""
    robustness = robustness_of(study)
    return robustness.runs[run].accuracy[robustness.corruptions[corruption][-1]]


def lowers_accuracy(study: Study, run: str, position: int) -> bool:
    """Whether the accuracy under a condition is significantly lower than without a change."""
    result = robustness_of(study).runs[run]
    lower = result.accuracy[position].value < result.unchanged.value
    return lower and result.interventions[position].p_adjusted < ALPHA


def describe_robustness(study: Study) -> Markdown:
    """State how accuracies were measured, and the significant differences between configurations.

    Raises
    ------
    NotComputed
        If no configuration is trained, or the predictions on changed images are not computed yet.
    """
    runs, robustness = trained_runs(study), robustness_of(study)
    unchanged = [robustness.runs[run.name].unchanged.value for run in runs]
    mean = [robustness.runs[run.name].mean.value for run in runs]
    sampled = int(robustness.sampled.sum())
    parts = [
        Markdown(
            "Each model classified {conditions} changed versions of {images}, without test-time augmentation. The mean "
            "accuracy over the {corruptions} corruptions is {mean}, compared with {unchanged} without a change."
        ).format(
            conditions=len(robustness.conditions),
            images=f"each of {quantity(sampled, 'test image')} drawn at random"
            if sampled < len(study.data.test_labels)
            else f"all {quantity(sampled, 'test image')}",
            corruptions=len(robustness.corruptions),
            mean=range_over_models(mean),
            unchanged=range_over_models(unchanged),
        )
    ]
    if len(runs) > 1:
        parts += [_mean_differences(study, robustness.differences), _single_differences(study, robustness.differences)]
    return sentences(parts)


def _mean_differences(study: Study, differences: Sequence[CorruptionDifference]) -> Markdown:
    significant = [one for one in differences if not one.corruption and one.significant]
    if not significant:
        return Markdown("Averaged over all corruptions, no two models differ significantly.")
    largest = max(significant, key=lambda one: abs(one.accuracy.value))
    pairs = sum(not one.corruption for one in differences)
    if len(significant) == 1:
        return Markdown("Averaged over all corruptions, {}{}.").format(
            _compare(study, largest),
            Markdown(", the only significant difference between two models" if pairs > 1 else ""),
        )
    return Markdown(
        "Averaged over all corruptions, {} pairs of models differ significantly; the largest difference, {}, is "
        "between {} and {}."
    ).format(
        f"all {pairs}" if len(significant) == pairs else f"{len(significant)} of {pairs}",
        points(largest.accuracy.value),
        *_names(study, largest),
    )


def _single_differences(study: Study, differences: Sequence[CorruptionDifference]) -> Markdown:
    """State how many differences between two models are significant, and the largest one."""
    tests = [one for one in differences if one.corruption]
    significant = [one for one in tests if one.significant]
    if not significant:
        return Markdown("Under no single corruption do two models differ significantly.")
    largest = max(significant, key=lambda one: abs(one.accuracy.value))
    return Markdown("Of {tests} under single corruptions, {are} significant; under {corruption}, {compared}.").format(
        tests=quantity(len(tests), "difference between two models", "differences between two models"),
        are=count_with_verb(len(significant)),
        corruption=corruption_in_sentence(largest.corruption),
        compared=_compare(study, largest),
    )


def _compare(study: Study, one: CorruptionDifference) -> str:
    better, worse = _names(study, one)
    return f"{better} is {points(one.accuracy.value)} more accurate than {worse}"


def _names(study: Study, one: CorruptionDifference) -> tuple[str, str]:
    """Return the names of the more and the less accurate model in a sentence."""
    better, worse = (one.second, one.first) if one.accuracy.value > 0 else (one.first, one.second)
    return in_sentence(study.runs[better].title), in_sentence(study.runs[worse].title)
