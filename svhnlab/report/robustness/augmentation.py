"""What augmentation changes under each corruption."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure, SubFigure

from svhnlab.config.corruptions import CORRUPTIONS
from svhnlab.report.comparison.pairwise_tests import augmentation_pairs, draw_differences
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.select import robustness_of
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder
from svhnlab.report.core.text import listing, points, signed_points, without_start
from svhnlab.report.core.words import in_sentence
from svhnlab.report.robustness.accuracy import corruption_in_sentence
from svhnlab.store.schema import CorruptionDifference, Study

NAMED = 2  # corruptions in a sentence, those with the largest differences


@dataclass(frozen=True)
class ModelGains:
    """Difference in accuracy, with minus without augmentation, of one model.

    Attributes
    ----------
    title
        Of the model.
    gains
        One for each corruption, and last the mean.
    """

    title: str
    gains: tuple[CorruptionDifference, ...]


@dataclass(frozen=True)
class AugmentationGains(Display):
    """Difference in accuracy with and without augmentation under each corruption: a panel for each model."""

    models: tuple[ModelGains, ...]

    @classmethod
    def from_study(cls, study: Study) -> AugmentationGains:
        """Select the models trained without and with augmentation; ``NotComputed`` if a result is missing."""
        return cls(gains_of(study))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, 0.75 + 0.235 * len(self.models[0].gains) if self.models else 0.6

    @property
    def alt(self) -> str:
        """The mean difference of each model."""
        if not self.models:
            return "No model is trained both without and with augmentation."
        means = [f"{model.title} {signed_points(model.gains[-1].accuracy.value)}" for model in self.models[:4]]
        return (
            "Difference in accuracy with augmentation under each corruption; on average, in percentage points: "
            f"{listing(means)}."
        )

    def frame(self) -> pd.DataFrame:
        """Return a row for each model and corruption."""
        return pd.DataFrame(
            [
                (
                    model.title,
                    one.corruption or "mean",
                    one.accuracy.value,
                    *one.accuracy.limits,
                    one.p_adjusted,
                    one.beyond.value,
                    *one.beyond.limits,
                    one.beyond_p_adjusted,
                )
                for model in self.models
                for one in model.gains
            ],
            columns=[
                *("model", "corruption", "difference", "lower", "upper", "p_adjusted"),
                *("beyond_unchanged", "beyond_lower", "beyond_upper", "beyond_p_adjusted"),
            ],
        )

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a panel for each model, with common scales."""
        if not self.models:
            draw_placeholder(figure.add_subplot(), self.alt, theme)
            return
        panels = figure.subplots(1, len(self.models), squeeze=False, sharex=True, sharey=True)[0]
        for ax, model in zip(panels, self.models, strict=True):
            draw_differences(ax, [one.accuracy for one in model.gains], [one.significant for one in model.gains], theme)
            ax.set_title(model.title, fontsize=SMALL + 1.5, pad=4)
            ax.set_xlabel(
                "Difference in\npercentage points" if self.narrow else "Difference in percentage points", fontsize=SMALL
            )
        names = [CORRUPTIONS[one.corruption].title if one.corruption else "Mean" for one in self.models[0].gains]
        panels[0].set_yticks(range(len(names)), names)
        panels[0].invert_yaxis()


def gains_of(study: Study) -> tuple[ModelGains, ...]:
    """Return the differences of the models that are trained without and with augmentation.

    Raises
    ------
    NotComputed
        If the predictions on changed images are not computed yet.
    """
    robustness = robustness_of(study)
    return tuple(
        ModelGains(
            without_start(study.runs[plain].title),
            tuple(robustness.difference(plain, augmented, name) for name in (*robustness.corruptions, "")),
        )
        for plain, augmented in augmentation_pairs(study)
        if {plain, augmented} <= set(robustness.runs)
    )


def describe_augmentation_gains(study: Study) -> Markdown:
    """State under which corruptions augmentation raises or lowers the accuracy significantly.

    Raises
    ------
    NotComputed
        If the predictions on changed images are not computed yet.
    """
    models = gains_of(study)
    if not models:
        return Markdown("No model is trained both without and with augmentation.")
    parts: list[Markdown] = []
    undecided: list[str] = []
    unchanged: list[str] = []
    for model in models:
        *single, mean = model.gains
        named = in_sentence(model.title)
        for word, sign in (("more", 1), ("less", -1)):
            those = sorted(
                (one for one in single if one.significant and sign * one.accuracy.value > 0),
                key=lambda one: -abs(one.accuracy.value),
            )
            if those:
                named_first = [
                    f"{corruption_in_sentence(one.corruption)} ({points(one.accuracy.value)})" for one in those[:NAMED]
                ]
                under = (
                    listing(named_first)
                    if len(those) <= NAMED
                    else f"{len(those)} of {len(single)} corruptions, most under {listing(named_first)}"
                )
                parts.append(
                    Markdown("With augmentation, {model} is significantly {word} accurate under {under}.").format(
                        model=named, word=word, under=under
                    )
                )
        beyond = [one for one in single if one.significant_beyond]
        if beyond:
            parts.append(
                Markdown(
                    "Under {names}, what augmentation changes for {model} differs significantly from what it changes "
                    "on unchanged images."
                ).format(names=listing([corruption_in_sentence(one.corruption) for one in beyond]), model=named)
            )
        if not any(one.significant for one in single):
            (undecided if mean.significant else unchanged).append(named)
    if undecided:
        template = Markdown("Under no single corruption does augmentation change the accuracy of {} significantly.")
        parts.append(template.format(listing(undecided, "or")))
    if unchanged:
        template = Markdown(
            "Under no single corruption, nor on average, does augmentation change the accuracy of {} significantly."
        )
        parts.append(template.format(listing(unchanged, "or")))
    return sentences(parts)
