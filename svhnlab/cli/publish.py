"""The command ``publish``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from svhnlab.cli.options import (
    drawing_options,
    note_changes,
    project_folder,
    results_option,
    say,
    warn_of_missing_letters,
    warn_of_placeholders,
)
from svhnlab.errors import SvhnlabError


@click.command()
@click.option("--version", required=True, metavar="X.Y[.Z]", help="Version number; a published version never changes.")
@click.option(
    "--to",
    "root",
    type=click.Path(path_type=Path),
    default=None,
    callback=project_folder("public"),
    show_default="public in the project",
    help="Root folder of the published site. Older versions in it are kept.",
)
@drawing_options
@results_option
def publish(version: str, root: Path, engine: Any, project: Path, results: Path) -> None:
    """Render the report of the current study as a version, and add it to a published site.

    The study must be finished; `svhnlab status` shows missing results. The site consists of plain files for any web
    server, GitHub Pages or a folder: the latest version at its root, every version below v/, and a page with the
    changes between any two versions.
    """
    from svhnlab.config.quarto_file import read_quarto_file  # noqa: PLC0415
    from svhnlab.publishing.publish import publish as publish_version  # noqa: PLC0415
    from svhnlab.site.prerender.footer import footer_line  # noqa: PLC0415
    from svhnlab.site.render import render  # noqa: PLC0415
    from svhnlab.store.required import finished_record  # noqa: PLC0415
    from svhnlab.store.store import Store  # noqa: PLC0415

    read_quarto_file(project)
    store = Store(results)
    record = finished_record(store)
    note_changes(record, project)
    warn_of_placeholders(project)
    warn_of_missing_letters(record)

    def draw(site: Path) -> None:
        footer = footer_line(results, project)
        render(project, site, engine=engine, results=results, say=say, footer=footer)
        # Stored results never change, but training started meanwhile may have changed the current study.
        if store.current_study() != record:
            raise SvhnlabError(
                f"{results} switched to another study while the report was rendered, so nothing was published; publish "
                "again when `svhnlab status` shows that the study is complete."
            )

    made = publish_version(project, root, version, render=draw, say=say)
    if made.changed:
        others = len(made.versions) - 1
        beside = f" beside {others} other{'' if others == 1 else 's'}" if others else ""
        say(f"Version {version} is published in {made.folder}{beside}; the latest is {made.latest}.")
    say(f"Open {made.root / 'index.html'}")
