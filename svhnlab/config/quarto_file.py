"""Reading of ``_quarto.yml``, the author's settings of the book: its chapters, and the name of its PDF."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from svhnlab.config.citation import Citation
from svhnlab.errors import InputError

FILE_NAME = "_quarto.yml"
#: Errors of the YAML parser: invalid syntax, bytes that are not UTF-8, a date such as 2026-13-01, too many brackets.
YAML_ERRORS = (yaml.YAMLError, ValueError, RecursionError)
_INDEX = "index.qmd"


@dataclass(frozen=True)
class ChapterEntry:
    """A chapter or an appendix in the list of chapters.

    Attributes
    ----------
    source
        Path of the ``.qmd`` file, relative to the project.
    title
        From its front matter, else its first heading.
    summary
        What it covers, from its front matter; empty if it has none.
    """

    source: str
    title: str
    summary: str


def read_quarto_file(project: Path) -> dict[str, Any]:
    """Read the ``_quarto.yml`` of a project.

    Raises
    ------
    InputError
        The file is missing, is not valid YAML, or does not describe a book with chapters.
    """
    path = project / FILE_NAME
    if not path.is_file():
        raise InputError(
            f"{project.absolute()} has no {FILE_NAME}: run this in a report project (`svhnlab init FOLDER` writes "
            "one), or give --project."
        )
    settings = read_yaml(path)
    book = settings.get("book")
    if not isinstance(book, dict) or not book.get("chapters"):
        raise InputError(f"{path} describes no book with chapters; the report needs `book: chapters:`.")
    return settings


def chapter_entries(project: Path) -> tuple[ChapterEntry, ...]:
    """Return the chapters and appendices of a project, without the index.

    Raises
    ------
    InputError
        ``_quarto.yml`` or the front matter of a chapter can't be used, or a chapter is missing.
    """
    book = read_quarto_file(project)["book"]
    names = [str(name) for name in (*book["chapters"], *(book.get("appendices") or ()))]
    return tuple(_chapter_entry(project, name) for name in names if name != _INDEX)


def _chapter_entry(project: Path, name: str) -> ChapterEntry:
    path = project / name
    if not path.is_file():
        raise InputError(f"{path} is missing; {FILE_NAME} lists it as a chapter.")
    try:
        text = path.read_text(encoding="utf-8-sig")
        parted = text.startswith("---\n") and text.count("---\n") > 1
        _, head, body = text.split("---\n", 2) if parted else ("", "", text)
        settings = yaml.safe_load(head) or {}
    except YAML_ERRORS as error:
        raise InputError(f"The front matter of {path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(settings, dict):
        raise InputError(f"The front matter of {path} has no keys.")
    heading = next((line[2:] for line in body.splitlines() if line.startswith("# ")), path.stem)
    return ChapterEntry(name, str(settings.get("title", heading)), str(settings.get("summary", "")))


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file whose top level is a mapping.

    Raises
    ------
    InputError
        The file is not valid YAML, or its top level is not a mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except YAML_ERRORS as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} has no keys.")
    return content


def pdf_name(project: Path, citation: Citation) -> str:
    """Return the file name of the report's PDF: ``book: output-file`` of ``_quarto.yml``, else based on the title.

    Raises
    ------
    InputError
        If ``_quarto.yml`` can't be used.
    """
    stem = read_quarto_file(project)["book"].get("output-file") or citation.file_stem
    return f"{str(stem).removesuffix('.pdf')}.pdf"
