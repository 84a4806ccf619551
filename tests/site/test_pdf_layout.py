"""Where the PDF places figures, tables, headings and notes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import typst

from svhnlab.site.book import Book, read_book
from svhnlab.site.builtin.pdf import write_pdf
from tests.fixtures.site_project import write_project
from tests.site.pdf_pages import HEIGHT, MARGIN, MILLIMETRE, WIDTH, bottom_of, in_layout, overlapping


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a project in whose folder the PDF is made."""
    return read_book(write_project(tmp_path_factory.mktemp("layout") / "project"))


class TestLayout:
    @staticmethod
    def pages(project: Book, file: Path, body: str) -> list[str]:
        """Typeset a body in the book's layout; return the text of each page from the first chapter on."""
        write_pdf(project, in_layout(body), file)
        texts = [page.get_textpage().get_text_bounded() for page in pdfium.PdfDocument(file)]
        return texts[2:]

    @staticmethod
    def float(share: float) -> str:
        """Return a figure with a share of the text's height."""
        kind = 'kind: "figure", supplement: "Figure", alt: "A box", caption: [C.]'
        return f"#figure(block(height: {share} * text-height)[Drawn], {kind})\n"

    def test_next_section_fills_the_page(self, project: Book, tmp_path: Path) -> None:
        """A figure without room moves to the next page and the text continues, unless too many floats are pending."""
        body = (
            f"= One\n#in-flow(block(height: 0.5 * text-height))\n== Calls\nText.\n{self.float(0.7)}%s== Next\nText.\n"
        )
        first, second = self.pages(project, tmp_path / "one.pdf", body % "")
        assert "Next" in first and "Drawn" in second
        waiting = self.pages(project, tmp_path / "two.pdf", body % (self.float(0.7) * 2))
        assert [("Next" in page, "Drawn" in page) for page in waiting] == [
            (False, False),
            *[(False, True)] * 2,
            (True, True),
        ]

    def test_opening_page_is_read_in_order(self, project: Book, tmp_path: Path) -> None:
        """On the first page of a chapter, a figure that fits stays in place; one that does not leaves no gap."""
        body = f"= One\nBefore.\n{self.float(0.25)}Between.\n{self.float(0.3)}%sAfter.\n"
        order = [
            re.findall(r"Before|Drawn|Between|After", page)
            for page in self.pages(project, tmp_path / "a.pdf", body % "")
        ]
        assert order == [["Before", "Drawn", "Between", "Drawn", "After"]]
        order = [
            re.findall(r"Before|Drawn|Between|After", page)
            for page in self.pages(project, tmp_path / "b.pdf", body % self.float(0.5))
        ]
        assert order == [["Before", "Drawn", "Between", "Drawn", "After"], ["Drawn"]]

    def test_no_sentence_is_cut(self, project: Book, tmp_path: Path) -> None:
        """A paragraph is on one page, below no figure that stands in its middle."""
        words = "Some words of a long paragraph. " * 24
        paragraphs = "".join(f"Start{i} {words} End{i}\n\n{self.float(0.2) if i % 3 == 1 else ''}" for i in range(12))
        pages = self.pages(project, tmp_path / "book.pdf", f"= One\n{paragraphs}")
        assert len(pages) > 3
        for i in range(12):
            assert [f"Start{i} " in page for page in pages] == [bool(re.search(rf"End{i}\b", page)) for page in pages]

    def test_no_figure_is_above_its_heading(self, project: Book, tmp_path: Path) -> None:
        """A figure of a section that begins in the middle of a page is below the heading, or on a later page."""
        above = "".join(f"#in-flow(block(height: {share} * text-height, breakable: false))\n" for share in (0.8, 0.45))
        body = f"= One\n{above}== Section\nText.\n{self.float(0.4)}After.\n"
        found = [re.findall(r"Section|Drawn", page) for page in self.pages(project, tmp_path / "book.pdf", body)]
        assert [word for page in found for word in page][-2:] == ["Section", "Drawn"]

    def test_heading_with_a_note(self, project: Book, tmp_path: Path) -> None:
        """A heading, its paragraph and the note of it stay together where they just fit on a page, or just do not.

        A figure below them is not above the heading.
        """
        words = "Some words of a long paragraph. " * 12
        chapters = [
            f"= Chapter\n#note-box(red)[Title][{words}]\n{words}\n\n== Section\n{words}\n\n{words}\n\n"
            f"{self.float(0.1 + 0.0025 * i)}== Head{i}\nBegin{i} {words}#footnote[Note{i} {words}]\n\n"
            f"{self.float(0.3).replace('Drawn', f'Second{i}')}"
            for i in range(50)
        ]
        pages = self.pages(project, tmp_path / "book.pdf", "".join(chapters))
        found = [re.findall(r"(?:Begin|Note|Second)\d+", page) for page in pages]
        order = [word for page in found for word in page]
        together = [set(page) for page in found]
        for i in range(len(chapters)):
            assert order.index(f"Begin{i}") < order.index(f"Second{i}")
            (page,) = (page for page, words in zip(pages, together, strict=True) if f"Begin{i}" in words)
            assert f"Note{i} " in page.replace("\n", " ")
            assert re.search(rf"Head{i}\b", page)

    def test_pages_settle(self) -> None:
        """Typst finds the pages of a chapter with many figures, notes and sections, without a warning."""
        words = "Some words of a long paragraph. " * 12
        parts = (
            f"{f'== Section {i}' if i % 3 == 0 else ''}\n{words}#h(-2em)#h(1fr)#footnote[{words}]\n\n"
            f"{self.float(0.1 + 0.07 * (i * 5 % 9))}"
            for i in range(40)
        )
        _, warnings = typst.compile_with_warnings(in_layout(f"= One\n{''.join(parts)}").encode())
        assert [warning.message for warning in warnings] == []

    @pytest.mark.parametrize(
        "blocks",
        [
            "Text.\n\nText.",
            "== Section\nText.\n=== Part\nText.\n==== Smaller part\nText.",
            "Text.\n\n- One\n- Two\n\nText.",
            "Text.\n\n+ One\n\n+ Two\n\nText.",
            "Text.\n```sh\nsvhnlab report\n```\nText.",
            "Text.\n#note-box(red)[Title][Text.]\nText.",
            "#figure(table(columns: 2, table.header[A][B], [1], [2]), kind: table)\nText.",
            "Text.\nFLOAT\nText.",
            "== Section\nFLOAT\n=== Part\nText.",
        ],
    )
    def test_estimate_is_right(self, blocks: str) -> None:
        """The estimate of the used height is the place at which Typst sets the next block."""
        place = "#block(context [#metadata((here().position().y - margins.top, start(flow.get(), auto)))<place>])"
        body = f"{blocks}\n\n".replace("FLOAT", self.float(0.1)) * 3
        found = json.loads(typst.query(in_layout(f"= One\n{body}{place}").encode(), "<place>", field="value", one=True))
        actual, estimated = (float(length.removesuffix("pt")) for length in found)
        assert actual > 50
        assert estimated == pytest.approx(actual, abs=3)

    @pytest.mark.parametrize("heading", ["== Section", "=== Section", "==== Section"])
    @pytest.mark.parametrize("more", [0.8, 0.95, 1.0])
    def test_heading_where_the_estimate_is_wrong(
        self, project: Book, tmp_path: Path, heading: str, more: float
    ) -> None:
        """A heading that has room, against the estimate, keeps its distance from the text above it."""
        body = f"= One\n== Two\n=== Three\nBefore.\n\n%s{heading}\nText.\n"
        gaps = []
        for name, estimate in (("right", ""), ("wrong", f"#flow.update(it => (..it, used: {more} * text-height))\n")):
            file = tmp_path / f"{name}.pdf"
            (page,) = self.pages(project, file, body % estimate)
            assert "Section" in page
            text = pdfium.PdfDocument(file)[2].get_textpage()
            assert overlapping(text) == []
            gaps.append(bottom_of(text, "Before") - bottom_of(text, "Section"))
        assert gaps[1] == pytest.approx(gaps[0], abs=0.5)

    def test_figure_where_the_estimate_is_wrong(self, project: Book, tmp_path: Path) -> None:
        """A figure that has room, against the estimate, is below its heading."""
        filler = "#block(height: 0.4 * text-height)\n#flow.update(it => (..it, used: 0.9 * text-height))\n"
        body = f"= One\nBefore.\n== Section\nText.\n{filler}{self.float(0.2)}After.\n"
        file = tmp_path / "book.pdf"
        assert len(self.pages(project, file, body)) == 1
        text = pdfium.PdfDocument(file)[2].get_textpage()
        assert bottom_of(text, "Drawn") < bottom_of(text, "Section")

    @pytest.mark.parametrize("left", [0.1, 0.13, 0.16, 0.2, 0.25])
    @pytest.mark.parametrize("heading", ["== Section", "== Section\n=== Part"])
    def test_heading_is_with_its_text(self, project: Book, tmp_path: Path, left: float, heading: str) -> None:
        """A heading moves to the next page with a paragraph for whose footnotes the page has no room."""
        words = "Some words of a long paragraph. " * 12
        filler = f"#in-flow(block(height: {1 - left} * text-height, breakable: false))\n"
        body = f"= One\nFirst#footnote[{words}].\n{filler}{heading}\nText {words}#footnote[{words * 2}]\n"
        pages = self.pages(project, tmp_path / "book.pdf", body)
        assert ["Section" in page for page in pages] == ["Text" in page for page in pages]

    @pytest.mark.parametrize("left", [0.05, 0.1, 0.15, 0.2])
    def test_announcement_is_with_what_it_announces(self, project: Book, tmp_path: Path, left: float) -> None:
        """A paragraph that ends with a colon is not alone at the end of a page."""
        filler = f"#in-flow(block(height: {0.9 - left} * text-height, breakable: false))\n"
        code = "\n".join(f"line {i}" for i in range(9))
        body = f"= One\nText.\n\n{filler}Type this:\n```\n{code}\n```\nAfter.\n"
        pages = self.pages(project, tmp_path / "book.pdf", body)
        assert ["Type this" in page for page in pages] == ["line 1" in page for page in pages]

    @pytest.mark.parametrize("left", [0.2, 0.26, 0.32, 0.36, 0.4])
    def test_notes_are_on_the_page_of_their_marks(self, project: Book, tmp_path: Path, left: float) -> None:
        """The footnote of the first paragraph of a section is not on the page before, wherever the section begins."""
        words = "Some words of a long paragraph. " * 12
        filler = f"#in-flow(block(height: {1 - left} * text-height, breakable: false))\n"
        body = f"= One\n{filler}== Section\nText {words}#footnote[Noted. {words}]\n\nAfter.\n"
        pages = self.pages(project, tmp_path / "book.pdf", body)
        assert ["Noted." in page for page in pages] == ["Text" in page for page in pages]

    @staticmethod
    def picture(project: Book, share: float) -> str:
        """Return a figure with a picture as wide as the text, and as high as a share of the text's height."""
        width, height = 2 * (WIDTH - 2 * MARGIN), 2 * share * (HEIGHT - 52 * MILLIMETRE)  # twice as large, as an SVG's
        drawing = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><path d="M0 0h9"/></svg>'
        (project.root / f"picture-{share}.svg").write_text(drawing, encoding="utf-8")
        image = f'image("/picture-{share}.svg", alt: "A line")'
        return f'#figure({image}, kind: "figure", supplement: "Figure", caption: [Drawn.])\n'

    @pytest.mark.parametrize(
        ("used", "shares", "pages"),
        [
            (0.6, [0.27], [1]),  # fits
            (0.6, [0.37], [1]),  # fits if it is shrunk
            (0.6, [0.56], [0, 1]),  # would be too small
            (0.95, [0.56, 0.5], [0, 2]),  # each is shrunk to half of a page
            (0.95, [0.6, 0.38], [0, 2]),  # the second is shrunk to what the first leaves
            (0.95, [0.68, 0.68], [0, 1, 1]),  # would be too small for half of a page
            (0.95, [0.9, 0.24], [0, 2]),  # a tall picture leaves room
        ],
    )
    def test_pictures_fill_pages(
        self, project: Book, tmp_path: Path, used: float, shares: list[float], pages: list[int]
    ) -> None:
        """A picture is shrunk a little if it then fits on a page with what is before it."""
        pictures = "".join(self.picture(project, share) for share in shares)
        body = f"= One\n#in-flow(block(height: {used - 0.1} * text-height, breakable: false))\n{pictures}"
        found = self.pages(project, tmp_path / "book.pdf", body)
        assert [page.count("Drawn") for page in found] == pages
