"""The list of the chapters on the first page."""

from __future__ import annotations

from pathlib import Path

from svhnlab.config.quarto_file import chapter_entries
from svhnlab.paths import project_root
from svhnlab.report.core.markdown import Markdown


def list_chapters(project: Path | None = None) -> Markdown:
    """List the chapters and appendices of a project (default: the current folder's) with links and summaries.

    Raises
    ------
    InputError
        If ``_quarto.yml`` or a chapter can't be used.
    """
    lines = []
    for chapter in chapter_entries(project or project_root()):
        link = f"- [{chapter.title}]({chapter.source})"  # title and summary are Markdown
        lines.append(f"{link}: {chapter.summary}" if chapter.summary else link)
    return Markdown("\n".join(lines))
