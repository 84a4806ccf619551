"""Whether the picture is at fault: how often models err on dark, flat, blurred, coloured or crowded images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from svhnlab.report.causes.properties import property_named, value_words
from svhnlab.report.core.display import Display
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.select import runs_with_statistics
from svhnlab.report.core.style import SMALL, WIDTH, Theme, draw_placeholder
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import (
    count,
    escape_markdown,
    listing,
    p_value,
    percent,
    quantity,
    share_with_interval,
    without_start,
)
from svhnlab.store.schema import Slice, Study


@dataclass(frozen=True)
class RunSlices:
    """The segments of one run.

    Attributes
    ----------
    name, title
        Of the run, for the program and for people.
    segments
        In the order of the properties, then ascending.
    """

    name: str
    title: str
    segments: tuple[Slice, ...]

    def of(self, name: str) -> list[Slice]:
        """Segments of one property, ascending."""
        return [segment for segment in self.segments if segment.name == name]


def slices_of(study: Study, *names: str) -> list[RunSlices]:
    """Return the segments of the named runs, or of all; ``ValueError`` when the study has no statistics."""
    return [RunSlices(run.name, run.title, found.slices) for run, found in runs_with_statistics(study, *names)]


class ErrorRateBySlice(Display):
    """Share of errors with its 95% interval in each segment of each property; weak segments are ringed."""

    columns = 3

    def __init__(self, runs: Sequence[RunSlices]) -> None:
        self.runs = list(runs)
        self.properties = list(dict.fromkeys(segment.name for run in self.runs for segment in run.segments))

    @classmethod
    def from_results(cls, study: Study, *names: str) -> ErrorRateBySlice:
        """Make the display from the named runs of a study, or all; ``ValueError`` when it has no statistics."""
        return cls(slices_of(study, *names))

    @property
    def _rows(self) -> int:
        return -(-len(self.properties) // self.columns)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return (WIDTH, 2.25 * self._rows + 0.35 + 0.2 * (len(self.runs) > 2)) if self.properties else (WIDTH, 0.6)

    @property
    def alt(self) -> str:
        """Text alternative with the range of the error rates and the weak segments."""
        if not self.properties:
            return "No property differs between the images: there are no segments."
        rates = [segment.rate.value for run in self.runs for segment in run.segments if segment.images]
        weak = sum(segment.underperforming for run in self.runs for segment in run.segments)
        names = listing([property_named(name).title.lower() for name in self.properties])
        return (
            f"Share of errors of {listing([run.title for run in self.runs])} in segments of {names}, from "
            f"{percent(min(rates))} to {percent(max(rates))}; {_number_of_weak(weak, _tried(self.runs))}."
        )

    def frame(self) -> pd.DataFrame:
        """Return every segment with its share of errors and bounds, one row for each run and segment."""
        return slice_frame([(run.title, segment) for run in self.runs for segment in run.segments])

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw a panel for each property, all on one scale."""
        if not self.properties:
            draw_placeholder(figure.add_subplot(), "No property differs between the images", theme)
            return
        panels = figure.subplots(self._rows, self.columns, squeeze=False, sharey=True)
        for i, ax in enumerate(panels.flat):
            if i < len(self.properties):
                self._draw_property(ax, self.properties[i], theme)
                if i % self.columns == 0:
                    ax.set_ylabel("Share of errors")
            else:
                ax.set_axis_off()
        highest = max(segment.rate.high for run in self.runs for segment in run.segments if segment.images)
        panels[0, 0].set_ylim(0, min(1.02, 1.06 * highest))
        panels[0, 0].yaxis.set_major_locator(MaxNLocator(5))
        panels[0, 0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        self._legend(figure, theme)

    def _draw_property(self, ax: Axes, name: str, theme: Theme) -> None:
        words = property_named(name)
        marks = run_marks([run.name for run in self.runs], theme)
        gap = 0.17
        for i, (run, mark) in enumerate(zip(self.runs, marks, strict=True)):
            own = run.of(name)
            x = np.arange(len(own)) + 0.5 + gap * (i - (len(self.runs) - 1) / 2)
            y = np.array([segment.rate.value for segment in own])
            ax.plot(x, y, linewidth=0.9, alpha=0.7, **mark.stroke)
            ax.vlines(
                x,
                [segment.rate.low for segment in own],
                [segment.rate.high for segment in own],
                color=mark.colour,
                linewidth=1.0,
            )
            weak = np.array([segment.underperforming for segment in own], dtype=bool)
            ax.plot(x, y, linestyle="none", markersize=3.8, **mark.point)
            ax.scatter(
                x[weak], y[weak], s=75, marker="o", facecolors="none", edgecolors=theme.error, linewidths=1.3, zorder=3
            )
        bounds = self.runs[0].of(name)
        edges = [bounds[0].lower, *(segment.upper for segment in bounds)]
        ax.set_xticks(np.arange(len(edges)), [value_words(name, edge) for edge in edges], fontsize=SMALL - 0.5)
        ax.set_xlim(-0.05, len(bounds) + 0.05)
        ax.set_title(words.title, fontsize=SMALL + 1.5, pad=4)
        ax.set_xlabel(words.unit, fontsize=SMALL)

    def _legend(self, figure: Figure | SubFigure, theme: Theme) -> None:
        marks = run_marks([run.name for run in self.runs], theme)
        handles = [
            Line2D([], [], markersize=4.5, linewidth=0.9, label=run.title, **mark.stroke | mark.point)
            for run, mark in zip(self.runs, marks, strict=True)
        ]
        ring = Line2D([], [], linestyle="none", marker="o", markersize=8, markeredgewidth=1.3, label="weak segment")
        ring.set(markerfacecolor="none", markeredgecolor=theme.error)
        figure.legend(handles=[*handles, ring], loc="outside upper left", ncols=3)


def slice_frame(segments: Sequence[tuple[str, Slice]]) -> pd.DataFrame:
    """Return what is known of segments, one row for each run's title and segment."""
    columns = [
        "run",
        "property",
        "from",
        "to",
        "images",
        "errors",
        "rate",
        "lower",
        "upper",
        "rest",
        "p_adjusted",
        "weak",
    ]
    return pd.DataFrame(
        [
            (
                title,
                segment.name,
                segment.lower,
                segment.upper,
                segment.images,
                segment.errors,
                segment.rate.value,
                segment.rate.low,
                segment.rate.high,
                segment.rest,
                segment.p_adjusted,
                segment.underperforming,
            )
            for title, segment in segments
        ],
        columns=columns,
    )


class UnderperformingSlices(Table):
    """Segments on which a run errs more often than on the rest, after correction for all that were tried."""

    def __init__(self, runs: Sequence[RunSlices]) -> None:
        self.runs = list(runs)
        found = [(run.title, segment) for run in self.runs for segment in run.segments if segment.underperforming]
        self.weak = sorted(found, key=lambda entry: entry[1].rest - entry[1].rate.value)

    @classmethod
    def from_results(cls, study: Study, *names: str) -> UnderperformingSlices:
        """Make the table from the named runs of a study, or all; ``ValueError`` when it has no statistics."""
        return cls(slices_of(study, *names))

    @property
    def alt(self) -> str:
        """Text with the number of weak segments and the weakest."""
        text = f"Of the segments of the picture’s properties, {_number_of_weak(len(self.weak), _tried(self.runs))}."
        if not self.weak:
            return text
        title, segment = self.weak[0]
        return (
            f"{text} The weakest: {title} on images of {property_named(segment.name).title.lower()} "
            f"{_range_words(segment)}, {percent(segment.rate.value)} errors against {percent(segment.rest)}."
        )

    def frame(self) -> pd.DataFrame:
        """Return the weak segments, those farthest above the rest first."""
        return slice_frame(self.weak)

    def cells(self) -> pd.DataFrame:
        """Return the table for people; a single row that says so where no segment is weak."""
        rows = [
            {
                "Run": without_start(title),
                "Property": property_named(segment.name).title,
                "Range": _range_words(segment),
                "Images": count(segment.images),
                "Errors": share_with_interval(segment.rate),
                "On the rest": percent(segment.rest),
                "Adjusted p": p_value(segment.p_adjusted),
            }
            for title, segment in self.weak
        ]
        none = f"none of {quantity(_tried(self.runs), 'segment')}"
        columns = ["Run", "Property", "Range", "Images", "Errors", "On the rest", "Adjusted p"]
        return pd.DataFrame(rows or [dict(zip(columns, [none, *["–"] * 6], strict=True))])


def describe_slices(study: Study, *names: str) -> Remark:
    """Say how many segments were tried, how the tests were corrected, and which segments are weak.

    Parameters
    ----------
    names
        Names of runs; all without a name. The correction is for all stored runs in any case.

    Raises
    ------
    ValueError
        If the study has no statistics.
    """
    runs = slices_of(study, *names)
    everything = _tried(slices_of(study))
    if not everything:
        return Remark("No property differs between the images, so that there are no segments to compare.")
    rule = (
        f"{_sentence_start(everything)} tried, each against all other images by Fisher’s exact test, two-sided, with "
        "Holm’s correction for all of them together."
    )
    weak = [(run.title, segment) for run in runs for segment in run.segments if segment.underperforming]
    if not weak:
        return Remark(
            f"{rule} None is weak: these images do not show that the errors gather at any value of a property, which "
            "does not prove that they do not."
        )
    weak.sort(key=lambda entry: _place(entry[1]))
    groups = [list(group) for _, group in groupby(weak, key=lambda entry: _place(entry[1]))]
    groups.sort(key=lambda group: -max(segment.rate.value - segment.rest for _, segment in group))
    shown = groups[:3]
    parts = [_group_words(group, len(runs)) for group in shown]
    more = len(weak) - sum(map(len, shown))
    rest = f" {count(more) + ' more'} {'stands' if more == 1 else 'stand'} in the table." if more else ""
    return Remark(
        f"{rule} {_sentence_weak(len(weak))}: {'; '.join(parts)}.{rest} A weak segment tells where errors "
        "gather, not why: properties go together, and with the class."
    )


def _group_words(group: Sequence[tuple[str, Slice]], runs: int) -> str:
    """Say which runs are weak on the images of one segment, and how weak the weakest of them is."""
    title, segment = max(group, key=lambda entry: entry[1].rate.value - entry[1].rest)
    weakest = f"{percent(segment.rate.value)} errors against {percent(segment.rest)} on all other images"
    where = f"images of {property_named(segment.name).title.lower()} {_range_words(segment)}"
    if len(group) == 1:
        return f"{where} for {escape_markdown(title)}, with {weakest}"
    names = f"all {runs} runs" if len(group) == runs else listing([escape_markdown(name) for name, _ in group])
    return f"{where} for {names}, most of all for {escape_markdown(title)}, with {weakest}"


def _place(segment: Slice) -> tuple[str, float]:
    return segment.name, segment.lower


def _range_words(segment: Slice) -> str:
    return f"{value_words(segment.name, segment.lower)} to {value_words(segment.name, segment.upper)}"


def _tried(runs: Sequence[RunSlices]) -> int:
    return sum(len(run.segments) for run in runs)


def _number_of_weak(weak: int, tried: int) -> str:
    return f"{count(weak) if weak else 'none'} of {quantity(tried, 'segment')} {'is' if weak < 2 else 'are'} weak"


def _sentence_start(tried: int) -> str:
    return f"{quantity(tried, 'segment')} {'was' if tried == 1 else 'were'}"


def _sentence_weak(weak: int) -> str:
    return "One is weak" if weak == 1 else f"{count(weak)} are weak"
