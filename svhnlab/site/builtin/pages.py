"""One HTML page for each chapter: pandoc's output in a template of this package."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from markupsafe import Markup

from svhnlab.errors import SvhnlabError
from svhnlab.paths import CODE
from svhnlab.site.book import Book, BookChapter
from svhnlab.site.builtin.pandoc import Converter, Labels
from svhnlab.site.template import page_template
from svhnlab.web.resources import write_resource

STATIC = ("page.css", "page.js")
# Written after all pages.
_LATER = {CODE, "assets", "cards", "data", "evidence", "provenance.json", "ro-crate-metadata.json", "CITATION.cff"}
_REFERENCE = re.compile(r"""\s(?:src|href)=["']([^"'#?]+)[^"']*["']""")
_ROOTED = re.compile(r"""(\s(?:src|href)=["'])/(?!/)""")


def write_site(
    project: Book,
    markdown: Mapping[BookChapter, str],
    labels: Mapping[BookChapter, Labels],
    converter: Converter,
    output: Path,
    *,
    footer: str,
    pdf: str | None,
) -> list[Path]:
    """Write all pages and the files that they use to the folder ``output``, and return the pages' paths.

    Parameters
    ----------
    footer
        Footer of each page, plain text.
    pdf
        File name of the PDF in the site; None if there is none.

    Raises
    ------
    SvhnlabError
        A page shows or links a file that is part of neither the site nor the project.
    """
    for name in project.resources:
        copy(project.root / name, output / name)
    for name in project.styles:
        copy(project.root / name, output / name)
    for name in STATIC:
        write_resource(name, output / "static")
    template = page_template("svhnlab.site.builtin", "page.html")
    header = "\n".join((project.root / name).read_text(encoding="utf-8") for name in project.html_header)
    chapters = list(markdown)
    entries = [
        {"page": str(chapter.page), "number": chapter.number, "title": labels[chapter].title} for chapter in chapters
    ]
    pages: dict[BookChapter, str] = {}
    converted = converter.html_of_all(markdown)
    for position, chapter in enumerate(chapters):
        contents, body = converted[chapter]
        pages[chapter] = template.render(
            project=project,
            root=chapter.to_root,
            entry=entries[position],
            entries=entries,
            appendices_from=next((e["page"] for e in entries if e["number"].isalpha()), None),
            previous=entries[position - 1] if position else None,
            following=entries[position + 1] if position + 1 < len(entries) else None,
            # A list with only the title is left out.
            contents=Markup(contents) if contents.count("<ul") > 1 else None,  # noqa: S704 (pandoc's own)
            body=Markup(body),  # noqa: S704 (pandoc's own)
            header=Markup(_ROOTED.sub(rf"\1{chapter.to_root}", header)),  # noqa: S704 (the project's own file)
            footer=footer,
            pdf=pdf,
        )
        file = output / chapter.page
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(pages[chapter], encoding="utf-8")
    for chapter, page in pages.items():
        _collect(project, chapter, page, output, pdf)
    return [output / chapter.page for chapter in chapters]


def copy(source: Path, target: Path) -> None:
    """Copy a file or a folder, and create missing parent folders."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.is_file():
        shutil.copy2(source, target)
    else:
        raise SvhnlabError(f"The site needs {source.name}, but {source} is missing.")


def _collect(project: Book, chapter: BookChapter, page: str, output: Path, pdf: str | None) -> None:
    """Copy the figures and linked files of a page from the project into the site."""
    for reference in set(_REFERENCE.findall(page)):
        if re.match(r"[a-z][a-z0-9+.-]*:|//", reference, re.IGNORECASE):
            continue
        name = unquote(reference)
        target = (output / chapter.page.parent / name).resolve()
        if not target.is_relative_to(output.resolve()):
            raise SvhnlabError(f"{chapter.source}: {name} is outside the site.")
        path = PurePosixPath(target.relative_to(output.resolve()).as_posix())
        if target.exists() or str(path) == pdf or path.parts[0] in _LATER:
            continue
        if not (project.root / path).is_file():
            raise SvhnlabError(f"{chapter.source}: {name} is shown or linked, but missing.")
        copy(project.root / path, target)
