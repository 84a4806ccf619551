"""Settings of a Quarto book for the built-in engine: ``_quarto.yml``, its project extension, and computed settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from string import ascii_uppercase
from typing import Any

from svhnlab.config.citation import ORCID, Author
from svhnlab.config.quarto_file import FILE_NAME, read_quarto_file, read_yaml
from svhnlab.errors import InputError

# Computed settings (title and authors from CITATION.cff), which Quarto merges into _quarto.yml.
LOCAL = "_quarto.yml.local"
EXTENSIONS = "_extensions"
#: Folder at the project's root for executed chapters, evidence and cards; Quarto ignores names that begin with a dot.
CACHE = ".svhnlab"
# Options of a format whose values are paths relative to the extension.
_FILE_OPTIONS = ("css", "include-in-header")
_FORMAT = re.compile(r"(?:(?P<extension>.+)-)?(?P<base>html|typst)")


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
        """Relative path from the page to the site's root: "" or "../" once for each folder."""
        return "../" * (len(self.source.parts) - 1)


@dataclass(frozen=True)
class Book:
    """A book project. All paths are relative to ``root``.

    Attributes
    ----------
    root
        Folder that holds ``_quarto.yml``, absolute.
    title, subtitle, description, date, version, doi, license
        Texts of the title page; empty if not given.
    keywords
        For the PDF's metadata.
    authors
        Names, with affiliation and ORCID if given.
    chapters
        Index first, appendices last.
    bibliography, styles, html_header, typst_header
        Files given as ``bibliography``, as ``css`` and ``include-in-header`` of the HTML format, and as
        ``include-in-header`` of the Typst format.
    resources
        Files and folders that are copied into the site unchanged.
    pre_render
        Python scripts of ``_quarto.yml`` that run before a chapter is executed.
    pdf_name
        File name of the PDF.
    echo, warning
        Whether code, and a cell's output to stderr, is shown unless the cell overrides it.
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
    authors: tuple[Author, ...]
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
    """Read the settings of the book in the folder ``root``.

    Raises
    ------
    InputError
        ``_quarto.yml`` is missing, is not valid YAML or describes no book, or it names a file or an extension that
        does not exist.
    """
    root = root.resolve()
    own = read_quarto_file(root)
    settings = own
    kind = (own.get("project") or {}).get("type")
    if kind not in (None, "book"):
        settings = _merged(_contributions(root, kind).get("project") or {}, own)
    if (root / LOCAL).is_file():
        settings = _merged(settings, read_yaml(root / LOCAL))
    book = settings["book"]
    html, typst = (_format(root, settings, base) for base in ("html", "typst"))
    execute = settings.get("execute") or {}
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
        # Quarto matches a name without a leading slash in any folder.
        resources=tuple(name.lstrip("/") for name in _names((settings.get("project") or {}).get("resources"))),
        # Without the extension's scripts: the built-in engine itself calls what they call.
        pre_render=_names((own.get("project") or {}).get("pre-render")),
        pdf_name=f"{book.get('output-file') or 'book'}.pdf",
        echo=bool(execute.get("echo", True)),
        warning=bool(execute.get("warning", True)),
    )
    chapters = [str(chapter.source) for chapter in project.chapters]
    headers = (*project.html_header, *project.typst_header)
    for name in (*chapters, *project.bibliography, *project.styles, *headers):
        if not (root / name).is_file():
            raise InputError(f"{FILE_NAME} names {name}, which is missing.")
    return project


def _contributions(root: Path, extension: str) -> dict[str, Any]:
    """Return the settings under ``contributes`` of an extension."""
    path = root / EXTENSIONS / extension / "_extension.yml"
    if not path.is_file():
        raise InputError(f"{FILE_NAME} needs the extension {extension!r}, but {path} is missing.")
    contributes = read_yaml(path).get("contributes")
    return contributes if isinstance(contributes, dict) else {}


def _format(root: Path, settings: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Return the options of the HTML or Typst format: those of its extension, overridden by the project's."""
    options: dict[str, Any] = {}
    for name, given in (settings.get("format") or {}).items():
        match = _FORMAT.fullmatch(str(name))
        if match is None or match["base"] != base:
            continue
        if match["extension"]:
            folder = f"{EXTENSIONS}/{match['extension']}"
            formats = _contributions(root, match["extension"]).get("formats") or {}
            contributed = formats.get(base) or {}
            files = {
                key: [f"{folder}/{file}" for file in _names(contributed[key])]
                for key in _FILE_OPTIONS
                if key in contributed
            }
            options = _merged(options, {**contributed, **files})
        if isinstance(given, dict):
            options = _merged(options, given)
    return options


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge settings as Quarto does: mappings are merged by key, lists are joined, other values are replaced."""
    result = dict(base)
    for key, value in over.items():
        before = result.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            result[key] = _merged(before, value)
        elif isinstance(before, list):
            result[key] = [*before, *_list(value)]
        else:
            result[key] = value
    return result


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _names(value: Any) -> tuple[str, ...]:
    return tuple(str(name) for name in _list(value))


def _author(author: Any) -> Author:
    if not isinstance(author, dict):
        return Author(str(author))
    orcid = author.get("orcid")
    affiliation = author.get("affiliation")
    return Author(
        str(author.get("name", "")),
        orcid=f"{ORCID}{str(orcid).removeprefix(ORCID)}" if orcid else None,
        affiliation=str(affiliation) if affiliation else None,
    )


def _chapters(main: list[Any], appendices: list[Any]) -> tuple[BookChapter, ...]:
    """Number the chapters as Quarto does: the index has no number, appendices have letters."""
    for entry in (*main, *appendices):
        if not isinstance(entry, str):
            raise InputError(f"{FILE_NAME}: give a chapter as a file name, not as {entry!r}.")
    numbers = count(1)
    names = [PurePosixPath(name) for name in main]
    chapters = [BookChapter(name, "" if name.stem == "index" else str(next(numbers))) for name in names]
    letters = zip(appendices, ascii_uppercase, strict=False)
    return (*chapters, *(BookChapter(PurePosixPath(name), letter) for name, letter in letters))
