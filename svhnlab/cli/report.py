"""The command ``report``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from svhnlab.cli.options import (
    drawing_options,
    note_changes,
    results_option,
    say,
    warn_of_missing_letters,
    warn_of_placeholders,
)


@click.command()
@drawing_options
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    show_default="_site in the project",
    help="Folder for the site and its PDF.",
)
@results_option
def report(engine: Any, project: Path, output: Path | None, results: Path) -> None:
    """Render the report of the current study: a website and a PDF."""
    from svhnlab.config.quarto_file import FILE_NAME, read_quarto_file  # noqa: PLC0415
    from svhnlab.report import chapters_without_content  # noqa: PLC0415
    from svhnlab.site.prerender.footer import footer_line  # noqa: PLC0415
    from svhnlab.site.render import render  # noqa: PLC0415
    from svhnlab.store.record import read_record  # noqa: PLC0415
    from svhnlab.store.recorded_settings import trained_configurations  # noqa: PLC0415
    from svhnlab.store.store import Store  # noqa: PLC0415

    read_quarto_file(project)
    record = read_record(Store(results))
    note_changes(record, project)
    warn_of_placeholders(project)
    warn_of_missing_letters(record)
    footer = footer_line(results, project)
    rendered = render(project, output or project / "_site", engine=engine, results=results, say=say, footer=footer)
    megabytes = f"{rendered.site_bytes / 1e6:.1f} MB, PDF {rendered.pdf_bytes / 1e6:.1f} MB"
    if rendered.rendered:
        say(f"{rendered.pages} pages ({megabytes}) in {rendered.seconds:.0f} s, rendered by {rendered.engine}.")
    if empty := chapters_without_content(project, trained_configurations(record)):
        say(
            f"The study has no trained model for {', '.join(chapter.source for chapter in empty)}; # before a line in "
            f"{FILE_NAME} leaves its chapter out."
        )
    say(f"Open {rendered.site / 'index.html'} and {rendered.pdf}")
