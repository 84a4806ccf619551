"""Regression of the errors on generated digits on the parameters with which they were drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from svhnlab.analysis.causes import ALL
from svhnlab.report.core.causes import causes_of
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.marks import run_marks, significance_legend, significance_mark
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder, only_bottom
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import count, count_with_verb, listing, number, quantity, without_start
from svhnlab.report.core.words import in_sentence
from svhnlab.store.schema import ALPHA, OddsRatio, Study

STRONGEST = 4  # parameters in the text alternative
NAMED = 3  # parameters of each kind in the text

#: Title of each parameter of the generator.
PARAMETERS: dict[str, str] = {
    "blur": "Blur",
    "sharpening": "Sharpening",
    "contrast": "Contrast to the background",
    "brightness": "Brightness",
    "noise": "Noise",
    "quality": "JPEG quality",
    "native_size": "Size in the photograph",
    "slant": "Slant",
    "rotation": "Rotation",
    "perspective": "Perspective",
    "stroke": "Stroke width",
    "width": "Width",
    "hand_drawn": "Hand-drawn strokes",
    "outlined": "Outlined strokes",
    "hollow": "Hollow strokes",
    "neighbours": "Area of other digits",
    "cut_off": "Part cut off",
}

_TICKS = (0.25, 0.5, 1, 2, 4, 8, 16)


@dataclass(frozen=True)
class ParameterOddsRatios(AxesDisplay):
    """Odds ratio of an error for each parameter of the generator, with its 95% interval; a forest plot.

    Attributes
    ----------
    ratios
        Over all configurations, in the order of the parameters.
    runs
        Title of each configuration with its odds ratios, by name; empty for a single configuration.
    """

    ratios: tuple[OddsRatio, ...]
    runs: dict[str, tuple[str, tuple[OddsRatio, ...]]]

    @classmethod
    def from_study(cls, study: Study) -> ParameterOddsRatios:
        """Return the stored regressions; ``NotComputed`` without stored causes."""
        found = causes_of(study).regressions
        runs = {name: (run.title, found[name]) for name, run in study.runs.items() if name in found}
        return cls(found.get(ALL, ()), runs)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        if not self.ratios:
            return self.width, 0.6
        legend = 0.17 * (2 + len(self.runs)) if self.narrow else 0.4
        return self.width, 0.7 + legend + 0.26 * len(self.ratios)

    @property
    def alt(self) -> str:
        """The parameters whose odds ratio differs significantly from 1, the strongest first."""
        if not self.ratios:
            return "The errors are not regressed on the parameters of the generator."
        found = significant(self.ratios)
        shown = [f"{parameter_title(one.parameter).lower()} {number(one.ratio.value, 2)}" for one in found[:STRONGEST]]
        return (
            f"Odds ratios of an error for {len(self.ratios)} parameters, of which {count_with_verb(len(found))} "
            f"significant after Holm's correction{', the strongest ' if shown else ''}{listing(shown)}."
        )

    def frame(self) -> pd.DataFrame:
        """Return odds ratio, bounds and p values, one row for each regression and parameter."""
        parts = [("All configurations", self.ratios), *self.runs.values()]
        return pd.DataFrame(
            [
                {
                    "run": title,
                    "parameter": parameter_title(one.parameter),
                    "unit": one.unit,
                    "odds_ratio": one.ratio.value,
                    "lower": one.ratio.low,
                    "upper": one.ratio.high,
                    "p_value": one.p_value,
                    "p_adjusted": one.p_adjusted,
                }
                for title, ratios in parts
                for one in ratios
            ],
            columns=["run", "parameter", "unit", "odds_ratio", "lower", "upper", "p_value", "p_adjusted"],
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a row for each parameter, strongest first: dot and interval over all, small marks for configurations."""
        if not self.ratios:
            draw_placeholder(ax, "No regression: parameters unknown or errors too few", theme)
            return
        ordered = sorted(self.ratios, key=lambda one: -one.ratio.value)
        rows = {one.parameter: row for row, one in enumerate(ordered)}
        ax.axvline(1, color=theme.line, linewidth=0.8)
        marks = dict(zip(self.runs, run_marks(list(self.runs), theme), strict=True))
        for name, (_, ratios) in self.runs.items():
            x = [one.ratio.value for one in ratios]
            y = [rows[one.parameter] + 0.28 for one in ratios]
            ax.plot(x, y, linestyle="none", markersize=3.2, **marks[name].point)
        for one, row in zip(ordered, rows.values(), strict=True):
            mark = significance_mark(one.p_adjusted < ALPHA, theme)
            ax.plot(one.ratio.limits, [row, row], color=mark["color"], linewidth=2.2, alpha=0.55)
            ax.plot([one.ratio.value], [row], **mark)
        ax.set_xscale("log")
        low, high = min(one.ratio.low for one in ordered), max(one.ratio.high for one in ordered)
        ax.set_xlim(min(0.45, low / 1.1), max(2.2, high * 1.1))
        ax.xaxis.set_major_locator(FixedLocator(_TICKS))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.set_yticks(list(rows.values()), [parameter_title(one.parameter) for one in ordered])
        ax.tick_params(axis="y", labelcolor=theme.text)
        ax.set_ylim(len(ordered) - 0.4, -0.6)
        ax.set_xlabel("Odds ratio of an error (log scale)")
        only_bottom(ax)
        handles = [
            *significance_legend(theme),
            *(
                Line2D([], [], linestyle="", markersize=4, label=without_start(title), **marks[name].point)
                for name, (title, _) in self.runs.items()
            ),
        ]
        ax.figure.legend(handles=handles, loc="outside upper left", ncols=1 if self.narrow else 3, fontsize=SMALL)


def parameter_title(name: str) -> str:
    """Return the title of a parameter; that of an unknown one is its name."""
    return PARAMETERS.get(name) or name.replace("_", " ").capitalize()


def significant(ratios: tuple[OddsRatio, ...]) -> list[OddsRatio]:
    """Return the odds ratios that differ significantly from 1 after Holm's correction, the strongest first."""
    found = [one for one in ratios if one.p_adjusted < ALPHA]
    return sorted(found, key=lambda one: -abs(np.log(one.ratio.value)))


def show_parameters(study: Study) -> Markdown:
    """Return a section with the forest plot and a sentence for each significant parameter; nothing if they are unknown.

    Raises
    ------
    NotComputed
        If no configuration is trained or the causes are not computed yet.
    """
    causes = causes_of(study)
    if not causes.parameters:
        return Markdown("")
    heading = Markdown("## Properties known from the generator {#sec-parameters}")
    if ALL not in causes.regressions:
        few = Markdown("There are too few errors for a regression on the parameters of the generator.")
        return heading + Markdown("\n\n") + few
    figure = ParameterOddsRatios.from_study(study)
    caption = (
        "Odds ratio of an error for each parameter of the generator, with 95% intervals by photograph over all "
        "configurations; small marks are single configurations.[^odds]"
    )
    note = Markdown(
        "[^odds]: Per standard deviation of the parameter (of its logarithm for blur, contrast, noise, sizes and "
        "stroke width; of its magnitude for angles), or for digits with against without; the other parameters, the "
        "class and the configuration are held fixed."
    )
    return Markdown("\n\n").join(
        [heading, describe_parameters(study), captioned("fig-odds-ratios", figure, caption), note]
    )


def describe_parameters(study: Study) -> Markdown:
    """State which parameters change the odds of an error significantly most.

    Raises
    ------
    NotComputed
        If no configuration is trained or the causes are not computed yet.
    """
    ratios = causes_of(study).regressions.get(ALL, ())
    found = significant(ratios)
    runs = list(study.runs.values())
    first = Markdown(
        "The parameters with which the generator drew each digit are known. A logistic regression of the errors of "
        "{models} against the true labels gives the [odds ratio](glossary.qmd#term-odds-ratio) of each, the other "
        "parameters held fixed."
    ).format(models=in_sentence(runs[0].title) if len(runs) == 1 else "all configurations")
    if not found:
        return sentences([first, Markdown("No parameter has a significant effect.")])
    factors = [
        Markdown(template).format(listing([f"{number(one.ratio.value, 2)} for {_name(one)}" for one in ones[:NAMED]]))
        for template, ones in (
            ("{}", [one for one in found if one.is_binary]),
            ("per standard deviation, by {}", [one for one in found if not one.is_binary]),
        )
        if ones
    ]
    return sentences(
        [
            first,
            Markdown("Of {}, {} a significant effect.").format(
                quantity(len(ratios), "parameter"), f"{count(len(found))} {'has' if len(found) == 1 else 'have'}"
            ),
            Markdown("The strongest multiply the odds of an error by {}.").format(Markdown("; ").join(factors)),
        ]
    )


def _name(one: OddsRatio) -> str:
    title = parameter_title(one.parameter)
    return title if title.startswith("JPEG") else title.lower()
