"""What each part of a recipe brings: the same training without it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from svhnlab.analysis.seeds import spread_over_seeds
from svhnlab.config.architectures import RUNS, run_title
from svhnlab.report.comparison.pairwise_tests import draw_differences
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.style import SMALL, WIDTH, Theme
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import count, listing, percent, points_with_interval, quantity, without_start, wrapped
from svhnlab.store.ablation_file import AblationFile, AblationRow, AblationRun, About, newest_ablation
from svhnlab.store.schema import Estimate

COMMAND = "nox -s ablation -- --data FOLDER"


class AblationChart(Display):
    """By how much the accuracy on held-out images changes when one part of a recipe is another."""

    def __init__(self, run: AblationRun, about: About) -> None:
        """Take the variants of a run, whose first is the recipe as it is, and show those on one subject."""
        self.run = run
        self.about = about
        self.recipe = run.rows[0]
        self.variants = [row for row in run.rows[1:] if row.about == about]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, 0.8 + 0.3 * len(self.variants)

    def difference(self, variant: AblationRow) -> Estimate:
        """Return variant minus recipe, paired by fold, with a 95% t interval over the folds and their seeds."""
        pairs = np.subtract(variant.accuracies, self.recipe.accuracies)
        found = spread_over_seeds(pairs.tolist())
        return Estimate(found.mean, *found.limits)

    def real(self, difference: Estimate) -> bool:
        """Whether the interval of a difference leaves out zero."""
        return not difference.low <= 0 <= difference.high

    @property
    def alt(self) -> str:
        """Text alternative with every difference."""
        whole = self.recipe.accuracies
        found = "; ".join(f"{row.title} {points_with_interval(self.difference(row))}" for row in self.variants)
        return (
            f"The recipe as it is reaches {percent(float(np.mean(whole)))} on average over {len(whole)} held-out parts "
            f"of the training images. Change in percentage points with 95% intervals: {found}."
        )

    def frame(self) -> pd.DataFrame:
        """Mean accuracy of each variant and its difference from the recipe as it is, as shares."""
        rows = []
        for row in (self.recipe, *self.variants):
            own = self.difference(row)
            first = row is self.recipe
            rows.append(
                {
                    "variant": row.title,
                    "accuracy": float(np.mean(row.accuracies)),
                    "difference": np.nan if first else own.value,
                    "lower": np.nan if first else own.low,
                    "upper": np.nan if first else own.high,
                    "folds": len(row.accuracies),
                }
            )
        return pd.DataFrame(rows)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a dot with its interval for each variant."""
        ax = figure.subplots()
        found = [self.difference(row) for row in self.variants]
        draw_differences(ax, found, [self.real(own) for own in found], theme)
        ax.set_ylim(len(found) - 0.5, -0.5)
        ax.set_yticks(range(len(found)), [wrapped(row.title, 46) for row in self.variants], fontsize=SMALL)
        ax.tick_params(axis="y", labelcolor=theme.text)
        ax.set_xlabel("Change of accuracy, percentage points")


def show_ablation(run: str, about: About, label: str, ablation: AblationFile | None = None) -> Markdown:
    """Return the chart of a run's variants on one subject with its sentence, or a line on how to make it."""
    ablation = ablation or newest_ablation()
    found = None if ablation is None else ablation.run(run)
    if ablation is None or found is None:
        return Markdown(f"*No ablation of this recipe is stored; `{COMMAND}` makes one.*")
    chart = AblationChart(found, about)
    figure = captioned(label, chart, _caption(ablation, found))
    return Markdown(f"{describe_ablation(ablation, chart)}\n\n{figure}")


def _title(run: AblationRun) -> str:
    return escape_markdown(without_start(run_title(run.name, "random")) if run.name in RUNS else run.name)


def _caption(ablation: AblationFile, run: AblationRun) -> str:
    folds = len(run.rows[0].accuracies)
    return (
        f"{_title(run)}: what changes when one part of the recipe (profile {ablation.profile}, "
        f"{quantity(run.epochs, 'epoch')} at {run.image_size} pixels) is another. Dots: mean over {folds} of "
        f"{ablation.folds} folds of {count(ablation.images)} training images, each with a seed of its own; lines: 95% "
        "t intervals of the paired differences; a hollow dot’s line holds zero. No test image was looked at."
    )


def describe_ablation(ablation: AblationFile, chart: AblationChart) -> Markdown:
    """Say what the recipe reaches, and which changes lower or raise it beyond chance."""
    own = float(np.mean(chart.recipe.accuracies))
    found = {row.title: chart.difference(row) for row in chart.variants}
    worse = {title: value for title, value in found.items() if chart.real(value) and value.value < 0}
    better = {title: value for title, value in found.items() if chart.real(value) and value.value > 0}

    def told(values: dict[str, Estimate]) -> str:
        ordered = sorted(values, key=lambda title: -abs(values[title].value))
        return listing([f"{escape_markdown(title)} ({points_with_interval(values[title])})" for title in ordered])

    text = (
        f"On {escape_markdown(ablation.data)} {_title(chart.run)} by the recipe as it is reaches {percent(own)} on "
        "images that were held out of its training."
    )
    if worse:
        text += f" These changes lower that by more than chance would: {told(worse)}."
    if better:
        text += f" These raise it: {told(better)}."
    if not (worse or better):
        text += " Of the changes tried none is told apart from chance."
    elif rest := len(found) - len(worse) - len(better):
        text += f" {quantity(rest, 'other change')} cannot be told from chance."
    if chart.about == "training":  # once for each run
        text = f"{text} {escape_markdown(ablation.note)}".rstrip()
    return Markdown(text)
