"""The same figures, tables and sentences for several runs: one tab for each, so that a further run has its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from svhnlab.report.core.display import Display
from svhnlab.report.core.remark import Remark
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import escape_markdown, without_start
from svhnlab.store.schema import RunResult

Shown = Display | Table | Remark


@dataclass(frozen=True)
class Captioned:
    """A figure or table of one run, as the chapters have it in a block of its own.

    Attributes
    ----------
    label
        Begins with ``fig-`` or ``tbl-``; the name of the run is added: ``fig-confusion`` becomes
        ``fig-confusion-cnn``.
    make
        Makes the display of a run.
    caption
        Markdown; ``{run}`` stands for the name of the run.
    """

    label: str
    make: Callable[[RunResult], Shown]
    caption: str

    def markdown(self, run: RunResult) -> str:
        """Write the block."""
        caption = self.caption.replace("{run}", _title(run))
        return captioned(f"{self.label}-{run.name}", self.make(run), caption).text


def captioned(label: str, shown: Shown, caption: str) -> Remark:
    """Write a figure or table with its label and its caption, for a chapter that shows it under a condition."""
    return Remark(f"::: {{#{label}}}\n\n{_markdown(shown)}\n\n{caption}\n:::")


def run_tabs(runs: Sequence[RunResult], *parts: Captioned | Callable[[RunResult], Shown]) -> Remark:
    """Write a tab for each run with the parts below each other; the parts alone for a single run.

    Parameters
    ----------
    parts
        Blocks with a caption, or what makes a sentence or display without one.
    """
    tabs = []
    for run in runs:
        own = [part.markdown(run) if isinstance(part, Captioned) else _markdown(part(run)) for part in parts]
        heading = [f"### {_title(run)} {{.unnumbered}}"] if len(runs) > 1 else []
        tabs.append("\n\n".join([*heading, *own]))
    body = "\n\n".join(tabs)
    return Remark(f"::::: {{.panel-tabset}}\n\n{body}\n\n:::::" if len(runs) > 1 else body)


def _markdown(shown: Shown) -> str:
    return str(shown._repr_mimebundle_()["text/markdown"])


def _title(run: RunResult) -> str:
    """Name of a run where the page says by its notice what the weights started from."""
    return escape_markdown(without_start(run.title))
