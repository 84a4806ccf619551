"""The same figures, tables and sentences for several configurations: one tab for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from svhnlab.report.core.display import Display
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import NotImported
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import listing, without_start
from svhnlab.report.core.words import in_sentence
from svhnlab.store.schema import RunResult, Study

Shown = Display | Table[Any] | Markdown
#: A class with ``from_study``, or a function: each takes the study and names of configurations.
Source = type[Display] | type[Table[Any]] | Callable[..., Shown]


@dataclass(frozen=True)
class Captioned:
    """A figure or table of one configuration with its label and caption.

    Attributes
    ----------
    label
        Begins with ``fig-`` or ``tbl-``; the name of the configuration is added: ``fig-confusion`` becomes
        ``fig-confusion-cnn``.
    source
        Creates the figure or table from the study and the name of a configuration.
    caption
        Markdown; ``{run}`` is replaced by the title of the configuration, as inside a sentence.
    """

    label: str
    source: Source
    caption: str

    def markdown(self, study: Study, run: RunResult) -> Markdown:
        """Write the block."""
        caption = Markdown(self.caption).format(run=in_sentence(run.title))
        return captioned(f"{self.label}-{run.name}", from_study(self.source, study, run.name), caption)


def from_study(source: Source, study: Study, *configurations: str, **options: Any) -> Shown:
    """Create a figure, a table or a text from a study.

    Parameters
    ----------
    source
        A class with ``from_study``, or a function.
    options
        Its keyword arguments.
    """
    make: Callable[..., Shown] = getattr(source, "from_study", source)
    return make(study, *configurations, **options)


def captioned(label: str, shown: Shown, caption: str) -> Markdown:
    """Write a figure or table with its label and its caption (Markdown), for a chapter that shows it conditionally."""
    return Markdown("::: {{#{label}}}\n\n{shown}\n\n{caption}\n:::").format(
        label=Markdown(label), shown=as_markdown(shown), caption=Markdown(caption)
    )


def printed_runs(runs: Sequence[RunResult]) -> list[RunResult]:
    """Return the runs that the PDF shows where the website has a tab for each: the first and the best of the others."""
    first, *others = runs
    return [first, *([max(others, key=lambda run: np.mean(~run.test.wrong))] if others else [])]


def run_tabs(study: Study, runs: Sequence[RunResult], *parts: Captioned | Source) -> Markdown:
    """Write a tab for each run with the parts below each other; a single run has no tab.

    The PDF shows two of the runs, see `printed_runs`; the overview says so.

    Parameters
    ----------
    parts
        Blocks with a caption, or sources of a sentence or display without one.
    """
    tabs, printed = [], {run.name for run in printed_runs(runs)}
    for run in runs:
        blocks = [_block(part, study, run) for part in parts]
        if len(runs) > 1:
            blocks.insert(0, Markdown("### {} {{.unnumbered}}").format(without_start(run.title)))
        tab = Markdown("\n\n").join(blocks)
        on_site = Markdown(':::: {{.content-visible when-format="html"}}\n\n{}\n\n::::')
        tabs.append(tab if run.name in printed else on_site.format(tab))
    body = Markdown("\n\n").join(tabs)
    if len(runs) == 1:
        return body
    return Markdown("::::: {{.panel-tabset}}\n\n{}\n\n:::::").format(body)


def _block(part: Captioned | Source, study: Study, run: RunResult) -> Markdown:
    """Write a part for one run, or its placeholder if what it needs was not imported."""
    try:
        if isinstance(part, Captioned):
            return part.markdown(study, run)
        return as_markdown(from_study(part, study, run.name))
    except NotImported as error:
        return show_not_imported(error)


def show_not_imported(error: NotImported) -> Markdown:
    """Write the placeholder of a part whose results were not imported."""
    were = "was" if len(error.titles) == 1 else "were"
    return Markdown("*{} {} imported without {}, which this part needs.*").format(
        listing(error.titles), were, error.what
    )


def as_markdown(shown: Shown) -> Markdown:
    """Return the Markdown that represents a figure, a table or a text."""
    return shown if isinstance(shown, Markdown) else Markdown(shown._repr_mimebundle_()["text/markdown"])
