"""Where the numbers come from: settings, results with keys and checksums, and the machine that made them."""

from __future__ import annotations

from pathlib import Path

from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.text import quantity
from svhnlab.report.study.result_rows import stored_results


def summarise_reproducibility(results: Path | None = None) -> Markdown:
    """Say how many results a report is drawn from, and whether one state of the code and one kind of machine made them.

    Raises
    ------
    InputError
        When nothing was trained yet.
    """
    rows = stored_results(results)
    programs, machines = ({getattr(row, name) for row in rows} for name in ("program", "machine"))
    code = "one state of the code" if len(programs) == 1 else f"{len(programs)} states of the code"
    machine = "one kind of processor" if len(machines) == 1 else f"{len(machines)} kinds of processor"
    text = f"This report is drawn from {quantity(len(rows), 'stored result')}, made by {code} on {machine}"
    unsure = sum("change" in row.program for row in rows)
    if unsure:
        return Markdown(
            f"{text}; {unsure if unsure < len(rows) else 'all'} of them by code with changes that are in no commit, so "
            "that the commit alone does not make them again."
        )
    return Markdown(f"{text}; every number can be computed again from them.")
