"""Metadata in the heads of pages."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from svhnlab.errors import SvhnlabError
from svhnlab.site.postprocess.metadata import add_metadata, page_address
from tests.config.test_citation import CITATION

BUILTIN = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<title>2 A &amp; B – R</title>\n</head>\n<body>{}</body>\n</html>'
QUARTO_HEADING = (
    '<h1 class="title"><span class="chapter-number">2</span>&nbsp; <span class="chapter-title">A &amp; B</span></h1>'
)


class Head(HTMLParser):
    """The meta and link elements of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.meta: list[tuple[str, str]] = []
        self.links: dict[str, str] = {}
        self.inside = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        self.inside = self.inside or tag == "head"
        if tag in ("meta", "link"):
            assert self.inside
        if tag == "meta":
            self.meta.append((about.get("name") or about.get("property") or "", about.get("content", "")))
        elif tag == "link":
            self.links[about["rel"]] = about["href"]

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "head"

    def all(self, name: str) -> list[str]:
        """Contents of every tag of that name."""
        return [content for own, content in self.meta if own == name]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A landing page, a chapter in the markup of Quarto, a page of code, and a PDF."""
    for name, body in (
        ("index.html", "<h1>Overview</h1>"),
        ("chapters/1-a.html", QUARTO_HEADING),
        ("code/svhnlab/store/keys.html", "<h1>plan.py</h1>"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(BUILTIN.format(body), encoding="utf-8")
    (tmp_path / "svhnlab.pdf").write_bytes(b"%PDF")
    return tmp_path


class TestAddMetadata:
    def test_landing_page_is_the_report(self, site: Path) -> None:
        """The first page names the whole report, each author in a separate tag, and the PDF."""
        add_metadata(site, CITATION)
        head = Head(site / "index.html")
        assert head.all("citation_title") == [CITATION.title] == head.all("og:title")
        assert head.all("citation_author") == ["King of Lovelace, Ada", "The R&D {group}"]
        assert head.all("citation_publication_date") == ["2026/03/04"]
        assert head.all("citation_pdf_url") == ["https://example.org/report/svhnlab.pdf"]
        assert head.all("citation_doi") == [CITATION.doi]
        assert head.all("og:description") == [CITATION.abstract]
        assert head.links["canonical"] == "https://example.org/report/"
        assert head.links["license"] == "https://spdx.org/licenses/MIT.html"

    def test_chapter_is_part_of_the_report(self, site: Path) -> None:
        """A chapter has its title without the number, the title of the report, and no DOI or PDF."""
        add_metadata(site, CITATION)
        head = Head(site / "chapters" / "1-a.html")
        assert head.all("citation_title") == ["A & B"]
        assert head.all("citation_inbook_title") == [CITATION.title]
        assert head.all("citation_doi") == head.all("citation_pdf_url") == []
        assert head.links["canonical"] == "https://example.org/report/chapters/1-a.html"

    def test_appendix(self, site: Path) -> None:
        """The letter that Quarto writes before the title of an appendix is not part of the title."""
        page = site / "chapters" / "1-a.html"
        page.write_text(BUILTIN.format('<h1 class="title">Appendix B — <span>Cards</span></h1>'), encoding="utf-8")
        add_metadata(site, CITATION)
        assert Head(page).all("citation_title") == ["Cards"]

    def test_code_is_no_article(self, site: Path) -> None:
        """Source code pages have a licence and an address, but no metadata of articles."""
        add_metadata(site, CITATION)
        head = Head(site / "code" / "svhnlab" / "store" / "keys.html")
        assert not any(name.startswith("citation_") for name, _ in head.meta)
        assert set(head.links) == {"license", "canonical"}

    def test_no_address_no_link(self, site: Path) -> None:
        """Without the address of the published report there are no links to it."""
        add_metadata(site, replace(CITATION, url=None, doi=None))
        head = Head(site / "index.html")
        assert "canonical" not in head.links
        assert head.all("citation_pdf_url") == head.all("og:url") == head.all("citation_doi") == []

    def test_second_call_changes_nothing(self, site: Path) -> None:
        """Metadata are replaced, not added; other metadata replace the first completely."""
        add_metadata(site, replace(CITATION, title="Another title"))
        add_metadata(site, CITATION)
        first = {path: path.read_bytes() for path in site.rglob("*.html")}
        assert not any(b"Another title" in content for content in first.values())
        add_metadata(site, CITATION)
        assert first == {path: path.read_bytes() for path in site.rglob("*.html")}

    def test_page_without_a_head(self, site: Path) -> None:
        """A file that is not a page is reported, not changed."""
        (site / "broken.html").write_text("<p>no head")
        with pytest.raises(SvhnlabError, match=r"broken\.html"):
            add_metadata(site, CITATION)


class TestPageAddress:
    def test_addresses(self) -> None:
        """The address of the landing page is the folder; names are URL-encoded."""
        assert page_address(CITATION, "index.html") == "https://example.org/report/"
        assert page_address(CITATION, "chapters/a b.html") == "https://example.org/report/chapters/a%20b.html"
        assert page_address(replace(CITATION, url=None), "index.html") is None
