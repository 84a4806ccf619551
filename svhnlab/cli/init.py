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
@click.option(
    "--without-training",
    is_flag=True,
    help="Leave the chapters about trained models out of the report, for a study of imported predictions.",
)
@debug_option
def init(folder: Path | None, update: bool, without_training: bool) -> None:
    """Write a report project to FOLDER, which must be new or empty; with --update, update the project there.

    Everything in the project is yours to edit: chapters, settings, references, styles and CITATION.cff, which contains
    title, authors and licence. With --update, FOLDER defaults to the current folder.
    """
    from svhnlab.project.write import create_project, update_project  # noqa: PLC0415

    if update and without_training:
        raise click.UsageError("--without-training is for a new project, not for --update.")
    if update:
        changes = update_project(folder or Path())
        for change in changes:
            say(f"{change.action:8} {change.path}{f' ({change.note})' if change.note else ''}")
        if not changes:
            say("Nothing to update: the template has not changed.")
        return
    if folder is None:
        raise click.UsageError("Missing argument 'FOLDER': the folder of the new report project.")
    count = create_project(folder, without_training=without_training)
    steps = (
        "give the data in study.toml, then svhnlab images, svhnlab import and svhnlab report"
        if without_training
        else "then svhnlab train --profile demo and svhnlab report"
    )
    say(f"Wrote a report project of {count} files to {folder}. Next: cd {folder}, fill in CITATION.cff, {steps}.")
