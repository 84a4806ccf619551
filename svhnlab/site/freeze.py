"""Chapters that are drawn already, handed to Quarto as frozen results.

With ``freeze: auto`` Quarto takes what it finds in ``_freeze`` for a chapter whose text is unchanged, and does not
execute it (https://quarto.org/docs/projects/code-execution.html#freeze). Written before every rendering, frozen results
are never older than the stored ones, and each chapter is executed once instead of once for each format. Quarto executes
what it does not find here by itself.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping

from svhnlab.site.project import Chapter, Project
from svhnlab.store import write_atomically

FOLDER = "_freeze"
# Suffixes of the two formats' outputs: HTML, and Typst for the PDF.
_FORMATS = ("html", "typ")


def freeze_chapters(book: Project, markdown: Mapping[Chapter, str]) -> None:
    """Write the chapters' Markdown where Quarto looks for results; what was frozen before is removed."""
    folder = book.root / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    for chapter, text in markdown.items():
        source = (book.root / chapter.source).read_text(encoding="utf-8")
        # Quarto's name for the state of a text: MD5 with line feeds alone (its freeze.ts).
        digest = hashlib.md5(source.encode(), usedforsecurity=False).hexdigest()
        result = {"engine": "jupyter", "markdown": text, "supporting": [], "filters": [], "includes": {}}
        place = folder / chapter.source.with_suffix("") / "execute-results"
        for suffix in _FORMATS:
            content = json.dumps({"hash": digest, "result": result}, ensure_ascii=False)
            write_atomically(place / f"{suffix}.json", content.encode())
