"""The command ``init``."""

from __future__ import annotations

from pathlib import Path

import click

from svhnlab.cli.options import debug_option, say


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option(
    "--update",
    is_flag=True,
    help="Update a project's files to those of the installed version; files that you have changed are kept.",
)
@debug_option
def init(folder: Path | None, update: bool) -> None:
    """Write a report project to FOLDER, which must be new or empty; with --update, update the project there.

    Everything in the project is yours to edit: chapters, settings, references, styles and CITATION.cff, which contains
    title, authors and licence. With --update, FOLDER defaults to the current folder.
    """
    from svhnlab.project.write import create_project, update_project  # noqa: PLC0415

    if update:
        changes = update_project(folder or Path())
        for change in changes:
            say(f"{change.action:8} {change.path}{f' ({change.note})' if change.note else ''}")
        if not changes:
            say("Nothing to update: the template has not changed.")
        return
    if folder is None:
        raise click.UsageError("Missing argument 'FOLDER': the folder of the new report project.")
    count = create_project(folder)
    say(
        f"Wrote a report project of {count} files to {folder}. Next: cd {folder}, fill in CITATION.cff, then "
        "svhnlab train --profile demo and svhnlab report."
    )
