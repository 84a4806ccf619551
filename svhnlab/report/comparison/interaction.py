"""Model and augmentation as a 2 by 2 design, and their interaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.config.architectures import DESIGN
from svhnlab.report.comparison.pairwise_tests import draw_differences
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.select import NotComputed, runs_with_statistics, statistics_of
from svhnlab.report.core.style import SMALL, WIDTH, Theme, spread
from svhnlab.report.core.text import (
    count,
    points,
    points_with_interval,
    signed_interval,
    signed_points,
    without_start,
    wrapped,
)
from svhnlab.report.core.words import in_sentence
from svhnlab.store.schema import Estimate, Interaction, Study


def _interaction(study: Study) -> Interaction:
    """Return the interaction of a study; ``NotComputed`` unless all four configurations of the design are trained."""
    runs_with_statistics(study, *DESIGN)
    interaction = statistics_of(study).interaction
    if interaction is None:
        raise NotComputed("the interaction of model and augmentation is not computed yet")
    return interaction


def describe_interaction(study: Study) -> Markdown:
    """State whether the change in accuracy with augmentation differs between the two models.

    Raises
    ------
    NotComputed
        If one of the four configurations is not trained or the statistics are not computed yet.
    """
    interaction = _interaction(study)
    small, deep = (in_sentence(study.runs[plain].title) for plain in DESIGN[::2])
    difference = interaction.difference
    changes = Markdown(
        "With augmentation, the measured accuracy of {small} changes by {small_change} percentage points (95% interval "
        "{small_limits}) and that of {deep} by {deep_change} ({deep_limits})."
    ).format(
        small=small,
        small_change=signed_points(interaction.small.value),
        small_limits=signed_interval(interaction.small),
        deep=deep,
        deep_change=signed_points(interaction.deep.value),
        deep_limits=signed_interval(interaction.deep),
    )
    if difference.low > 0 or difference.high < 0:
        more, less = (deep, small) if difference.value > 0 else (small, deep)
        conclusion = Markdown(
            "the interval excludes zero, and the change is {points} more favourable for {more} than for {less}."
        ).format(points=points(difference.value), more=more, less=less)
    else:
        conclusion = Markdown("the interval includes zero, so no interaction is claimed.")
    return sentences(
        [
            changes,
            Markdown("The second change minus the first is {difference} ({limits}):").format(
                difference=signed_points(difference.value), limits=signed_interval(difference)
            ),
            conclusion,
        ]
    )


@dataclass(frozen=True)
class InteractionChart(Display):
    """Model and augmentation as a 2 by 2 design: the four accuracies, and the effect of augmentation on each model.

    Attributes
    ----------
    interaction
        Effect of augmentation on each model, and the difference of the effects.
    accuracies
        Accuracy without and with augmentation by the title of the model, the small model first.
    images
        Number of test images.
    """

    interaction: Interaction
    accuracies: Mapping[str, tuple[Estimate, Estimate]]
    images: int

    @classmethod
    def from_study(cls, study: Study) -> InteractionChart:
        """Select the four configurations of the design.

        Raises
        ------
        NotComputed
            If one of them is not trained or the statistics are not computed yet.
        """
        interaction = _interaction(study)
        accuracies = {}
        for plain, augmented in zip(DESIGN[::2], DESIGN[1::2], strict=True):
            (run, statistics), (_, augmented_statistics) = runs_with_statistics(study, plain, augmented)
            accuracies[without_start(run.title)] = statistics.accuracy, augmented_statistics.accuracy
        return cls(interaction, accuracies, len(study.data.test_labels))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 2.7

    def _rows(self) -> list[tuple[str, Estimate]]:
        small, deep = self.accuracies
        return [
            (small, self.interaction.small),
            (deep, self.interaction.deep),
            ("Difference", self.interaction.difference),
        ]

    @property
    def alt(self) -> str:
        """Both effects and their difference."""
        small, deep, difference = self._rows()
        return (
            f"Effect of augmentation on the accuracy on {count(self.images)} test images, in percentage points with "
            f"95% intervals: {small[0]} {points_with_interval(small[1])}; {deep[0]} {points_with_interval(deep[1])}; "
            f"the second minus the first {points_with_interval(difference[1])}."
        )

    def frame(self) -> pd.DataFrame:
        """Both effects and their difference as shares, one row for each."""
        return pd.DataFrame(
            [
                {"effect": effect, "difference": estimate.value, "lower": estimate.low, "upper": estimate.high}
                for effect, (_, estimate) in zip(("small", "deep", "difference"), self._rows(), strict=True)
            ]
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw the four accuracies on the left and the effects on the right."""
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.1])
        looks = run_marks(list(self.accuracies), theme)
        for look, both in zip(looks, self.accuracies.values(), strict=True):
            for x, accuracy in enumerate(both):
                left.plot([x, x], accuracy.limits, color=look.colour, linewidth=2.2, alpha=0.55)
            left.plot(
                [0, 1],
                [accuracy.value for accuracy in both],
                color=look.colour,
                marker=look.marker,
                markersize=6,
                linewidth=1.2,
            )
        low, high = left.get_ylim()
        ends = [both[1].value for both in self.accuracies.values()]
        places = spread(ends, 0.13 * (high - low), low, high)  # apart, also if both models are equally accurate
        for look, name, place in zip(looks, self.accuracies, places, strict=True):
            left.annotate(
                wrapped(name, 14),
                (1, place),
                xytext=(9, 0),
                textcoords="offset points",
                va="center",
                fontsize=SMALL,
                color=look.colour,
            )
        left.set_ylim(low, high)
        left.set_xlim(-0.2, 1.75)
        left.set_xticks([0, 1], ["without", "with"])
        left.yaxis.set_major_locator(MaxNLocator(5))
        left.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        left.set_title("Accuracy")
        left.set_xlabel("Augmentation", loc="left")
        names, effects = zip(*self._rows(), strict=True)
        draw_differences(right, effects, [not effect.low <= 0 <= effect.high for effect in effects], theme)
        for row, effect in enumerate(effects):
            right.annotate(
                signed_points(effect.value),
                (effect.value, row),
                xytext=(0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
                color=theme.text,
            )
        right.set_ylim(2.5, -0.7)
        right.set_yticks(range(3), [wrapped(name, 16) for name in names])
        right.tick_params(axis="y", labelcolor=theme.text)
        right.set_title("Effect of augmentation")
        right.set_xlabel("Percentage points of accuracy")
