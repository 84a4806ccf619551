"""Tabs for all runs, and the sentences that are filled from data and settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from svhnlab.config.quarto_file import chapter_entries, read_yaml
from svhnlab.report import list_chapters
from tests.fixtures.paths import ROOT

TAKE_AWAY = '::: {.callout-tip title="What to take away"}'


def numbered_chapters() -> list[str]:
    """Return the chapters of the book that are neither the first page nor appendices."""
    chapters: list[str] = read_yaml(ROOT / "_quarto.yml")["book"]["chapters"]
    return chapters[1:]


class TestChapters:
    @pytest.mark.parametrize(
        "file", sorted([*(ROOT / "chapters").glob("*.qmd"), ROOT / "index.qmd"]), ids=lambda f: f.stem
    )
    def test_glossary_links_hit(self, file: Path) -> None:
        """Every link to a term of the glossary leads to one."""
        terms = set(_anchors())
        text = file.read_text(encoding="utf-8")
        used = {part.split(")")[0] for part in text.split("glossary.qmd#")[1:]}
        assert used <= terms

    def test_list_of_chapters(self) -> None:
        """The first page lists every chapter with a summary."""
        entries = chapter_entries(ROOT)
        assert all(entry.summary for entry in entries)
        lines = list_chapters(ROOT).splitlines()
        assert len(lines) == len(entries)
        assert lines[0] == f"- [{entries[0].title}]({entries[0].source}): {entries[0].summary}"

    def test_comments_link_terms_that_are_there(self) -> None:
        """Computed sentences link to the glossary's terms, too."""
        folder = ROOT / "svhnlab" / "report"
        terms = set(_anchors())
        for file in folder.rglob("*.py"):
            used = {part.split(")")[0] for part in file.read_text(encoding="utf-8").split("glossary.qmd#")[1:]}
            assert used <= terms, file.name

    @pytest.mark.parametrize("source", numbered_chapters())
    def test_opens_with_its_finding(self, source: str) -> None:
        """A numbered chapter begins with a computed box, and refers to classes."""
        text = (ROOT / source).read_text(encoding="utf-8")
        assert text.count(TAKE_AWAY) == 1
        assert "chapter.show(" in text.split(TAKE_AWAY)[1].split(":::")[0]
        assert text.index(TAKE_AWAY) < text.index("\n## ")
        assert "digit" not in text.lower()


def _anchors() -> list[str]:
    lines = (ROOT / "chapters" / "glossary.qmd").read_text(encoding="utf-8").splitlines()
    return [line.split("{#")[1].split()[0] for line in lines if line.startswith("### ")]
