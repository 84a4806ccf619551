"""Data slices by properties of the image: error rates, and slices on which models underperform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.report.causes.properties import property_named, write_value
from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.select import runs_with_statistics
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import count, listing, p_value, percent, quantity, share_with_interval, without_start
from svhnlab.report.core.words import in_sentence, name_models
from svhnlab.store.schema import Slice, Study

#: Title of a run, and one slice with the run's error rate on it.
RunSlice = tuple[str, Slice]

ARROW: Final = 7  # marker of matplotlib that points down at its position


@dataclass(frozen=True)
class RunSlices:
    """The error rates of one run on all slices.

    Attributes
    ----------
    name, title
        Name of the run, and its title for readers.
    slices
        Slices in the order of the properties, ascending within each.
    """

    name: str
    title: str
    slices: tuple[Slice, ...]

    def of(self, name: str) -> list[Slice]:
        """Slices by one property, ascending."""
        return [part for part in self.slices if part.name == name]


def slices_of(study: Study, *configurations: str) -> tuple[RunSlices, ...]:
    """Return the slices of the named configurations (by default all trained ones).

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    return tuple(
        RunSlices(run.name, run.title, statistics.slices)
        for run, statistics in runs_with_statistics(study, *configurations)
    )


_COLUMNS: tuple[Column[RunSlice], ...] = (
    Column("run", lambda row: row[0], "Run", without_start),
    Column("property", lambda row: row[1].name, "Property", lambda name: property_named(name).title),
    Column("", lambda row: _limits(row[1]), "Range"),
    Column("from", lambda row: row[1].lower),
    Column("to", lambda row: row[1].upper),
    Column("images", lambda row: row[1].images, "Images", count),
    Column("errors", lambda row: row[1].errors),
    Column("rate", lambda row: row[1].rate.value),
    Column("lower", lambda row: row[1].rate.low),
    Column("upper", lambda row: row[1].rate.high),
    Column("", lambda row: row[1].rate, "Error rate", share_with_interval),
    Column("rest", lambda row: row[1].rest, "On the rest", percent),
    Column("p_adjusted", lambda row: row[1].p_adjusted, "Adjusted p", p_value),
    Column("weak", lambda row: row[1].underperforming),
)


def _frame(rows: Sequence[RunSlice]) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {
        column.name: [column.value(row) for row in rows] for column in _COLUMNS if column.name
    }
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class ErrorRateBySlice(Display):
    """Error rate with its 95% interval on each slice by each property; rings mark underperforming slices."""

    runs: tuple[RunSlices, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> ErrorRateBySlice:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        return cls(slices_of(study, *configurations))

    @property
    def properties(self) -> list[str]:
        """The properties in their order."""
        return list(dict.fromkeys(part.name for run in self.runs for part in run.slices))

    @property
    def _columns(self) -> int:
        return 2 if self.narrow else 3

    @property
    def _rows(self) -> int:
        return -(-len(self.properties) // self._columns)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        if not self.properties:
            return self.width, 0.6
        legend = 0.2 * (len(self.runs) if self.narrow else len(self.runs) > 2)
        return self.width, (2.0 if self.narrow else 2.25) * self._rows + 0.35 + legend

    @property
    def alt(self) -> str:
        """The range of the error rates and the number of underperforming slices."""
        if not self.properties:
            return "No property differs between the images: there are no slices."
        rates = [part.rate.value for run in self.runs for part in run.slices if part.images]
        weak = sum(part.underperforming for run in self.runs for part in run.slices)
        names = listing([property_named(name).title.lower() for name in self.properties])
        return (
            f"Error rates of {quantity(len(self.runs), 'model')} on slices by {names}, from {percent(min(rates))} to "
            f"{percent(max(rates))}; {_number_of_weak(weak, _comparisons(self.runs))}."
        )

    def frame(self) -> pd.DataFrame:
        """Return every slice with its error rate and bounds, one row for each run and slice."""
        return _frame([(run.title, part) for run in self.runs for part in run.slices])

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a panel for each property, with a common scale."""
        if not self.properties:
            draw_placeholder(figure.add_subplot(), "No property differs between the images", theme)
            return
        panels = figure.subplots(self._rows, self._columns, squeeze=False, sharey=True)
        for i, ax in enumerate(panels.flat):
            if i < len(self.properties):
                self._draw_property(ax, self.properties[i], theme)
                if i % self._columns == 0:
                    ax.set_ylabel("Error rate")
            else:
                ax.set_axis_off()
        highest = max(part.rate.high for run in self.runs for part in run.slices if part.images)
        panels[0, 0].set_ylim(0, min(1.02, 1.06 * highest))
        panels[0, 0].yaxis.set_major_locator(MaxNLocator(5))
        panels[0, 0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        self._legend(figure, theme)

    def _draw_property(self, ax: Axes, name: str, theme: Theme) -> None:
        marks = run_marks([run.name for run in self.runs], theme)
        gap = 0.17
        for i, (run, mark) in enumerate(zip(self.runs, marks, strict=True)):
            slices = run.of(name)
            x = np.arange(len(slices)) + 0.5 + gap * (i - (len(self.runs) - 1) / 2)
            y = np.array([part.rate.value for part in slices])
            ax.plot(x, y, linewidth=0.9, alpha=0.7, **mark.stroke)
            ax.vlines(
                x,
                [part.rate.low for part in slices],
                [part.rate.high for part in slices],
                color=mark.colour,
                linewidth=1.0,
            )
            weak = np.array([part.underperforming for part in slices], dtype=bool)
            ax.plot(x, y, linestyle="none", markersize=3.8, **mark.point)
            highs = np.array([part.rate.high for part in slices])
            ax.scatter(x[weak], highs[weak], s=30, marker=ARROW, color=theme.error, linewidths=0, zorder=3)
        slices = self.runs[0].of(name)
        edges = [slices[0].lower, *(part.upper for part in slices)]
        every = 2 if self.narrow else 1
        ticks = np.arange(len(edges))[::every]
        ax.set_xticks(ticks, [write_value(name, edge) for edge in edges[::every]], fontsize=SMALL - 0.5)
        ax.set_xlim(-0.05, len(slices) + 0.05)
        ax.set_title(property_named(name).title, fontsize=SMALL + 1.5, pad=4)
        ax.set_xlabel(property_named(name).unit, fontsize=SMALL)

    def _legend(self, figure: Figure | SubFigure, theme: Theme) -> None:
        marks = run_marks([run.name for run in self.runs], theme)
        handles = [
            Line2D([], [], markersize=4.5, linewidth=0.9, label=run.title, **mark.stroke | mark.point)
            for run, mark in zip(self.runs, marks, strict=True)
        ]
        label = "underperforming slice"
        arrow = Line2D([], [], linestyle="none", marker=ARROW, markersize=6, color=theme.error, label=label)
        figure.legend(handles=[*handles, arrow], loc="outside upper left", ncols=1 if self.narrow else 3)


@dataclass(frozen=True)
class UnderperformingSlices(Table[RunSlice]):
    """Slices on which a run has a significantly higher error rate than on all other images, after correction.

    Attributes
    ----------
    slices
        Title of the run and slice, those with the largest difference from the rest first.
    comparisons
        Number of all slices of the runs.
    """

    slices: tuple[RunSlice, ...]
    comparisons: int

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> UnderperformingSlices:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if a result is missing."""
        runs = slices_of(study, *configurations)
        return cls(tuple(sorted(_underperforming(runs), key=lambda row: -_excess(row[1]))), _comparisons(runs))

    @property
    def alt(self) -> str:
        """The number of underperforming slices and the one with the largest difference."""
        text = f"By properties of the image, {_number_of_weak(len(self.slices), self.comparisons)}."
        if not self.slices:
            return text
        title, worst = self.slices[0]
        return f"{text} The largest difference: {title} on {name_slice(worst)}, {compare_error_rates(worst)}."

    def rows(self) -> Sequence[RunSlice]:
        """Each underperforming slice."""
        return self.slices

    def columns(self) -> Sequence[Column[RunSlice]]:
        """Range, size and error rates of each slice."""
        return _COLUMNS

    def cells(self) -> pd.DataFrame:
        """Return the table as shown on the page; a single row with "none" if there is no underperforming slice."""
        cells = super().cells()
        if self.slices:
            return cells
        none = f"none of {quantity(self.comparisons, 'slice')}"
        return pd.DataFrame([[none, *["–"] * (len(cells.columns) - 1)]], columns=cells.columns)


def show_underperforming_slices(study: Study) -> Markdown:
    """Return the table of underperforming slices with its caption; empty where there are none.

    Raises
    ------
    NotComputed
        If no configuration is trained or the statistics are not computed yet.
    """
    table = UnderperformingSlices.from_study(study)
    if not table.slices:
        return Markdown("")
    return captioned(
        "tbl-underperforming-slices",
        table,
        "Underperforming slices, with 95% Wilson intervals of the error rate.",
    )


def describe_slices(study: Study, *configurations: str) -> Markdown:
    """State how the slices were tested, and which of them are underperforming.

    Parameters
    ----------
    configurations
        Configurations whose slices are named; by default all trained ones. The correction always covers all models.

    Raises
    ------
    NotComputed
        If a named configuration is not trained or the statistics are not computed yet.
    """
    runs = slices_of(study, *configurations)
    comparisons = _comparisons(slices_of(study))
    if not comparisons:
        return Markdown("No property differs between the images, so there are no slices to compare.")
    weak = sorted(_underperforming(runs), key=lambda row: _place(row[1]))
    if not weak:
        return Markdown(
            "None of {} is underperforming: no significantly higher error rate is found for any value of a property, "
            "which does not prove that there is none."
        ).format(quantity(comparisons, "slice"))
    groups = [list(group) for _, group in groupby(weak, key=lambda row: _place(row[1]))]
    largest = max(groups, key=lambda group: max(_excess(part) for _, part in group))
    return Markdown(
        "Of {comparisons}, {weak} {is_are} underperforming: the error rate is significantly higher than on all other "
        "images. The difference is largest on {group}. The properties are correlated with each other and with the "
        "class, so they are not necessarily the cause of the errors."
    ).format(
        comparisons=quantity(comparisons, "slice"),
        weak=count(len(weak)),
        is_are="is" if len(weak) == 1 else "are",
        group=_describe_group(largest, len(runs)),
    )


def _describe_group(group: Sequence[RunSlice], models: int) -> Markdown:
    """Name the models that underperform on one slice, with the error rates of the one with the largest difference."""
    title, worst = max(group, key=lambda row: _excess(row[1]))
    names = [in_sentence(name) for name, _ in group]
    return Markdown("{images} for {names}{most} ({rates})").format(
        images=name_slice(worst),
        names=name_models(names, models),
        most=f", most pronounced for {in_sentence(title)}" if len(group) > 1 else "",
        rates=compare_error_rates(worst),
    )


def name_slice(part: Slice) -> str:
    """Name the images of a slice, e.g. "images with sharpness 0.02 to 0.64"."""
    return f"images with {property_named(part.name).title.lower()} {_limits(part)}"


def compare_error_rates(part: Slice) -> str:
    """Write the error rates on a slice and on the rest."""
    return f"{percent(part.rate.value)} errors, compared with {percent(part.rest)} on all other images"


def _underperforming(runs: Sequence[RunSlices]) -> list[RunSlice]:
    return [(run.title, part) for run in runs for part in run.slices if part.underperforming]


def _excess(part: Slice) -> float:
    """Error rate on a slice minus that on the rest."""
    return part.rate.value - part.rest


def _place(part: Slice) -> tuple[str, float]:
    return part.name, part.lower


def _limits(part: Slice) -> str:
    return f"{write_value(part.name, part.lower)} to {write_value(part.name, part.upper)}"


def _comparisons(runs: Sequence[RunSlices]) -> int:
    return sum(len(run.slices) for run in runs)


def _number_of_weak(weak: int, comparisons: int) -> str:
    verb = "is" if weak < 2 else "are"
    return f"{count(weak) if weak else 'none'} of {quantity(comparisons, 'slice')} {verb} underperforming"
