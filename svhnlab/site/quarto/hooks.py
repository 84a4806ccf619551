"""Hooks that Quarto runs before and after rendering, called by ``prepare.py`` and ``finish.py`` of the extension."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from svhnlab.errors import InputError
from svhnlab.paths import CARDS
from svhnlab.report.core.markdown import escape_markdown
from svhnlab.site.book import CACHE, read_book
from svhnlab.site.execute.cache import execute_chapters
from svhnlab.site.fingerprint import chapter_inputs
from svhnlab.site.postprocess.finish import finish_site
from svhnlab.site.prerender.prepare import check_prepared, preparing, write_folders, write_settings
from svhnlab.site.quarto.fix_pages import fix_pages
from svhnlab.site.quarto.freeze import freeze_chapters
from svhnlab.store.store import Store
from svhnlab.store.study import results_folder

#: Environment variable with the folder of the site, which Quarto sets for its scripts.
OUTPUT_VARIABLE = "QUARTO_PROJECT_OUTPUT_DIR"


def pre_render(project: Path) -> None:
    """Write the files that pages need, execute the chapters, and freeze the results for Quarto.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    SvhnlabError
        When a chapter can't be executed.
    """
    with preparing(project):
        _prepare(project)


def _prepare(project: Path) -> None:
    inputs = chapter_inputs(project, Store(results_folder()))

    def write_rest() -> None:
        write_settings(project, show=quarto_text)
        write_folders(project, inputs)
        # Quarto warns of links to Markdown files that are not in the project.
        shutil.copytree(project / CACHE / CARDS, project / CARDS, dirs_exist_ok=True)

    # Chapters are executed by other processes, so a thread is enough for the rest.
    with ThreadPoolExecutor(1) as executor:
        rest = executor.submit(write_rest)
        book = read_book(project)
        freeze_chapters(book, execute_chapters(book, env=os.environ, inputs=inputs))
        rest.result()


def quarto_text(text: str) -> str:
    """Return a text of the settings as Markdown, which Quarto reads there.

    Raises
    ------
    InputError
        If it contains a shortcode: Quarto would run it, however it is escaped.
    """
    if "{{<" in text:
        raise InputError(f"Quarto would run the shortcode in {text!r}: remove {{{{< from it.")
    return escape_markdown(text)


def post_render(project: Path) -> None:
    """Complete a site that Quarto has rendered.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    SvhnlabError
        When another report was rendered in the project at the same time.
    """
    check_prepared(project)
    site = Path(os.environ[OUTPUT_VARIABLE])
    if (site / "index.html").is_file():  # absent after `quarto render --to typst`
        fix_pages(site)
    finish_site(site, project)
