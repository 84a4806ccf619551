"""Causes found by the rules against those by the generator's parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from svhnlab.analysis.cause_shares import score_causes
from svhnlab.analysis.causes import NAMES, PICTURE, TITLES
from svhnlab.report.core.causes import causes_of
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import capitalised, count, listing
from svhnlab.store.schema import Study

_KINDS = (*(TITLES[NAMES.index(name)] for name in PICTURE), "none of these")
_Line = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class CauseConfusion(Table[_Line]):
    """Number of errors by the cause that the parameters give (rows) and that the rules find (columns)."""

    lines: tuple[_Line, ...]

    @classmethod
    def from_study(cls, study: Study) -> CauseConfusion:
        """Count the errors; without lines if the parameters are unknown. ``NotComputed`` without stored causes."""
        causes = causes_of(study)
        wrong = np.stack([study.runs[name].test.wrong for name in causes.runs])
        scores = score_causes(causes, wrong, study.data.test_photographs)
        if scores is None:
            return cls(())
        return cls(tuple((kind, tuple(row)) for kind, row in zip(_KINDS, scores.confusion.tolist(), strict=True)))

    @property
    def alt(self) -> str:
        """The errors of each kind and how many of them the rules find."""
        if not self.lines:
            return "There are no errors, or their causes by the parameters are unknown."
        return listing(
            [f"{kind}: {count(row[i])} of {count(sum(row))} found" for i, (kind, row) in enumerate(self.lines)]
        )

    def rows(self) -> Sequence[_Line]:
        """One line for each cause by the parameters."""
        return self.lines

    def columns(self) -> Sequence[Column[_Line]]:
        """Numbers of errors."""
        return (
            Column("by_parameters", lambda row: row[0], "By the parameters", capitalised),
            *(
                Column(kind.replace(" ", "_"), partial(_errors, place), capitalised(kind), count)
                for place, kind in enumerate(_KINDS)
            ),
        )


def _errors(place: int, line: _Line) -> int:
    return line[1][place]


def show_cause_confusion(study: Study) -> Markdown:
    """Return the table with its caption; empty if the parameters are unknown.

    Raises
    ------
    NotComputed
        If no configuration is trained or the causes are not computed yet.
    """
    table = CauseConfusion.from_study(study)
    if not table.lines:
        return Markdown("")
    return captioned(
        "tbl-cause-confusion",
        table,
        "Errors of all configurations by their cause according to the generator’s parameters (rows; their thresholds "
        "are found in the same way) and by the cause that the rules find without known labels (columns).",
    )
