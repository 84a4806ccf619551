from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest

from svhnlab.report import AccuracyChart, AgreementFigure, ConfusionMatrix, ModelComparison, RiskCoverage
from svhnlab.site.book import Book, read_book
from svhnlab.site.builtin.conversions import Conversions
from svhnlab.site.builtin.pandoc import Converter, collect_labels
from svhnlab.site.builtin.pdf import typst_source, write_pdf
from svhnlab.site.postprocess.compress_pdf import compress_pdf
from svhnlab.site.postprocess.finish import finish_site
from tests.fixtures.fakes import fake_study
from tests.fixtures.paths import EXTENSION, ROOT
from tests.fixtures.site_project import write_project
from tests.site.pdf_pages import HEIGHT, MARGIN, MILLIMETRE, WIDTH, in_layout, overlapping

PROVENANCE = 'svhnlab 0.1.0 · "made-up" digits'
LONG = "A very long class name that nobody would give a class if it were not for this test"

SETTINGS = """
project: {type: book}
book:
  title: 'What "digits" #1 get_wrong, and why'
  author: [{name: Ada Lovelace, orcid: 0000-0001-2345-6789, affiliation: "The *lab*"}, The svhnlab authors]
  date: 2026-11-22
  description: A study of *errors* & more.
  output-file: book
  chapters: [index.qmd, chapters/one.qmd, chapters/two.qmd]
  appendices: [chapters/end.qmd]
report-version: 1.2
report-doi: 10.5281/zenodo.42
report-license: MIT
keywords: [digits, errors]
bibliography: references.bib
format: {typst: {include-in-header: _extensions/svhnlab/book.typ}}
"""


def _figure(label: str, body: object, caption: str) -> str:
    return f"::: {{#{label}}}\n{body}\n\n{caption}\n:::\n\n"


def _chapters(root: Path) -> dict[str, str]:
    """Return a book with the elements of a report: pictures, long and wide tables, tabs, notes, formulas."""
    study = fake_study()
    runs = list(study.runs.values())

    def picture(display: object, folder: Path) -> str:
        before = Path.cwd()
        os.chdir(folder)
        try:
            return str(display._repr_mimebundle_()["text/markdown"])  # type: ignore[attr-defined]
        finally:
            os.chdir(before)

    chapters = root / "chapters"
    filling = "Each image is a small picture with a digit in its middle, and others at its sides. " * 9
    long_rows = "\n".join(f"| row {row} | 0.{row:03d} |" for row in range(120))
    wide_table = "\n".join(
        [f"| {LONG} |" + f" {LONG} |" + " Share of the class |" * 7, "|" + ":-|" * 2 + "-:|" * 7]
        + [f"| {LONG} | {LONG} |" + " 12.3% |" * 7 for _ in range(3)]
    )
    tabs = ""
    for run in runs:
        matrix = picture(ConfusionMatrix.from_study(study, run.name), chapters)
        tabs += f"### {run.title} {{.unnumbered}}\n\n{filling if run is runs[0] else ''}\n\n"
        tabs += _figure(f"fig-tab-{run.name}", matrix, f"Matrix of {run.title}.")
    return {
        "index.qmd": (
            "# Overview {.unnumbered}\n\n::: {.lead}\nWhat was found [@netzer2011].\n:::\n\n"
            f'::: {{.callout-note title="Note"}}\nMind this.\n:::\n\n{filling}\n\n'
            + _figure("fig-accuracy", picture(AccuracyChart.from_study(study), root), "Accuracy: of each run. More.")
            + _figure("tbl-models", picture(ModelComparison.from_study(study), root), "The models of the study.")
            + "See [one](chapters/one.qmd), @fig-risk and [-@tbl-long].\n"
        ),
        "chapters/one.qmd": (
            f"---\ntitle: The first\n---\n\n## Early {{#sec-early}}\n\n{filling}[^n] and $a^2 + b^2$.\n\n"
            "[^n]: Small print.\n\n"
            + _figure("fig-risk", picture(RiskCoverage.from_study(study), chapters), f"Risk. {LONG}. " * 25)
            + f"## Late\n\n{filling}\n\n"
            + _figure("tbl-long", f"| Name of the row | Value |\n|:-|-:|\n{long_rows}", "A table longer than a page.")
            + _figure("tbl-wide", wide_table, "A table with many columns and long names.")
        ),
        "chapters/two.qmd": (
            f"---\ntitle: The second\n---\n\n## Tabs {{#sec-tabs}}\n\n::: {{.panel-tabset}}\n{tabs}\n:::\n\n"
            + _figure(
                "fig-agreement", picture(AgreementFigure.from_study(study), chapters), "Who agrees[^c] with whom."
            )
            + "[^c]: On errors.\n\n```sh\nsvhnlab report\n```\n"
        ),
        "chapters/end.qmd": (
            "---\ntitle: Provenance\n---\n\n"
            + _figure("tbl-keys", "| Key |\n|:-|\n| `" + "0123456789abcdef" * 4 + "` |", "Keys.")
            + "## Again\n\nSee @sec-tabs.\n"
        ),
    }


@dataclass(frozen=True)
class Made:
    """A book as a PDF."""

    project: Book
    source: str
    file: Path
    markdown: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = write_project(tmp_path_factory.mktemp("pdf") / "project")
    (root / "chapters" / "figures").mkdir(exist_ok=True)
    texts = _chapters(root)
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    (root / "_quarto.yml").write_text(SETTINGS, encoding="utf-8")
    project = read_book(root)
    markdown = {chapter: texts[str(chapter.source)] for chapter in project.chapters}
    work = tmp_path_factory.mktemp("work")
    conversions = Conversions(work / "pandoc")
    converter = Converter(project, collect_labels(markdown, conversions), work, conversions)
    source = typst_source(project, markdown, converter, footer=PROVENANCE)
    write_pdf(project, source, work / "book.pdf")
    return Made(project, source, work / "book.pdf", "".join(texts.values()))


@pytest.fixture(scope="module")
def pdf(made: Made) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(made.file) as opened:
        yield opened


@pytest.fixture(scope="module")
def drawn(made: Made) -> Iterator[pdfium.PdfDocument]:
    document = pdfium.PdfDocument(made.file)
    yield document
    document.close()


@pytest.fixture(scope="module")
def texts(drawn: pdfium.PdfDocument) -> list[str]:
    return [page.get_textpage().get_text_bounded().replace("\r", "").replace("\xa0", " ") for page in drawn]


def _elements(node: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    """Yield all elements of the structure tree, parents first."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _elements(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from _elements(node.K)


def _titles(items: list[pikepdf.OutlineItem]) -> list[str]:
    return [title for item in items for title in (item.title, *_titles(list(item.children)))]


class TestTitlePage:
    def test_lines_of_the_title_are_alike(self, made: Made, tmp_path: Path) -> None:
        """The last line of a long title is not a single word."""
        look = (EXTENSION / "book.typ").read_text(encoding="utf-8")
        title = "What digit classifiers get wrong, and why"
        write_pdf(made.project, f'{look}\n#show: book.with(title: "{title}")\n= One\nText.', tmp_path / "one.pdf")
        text = pdfium.PdfDocument(tmp_path / "one.pdf")[0].get_textpage().get_text_bounded()
        assert " ".join(text.split()).startswith(title)
        first, second = (line for line in text.splitlines() if line and line in title)
        assert len(second) > len(first) / 2

    def test_all_of_it(self, texts: list[str]) -> None:
        """The first page has the citation data of the report and the provenance of its numbers."""
        words = " ".join(texts[0].split())
        for part in (
            'What "digits" #1 get_wrong, and why',
            "Ada Lovelace and The svhnlab authors",
            "Ada Lovelace: The *lab*, ORCID 0000-0001-2345-6789",
            "22 November 2026",
            "Version 1.2",
            "doi:10.5281/zenodo.42",
            "A study of *errors* & more.",
            "digits, errors",
            "MIT",
            PROVENANCE,
        ):
            assert part in words

    def test_no_doi(self, made: Made, tmp_path: Path) -> None:
        """Without a DOI, the page states it and has no link."""
        assert made.source.count('doi: "10.5281/zenodo.42"') == 1
        source = made.source.replace('doi: "10.5281/zenodo.42"', 'doi: "not assigned yet"')
        write_pdf(made.project, source, tmp_path / "book.pdf")
        page = pdfium.PdfDocument(tmp_path / "book.pdf")[0].get_textpage().get_text_bounded()
        assert "DOI not assigned yet" in page


class TestMetadata:
    def test_document(self, pdf: pikepdf.Pdf) -> None:
        """Search engines and libraries read title, authors, description, keywords, date and language from the file."""
        assert pdf.docinfo["/Title"] == 'What "digits" #1 get_wrong, and why'
        assert "Ada Lovelace" in str(pdf.docinfo["/Author"])
        assert pdf.docinfo["/Subject"] == "A study of *errors* & more."
        assert pdf.docinfo["/Keywords"] == "digits, errors"
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20261122")
        assert pdf.Root.Lang == "en"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle

    def test_standards(self, pdf: pikepdf.Pdf) -> None:
        """The file is marked as PDF/UA-1 and PDF/A-2a, which typst has checked."""
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert pdf.Root.MarkInfo.Marked

    def test_same_bytes(self, made: Made, tmp_path: Path) -> None:
        """The same inputs give the same file, independent of the time."""
        write_pdf(made.project, made.source, tmp_path / "again.pdf")
        assert (tmp_path / "again.pdf").read_bytes() == made.file.read_bytes()

    def test_packed(self, made: Made, tmp_path: Path) -> None:
        """A compressed PDF is smaller, reproducible, no proof, and has the same text, structure and other metadata."""
        once, twice = tmp_path / "once.pdf", tmp_path / "twice.pdf"
        for file in (once, twice):
            shutil.copyfile(made.file, file)
            compress_pdf(file)
        assert once.read_bytes() == twice.read_bytes()
        assert len(once.read_bytes()) < 0.9 * len(made.file.read_bytes())
        told = []
        for file in (made.file, once):
            with pikepdf.open(file) as opened, opened.open_metadata() as metadata:
                assert metadata.get("xmpMM:RenditionClass") == ("proof" if file == made.file else None)
                texts = {name: value for name, value in metadata.items() if isinstance(value, str)}
                known = {name: value for name, value in texts.items() if not name.endswith("RenditionClass")}
                told.append(([str(e.S) for e in _elements(opened.Root.StructTreeRoot.K)], known))
            document = pdfium.PdfDocument(file)
            told[-1] += tuple(page.get_textpage().get_text_bounded() for page in document)
            document.close()
        assert told[0] == told[1]

    def test_alone(self, made: Made, tmp_path: Path) -> None:
        """After `quarto render --to typst`, which writes no pages, the PDF is compressed without further steps."""
        shutil.copyfile(made.file, tmp_path / "book.pdf")
        finish_site(tmp_path, made.project.root)
        assert [file.name for file in tmp_path.iterdir()] == ["book.pdf"]
        assert (tmp_path / "book.pdf").stat().st_size < made.file.stat().st_size


class TestStructure:
    def test_outline(self, pdf: pikepdf.Pdf) -> None:
        """Chapters, sections and lists are in the outline with their numbers; the titles of tabs are not."""
        with pdf.open_outline() as outline:
            titles = _titles(list(outline.root))
        wanted = ["Contents", "List of figures", "List of tables", "Overview", "1 The first", "1.1 Early", "1.2 Late"]
        assert titles[: len(wanted)] == wanted
        assert titles[len(wanted) :] == ["2 The second", "2.1 Tabs", "A Provenance", "A.1 Again", "References"]

    def test_alternatives(self, pdf: pikepdf.Pdf, made: Made) -> None:
        """Every picture and formula has a text alternative; that of a picture comes from its display."""
        told = [
            " ".join(str(element.Alt).split())
            for element in _elements(pdf.Root.StructTreeRoot.K)
            if element.S in ("/Figure", "/Formula") and "/Alt" in element
        ]
        bare = [e for e in _elements(pdf.Root.StructTreeRoot.K) if e.S in ("/Figure", "/Formula") and "/Alt" not in e]
        assert not bare
        shown = re.findall(r'-print\.svg\)\{fig-alt="((?:[^"\\]|\\.)*)"\}', made.markdown)
        assert {re.sub(r"\\(.)", r"\1", " ".join(alt.split())) for alt in shown} == set(told) - {"a^2 + b^2"}
        assert len(shown) == 7

    def test_table_headers(self, pdf: pikepdf.Pdf) -> None:
        """Each table has cells marked as its header."""
        tables = [element for element in _elements(pdf.Root.StructTreeRoot.K) if element.S == "/Table"]
        assert len(tables) == 4
        for table in tables:
            assert any(element.S == "/TH" for element in _elements(table))

    def test_fonts_embedded(self, pdf: pikepdf.Pdf) -> None:
        """All fonts are embedded."""
        fonts = [font for page in pdf.pages for font in page.Resources.get("/Font", pikepdf.Dictionary()).values()]
        assert fonts
        for font in fonts:
            descriptor = font.DescendantFonts[0].FontDescriptor if "/DescendantFonts" in font else font.FontDescriptor
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys())


class TestPages:
    def test_text_within_margins(self, drawn: pdfium.PdfDocument) -> None:
        """All text is within the margins, also with long captions, wide tables and long names."""
        for number, page in enumerate(drawn, start=1):
            text = page.get_textpage()
            boxes = np.array([text.get_charbox(i) for i in range(text.count_chars())]).reshape(-1, 4)
            assert boxes[:, 0].min() > MARGIN - 6, f"page {number}"
            assert boxes[:, 2].max() < WIDTH - MARGIN + 6, f"page {number}"
            assert boxes[:, 1].min() > 8 * MILLIMETRE, f"page {number}"
            assert boxes[:, 3].max() < HEIGHT - 8 * MILLIMETRE, f"page {number}"

    def test_no_text_overlaps(self, drawn: pdfium.PdfDocument) -> None:
        """No letter is drawn on another one."""
        for number, page in enumerate(drawn, start=1):
            assert overlapping(page.get_textpage()) == [], f"page {number}"

    def test_pages_are_filled(self, drawn: pdfium.PdfDocument, texts: list[str]) -> None:
        """No page is nearly blank, except for the last one of a chapter and of the lists."""
        chapters = [item.get_dest().get_index() for item in drawn.get_toc() if item.level == 0]
        last = [page - 1 for page in chapters] + [len(texts) - 1]
        for number, page in enumerate(drawn):
            grey = page.render(scale=0.5, grayscale=True).to_numpy().squeeze()
            top, bottom = (int(millimetres * MILLIMETRE * 0.5) for millimetres in (25, 297 - 23))
            filled = (grey[top:bottom].min(axis=1) < 200).mean()
            assert filled > (0.03 if number in last else 0.2), f"page {number + 1}"

    def test_header_repeated(self, texts: list[str]) -> None:
        """A table that is longer than a page repeats its header on every page, and has all rows."""
        pages = [text for text in texts if re.search(r"row \d+ 0\.\d{3}", text)]
        assert len(pages) > 2
        assert all("Name of the row Value" in text for text in pages)
        assert sorted(int(n) for text in pages for n in re.findall(r"row (\d+) 0\.", text)) == list(range(120))


class TestLists:
    @pytest.mark.parametrize(("kind", "heading"), [("Figure", "List of figures"), ("Table", "List of tables")])
    def test_entries(self, texts: list[str], kind: str, heading: str) -> None:
        """The lists name exactly the figures and tables, with number and page."""
        front = "\n".join(texts[1 : next(k for k, text in enumerate(texts) if text.startswith("Overview"))])
        listed = front.split(f"{heading}\n")[-1].split("List of tables\n")[0]
        entries = dict(re.findall(r"^((?:[12A]\.)?\d+) .*?[. ]+(\d+)$", listed, re.MULTILINE))
        found = {
            number: str(page)
            for page, text in enumerate(texts, start=1)
            for number in re.findall(rf"^{kind} ((?:[12A]\.)?\d+) +\S", text, re.MULTILINE)
        }
        assert entries == found
        assert len(found) == (7 if kind == "Figure" else 4)

    def test_titles_are_short(self, texts: list[str]) -> None:
        """A list shows only the first sentence of a long caption."""
        assert re.search(r"^1 Accuracy: of each run[. ]+3$", texts[1], re.MULTILINE)

    @pytest.mark.parametrize("n", [92, 94, 98, 104])
    def test_last_page(self, made: Made, tmp_path: Path, n: int) -> None:
        """The lists have no page with a few entries only."""
        entries = "".join(
            f'#figure([x], kind: "{kind}", supplement: "Figure", alt: "A letter", caption: [Entry {i} of a list.])\n'
            for kind in ("figure", "table")
            for i in range(n if kind == "figure" else n // 2)
        )
        write_pdf(made.project, in_layout(f"= One\n{entries}"), tmp_path / "lists.pdf")
        texts = [page.get_textpage().get_text_bounded() for page in pdfium.PdfDocument(tmp_path / "lists.pdf")]
        first = next(place for place, text in enumerate(texts) if "1 One" in text and "Contents" not in text)
        lists = [text.count(" of a list") for text in texts[1:first]]
        assert sum(lists) == n + n // 2
        assert lists[-1] > 12


class TestTemplate:
    def test_both_engines_fill_it(self) -> None:
        """Quarto's template and the built-in engine pass the same fields to the title page."""
        template = (EXTENSION / "book.typ").read_text(encoding="utf-8").split("#let book(")[1].split("body,")[0]
        names = set(re.findall(r"^  ([a-z-]+):", template, re.MULTILINE)) - {"figure-kind", "table-kind", "number"}
        quarto = (EXTENSION / "typst-show.typ").read_text(encoding="utf-8").split("#show: book.with(")[1]
        builtin = (ROOT / "svhnlab" / "site" / "builtin" / "pdf.py").read_text(encoding="utf-8")
        assert len(names) == 12
        for name in names:
            assert f"{name}: " in quarto
            assert f"{name}=" in builtin
