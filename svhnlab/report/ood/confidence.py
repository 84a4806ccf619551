"""Confidence of the models in images that show none of their classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from svhnlab.analysis.paired import holm
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.style import SMALL, Theme, only_bottom
from svhnlab.report.core.text import listing, quantity, without_start
from svhnlab.report.core.words import range_over_models
from svhnlab.report.ood.kinds import KINDS, SCORES, runs_with_ood
from svhnlab.store.schema import ALPHA, OutOfDistribution, RunResult, Study

TEST = "test images"
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class OodConfidence(AxesDisplay):
    """Distribution of the confidence on the test images and on each kind of other images, a line for each model.

    Attributes
    ----------
    names, titles
        Name and title of each configuration.
    quantiles
        Quantiles of the confidence at `QUANTILES` by kind of images, shape (M, 5).
    """

    names: tuple[str, ...]
    titles: tuple[str, ...]
    quantiles: dict[str, NDArray[np.float64]]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> OodConfidence:
        """Select the named configurations (by default all with answers); ``NotComputed`` if a result is missing."""
        found = runs_with_ood(study, *configurations)
        shown = {TEST: [run.test.confidence for run, _ in found]}
        for kind, name in KINDS.items():
            if kind in found[0][1].kinds:
                shown[name] = [ood.confidence[kind].astype(np.float64) for _, ood in found]
        return cls(
            tuple(run.name for run, _ in found),
            tuple(run.title for run, _ in found),
            {name: np.array([np.quantile(values, QUANTILES) for values in columns]) for name, columns in shown.items()},
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        per_kind = 0.15 * len(self.names) + (0.42 if self.narrow else 0.2)
        return self.width, 0.95 + 0.16 * len(self.names) + per_kind * len(self.quantiles)

    @property
    def alt(self) -> str:
        """Range of the medians of each kind."""
        parts = [
            f"{name} {range_over_models([float(row[2]) for row in values])}" for name, values in self.quantiles.items()
        ]
        return f"Median confidence of {quantity(len(self.names), 'model')}: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return the quantiles, one row for each kind and configuration."""
        return pd.DataFrame(
            [
                {"images": kind, "run": title, **dict(zip((f"q{round(100 * q)}" for q in QUANTILES), row, strict=True))}
                for kind, values in self.quantiles.items()
                for title, row in zip(self.titles, values.tolist(), strict=True)
            ]
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a thin line from the 5th to the 95th percentile, a thick one between the quartiles, and the median."""
        marks, step = run_marks(self.names, theme), len(self.names) + (1.9 if self.narrow else 1.0)
        for place, (kind, values) in enumerate(self.quantiles.items()):
            for line, (row, mark) in enumerate(zip(values, marks, strict=True)):
                y = place * step + line
                ax.hlines(y, row[0], row[4], color=mark.colour, linewidth=0.9)
                ax.hlines(y, row[1], row[3], color=mark.colour, linewidth=3.4, alpha=0.5)
                title = without_start(self.titles[line]) if place == 0 else None
                ax.plot(row[2], y, linestyle="none", markersize=5, zorder=3, label=title, **mark.point)
            if self.narrow:
                ax.text(0, place * step - 0.75, kind.capitalize(), fontsize=SMALL + 0.5, color=theme.text, va="center")
        rows = np.arange(len(self.quantiles)) * step
        ax.set_ylim(rows[-1] + len(self.names) - 0.3, -1.5 if self.narrow else -0.7)
        if self.narrow:
            ax.set_yticks([])
        else:
            ax.set_yticks(rows + (len(self.names) - 1) / 2, [kind.capitalize() for kind in self.quantiles])
            ax.tick_params(axis="y", labelcolor=theme.text)
        ax.set_xlim(0, 1)
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        between = "\n" if self.narrow else " "
        ax.set_xlabel(f"Confidence: median, quartiles,{between}5th to 95th percentile")
        only_bottom(ax)
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=1 if self.narrow else 2, borderaxespad=0.3, handlelength=1.2
        )


def describe_ood(study: Study, *configurations: str) -> Markdown:
    """State whether the confidence falls on images without a class, and which score separates them better.

    Raises
    ------
    NotComputed
        If a named configuration is not trained, or no answers are computed yet.
    """
    found = runs_with_ood(study, *configurations)
    kinds = [kind for kind in KINDS if kind in found[0][1].kinds]
    means = [float(run.test.confidence.mean()) for run, _ in found]
    parts = [
        Markdown("The mean confidence is {} on the test images, and {} on {}.").format(
            range_over_models(means),
            range_over_models([ood.kinds[kind].confidence.value for kind in kinds for _, ood in found]),
            listing([KINDS[kind] for kind in kinds]),
        ),
        _change(found, kinds),
        _above(found, kinds),
        *_better_scores(found, kinds),
    ]
    return sentences(parts)


Found = Sequence[tuple[RunResult, OutOfDistribution]]


def _change(found: Found, kinds: Sequence[str]) -> Markdown:
    """State for which kinds of images the confidence falls significantly."""
    pairs = [(kind, ood.kinds[kind]) for kind in kinds for _, ood in found]
    adjusted = holm([result.p_value for _, result in pairs])
    falls = [p < ALPHA and result.change.value < 0 for p, (_, result) in zip(adjusted, pairs, strict=True)]
    if all(falls):
        every = Markdown("" if len(found) == 1 else " in every model")
        return Markdown("It falls significantly on each kind of these images{}.").format(every)
    some = [kind for kind in kinds if all(fell for fell, (of, _) in zip(falls, pairs, strict=True) if of == kind)]
    if not some:
        return Markdown("On no kind of these images does it fall significantly in every model.")
    return Markdown("In every model it falls significantly only on {}.").format(listing([KINDS[kind] for kind in some]))


def _above(found: Found, kinds: Sequence[str]) -> Markdown:
    """State how many images get a confidence above the median, for the kind with the most."""
    shares = {kind: [ood.kinds[kind].above_median.value for _, ood in found] for kind in kinds}
    kind = max(kinds, key=lambda one: max(shares[one]))
    return Markdown("Of the {kind}, {share} get a higher confidence than half of the test images.").format(
        kind=KINDS[kind], share=range_over_models(shares[kind])
    )


def _better_scores(found: Found, kinds: Sequence[str]) -> list[Markdown]:
    """Name the scores whose AUROC is significantly higher than that of the confidence, by kind."""
    tests = [(kind, score, ood.kinds[kind].scores[score]) for kind in kinds for score in SCORES for _, ood in found]
    tests = [test for test in tests if test[1] != "confidence"]
    adjusted = holm([test[2].p_value for test in tests])
    wins: dict[tuple[str, str], int] = {}
    for p, (kind, score, result) in zip(adjusted, tests, strict=True):
        if p < ALPHA and result.difference.value > 0:
            wins[kind, score] = wins.get((kind, score), 0) + 1
    always = {key for key, count in wins.items() if count == len(found)}
    if not always:
        return [
            Markdown("No other score has a significantly higher AUROC than the confidence in {}.").format(
                "this model" if len(found) == 1 else "every model"
            )
        ]
    texts = []
    for score in SCORES:
        better = [KINDS[kind] for kind in kinds if (kind, score) in always]
        if better:
            texts.append(
                Markdown(
                    "The {score} tells {kinds} from test images significantly better than the confidence{models}."
                ).format(
                    score=SCORES[score],
                    kinds=listing(better),
                    models=Markdown("" if len(found) == 1 else " in every model"),
                )
            )
    return texts
