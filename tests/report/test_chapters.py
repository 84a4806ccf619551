"""Tabs for all runs, and the sentences that are filled from data and settings."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

import svhnlab.report
from svhnlab.config.quarto_file import chapter_entries, read_yaml
from svhnlab.report import (
    chapters_without_content,
    list_chapters,
    list_tasks,
    show_ablation,
    show_augmented_curves,
    show_commands,
)
from tests.fixtures.fakes import fake_study
from tests.fixtures.paths import ROOT
from tests.report.helpers import as_imported

SOURCES = [ROOT / "index.qmd", *sorted((ROOT / "chapters").glob("*.qmd"))]
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
        lines = list_chapters(fake_study(n_test=20), ROOT).splitlines()
        assert len(lines) == len(entries)
        assert lines[0] == f"- [{entries[0].title}]({entries[0].source}): {entries[0].summary}"

    def test_chapters_without_content(self) -> None:
        """Chapters about trained models are listed only if the study has these models."""
        one = fake_study(n_test=20, runs=("cnn",))
        assert "(chapters/resnet18.qmd)" in list_chapters(one, ROOT)  # not trained yet
        only = replace(one, missing=())
        assert "(chapters/cnn.qmd)" in list_chapters(only, ROOT)
        assert "(chapters/resnet18.qmd)" not in list_chapters(only, ROOT)
        shown = list_chapters(as_imported(only), ROOT)
        empty = [
            f"chapters/{name}.qmd" for name in ("robustness", "cnn", "resnet18", "augmentation", "training-dynamics")
        ]
        assert not [source for source in empty if source in shown]
        assert "chapters/errors.qmd" in shown
        assert [chapter.source for chapter in chapters_without_content(ROOT, trained=())] == empty

    def test_tasks(self) -> None:
        """The tasks of the tutorial are those on SVHN and on the digits that imitate it."""
        assert "| 2: ResNet-18 | [ResNet-18](chapters/resnet18.qmd) |" in list_tasks(fake_study(n_test=20))
        assert list_tasks(fake_study(n_test=20, kind="custom")) == ""

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

    def test_shown_once(self) -> None:
        """Each figure, table and sentence stands once in the book; other places refer to it."""
        calls = [
            (file.name, call)
            for file in SOURCES
            for call in re.findall(r"chapter\.show\((.+?)\)(?=`|\n)", file.read_text(encoding="utf-8"))
            if call not in ("scope", "explain_markers")
        ]
        shown = [call for _, call in calls]
        assert len(shown) > 100
        assert {call for call in shown if shown.count(call) > 1} == set()

    @pytest.mark.parametrize("file", SOURCES, ids=lambda f: f.stem)
    def test_captions_are_short(self, file: Path) -> None:
        """A caption has at most two sentences, which fit on two lines; the method is in a note."""
        text = file.read_text(encoding="utf-8")
        found = [*captions(text), *captions_of_tabs(text)]
        assert [caption for caption in found if is_long(caption)] == []

    def test_captions_of_functions_are_short(self, folder: Path) -> None:
        """So do those of the figures and tables that a chapter shows only if there is something to show."""
        study = fake_study(n_test=120, seeds=2)
        shown = [getattr(svhnlab.report, name) for name in svhnlab.report.__all__ if name.startswith("show_")]
        others = (show_ablation, show_augmented_curves, show_commands)
        paragraphs = [part for show in shown if show not in others for part in str(show(study)).split("\n\n")]
        found = [plain_text(part[:-4]) for part in paragraphs if part.endswith("\n:::") and part[0] not in ":`"]
        assert len(found) > 5
        assert [caption for caption in found if is_long(caption)] == []

    def test_references_hit(self) -> None:
        """A reference to a section, a figure or a table has a target in a chapter or in a figure's module."""
        texts = [file.read_text(encoding="utf-8") for file in SOURCES]
        modules = [file.read_text(encoding="utf-8") for file in (ROOT / "svhnlab" / "report").rglob("*.py")]
        labels = set(re.findall(r"(?<=#)(?:sec|fig|tbl)-[a-z0-9-]+", "".join(texts)))
        labels |= set(re.findall(r"(?<=\")(?:fig|tbl)-[a-z0-9-]+", "".join(modules)))
        used = set(re.findall(r"(?<=@)(?:sec|fig|tbl)-[a-z0-9-]+", "".join(texts + modules)))
        assert used - labels == set()


def captions(text: str) -> list[str]:
    """Captions of the figures and tables of a chapter, as a reader sees them."""
    blocks = re.findall(r"^::: \{#(?:fig|tbl)-[^}]*\}\n(.*?)^:::$", text, flags=re.DOTALL | re.MULTILINE)
    return [plain_text(block.strip().split("\n\n")[-1]) for block in blocks]


def captions_of_tabs(text: str) -> list[str]:
    """Captions in the cells of a chapter: the third argument of `Captioned`."""
    found = []
    for cell in re.findall(r"```\{python\}\n(.*?)```", text, flags=re.DOTALL):
        code = re.sub(r"^#\|.*", "", cell, flags=re.MULTILINE)
        calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
        found += [
            plain_text(ast.literal_eval(call.args[2])) for call in calls if getattr(call.func, "id", "") == "Captioned"
        ]
    return found


def plain_text(markdown: str) -> str:
    """Markdown without addresses, citations, notes and brackets."""
    text = re.sub(r"\]\([^)]*\)|\s*\[@[^\]]*\]|\[\^[^\]]*\]", "", " ".join(markdown.split()))
    return text.replace("[", "").replace("]", "")


def is_long(caption: str) -> bool:
    """Whether a caption has more than two sentences or two lines."""
    return len(re.findall(r"[.!?](?=\s+[A-Z])", caption)) > 1 or len(caption) > 205


def _anchors() -> list[str]:
    lines = (ROOT / "chapters" / "glossary.qmd").read_text(encoding="utf-8").splitlines()
    return [line.split("{#")[1].split()[0] for line in lines if line.startswith("### ")]
