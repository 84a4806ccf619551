"""Model and augmentation as a 2 by 2 design."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.config.architectures import DESIGN
from svhnlab.report.comparison.pairwise_tests import _SCOPE, augmentation_pairs, draw_differences
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.select import statistics_of
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
from svhnlab.report.core.words import named
from svhnlab.store.schema import Estimate, Interaction, Study


def describe_interaction(study: Study) -> Markdown:
    """Say whether the change of accuracy with augmentation differs between the two models.

    Raises
    ------
    ValueError
        If the statistics are not made yet.
    """
    found = statistics_of(study).interaction
    if found is None:
        return Markdown(
            "Whether the change of accuracy with augmentation differs between the models can be told only when all "
            "four runs are stored."
        )
    small, deep = (named(study.runs[plain]) for plain in DESIGN[::2])
    text = (
        f"With augmentation the measured accuracy of {small} changes by {signed_points(found.small.value)} percentage "
        f"points (95% interval {signed_interval(found.small)}) and that of {deep} by {signed_points(found.deep.value)} "
        f"({signed_interval(found.deep)}). The second change minus the first is "
        f"{signed_points(found.difference.value)} ({signed_interval(found.difference)}): "
    )
    if found.difference.low > 0 or found.difference.high < 0:
        more, less = (deep, small) if found.difference.value > 0 else (small, deep)
        text += (
            f"the interval leaves out zero, and the change is by {points(found.difference.value)} more favourable for "
            f"{more} than for {less}."
        )
    else:
        text += "the interval holds zero, and no interaction is claimed."
    return Markdown(f"{text} The intervals {_SCOPE}")


class InteractionChart(Display):
    """Model and augmentation as a 2 by 2 design: the four accuracies, and what augmentation adds to each model."""

    effects = ("small", "deep", "difference")

    def __init__(
        self, interaction: Interaction | None, accuracies: Mapping[str, tuple[Estimate, Estimate]], images: int
    ) -> None:
        """Take what augmentation adds.

        Parameters
        ----------
        interaction
            None where not all four runs are there.
        accuracies
            Accuracy without and with augmentation by the name of the model, first the small and then the deep one.
        images
            Number of test images.
        """
        self.interaction = interaction
        self.accuracies = dict(accuracies)
        self.images = images

    @classmethod
    def from_results(cls, study: Study) -> InteractionChart:
        """Make the display of a study.

        Raises
        ------
        ValueError
            If the statistics are not made yet.
        """
        statistics = statistics_of(study)
        pairs = {
            without_start(study.runs[plain].title): (
                statistics.runs[plain].accuracy,
                statistics.runs[augmented].accuracy,
            )
            for plain, augmented in augmentation_pairs(study)
            if plain in DESIGN
        }
        return cls(statistics.interaction, pairs, len(study.data.test_labels))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return (WIDTH, 2.7) if self.interaction else (WIDTH, 0.6)

    def _rows(self, interaction: Interaction) -> list[tuple[str, Estimate]]:
        names = list(self.accuracies)
        return [
            (names[0], interaction.small),
            (names[1], interaction.deep),
            ("Difference", interaction.difference),
        ]

    @property
    def alt(self) -> str:
        """Text alternative with both effects and their difference."""
        if self.interaction is None:
            return "Model and augmentation can be told apart only when all four runs are stored."
        small, deep, difference = self._rows(self.interaction)
        return (
            f"What augmentation adds to the accuracy on {count(self.images)} test images, in percentage points with "
            f"95% intervals: {small[0]} {points_with_interval(small[1])}; {deep[0]} {points_with_interval(deep[1])}; "
            f"the second minus the first {points_with_interval(difference[1])}."
        )

    def frame(self) -> pd.DataFrame:
        """Both effects and their difference as shares, one row for each."""
        rows = self._rows(self.interaction) if self.interaction else []
        return pd.DataFrame(
            [
                {"effect": name, "difference": own.value, "lower": own.low, "upper": own.high}
                for name, (_, own) in zip(self.effects, rows, strict=False)
            ],
            columns=["effect", "difference", "lower", "upper"],
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw the four accuracies on the left, the effects on the right."""
        if self.interaction is None:
            ax = figure.add_subplot()
            ax.text(0.5, 0.5, "Needs all four runs", ha="center", va="center", color=theme.muted)
            ax.set_axis_off()
            return
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.1])
        looks = run_marks(list(self.accuracies), theme)
        for look, both in zip(looks, self.accuracies.values(), strict=True):
            for x, own in enumerate(both):
                left.plot([x, x], own.limits, color=look.colour, linewidth=2.2, alpha=0.55)
            left.plot(
                [0, 1],
                [own.value for own in both],
                color=look.colour,
                marker=look.marker,
                markersize=6,
                linewidth=1.2,
            )
        low, high = left.get_ylim()
        ends = [both[1].value for both in self.accuracies.values()]
        places = spread(ends, 0.13 * (high - low), low, high)  # apart, also where both models are equally good
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
        rows = self._rows(self.interaction)
        draw_differences(right, [own for _, own in rows], [not own.low <= 0 <= own.high for _, own in rows], theme)
        for row, (_, own) in enumerate(rows):
            right.annotate(
                signed_points(own.value),
                (own.value, row),
                xytext=(0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
                color=theme.text,
            )
        right.set_ylim(2.5, -0.7)
        right.set_yticks(range(3), [wrapped(name, 16) for name, _ in rows])
        right.tick_params(axis="y", labelcolor=theme.text)
        right.set_title("What augmentation adds")
        right.set_xlabel("Percentage points of accuracy")
