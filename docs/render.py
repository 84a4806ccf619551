"""Render the documentation as a website and a PDF: ``nox -s docs``.

Chapters are executed and pages completed like those of a report. The book has no study, so no results folder is read.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from functools import partial
from pathlib import Path

import svhnlab
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.site.book import read_book
from svhnlab.site.builtin.build import build
from svhnlab.site.execute.cache import execute_chapters
from svhnlab.site.output import child_environment
from svhnlab.site.postprocess.compress_pdf import compress_pdf
from svhnlab.site.postprocess.search import write_search
from svhnlab.site.postprocess.sources import write_sources
from svhnlab.site.quarto.fix_pages import fix_pages
from svhnlab.site.quarto.freeze import freeze_chapters
from svhnlab.site.render import find_quarto, render_with_quarto
from svhnlab.web.content_policy import add_policies
from svhnlab.web.resources import write_page_files

DOCS = Path(__file__).resolve().parent
FOOTER = f"svhnlab {svhnlab.__version__}"
#: Address of a finished report in the documentation, as the page about it writes it.
REPORT = "report/index.html"


def render(output: Path, engine: str, report: Path | None = None) -> None:
    """Render into a folder and replace its content.

    Parameters
    ----------
    engine
        "quarto", "builtin", or "auto" for Quarto if it is installed.
    report
        Site of a finished report, which becomes the folder ``report`` of the documentation.

    Raises
    ------
    InputError
        If "quarto" was chosen and is not installed, or there is no report in the folder.
    SvhnlabError
        If a cell fails, or a link or reference has no target.
    """
    if report is not None and not (report / "index.html").is_file():
        raise InputError(f"{report} has no index.html: render a report there first, for example with `nox`.")
    environment = {**child_environment(os.environ), "QUARTO_PYTHON": sys.executable}
    quarto = None if engine == "builtin" else find_quarto().path
    if quarto is None and engine == "quarto":
        raise InputError("There is no Quarto 1.9 or newer; install it, or leave out --engine quarto.")
    if quarto is None:
        build(DOCS, output, footer=FOOTER, env=environment, finish=partial(complete, report=report))
        return
    (DOCS / "_variables.yml").write_text(json.dumps({"footer": FOOTER}), encoding="utf-8")  # JSON is YAML
    book = read_book(DOCS)
    freeze_chapters(book, execute_chapters(book, env=environment, inputs=""))
    render_with_quarto(quarto, DOCS, output, environment, print)
    fix_pages(output)
    complete(output, report)


def complete(site: Path, report: Path | None) -> None:
    """Add scripts, styles, source code, search index, policy and a report to a rendered site, and compress its PDF."""
    for pdf in site.glob("*.pdf"):
        compress_pdf(pdf)
    (site / "assets").mkdir(exist_ok=True)
    write_page_files(site / "assets")
    write_sources(site)
    write_search(site)
    add_policies(site)
    if report is not None:
        shutil.copytree(report, (site / REPORT).parent)
        page = site / "finished-report.html"
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace(f"<code>{REPORT}</code>", f'<a href="{REPORT}">{REPORT}</a>'), encoding="utf-8")


def main() -> None:
    """Parse the command line and render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["auto", "quarto", "builtin"], default="auto")
    parser.add_argument("--output", type=Path, default=DOCS / "_site")
    parser.add_argument("--report", type=Path, help="site of a finished report, to be part of the documentation")
    options = parser.parse_args()
    try:
        render(options.output.resolve(), options.engine, options.report and options.report.resolve())
    except SvhnlabError as error:
        sys.exit(f"Error: {error}")
    print(f"Open {options.output / 'index.html'}")


if __name__ == "__main__":
    main()
