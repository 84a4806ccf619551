"""Ablations: effect of changing one component of a recipe on the accuracy on held-out images."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from svhnlab.analysis.cross_validation import ENOUGH_TRAININGS, FoldDifference, difference_over_folds
from svhnlab.analysis.paired import holm
from svhnlab.config.architectures import CONFIGURATIONS, configuration_title
from svhnlab.report.comparison.pairwise_tests import draw_differences
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.style import SMALL, WIDTH, Theme
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import (
    count,
    listing,
    percent,
    points_with_interval,
    quantity,
    signed_points,
    without_start,
    wrapped,
)
from svhnlab.store.ablation_file import AblationFile, AblationRow, AblationRun, About, newest_ablation
from svhnlab.store.schema import ALPHA, Estimate, Study
from svhnlab.store.study import results_folder


class AblationChart(Display):
    """Difference in accuracy between each variant of a recipe and the unchanged recipe.

    Parameters
    ----------
    run
        The variants of a run; the first row is the unchanged recipe.
    about
        The subject whose variants are shown.
    folds
        Number of parts into which the training images were divided.
    """

    def __init__(self, run: AblationRun, about: About, folds: int) -> None:
        self.run = run
        self.about = about
        self.folds = folds
        self.recipe = run.rows[0]
        self.variants = [row for row in run.rows[1:] if row.about == about]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 0.8 + 0.3 * len(self.variants)

    def _difference(self, variant: AblationRow) -> FoldDifference:
        return difference_over_folds(np.subtract(variant.accuracies, self.recipe.accuracies).tolist(), self.folds)

    def difference(self, variant: AblationRow) -> Estimate:
        """Return the accuracy of the variant minus that of the recipe, paired by fold, with its 95% interval."""
        return self._difference(variant).estimate

    @property
    def trainings(self) -> int:
        """Number of trainings of each variant."""
        return len(self.recipe.accuracies)

    @property
    def too_few(self) -> bool:
        """Whether each variant was trained too rarely for a test."""
        return self.trainings < ENOUGH_TRAININGS

    @cached_property
    def p_adjusted(self) -> dict[str, float]:
        """P-value of each variant of the run, of both subjects, after Holm's correction for all of them."""
        compared = self.run.rows[1:]
        adjusted = holm([self._difference(row).p_value for row in compared])
        return {row.title: float(p) for row, p in zip(compared, adjusted, strict=True)}

    def significant(self, variant: AblationRow) -> bool:
        """Whether a variant differs significantly from the recipe; never if there are too few trainings."""
        return not self.too_few and self.p_adjusted[variant.title] < ALPHA

    @property
    def alt(self) -> str:
        """The range of the differences."""
        if not self.variants:
            return "No component of the recipe was changed."
        differences = [self.difference(row).value for row in self.variants]
        return (
            f"Change in accuracy when one component of the recipe is changed: {quantity(len(differences), 'change')}, "
            f"from {signed_points(min(differences))} to {signed_points(max(differences))} percentage points."
        )

    def frame(self) -> pd.DataFrame:
        """Mean accuracy of each variant and its difference from the unchanged recipe, as shares."""
        rows = []
        for row in (self.recipe, *self.variants):
            difference = Estimate(np.nan, np.nan, np.nan) if row is self.recipe else self.difference(row)
            rows.append(
                {
                    "variant": row.title,
                    "accuracy": float(np.mean(row.accuracies)),
                    "difference": difference.value,
                    "lower": difference.low,
                    "upper": difference.high,
                    "p_adjusted": self.p_adjusted.get(row.title, np.nan),
                    "folds": len(row.accuracies),
                }
            )
        return pd.DataFrame(rows)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a dot with its interval for each variant."""
        ax = figure.subplots()
        differences = [self.difference(row) for row in self.variants]
        draw_differences(ax, differences, [self.significant(row) for row in self.variants], theme)
        ax.set_ylim(len(differences) - 0.5, -0.5)
        ax.set_yticks(range(len(differences)), [wrapped(row.title, 46) for row in self.variants], fontsize=SMALL)
        ax.tick_params(axis="y", labelcolor=theme.text)
        ax.set_xlabel("Change in accuracy, percentage points")


def show_ablation(study: Study, *runs: str, about: About, heading: str) -> Markdown:
    """Return a section with the stored ablations of some runs; empty where none was measured on the study's data.

    Parameters
    ----------
    about
        The subject whose variants are shown.
    heading
        Markdown heading of the section.
    """
    results = results_folder()
    stored = {run: newest_ablation(results, study.data.digest, run) for run in runs}
    parts = [ablation_figure(ablation, run, about) for run, ablation in stored.items() if ablation is not None]
    return Markdown("\n\n").join([Markdown(heading), *parts]) if parts else Markdown()


def ablation_figure(ablation: AblationFile, run: str, about: About) -> Markdown:
    """Return a sentence on the variants of a run on one subject, and their chart as ``fig-ablation-RUN-SUBJECT``."""
    variants = ablation.run(run)
    if variants is None:
        raise KeyError(run)
    chart = AblationChart(variants, about, ablation.folds)
    figure = captioned(f"fig-ablation-{run}-{about}", chart, _caption(ablation, chart))
    return Markdown("{}\n\n{}").format(describe_ablation(ablation, chart), figure)


def _title(run: AblationRun) -> str:
    return without_start(configuration_title(run.name, "random")) if run.name in CONFIGURATIONS else run.name


def _caption(ablation: AblationFile, chart: AblationChart) -> Markdown:
    significant = Markdown("" if chart.too_few else " Blue: significant after Holm’s correction.")
    return Markdown(
        "{title}: change in accuracy when one component of the recipe is changed, with 95% intervals of the paired "
        "differences.{significant}"
    ).format(title=_title(chart.run), significant=significant)


def _method(ablation: AblationFile, chart: AblationChart) -> Markdown:
    """State how the ablation was measured and tested."""
    run = chart.run
    test = Markdown("" if chart.too_few else " The {} changes are tested by the corrected resampled t-test.")
    return Markdown(
        "Accuracies are means over {used} of {folds} folds of the {images} training images (profile {profile}, "
        "{epochs} at {size} pixels), divided by {unit}, each trained with its own seed; intervals have the variance of "
        "Nadeau and Bengio (2003) for overlapping training images.{test} Test images were not used."
    ).format(
        profile=ablation.profile,
        epochs=quantity(run.epochs, "epoch"),
        size=run.image_size,
        used=chart.trainings,
        unit=ablation.unit,
        test=test.format(len(chart.p_adjusted)),
        folds=ablation.folds,
        images=count(ablation.images),
    )


def describe_ablation(ablation: AblationFile, chart: AblationChart) -> Markdown:
    """State the accuracy of the recipe, and which changes lower or raise it significantly."""
    differences = {row.title: chart.difference(row) for row in chart.variants}
    significant = {row.title: chart.difference(row) for row in chart.variants if chart.significant(row)}
    lower = {title: value for title, value in significant.items() if value.value < 0}
    higher = {title: value for title, value in significant.items() if value.value > 0}
    rest = len(differences) - len(lower) - len(higher)

    def named(values: dict[str, Estimate]) -> str:
        ordered = sorted(values, key=lambda title: -abs(values[title].value))
        return listing([f"{title} {points_with_interval(values[title])}" for title in ordered])

    parts = [
        Markdown("The unchanged recipe ({}) reaches {} on held-out training images.").format(
            _title(chart.run), percent(float(np.mean(chart.recipe.accuracies)))
        )
    ]
    if lower:
        parts.append(
            Markdown("Changes that lower the accuracy (percentage points, 95% interval): {}.").format(named(lower))
        )
    if higher:
        parts.append(
            Markdown("Changes that raise the accuracy (percentage points, 95% interval): {}.").format(named(higher))
        )
    if chart.too_few:
        parts.append(
            Markdown("The {} of each variant are too few to test whether the changes have an effect.").format(
                quantity(chart.trainings, "training")
            )
        )
    elif not (lower or higher):
        parts.append(Markdown("None of the changes has a significant effect."))
    elif rest:
        parts.append(Markdown("No significant effect was found for {}.").format(quantity(rest, "other change")))
    parts.append(_method(ablation, chart))
    if chart.about == "training":  # once for each run
        parts.append(Markdown("{}").format(ablation.note))
    return sentences(parts)
