"""What is put right in the pages that Quarto has made."""

from __future__ import annotations

import re
from pathlib import Path

# On a web server a folder's address shows its index.html; from a disk it lists the folder's files.
_FOLDER = re.compile(r'(<a\b[^>]*\shref=")(\./|(?:\.\./)+)(")')
_SIDEBAR = re.compile(r'<nav id="quarto-sidebar"(?![^>]*aria-label)')
_SEQUENCE = re.compile(r'<nav class="page-navigation"(?![^>]*aria-label)')
# What unfolds a part of the contents calls itself a landmark, and no key reaches it.
_UNFOLDS = re.compile(
    r'(<a class="sidebar-item-[^"]*" data-bs-toggle="collapse" data-bs-target="(#[\w-]+)") role="navigation"'
)


def mend_pages(site: Path) -> None:
    """Let links to folders lead to pages, and mend roles and names of parts of the page.

    Pages of the built-in engine stay as they are. The index of Quarto's own search, which is switched off, is removed.
    """
    (site / "search.json").unlink(missing_ok=True)
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        mended = _FOLDER.sub(r"\1\2index.html\3", text)
        mended = _SIDEBAR.sub('<nav id="quarto-sidebar" aria-label="Chapters"', mended)
        mended = _SEQUENCE.sub('<nav class="page-navigation" aria-label="Previous and next chapter"', mended)
        mended = _UNFOLDS.sub(r'\1 href="\2" role="button"', mended)
        if mended != text:
            page.write_text(mended, encoding="utf-8")
