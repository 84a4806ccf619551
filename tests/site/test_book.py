from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from svhnlab.errors import InputError
from svhnlab.site.book import Book, read_book
from tests.fixtures.paths import EXTENSION

SETTINGS = """\
project: {type: svhnlab, pre-render: mine.py}
book: {chapters: [index.qmd]}
"""


def book(root: Path, settings: str = SETTINGS) -> Book:
    """Return the settings of a project with the extension and an empty first page."""
    shutil.copytree(EXTENSION, root / "_extensions" / "svhnlab", dirs_exist_ok=True)
    (root / "index.qmd").touch()
    (root / "_quarto.yml").write_text(settings, encoding="utf-8")
    return read_book(root)


class TestExtension:
    def test_contributes_formats_and_defaults(self, tmp_path: Path) -> None:
        """Files of the formats are in the extension's folder; its scripts are only for Quarto."""
        found = book(tmp_path)
        assert found.html_header == ("_extensions/svhnlab/header.html",)
        assert found.typst_header == ("_extensions/svhnlab/book.typ",)
        assert (found.echo, found.warning) == (False, False)
        assert found.pre_render == ("mine.py",)

    def test_project_adds_and_replaces(self, tmp_path: Path) -> None:
        """Lists of the project come after those of the extension, other values replace them."""
        (tmp_path / "mine.css").touch()
        extra = "execute: {echo: true}\nformat: {svhnlab-html: {css: mine.css}}\n"
        found = book(tmp_path, SETTINGS + extra)
        assert found.echo
        assert found.styles == ("mine.css",)
        assert found.html_header == ("_extensions/svhnlab/header.html",)

    def test_formats_without_the_project_type(self, tmp_path: Path) -> None:
        """A plain book may use only the formats."""
        found = book(tmp_path, "book: {chapters: [index.qmd]}\nformat: {svhnlab-html: default}\n")
        assert found.html_header == ("_extensions/svhnlab/header.html",)
        assert found.typst_header == ()
        assert found.echo

    def test_computed_settings_come_last(self, tmp_path: Path) -> None:
        """Computed settings give title and PDF name."""
        (tmp_path / "_quarto.yml.local").write_text('{"book": {"title": "A title", "output-file": "a-title"}}')
        found = book(tmp_path)
        assert (found.title, found.pdf_name) == ("A title", "a-title.pdf")

    def test_missing(self, tmp_path: Path) -> None:
        """A missing extension is named."""
        with pytest.raises(InputError, match=r"needs the extension 'other'"):
            book(tmp_path, "project: {type: other}\nbook: {chapters: [index.qmd]}\n")
