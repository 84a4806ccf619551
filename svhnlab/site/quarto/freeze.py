"""Executed chapters as frozen results for Quarto.

With ``freeze: auto`` Quarto reads the results of a chapter from ``_freeze`` if its text is unchanged, and does not
execute it (https://quarto.org/docs/projects/code-execution.html#freeze). They are written before every rendering, so
they are never older than the stored results, and each chapter is executed once instead of once for each format.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping

from svhnlab.files import write_atomically
from svhnlab.site.book import Book, BookChapter

FOLDER = "_freeze"
# Suffixes of the two formats' outputs: HTML, and Typst for the PDF.
_FORMATS = ("html", "typ")
_CODE = re.compile(r"(`{3,}|~{3,})(.*)")
_DIV = re.compile(r":{3,}\s*(\S.*)?$")


def freeze_chapters(book: Book, markdown: Mapping[BookChapter, str]) -> None:
    """Write the chapters' Markdown as frozen results of Quarto; older ones are removed."""
    folder = book.root / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    for chapter, text in markdown.items():
        source = (book.root / chapter.source).read_text(encoding="utf-8")
        # Quarto compares the MD5 of the text with LF line endings (its freeze.ts).
        digest = hashlib.md5(source.encode(), usedforsecurity=False).hexdigest()
        result = {"engine": "jupyter", "supporting": [], "filters": [], "includes": {}}
        place = folder / chapter.source.with_suffix("") / "execute-results"
        for suffix in _FORMATS:
            shown = {**result, "markdown": visible(text, html=suffix == "html")}
            content = json.dumps({"hash": digest, "result": shown}, ensure_ascii=False)
            write_atomically(place / f"{suffix}.json", content.encode())


def visible(markdown: str, *, html: bool) -> str:
    """Return a chapter's Markdown without the blocks that only the other format shows.

    The fences of the blocks that only this format shows are removed too, so that a tab can be such a block.

    Parameters
    ----------
    html
        Whether it is for HTML; else for the PDF.
    """
    other = f'{"unless" if html else "when"}-format="html"'
    kept = []
    # The fence of the code block around the line, whether each div around it depends on the format, and the depth of
    # the first div that is left out.
    code, conditional, hidden = "", list[bool](), 0
    for line in markdown.splitlines(keepends=True):
        fence, div = _CODE.match(line), None
        if code:
            if fence and fence[1].startswith(code) and not fence[2].strip():
                code = ""
        elif fence:
            code = fence[1]
        else:
            div = _DIV.match(line)
        if div and div[1]:
            conditional.append("content-visible" in div[1])
            if not hidden and conditional[-1] and other in div[1]:
                hidden = len(conditional)
        if not hidden and not (div and conditional and conditional[-1]):
            kept.append(line)
        if div and not div[1] and conditional:
            hidden = 0 if hidden == len(conditional) else hidden
            conditional.pop()
    return "".join(kept)
