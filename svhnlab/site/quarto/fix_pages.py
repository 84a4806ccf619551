"""What is put right in the pages that Quarto has made."""

from __future__ import annotations

import re
from pathlib import Path

from svhnlab.web.resources import plain_script

# On a web server a folder's address shows its index.html; from a disk it lists the folder's files.
_FOLDER = re.compile(r'(<a\b[^>]*\shref=")(\./|(?:\.\./)+)(")')
_SIDEBAR = re.compile(r'<nav id="quarto-sidebar"(?![^>]*aria-label)')
_SEQUENCE = re.compile(r'<nav class="page-navigation"(?![^>]*aria-label)')
# What unfolds a part of the contents calls itself a landmark, and no key reaches it.
_UNFOLDS = re.compile(
    r'(<a class="sidebar-item-[^"]*" data-bs-toggle="collapse" data-bs-target="(#[\w-]+)") role="navigation"'
)
# Browsers load no module from a disk.
_SCRIPT = Path("site_libs/quarto-html/quarto.js")
_IMPORT = re.compile(r'^import .* from "(\./[\w/-]+\.js)";$', re.MULTILINE)
_MODULE = re.compile(r'<script src="([^"]*)" type="module"></script>\n?')


def fix_pages(site: Path) -> None:
    """Let links to folders lead to pages, let scripts run from a disk, and mend roles and names of parts of the page.

    Pages of the built-in engine stay as they are. The index of Quarto's own search, which is switched off, is removed.
    """
    (site / "search.json").unlink(missing_ok=True)
    _join_modules(site / _SCRIPT)
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        mended = _FOLDER.sub(r"\1\2index.html\3", text)
        mended = _SIDEBAR.sub('<nav id="quarto-sidebar" aria-label="Chapters"', mended)
        mended = _SEQUENCE.sub('<nav class="page-navigation" aria-label="Previous and next chapter"', mended)
        mended = _UNFOLDS.sub(r'\1 href="\2" role="button"', mended)
        mended = _plain_scripts(mended, page.parent)
        if mended != text:
            page.write_text(mended, encoding="utf-8")


def _join_modules(script: Path) -> None:
    """Write the modules that Quarto's script imports into it, so that it is a plain script."""
    modules = _IMPORT.findall(script.read_text(encoding="utf-8")) if script.is_file() else []
    if not modules:
        return
    script.write_text(plain_script(script), encoding="utf-8")
    for module in (script.parent / name for name in modules):
        module.unlink()
        if not any(module.parent.iterdir()):
            module.parent.rmdir()


def _plain_scripts(page: str, folder: Path) -> str:
    """Load Quarto's script as a plain one after the page, and what was written into it not at all."""

    def plain(tag: re.Match[str]) -> str:
        if not (folder / tag[1]).is_file():
            return ""
        return f'<script src="{tag[1]}" defer></script>\n' if tag[1].endswith(_SCRIPT.as_posix()) else tag[0]

    return _MODULE.sub(plain, page)
