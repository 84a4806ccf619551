from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from svhnlab.config.citation import Author, Citation
from svhnlab.config.quarto_file import ChapterEntry, chapter_entries, pdf_name
from svhnlab.errors import InputError

CITATION = Citation(
    title="Was ein Zug-Klassifikator übersieht: 3 Fälle",
    authors=(Author("Ada Example"),),
    version="1.0",
    date="2026-01-02",
    doi=None,
    license="CC-BY-4.0",
    abstract="",
    url=None,
    repository=None,
)


class TestPdfName:
    @pytest.mark.parametrize(
        ("title", "name"),
        [
            (CITATION.title, "was-ein-zug-klassifikator-ubersieht-3-falle.pdf"),
            ("数字", "report.pdf"),
            ("word " * 30, "word-word-word-word-word-word-word-word-word-word-word-word.pdf"),
            ("a" * 90, f"{'a' * 60}.pdf"),
        ],
    )
    def test_follows_from_the_title(self, tmp_path: Path, title: str, name: str) -> None:
        """The name has the letters and digits of the title, without accents, truncated between words."""
        (tmp_path / "_quarto.yml").write_text("book: {chapters: [index.qmd]}")
        assert pdf_name(tmp_path, replace(CITATION, title=title)) == name

    @pytest.mark.parametrize("given", ["trains", "trains.pdf"])
    def test_the_author_names_it(self, tmp_path: Path, given: str) -> None:
        """``output-file`` takes precedence, with or without the suffix."""
        (tmp_path / "_quarto.yml").write_text(f"book: {{chapters: [index.qmd], output-file: {given}}}")
        assert pdf_name(tmp_path, CITATION) == "trains.pdf"

    def test_no_project(self, tmp_path: Path) -> None:
        """Outside a project, the error names the missing file."""
        with pytest.raises(InputError, match=r"has no _quarto\.yml"):
            pdf_name(tmp_path, CITATION)


class TestChapterEntries:
    def test_titles_and_summaries(self, tmp_path: Path) -> None:
        """Front matter, a heading or the file name gives the title; the index is left out, appendices come last."""
        (tmp_path / "_quarto.yml").write_text("book: {chapters: [index.qmd, a.qmd, b.qmd], appendices: [c.qmd]}")
        (tmp_path / "a.qmd").write_text("---\ntitle: First\nsummary: one.\n---\n\nText.\n")
        (tmp_path / "b.qmd").write_text("# Second\n\n---\n")
        (tmp_path / "c.qmd").write_text("Text.\n")
        assert chapter_entries(tmp_path) == (
            ChapterEntry("a.qmd", "First", "one."),
            ChapterEntry("b.qmd", "Second", ""),
            ChapterEntry("c.qmd", "c", ""),
        )

    @pytest.mark.parametrize(("text", "message"), [(None, "is missing"), ("---\ntitle: [\n---\n", "not valid YAML")])
    def test_unusable(self, tmp_path: Path, text: str | None, message: str) -> None:
        """A chapter that is missing or has an invalid front matter is named."""
        (tmp_path / "_quarto.yml").write_text("book: {chapters: [index.qmd, a.qmd]}")
        if text is not None:
            (tmp_path / "a.qmd").write_text(text)
        with pytest.raises(InputError, match=rf"a\.qmd.*{message}"):
            chapter_entries(tmp_path)
