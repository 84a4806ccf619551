"""Version selector at the top of every page: the version, links to the others, and a banner on old ones.

A page never changes after publication, and is the same file at the root and below ``v/``. The line with the version
number is therefore part of the page (`stamp`). The location of the root and the current list of versions are in two
scripts beside the pages (`loader`, `selector`).
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from svhnlab.config.citation import Citation
from svhnlab.config.citation_file import VERSION_VARIABLE
from svhnlab.publishing.names import LOADER
from svhnlab.publishing.versions import PublishedVersion
from svhnlab.web.resources import resource_text, script_json

_MARK = "data-svhnlab-version"
_STAMP = re.compile(rf"<(style|script|nav) {_MARK}[^>]*>.*?</\1>\n?", re.DOTALL)
_HEAD_END = re.compile(r"</head\s*>", re.IGNORECASE)
_MAIN = re.compile(r"<main\b[^>]*>", re.IGNORECASE)


def stamp(site: Path, citation: Citation, environment: Mapping[str, str] = os.environ) -> None:
    """Add the line with the version, and the script of the selector, to every page of a finished site.

    Pages without a ``<head>`` and a ``<main>`` are left unchanged, and so are all pages of a report that is not being
    published (``SVHNLAB_VERSION`` is not set). The script is empty until `publish` replaces it, so that its absence is
    no error in a preview of the site. A second call changes nothing.
    """
    if VERSION_VARIABLE not in environment:
        return
    style = resource_text("selector.css")
    for file in sorted(site.rglob("*.html")):
        page = file.relative_to(site)
        before = file.read_text(encoding="utf-8")
        after = _stamped(
            _STAMP.sub("", before), page.as_posix(), "../" * (len(page.parts) - 1), citation.version, style
        )
        if after != before:
            file.write_text(after, encoding="utf-8")
    (site / LOADER).write_text("// The publication writes the list of versions here.\n", encoding="utf-8")


def _stamped(text: str, page: str, to_root: str, version: str, style: str) -> str:
    head = _HEAD_END.search(text)
    main = _MAIN.search(text, head.end()) if head else None
    if head is None or main is None:
        return text
    names = f'data-root="{to_root}" data-page="{html.escape(page)}"'
    script = f'<script {_MARK} src="{to_root}{LOADER}" {names} defer></script>'
    line = (
        f'<nav {_MARK} class="version-line" aria-label="Versions of this report">'
        f'<p class="version-name">Version {html.escape(version)}</p></nav>'
    )
    return (
        f"{text[: head.start()]}<style {_MARK}>\n{style}</style>\n{script}\n"
        f"{text[head.start() : main.end()]}{line}\n{text[main.end() :].removeprefix(chr(10))}"
    )


def loader(version: str, to_root: str) -> str:
    """Return ``version.js``, which sets the version of the pages beside it and loads ``versions.js``.

    Parameters
    ----------
    version
        The version.
    to_root
        Relative path from the folder of the script to the site root, "" or "../../".
    """
    data = {"version": version, "root": to_root}
    return f"window.svhnlabVersion={script_json(data)};\n{resource_text('version.js')}"


def selector(versions: Sequence[PublishedVersion]) -> str:
    """Return ``versions.js`` for all versions, given oldest first."""
    lists: list[list[str]] = []
    known = []
    for one in reversed(versions):
        pages = sorted(path for path in one.provenance.files if path.endswith(".html"))
        if pages not in lists:
            lists.append(pages)
        known.append({"version": one.version, "pages": lists.index(pages)})
    data = {"versions": known, "pages": lists}
    return f"window.svhnlabVersions={script_json(data)};\n{resource_text('versions.js')}"
