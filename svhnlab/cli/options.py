"""Printing and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console

# no highlighting or wrapping, which would break paths and numbers in logs
console = Console(highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """Print one line without markup."""
    console.print(line, markup=False)


def options(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Combine several options into one decorator."""

    def decorate(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


# `main` reads --debug from sys.argv, since errors can occur before a command runs.
debug_option = click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
results_option = options(
    click.option(
        "--results",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("results"),
        envvar="SVHNLAB_RESULTS",
        show_envvar=True,
        help="Folder of the stored results.",
    ),
    debug_option,
)
drawing_options = options(
    click.option(
        "--engine",
        type=click.Choice(["auto", "quarto", "builtin"]),
        default="auto",
        help="auto uses Quarto 1.9 or newer if it is installed, else the built-in engine.",
    ),
    click.option(
        "--project",
        type=click.Path(file_okay=False, exists=True, path_type=Path),
        default=Path(),
        show_default="this folder",
        help="Folder of _quarto.yml and the chapters.",
    ),
)
device_option = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="Device to compute on; auto uses a GPU if there is one.",
)


def warn_of_placeholders(project: Path) -> None:
    """Print which entries of the project's ``CITATION.cff`` are still placeholders."""
    from svhnlab.config.citation_file import CITATION_FILE, placeholders, report_citation  # noqa: PLC0415

    if missing := placeholders(report_citation(project)):
        say(f"{CITATION_FILE} still has the placeholders for {' and '.join(missing)}: fill them in before you publish.")


def note_changes(record: Mapping[str, Any]) -> None:
    """Print which settings of the project's ``study.toml`` differ from those of a recorded study."""
    from svhnlab.config.study_file import project_settings  # noqa: PLC0415
    from svhnlab.store.study import settings_that_differ  # noqa: PLC0415

    if others := settings_that_differ(record, project_settings()):
        say(f"study.toml differs from the stored study in {', '.join(others)}; `svhnlab train` applies the changes.")
