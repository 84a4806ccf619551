"""What ``_quarto.yml`` says, as far as the built-in engine honours it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from string import ascii_uppercase
from typing import Any

import yaml

from svhnlab.errors import InputError

CONFIGURATION = "_quarto.yml"
# Quarto lays it over the other; what is computed (title and authors from CITATION.cff) is written here.
LOCAL = "_quarto.yml.local"
#: Folder at the project's root that keeps the executed chapters. Quarto ignores it for its first letter.
KEPT = "_drawn"


@dataclass(frozen=True)
class BookChapter:
    """One chapter of the book.

    Attributes
    ----------
    source
        Path of the ``.qmd`` file, relative to the project.
    number
        "1", "2", … for chapters, "A", "B", … for appendices, "" for the unnumbered index.
    """

    source: PurePosixPath
    number: str

    @property
    def page(self) -> PurePosixPath:
        """Path of the HTML page, relative to the site."""
        return self.source.with_suffix(".html")

    @property
    def to_root(self) -> str:
        """What leads from the page to the site's root: "" or "../" once for each folder."""
        return "../" * (len(self.source.parts) - 1)


@dataclass(frozen=True)
class Book:
    """A book project. All paths are relative to ``root``.

    Attributes
    ----------
    root
        Folder that holds ``_quarto.yml``, absolute.
    title, subtitle, description, date, version, doi, license
        Texts of the title page; empty where not given.
    keywords
        For the PDF's metadata.
    authors
        Names.
    chapters
        Index first, appendices last.
    bibliography, styles, html_header, typst_header
        Files given as ``bibliography``, as ``css`` and ``include-in-header`` of the HTML format, and as
        ``include-in-header`` of the Typst format.
    resources
        Files and folders that are copied into the site as they are.
    pre_render
        Python scripts that run before a chapter is executed.
    pdf_name
        File name of the PDF.
    echo, warning
        Whether code, and whether what a cell writes to stderr, is shown unless the cell says otherwise.
    """

    root: Path
    title: str
    subtitle: str
    description: str
    date: str
    version: str
    doi: str
    license: str
    keywords: tuple[str, ...]
    authors: tuple[str, ...]
    chapters: tuple[BookChapter, ...]
    bibliography: tuple[str, ...]
    styles: tuple[str, ...]
    html_header: tuple[str, ...]
    typst_header: tuple[str, ...]
    resources: tuple[str, ...]
    pre_render: tuple[str, ...]
    pdf_name: str
    echo: bool
    warning: bool


def read_book(root: Path) -> Book:
    """Read ``_quarto.yml`` in the folder ``root``, and what lies over it.

    Raises
    ------
    InputError
        The file is missing, is no YAML, is no book, or names a file that is not there.
    """
    root = root.resolve()
    file = root / CONFIGURATION
    if not file.is_file():
        raise InputError(f"{root} holds no {CONFIGURATION}: run this in the project's folder.")
    settings = _yaml(file)
    local = _yaml(root / LOCAL) if (root / LOCAL).is_file() else None
    if isinstance(settings, dict) and isinstance(local, dict):
        both = {**(settings.get("book") or {}), **(local.get("book") or {})}
        settings = {**settings, **local, "book": both}
    book = settings.get("book") if isinstance(settings, dict) else None
    if not isinstance(book, dict) or not book.get("chapters"):
        raise InputError(f"{file} describes no book with chapters; the report needs `book: chapters:`.")
    html, typst = (_format(settings, name) for name in ("html", "typst"))
    execute = settings.get("execute") or {}
    files = settings.get("project") or {}
    project = Book(
        root=root,
        title=str(book.get("title", "")),
        subtitle=str(book.get("subtitle", "")),
        description=str(book.get("description", "")),
        date=str(book.get("date", "")),
        version=str(settings.get("report-version", "")),
        doi=str(settings.get("report-doi", "")),
        license=str(settings.get("report-license", "")),
        keywords=_names(settings.get("keywords")),
        authors=tuple(_author(author) for author in _list(book.get("author"))),
        chapters=_chapters(_list(book["chapters"]), _list(book.get("appendices"))),
        bibliography=_names(settings.get("bibliography")),
        styles=_names(html.get("css")),
        html_header=_names(html.get("include-in-header")),
        typst_header=_names(typst.get("include-in-header")),
        # Quarto takes a name as a pattern for any folder, unless it begins at the project's root.
        resources=tuple(name.lstrip("/") for name in _names(files.get("resources"))),
        pre_render=_names(files.get("pre-render")),
        pdf_name=f"{book.get('output-file') or 'book'}.pdf",
        echo=bool(execute.get("echo", True)),
        warning=bool(execute.get("warning", True)),
    )
    chapters = [str(chapter.source) for chapter in project.chapters]
    headers = (*project.html_header, *project.typst_header)
    for name in (*chapters, *project.bibliography, *project.styles, *headers):
        if not (root / name).is_file():
            raise InputError(f"{CONFIGURATION} names {name}, which is not there.")
    return project


def _yaml(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise InputError(f"{file} is no valid YAML: {' '.join(str(error).split())}") from error


def _format(settings: dict[str, Any], name: str) -> dict[str, Any]:
    formats = settings.get("format")
    options = formats.get(name) if isinstance(formats, dict) else None
    return options if isinstance(options, dict) else {}


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _names(value: Any) -> tuple[str, ...]:
    return tuple(str(name) for name in _list(value))


def _author(author: Any) -> str:
    return str(author.get("name", "")) if isinstance(author, dict) else str(author)


def _chapters(main: list[Any], appendices: list[Any]) -> tuple[BookChapter, ...]:
    """Number the chapters as Quarto does: the index has none, appendices have letters."""
    for entry in (*main, *appendices):
        if not isinstance(entry, str):
            raise InputError(f"{CONFIGURATION}: a chapter is given by its file name alone, not by {entry!r}.")
    counted = count(1)
    names = [PurePosixPath(name) for name in main]
    chapters = [BookChapter(name, "" if name.stem == "index" else str(next(counted))) for name in names]
    letters = zip(appendices, ascii_uppercase, strict=False)
    return (*chapters, *(BookChapter(PurePosixPath(name), letter) for name, letter in letters))
