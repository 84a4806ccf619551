"""Bibliographic metadata in the heads of the pages, for search engines and reference managers.

The landing page has the metadata of the whole report; a chapter names the report that it is part of. Sources: Google
Scholar's "Inclusion Guidelines for Webmasters" (tags ``citation_*``; the address of the PDF has to be absolute, and in
the folder of the page), DCMI Metadata Terms (``dcterms.*``), The Open Graph protocol (``og:*``), RFC 6596 (canonical
link).
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

from svhnlab.config.citation import Citation
from svhnlab.errors import SvhnlabError

LANDING = "index.html"
CODE = "code"
"""Folder of source code pages, which are not part of the text and get only a canonical link and a licence."""

_BEGIN, _END = "<!-- citation -->", "<!-- end of citation -->"
_BLOCK = re.compile(rf"{_BEGIN}.*?{_END}\n", re.DOTALL)
# Quarto numbers an appendix in its title.
_APPENDIX = re.compile(r"^Appendix [A-Z] [—–-] ")
_HEAD = re.compile(r"</head\s*>", re.IGNORECASE)


def add_metadata(site: Path, citation: Citation) -> None:
    """Write bibliographic metadata into the head of every page of a rendered site.

    Metadata that an earlier call wrote are replaced. Works on the pages of both engines.

    Raises
    ------
    SvhnlabError
        A page has no head.
    """
    pdf = next(iter(sorted(file.name for file in site.glob("*.pdf"))), None)
    for file in sorted(site.rglob("*.html")):
        page = file.relative_to(site).as_posix()
        text = _BLOCK.sub("", file.read_text(encoding="utf-8"))
        end = _HEAD.search(text)
        if end is None:
            raise SvhnlabError(f"{file} has no head: it is not a page of a report.")
        block = "\n".join([_BEGIN, *_tags(page, text, citation, pdf), _END])
        file.write_text(f"{text[: end.start()]}{block}\n{text[end.start() :]}", encoding="utf-8")


def page_address(citation: Citation, page: str) -> str | None:
    """Return the address of a page in the published report; None if unknown."""
    if citation.url is None:
        return None
    folder = citation.url.rstrip("/")
    return f"{folder}/" if page == LANDING else f"{folder}/{quote(page)}"


def _tags(page: str, text: str, citation: Citation, pdf: str | None) -> list[str]:
    parsed = _Page()
    parsed.feed(text)
    address = page_address(citation, page)
    links = [("license", citation.license_url)]
    if address and not parsed.canonical:
        links.append(("canonical", address))
    tags = [f'<link rel="{rel}" href="{html.escape(href)}">' for rel, href in links]
    if page.startswith(f"{CODE}/"):
        return tags
    landing = page == LANDING
    title = citation.title if landing else parsed.title or citation.title
    names = citation.scholar_tags(page_address(citation, quote(pdf)) if landing and pdf else None)
    if not landing:
        # a chapter has no separate DOI or abstract page
        of_chapter = {"citation_title": title, "citation_doi": None, "citation_abstract_html_url": address}
        names = [(name, value) for name, text in names if (value := of_chapter.get(name, text))]
        names.insert(1, ("citation_inbook_title", citation.title))
    names += _dublin_core(title, citation, landing)
    description = citation.abstract if landing else parsed.description
    cards = {
        "og:type": "website" if landing else "article",
        "og:title": title,
        "og:site_name": citation.title,
        "og:description": description or citation.abstract,
        "og:url": address,
    }
    tags += [f'<meta name="{name}" content="{html.escape(value)}">' for name, value in names]
    return tags + [f'<meta property="{name}" content="{html.escape(text)}">' for name, text in cards.items() if text]


def _dublin_core(title: str, citation: Citation, landing: bool) -> list[tuple[str, str]]:
    tags = [("dcterms.title", title)]
    tags += [("dcterms.creator", author.name) for author in citation.authors]
    tags += [("dcterms.issued", citation.date), ("dcterms.license", citation.license_url)]
    tags += [("dcterms.language", "en"), ("dcterms.type", "Text")]
    if citation.address:
        tags.append(("dcterms.identifier" if landing else "dcterms.isPartOf", citation.address))
    elif not landing:
        tags.append(("dcterms.isPartOf", citation.title))
    return tags


class _Page(HTMLParser):
    """First heading of a page without its number, its description, and whether it has a canonical link.

    Attributes
    ----------
    title
        Text of the first heading; empty without one.
    description
        Content of the description; empty without one.
    canonical
        Whether there is a canonical link.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.description = ""
        self.canonical = False
        self._heading: bool | None = None  # not yet seen, open, or closed (False)
        self._skipped = 0  # number of open spans, starting with that of the number

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read the head, and find the heading."""
        attributes = dict(attrs)
        if tag == "meta" and attributes.get("name") == "description":
            self.description = attributes.get("content") or ""
        elif tag == "link" and attributes.get("rel") == "canonical":
            self.canonical = True
        elif tag == "h1" and self._heading is None:
            self._heading = True
        elif tag == "span" and (self._skipped or "number" in (attributes.get("class") or "")):
            self._skipped += 1

    def handle_endtag(self, tag: str) -> None:
        """Find the end of the heading and of its number."""
        if tag == "span" and self._skipped:
            self._skipped -= 1
        elif tag == "h1" and self._heading:
            self._heading = False
            self.title = _APPENDIX.sub("", " ".join(self.title.split()))

    def handle_data(self, data: str) -> None:
        """Collect the heading's text."""
        if self._heading and not self._skipped:
            self.title += data
