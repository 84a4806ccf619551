"""Search index and glossary definitions, as scripts: a page opened from disk can't fetch files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from svhnlab.paths import CODE
from svhnlab.web.resources import script_json

#: Paths of the scripts in a site, beside the one that reads them.
INDEX = Path("assets/search-index.js")
GLOSSARY = Path("assets/glossary.js")
_HEADINGS = ("h1", "h2", "h3", "h4")
_FLOAT = re.compile(r"(fig|tbl)-")
_TERM = "term-"
# Text that is not searched: navigation, code, sources of formulas, and data below figures.
_SILENT_TAGS = {"script", "style", "nav", "template", "svg", "dialog", "annotation", "button", "select", "option"}
_SILENT_CLASSES = {"figure-foot", "page-tool", "sequence", "foot", "csl-bib-body", "screen-reader-only", "footnotes"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Tags that do not separate words.
_INLINE = {"a", "abbr", "b", "code", "em", "i", "mi", "mn", "mo", "q", "small", "span", "strong", "sub", "sup", "u"}
_SPACE = re.compile(r"\s+")


@dataclass
class Entry:
    """A search result: a section, a figure or a table.

    Attributes
    ----------
    anchor
        Id of the element; empty for the top of the page.
    title
        Heading, or number of a figure or table.
    text
        Text of the section up to the next heading, or the caption.
    keywords
        Other words that find a section, from the attribute ``keywords`` of its heading.
    """

    anchor: str
    title: str = ""
    text: str = ""
    keywords: str = ""


@dataclass
class _Open:
    """An element that is not closed yet."""

    tag: str
    silent: bool = False
    heading: bool = False
    caption: Entry | None = None


@dataclass
class PageText(HTMLParser):
    """Parser of a page's entries, in their order.

    Attributes
    ----------
    title
        Text of the page's first heading.
    entries
        Those that have a title.
    """

    html: str
    title: str = ""
    entries: list[Entry] = field(default_factory=lambda: [Entry("")])

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[_Open] = []
        self._main = 0  # depth at which <main> was opened
        self._section = ""  # id of the section that a heading without one belongs to
        self._keywords = ""  # of that section
        self._float: Entry | None = None
        self.feed(self.html)
        for entry in self.entries:
            entry.title, entry.text = _tidy(entry.title), _tidy(entry.text)
        self.entries = [entry for entry in self.entries if entry.title]
        self.title = self.entries[0].title if self.entries else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Register the start of a section or a figure."""
        attributes = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            self._add(" ")
            return
        element = _Open(tag)
        self._open.append(element)
        if tag == "main" and not self._main:
            self._main = len(self._open)
        if not self._main:
            return
        classes = set(attributes.get("class", "").split())
        element.silent = tag in _SILENT_TAGS or bool(classes & _SILENT_CLASSES)
        anchor = attributes.get("id", "")
        if tag not in _INLINE:
            self._add(" ")
        if tag == "section":
            self._section, self._keywords = anchor, attributes.get("data-keywords", "")
        elif tag in _HEADINGS:
            element.heading = True
            keywords = attributes.get("data-keywords", "") or self._keywords
            self.entries.append(Entry("" if tag == "h1" else anchor or self._section, keywords=keywords))
            self._keywords = ""
        elif tag == "figcaption" and self._float:
            element.caption = self._float
            self._float = None
        elif _FLOAT.match(anchor):
            self._float = Entry(anchor)

    def handle_endtag(self, tag: str) -> None:
        """Close an element and all elements inside it that are still open."""
        if not any(element.tag == tag for element in self._open):
            return
        while True:
            element = self._open.pop()
            if element.caption:
                self._caption(element.caption)
            if element.tag == tag:
                break
        if len(self._open) < self._main:
            self._main = 0
        elif tag not in _INLINE:
            self._add(" ")

    def handle_data(self, data: str) -> None:
        """Add text to the heading, caption or section that it belongs to."""
        self._add(data)

    def _add(self, text: str) -> None:
        if not self._main or any(element.silent for element in self._open):
            return
        caption = next((element.caption for element in reversed(self._open) if element.caption), None)
        if caption:
            caption.text += text
        elif any(element.heading for element in self._open):
            self.entries[-1].title += text
        else:
            self._section_entry.text += text

    @property
    def _section_entry(self) -> Entry:
        return next(entry for entry in reversed(self.entries) if not _FLOAT.match(entry.anchor))

    def _caption(self, entry: Entry) -> None:
        number, _, text = _tidy(entry.text).partition(":")
        entry.title, entry.text = number, text
        self.entries.append(entry)


def write_search(site: Path) -> None:
    """Write the search index and the glossary definitions next to the site's scripts.

    The search covers the ``<main>`` of every page except source code pages. A section whose id begins with ``term-``
    defines the term in its heading.
    """
    pages = sorted(page for page in site.rglob("*.html") if CODE not in page.relative_to(site).parts)
    index, terms = [], {}
    for page in pages:
        parsed = PageText(page.read_text(encoding="utf-8"))
        if parsed.entries:
            entries = [[entry.anchor, entry.title, entry.text, entry.keywords] for entry in parsed.entries]
            index.append([page.relative_to(site).as_posix(), parsed.title, entries])
        terms.update(
            {entry.anchor: [entry.title, entry.text] for entry in parsed.entries if entry.anchor.startswith(_TERM)}
        )
    for file, name, data in ((INDEX, "svhnlabSearch", index), (GLOSSARY, "svhnlabGlossary", terms)):
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).write_text(f"window.{name}={script_json(data)};\n", encoding="utf-8")


def _tidy(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
