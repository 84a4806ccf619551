"""Words that all sentences share."""

from __future__ import annotations

from svhnlab.displays.text import escape_markdown
from svhnlab.results import RunResult


def named(run: RunResult) -> str:
    """Return the name of a run, as it stands in Markdown."""
    return escape_markdown(run.title)
