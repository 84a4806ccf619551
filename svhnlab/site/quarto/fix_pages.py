"""Corrections of the pages that Quarto renders: links, scripts and roles."""

from __future__ import annotations

import re
from pathlib import Path

from svhnlab.web.resources import plain_script

# On a web server the address of a folder shows its index.html; opened from disk, it lists the files.
_FOLDER = re.compile(r'(<a\b[^>]*\shref=")(\./|(?:\.\./)+)(")')
_SIDEBAR = re.compile(r'<nav id="quarto-sidebar"(?![^>]*aria-label)')
# Wide pages have further classes.
_SEQUENCE = re.compile(r'<nav class="(page-navigation[^"]*)"(?![^>]*aria-label)')
# The link that unfolds a part of the contents has the role of a landmark and can't be reached by keyboard.
_UNFOLDS = re.compile(
    r'(<a class="sidebar-item-[^"]*" data-bs-toggle="collapse" data-bs-target="(#[\w-]+)") role="navigation"'
)
# WebKit reads a file on disk that declares this namespace as XML, and shows an error instead of the page.
_NAMESPACE = re.compile(r'(<html\b[^>]*?) xmlns="http://www\.w3\.org/1999/xhtml"')
# In print all panels of a tab set are shown, without the tabs that name them.
_TAB = re.compile(r'<a class="nav-link[^"]*" id="([\w-]+)" data-bs-toggle="tab"[^>]*>(.*?)</a>', re.DOTALL)
_PANEL = re.compile(
    r'<div id="[\w-]+" class="tab-pane[^"]*" role="tabpanel" aria-labelledby="([\w-]+)">(?!<p class="tab-t)'
)
# Browsers do not load modules from disk.
_SCRIPT = Path("site_libs/quarto-html/quarto.js")
_IMPORT = re.compile(r'^import .* from "(\./[\w/-]+\.js)";$', re.MULTILINE)
# The content security policy forbids handlers in attributes; quarto_frame.js has their listeners.
_HANDLER = re.compile(r' onclick="[^"]*window\.quartoToggle(?:Headroom|ColorScheme)\(\);[^"]*"')
_MODULE = re.compile(r'<script src="([^"]*)" type="module"></script>\n?')


def fix_pages(site: Path) -> None:
    """Point links to folders at pages, make pages and scripts work from disk and under a policy, and correct roles.

    The index of Quarto's search, which is switched off, is removed.
    """
    (site / "search.json").unlink(missing_ok=True)
    _join_modules(site / _SCRIPT)
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        fixed = _FOLDER.sub(r"\1\2index.html\3", text)
        fixed = _NAMESPACE.sub(r"\1", fixed)
        fixed = _SIDEBAR.sub('<nav id="quarto-sidebar" aria-label="Chapters"', fixed)
        fixed = _SEQUENCE.sub(r'<nav class="\1" aria-label="Previous and next chapter"', fixed)
        fixed = _UNFOLDS.sub(r'\1 href="\2" role="button"', fixed)
        fixed = _HANDLER.sub("", fixed)
        fixed = _name_panels(fixed)
        fixed = _plain_scripts(fixed, page.parent)
        if fixed != text:
            page.write_text(fixed, encoding="utf-8")


def _name_panels(page: str) -> str:
    """Repeat the name of each tab in its panel; a style sheet shows it only in print."""
    names: dict[str, str] = dict(_TAB.findall(page))

    def named(panel: re.Match[str]) -> str:
        name = names.get(panel[1])
        return panel[0] if name is None else f'{panel[0]}<p class="tab-title"><strong>{name}</strong></p>'

    return _PANEL.sub(named, page)


def _join_modules(script: Path) -> None:
    """Inline the modules that Quarto's script imports, which makes it a classic script."""
    modules = _IMPORT.findall(script.read_text(encoding="utf-8")) if script.is_file() else []
    if not modules:
        return
    script.write_text(plain_script(script), encoding="utf-8")
    for module in (script.parent / name for name in modules):
        module.unlink()
        if not any(module.parent.iterdir()):
            module.parent.rmdir()


def _plain_scripts(page: str, folder: Path) -> str:
    """Load Quarto's script as a deferred classic script, and remove the inlined modules."""

    def plain(tag: re.Match[str]) -> str:
        if not (folder / tag[1]).is_file():
            return ""
        return f'<script src="{tag[1]}" defer></script>\n' if tag[1].endswith(_SCRIPT.as_posix()) else tag[0]

    return _MODULE.sub(plain, page)
