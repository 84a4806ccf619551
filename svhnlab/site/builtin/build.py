"""The built-in engine: from the chapters of a book project to a site and a PDF."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from svhnlab.errors import InputError, SvhnlabError
from svhnlab.paths import BUILTIN_ENGINE, ENGINE_VARIABLE
from svhnlab.publishing.atomic_dirs import swap, workspace
from svhnlab.site.book import CACHE, Book, BookChapter, read_book
from svhnlab.site.builtin.conversions import Conversions
from svhnlab.site.builtin.pages import write_site
from svhnlab.site.builtin.pandoc import Converter, collect_labels
from svhnlab.site.builtin.pdf import typst_source, write_pdf
from svhnlab.site.execute.cache import all_executed, execute_chapters, warm_up
from svhnlab.site.output import check_output, child_environment, sizes

FORMATS = ("html", "pdf")


@dataclass(frozen=True)
class BuildReport:
    """The result of a build.

    Attributes
    ----------
    pages
        The HTML pages, in the order of the chapters.
    pdf
        The PDF; None if it was not requested.
    site_bytes, pdf_bytes
        Size of the site without the PDF, and of the PDF (0 for none).
    seconds
        Wall time.
    """

    pages: tuple[Path, ...]
    pdf: Path | None
    site_bytes: int
    pdf_bytes: int
    seconds: float


def build(
    project: Path,
    output: Path,
    *,
    formats: Sequence[str] = FORMATS,
    footer: str = "",
    env: Mapping[str, str] | None = None,
    inputs: str = "",
    prepare: Callable[[], None] = lambda: None,
    finish: Callable[[Path], None] = lambda site: None,
    say: Callable[[str], None] = lambda line: None,
) -> BuildReport:
    """Execute and render the chapters, and replace ``output`` with the finished site.

    A failed build leaves ``output`` unchanged.

    Parameters
    ----------
    project
        Folder with ``_quarto.yml``.
    output
        Folder of the site and the PDF. An older site there is replaced.
    formats
        "html", "pdf", or both.
    footer
        Footer of each page and line on the title page; plain text.
    env
        Environment of the cells; by default that of this process.
    inputs
        See `svhnlab.site.execute.cache.execute_chapters`.
    prepare
        Called in a thread while the chapters are executed; may write computed settings and files that pages need.
    finish
        Called with the folder of the rendered site before it replaces ``output``.
    say
        Called with one line if an interrupted build had to be cleaned up.

    Raises
    ------
    InputError
        The project can't be read, or ``output`` contains the project or files other than a site.
    SvhnlabError
        A cell fails, a cross-reference can't be resolved, or a file is missing: one line.
    """
    begin = time.monotonic()
    if not formats or not set(formats) <= set(FORMATS):
        raise InputError(f"Formats are {' and '.join(FORMATS)}, not {', '.join(formats) or 'none'}.")
    book = read_book(project)
    output = output.resolve()
    check_output(book.root, output)
    environment = {**child_environment(os.environ if env is None else env), ENGINE_VARIABLE: BUILTIN_ENGINE}
    if not all_executed(book, env=environment, inputs=inputs):
        warm_up()  # in parallel with the scripts
    _pre_render(book, environment)
    book = read_book(project)  # after the scripts, which compute settings
    # Chapters are executed by other processes, so a thread is enough for the rest.
    with ThreadPoolExecutor(1) as executor:
        prepared = executor.submit(prepare)
        markdown = execute_chapters(book, env=environment, inputs=inputs)
        prepared.result()
    book = read_book(project)
    with workspace(output, say) as scratch:
        site, work = scratch / "new", scratch / "work"
        site.mkdir()
        work.mkdir()
        conversions = Conversions(book.root / CACHE / "pandoc")
        labels = collect_labels(markdown, conversions)
        converter = Converter(book, labels, work, conversions)
        pdf = book.pdf_name if "pdf" in formats else None
        # Pandoc runs in its own process and typst releases the GIL, so threads use several cores.
        with ThreadPoolExecutor(1) as executor:
            pdf_future = executor.submit(_write_pdf, book, markdown, converter, footer, site / pdf) if pdf else None
            pages: list[Path] = []
            if "html" in formats:
                pages = write_site(book, markdown, labels, converter, site, footer=footer, pdf=pdf)
            if pdf_future:
                pdf_future.result()
        conversions.prune()
        finish(site)
        site_bytes, pdf_bytes = sizes(site, site / pdf if pdf else None)
        relative = [page.relative_to(site) for page in pages]
        swap(output, scratch)
    return BuildReport(
        pages=tuple(output / page for page in relative),
        pdf=output / pdf if pdf else None,
        site_bytes=site_bytes,
        pdf_bytes=pdf_bytes,
        seconds=time.monotonic() - begin,
    )


def _write_pdf(book: Book, markdown: Mapping[BookChapter, str], converter: Converter, footer: str, file: Path) -> None:
    write_pdf(book, typst_source(book, markdown, converter, footer=footer), file)


def _pre_render(book: Book, env: Mapping[str, str]) -> None:
    for script in book.pre_render:
        done = subprocess.run(
            [sys.executable, script], cwd=book.root, env=dict(env), capture_output=True, text=True, check=False
        )
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            raise SvhnlabError(f"{script} failed: {last}")
