"""The book as a PDF: pandoc's Typst text in a template of this package, compiled by typst."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib
import typst

from svhnlab.config.citation import ORCID
from svhnlab.errors import SvhnlabError
from svhnlab.report.core.typefaces import fallback_fonts
from svhnlab.site.book import Book, BookChapter
from svhnlab.site.builtin.pandoc import Converter

TEMPLATE = Path(__file__).parent / "templates" / "filtered.typ"


def typst_source(project: Book, markdown: Mapping[BookChapter, str], converter: Converter, *, footer: str) -> str:
    """Return the book as Typst text. ``footer`` is a plain line for the title page.

    The layout is the function ``book`` in the Typst format's ``include-in-header``.
    """
    head = _call(
        "#show: book.with",
        title=_quoted(project.title),
        subtitle=_quoted(project.subtitle),
        authors=_array([author.name for author in project.authors]),
        affiliations=_array([author.affiliation or "" for author in project.authors]),
        orcids=_array([(author.orcid or "").removeprefix(ORCID) for author in project.authors]),
        date=_quoted(project.date),
        version=_quoted(project.version),
        doi=_quoted(project.doi),
        license=_quoted(project.license),
        abstract=_quoted(project.description),
        keywords=_array(project.keywords),
        provenance=_quoted(footer),
    )
    parts = [*(project.root / name for name in project.typst_header), TEMPLATE]
    look = "\n".join(part.read_text(encoding="utf-8") for part in parts)
    return f"{look}\n{head}\n{converter.typst(markdown)}"


def write_pdf(project: Book, source: str, file: Path) -> None:
    """Compile Typst text; paths of images are relative to the project's root.

    Only fonts that come with typst and matplotlib are used, so the pages are the same on every machine. Letters that
    these lack, for example Chinese ones, come from fonts of the system.

    Raises
    ------
    SvhnlabError
        Typst can't compile it, for example because a picture is missing: one line with Typst's message.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        fonts, _ = fallback_fonts(source)
        for font in fonts.values():
            shutil.copy(font, folder)  # Typst takes folders of fonts
        try:
            # Typst's stub requires root as bytes if the text is bytes.
            typst.compile(  # type: ignore[misc]
                source.encode(),
                output=str(file),
                root=str(project.root),
                font_paths=[str(Path(matplotlib.get_data_path()) / "fonts" / "ttf"), folder],
                ignore_system_fonts=True,
                pdf_standards=["ua-1", "a-2a"],  # for screen readers and for archives
            )
        except typst.TypstError as error:
            place = " ".join(error.diagnostic.split("│")[-1].split()) if "│" in error.diagnostic else ""
            raise SvhnlabError(f"PDF: {' '.join(error.message.split())} {place}".strip()) from error


def _call(function: str, **arguments: str) -> str:
    """Return a call of a Typst function; the arguments are Typst text."""
    lines = "".join(f"  {name}: {value},\n" for name, value in arguments.items())
    return f"{function}(\n{lines})\n"


def _array(texts: Sequence[str]) -> str:
    """Return texts as a Typst array of strings."""
    return f"({''.join(f'{_quoted(text)}, ' for text in texts)})"


def _quoted(text: str) -> str:
    """Return ``text`` as a Typst string."""
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
