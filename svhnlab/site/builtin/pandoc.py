"""Conversion of executed Markdown to HTML or Typst, by pandoc with the filters of this package."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from svhnlab.errors import SvhnlabError
from svhnlab.site.book import Book, BookChapter
from svhnlab.site.builtin.conversions import Conversions, as_address

T = TypeVar("T")

FILTERS = Path(__file__).parent / "filters"
_CHAPTER_FILTER = FILTERS / "chapter.lua"
# Longer than the lines of any table: pandoc gives tables with longer lines fixed column widths.
_MARKDOWN = ("--from=markdown-implicit_figures", "--columns=100000", "--wrap=none")
_REFERENCE = re.compile(r"(fig|tbl|sec|eq|lst)-")
_SEPARATOR = "<!-- contents above, body below -->"


@dataclass(frozen=True)
class Labels:
    """Title of a chapter, and its labels for cross-references.

    Attributes
    ----------
    title
        Text of the chapter's title, without its number.
    title_id
        Anchor of the title.
    labels
        For each anchor its kind ("Figure", "Table", "Section", …), number and text.
    """

    title: str
    title_id: str
    labels: dict[str, dict[str, str]]


def collect_labels(markdown: Mapping[BookChapter, str], conversions: Conversions) -> dict[BookChapter, Labels]:
    """Number all headings, figures and tables of the book, and check that every reference can be resolved.

    Raises
    ------
    SvhnlabError
        A label is given twice, a caption is missing, or a reference can't be resolved: one line that names the
        chapter and the label.
    """
    labels_of: dict[BookChapter, Labels] = {}
    references: dict[BookChapter, list[str]] = {}
    owners: dict[str, BookChapter] = {}

    def read(chapter: BookChapter) -> dict[str, Any]:
        writer = FILTERS / "labels.lua"
        options = (*_MARKDOWN, f"--to={writer}", f"--metadata=chapter-number:{chapter.number}")
        text = conversions.run(options, markdown[chapter], str(chapter.source), files=[writer])
        content: dict[str, Any] = json.loads(text)
        return content

    for chapter, content in zip(markdown, _in_parallel(read, markdown), strict=True):
        for problem in content["problems"]:
            raise SvhnlabError(f"{chapter.source}: {problem}.")
        # Lua writes an empty table as an empty list.
        labels = content["labels"] or {}
        for label in filter(_REFERENCE.match, labels):
            if label in owners:
                raise SvhnlabError(f"{chapter.source}: the label {label} is also in {owners[label].source}.")
            owners[label] = chapter
        labels_of[chapter] = Labels(content["title"]["text"], content["title"]["id"], labels)
        references[chapter] = content["references"]
    for chapter, names in references.items():
        for name in names:
            if _REFERENCE.match(name) and name not in owners:
                raise SvhnlabError(f"{chapter.source}: no chapter has the label {name}, which @{name} refers to.")
    return labels_of


def _in_parallel(work: Callable[[BookChapter], T], chapters: Iterable[BookChapter]) -> list[T]:
    """Call a function that waits for pandoc for each chapter, in as many threads as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, chapters))


class Converter:
    """Converts chapters to HTML or Typst, with the labels of the whole book.

    Parameters
    ----------
    project
        The book.
    labels
        Result of `collect_labels`.
    folder
        Folder for the files that pandoc reads.
    conversions
        Runs pandoc.
    """

    def __init__(
        self, project: Book, labels: Mapping[BookChapter, Labels], folder: Path, conversions: Conversions
    ) -> None:
        self._folder = folder
        self._conversions = conversions
        self._bibliographies = [project.root / name for name in project.bibliography]
        self._citations = [
            "--citeproc",
            "--metadata=link-citations:true",
            *(f"--bibliography={as_address(file)}" for file in self._bibliographies),
        ]
        titles = {str(chapter.source): chapter_labels.title_id for chapter, chapter_labels in labels.items()}
        book = {
            label: {**entry, "source": str(chapter.source), "page": str(chapter.page)}
            for chapter, chapter_labels in labels.items()
            for label, entry in chapter_labels.labels.items()
            if _REFERENCE.match(label)
        }
        for chapter, chapter_labels in labels.items():
            entries = {"own": chapter_labels.labels, "book": book, "titles": titles}
            self._labels(chapter).write_text(json.dumps(entries), encoding="utf-8")
        self._template = folder / "body.html"
        self._template.write_text(f"$toc$\n{_SEPARATOR}\n$body$\n", encoding="utf-8")

    def _labels(self, chapter: BookChapter) -> Path:
        return self._folder / f"{str(chapter.source).replace('/', '-')}.json"

    def _filtered(self, chapter: BookChapter, target: str) -> list[str]:
        return [
            *_MARKDOWN,
            f"--lua-filter={_CHAPTER_FILTER}",
            f"--metadata=target:{target}",
            f"--metadata=source:{chapter.source}",
            f"--metadata=chapter-number:{chapter.number}",
            f"--metadata=labels:{self._labels(chapter)}",
        ]

    def html(self, chapter: BookChapter, text: str) -> tuple[str, str]:
        """Return the table of contents and the body of a chapter as HTML."""
        options = [
            *self._filtered(chapter, "html"),
            *self._citations,
            "--to=html5",
            "--mathml",
            "--toc",
            "--toc-depth=3",
            f"--template={as_address(self._template)}",
            "--metadata=pagetitle:page",
        ]
        files = [_CHAPTER_FILTER, self._labels(chapter), *self._bibliographies, self._template]
        page = self._conversions.run(options, text, str(chapter.source), files=files)
        contents, body = page.split(_SEPARATOR)
        return contents.strip(), body.strip()

    def html_of_all(self, markdown: Mapping[BookChapter, str]) -> dict[BookChapter, tuple[str, str]]:
        """Return the result of `html` for every chapter."""
        converted = _in_parallel(lambda chapter: self.html(chapter, markdown[chapter]), markdown)
        return dict(zip(markdown, converted, strict=True))

    def typst(self, markdown: Mapping[BookChapter, str]) -> str:
        """Return all chapters as one Typst text, without a template."""

        def read(chapter: BookChapter) -> dict[str, Any]:
            options = [*self._filtered(chapter, "typst"), "--to=json"]
            files = [_CHAPTER_FILTER, self._labels(chapter)]
            text = self._conversions.run(options, markdown[chapter], str(chapter.source), files=files)
            part: dict[str, Any] = json.loads(text)
            return part

        parts = _in_parallel(read, markdown)
        book = {**parts[0], "blocks": [block for part in parts for block in part["blocks"]]}
        title = "--metadata=reference-section-title:References"
        options = ["--from=json", "--to=typst", "--wrap=none", *self._citations, title]
        text = self._conversions.run(options, json.dumps(book), "PDF", files=self._bibliographies)
        # Pandoc centres tables, but captions and text are left-aligned.
        return text.replace("align(center)[#table(", "align(left)[#table(")
