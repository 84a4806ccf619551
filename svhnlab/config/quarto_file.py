"""Reading of ``_quarto.yml``, the author's settings of the book, and the name of its PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from svhnlab.config.citation import Citation
from svhnlab.errors import InputError

FILE_NAME = "_quarto.yml"


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


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file whose top level is a mapping.

    Raises
    ------
    InputError
        The file is not valid YAML, or its top level is not a mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
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
