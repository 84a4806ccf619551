"""Causes of the errors: the share of each, and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from svhnlab.analysis.cause_shares import cause_shares
from svhnlab.analysis.causes import CORRECT, NAMES, PICTURE, UNEXPLAINED
from svhnlab.report.core.causes import cause_codes, cause_titles, causes_of
from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.select import runs_of
from svhnlab.report.core.style import SMALL, Theme, draw_placeholder, only_bottom
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import capitalised, count, listing, percent, quantity, without_start, wrapped
from svhnlab.report.errors.gallery import GalleryPart, GalleryRows
from svhnlab.report.errors.misclassified import COLUMNS, first_errors
from svhnlab.store.schema import Estimate, Study

ALL_TITLE = "All configurations"


def by_size(shares: Sequence[Estimate]) -> list[int]:
    """Return the codes of the causes, the most frequent first and unexplained errors last.

    Parameters
    ----------
    shares
        Share of each cause, by code.
    """
    return sorted(range(len(shares)), key=lambda code: (code == UNEXPLAINED, -shares[code].value))


@dataclass(frozen=True)
class RunCauses:
    """Shares of the causes among the errors of one configuration, or of all of them.

    Attributes
    ----------
    name, title
        Name of the configuration, empty for all, and its title for readers.
    errors
        Number of errors.
    shares
        Share of each cause, in the order of their titles; NaN without errors.
    """

    name: str
    title: str
    errors: int
    shares: tuple[Estimate, ...]


def causes_by_run(study: Study) -> tuple[RunCauses, ...]:
    """Return the shares of the causes over all configurations, and of each if there are several.

    Raises
    ------
    NotComputed
        If no configuration is trained or the causes are not computed yet.
    """
    codes, photographs, runs = cause_codes(study), study.data.test_photographs, runs_of(study)
    errors = (codes != CORRECT).sum(axis=1)
    every = RunCauses("", ALL_TITLE, int(errors.sum()), cause_shares(codes, photographs))
    if len(runs) == 1:
        return (RunCauses(runs[0].name, runs[0].title, every.errors, every.shares),)
    return (
        every,
        *(
            RunCauses(run.name, run.title, int(errors[i]), cause_shares(codes[i : i + 1], photographs))
            for i, run in enumerate(runs)
        ),
    )


@dataclass(frozen=True)
class CauseShares(AxesDisplay):
    """Share of the errors with each cause and its 95% interval, for every configuration and for all together.

    Attributes
    ----------
    runs
        Shares of all configurations and of each, in the order of the titles.
    titles
        Of the causes, the most frequent first and unexplained errors last.
    """

    runs: tuple[RunCauses, ...]
    titles: tuple[str, ...]

    @classmethod
    def from_study(cls, study: Study) -> CauseShares:
        """Compute the shares of all trained configurations; ``NotComputed`` without stored causes."""
        runs, titles = causes_by_run(study), cause_titles(study)
        order = by_size(runs[0].shares)
        ordered = (replace(run, shares=tuple(run.shares[code] for code in order)) for run in runs)
        return cls(tuple(ordered), tuple(titles[code] for code in order))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        if not self.runs[0].errors:
            return self.width, 0.6
        legend = 0.17 * len(self.runs) if self.narrow else 0.35
        return self.width, 0.7 + legend + len(self.titles) * (0.22 + 0.09 * len(self.runs))

    @property
    def alt(self) -> str:
        """The share of each cause."""
        every = self.runs[0]
        if not every.errors:
            return "There are no errors."
        shares = [f"{title} {percent(share.value)}" for title, share in zip(self.titles, every.shares, strict=True)]
        return f"Causes of {quantity(every.errors, 'error')} ({every.title}): {listing(shares)}."

    def frame(self) -> pd.DataFrame:
        """Return the share of each cause with its bounds, one row for each configuration and cause."""
        return pd.DataFrame(
            [
                {
                    "run": run.title,
                    "cause": title,
                    "errors": run.errors,
                    "share": share.value,
                    "lower": share.low,
                    "upper": share.high,
                }
                for run in self.runs
                for title, share in zip(self.titles, run.shares, strict=True)
            ]
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a group of rows for each cause: all configurations first, then each."""
        if not self.runs[0].errors:
            draw_placeholder(ax, "There are no errors", theme)
            return
        single = [run for run in self.runs if run.name]
        marks = dict(zip([run.name for run in single], run_marks([run.name for run in single], theme), strict=True))
        gap = min(0.16, 0.7 / len(self.runs))
        for place, run in enumerate(self.runs):
            y = np.arange(len(self.titles)) + gap * (place - (len(self.runs) - 1) / 2)
            values = np.array([share.value for share in run.shares])
            lows, highs = ([getattr(share, side) for share in run.shares] for side in ("low", "high"))
            colour = marks[run.name].colour if run.name else theme.text
            ax.hlines(y, lows, highs, color=colour, linewidth=1.0 if run.name else 2.2, alpha=0.7)
            point = marks[run.name].point if run.name else {"marker": "o", "color": theme.text}
            ax.plot(values, y, linestyle="none", markersize=3.8 if run.name else 6, **point)
        titles = [capitalised(title) for title in self.titles]
        ax.set_yticks(np.arange(len(titles)), [wrapped(title, 16) for title in titles] if self.narrow else titles)
        ax.tick_params(axis="y", labelcolor=theme.text)
        ax.set_ylim(len(self.titles) - 0.5, -0.5)
        ax.set_xlim(left=0)
        ax.xaxis.set_major_locator(MaxNLocator(4 if self.narrow else 6))
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_xlabel("Share of the errors")
        for edge in np.arange(len(self.titles) - 1) + 0.5:
            ax.axhline(edge, color=theme.faint, linewidth=0.8)
        only_bottom(ax)
        handles = [
            Line2D([], [], linestyle="none", markersize=4.5, label=without_start(run.title), **marks[run.name].point)
            if run.name
            else Line2D([], [], linestyle="none", marker="o", markersize=6, color=theme.text, label=run.title)
            for run in self.runs
        ]
        ax.figure.legend(handles=handles, loc="outside upper left", ncols=1 if self.narrow else 3, fontsize=SMALL)


@dataclass(frozen=True)
class CauseRow:
    """One line of the table of causes; see the columns of `CauseTable`."""

    cause: str
    errors: int
    share: Estimate
    correct: float


@dataclass(frozen=True)
class CauseTable(Table[CauseRow]):
    """The causes of the errors of all configurations together."""

    lines: tuple[CauseRow, ...]

    @classmethod
    def from_study(cls, study: Study) -> CauseTable:
        """Count the causes; ``NotComputed`` without stored causes."""
        codes = cause_codes(study)
        shares = cause_shares(codes, study.data.test_photographs)
        # the cause that correctly classified images would have, of those that the picture determines
        others = np.stack([~study.runs[name].test.wrong for name in causes_of(study).runs])
        would, titles = _first_picture_cause(study), cause_titles(study)
        return cls(
            tuple(
                CauseRow(
                    titles[code],
                    int((codes == code).sum()),
                    shares[code],
                    float((would == code)[others].mean()) if NAMES[code] in PICTURE and others.any() else float("nan"),
                )
                for code in by_size(shares)
            )
        )

    @property
    def alt(self) -> str:
        """The share of each cause."""
        return listing([f"{line.cause}: {percent(line.share.value)} of the errors" for line in self.lines])

    def rows(self) -> Sequence[CauseRow]:
        """One line for each cause."""
        return self.lines

    def columns(self) -> Sequence[Column[CauseRow]]:
        """Numbers and shares."""
        return (
            Column("cause", lambda row: row.cause, "Cause", capitalised),
            Column("errors", lambda row: row.errors, "Errors", count),
            Column("share", lambda row: row.share),
            Column("correct", lambda row: row.correct, "Of the correct", percent),
        )


def _first_picture_cause(study: Study) -> NDArray[np.int64]:
    """Return the first cause of `PICTURE` that applies to each configuration and image, else `UNEXPLAINED`."""
    applies = dict(causes_of(study).applies)
    applies["wrong-label"] = np.broadcast_to(study.data.known_wrong, next(iter(applies.values())).shape) | (
        applies["wrong-label"] if study.data.true_labels is None else False
    )
    found = np.full(applies["ambiguous"].shape, UNEXPLAINED, dtype=np.int64)
    for name in reversed(PICTURE):
        found[applies[name]] = NAMES.index(name)
    return found


class CauseExamples(GalleryRows):
    """Typical errors of the most accurate model with each cause, a row for each."""

    @classmethod
    def from_study(cls, study: Study, *, n_images: int = COLUMNS) -> CauseExamples:
        """Select errors of the most accurate trained configuration; ``NotComputed`` without stored causes."""
        codes, names = cause_codes(study), causes_of(study).runs
        place = int((codes != CORRECT).sum(axis=1).argmin())
        run = study.runs[names[place]]
        parts, titles = [], cause_titles(study)
        for code in by_size(causes_by_run(study)[0].shares):
            gallery = first_errors(study, run, codes[place] == code, order="typical", n_images=n_images)
            heading = f"{capitalised(titles[code])}: {quantity(gallery.candidates, 'error')}"
            parts.append(GalleryPart(heading, gallery))
        # without errors, the last row states that there are none
        return cls(tuple(part for part in parts if part.gallery.candidates) or (parts[-1],))


def summarise_cause_shares(study: Study) -> Markdown:
    """State the two most frequent causes of the errors of all models, and the share without a cause.

    Raises
    ------
    NotComputed
        If no configuration is trained or the causes are not computed yet.
    """
    every = causes_by_run(study)[0]
    errors = quantity(every.errors, "error")
    return _state_shares(study, every, f"the {errors} of all models" if len(study.runs) > 1 else errors)


def describe_cause_shares(study: Study, configuration: str) -> Markdown:
    """State the two most frequent causes of the errors of one model, and the share without a cause.

    Raises
    ------
    NotComputed
        If the configuration is not trained or the causes are not computed yet.
    """
    runs_of(study, configuration)
    (run,) = (run for run in causes_by_run(study) if run.name == configuration)
    return _state_shares(study, run, f"its {quantity(run.errors, 'error')}")


def _state_shares(study: Study, run: RunCauses, errors: str) -> Markdown:
    """State the two most frequent causes of some errors, and the share of the errors without one."""
    titles = cause_titles(study)
    if not run.errors:
        return Markdown("There is no error to explain.")
    causes = [code for code in by_size(run.shares) if code != UNEXPLAINED and run.shares[code].value]
    unexplained = run.shares[UNEXPLAINED].value
    if not causes:
        return Markdown("No rule finds a cause for {}.").format(errors)
    first, *others = causes
    parts = [
        Markdown("The most frequent cause of {} is “{}” ({})").format(
            errors, titles[first], percent(run.shares[first].value)
        )
    ]
    if others:
        parts.append(
            Markdown(", followed by “{}” ({})").format(titles[others[0]], percent(run.shares[others[0]].value))
        )
    if unexplained:
        parts.append(Markdown("; no rule explains {}").format(percent(unexplained)))
    return Markdown("{}.").format(Markdown("").join(parts))
