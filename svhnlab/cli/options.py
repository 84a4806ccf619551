"""What the commands share: how they print, and the options that several of them have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console

# highlighting and wrapping would break paths and numbers in logs
console = Console(highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """Print one line as it is."""
    console.print(line, markup=False)


def options(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Join several options into one decorator."""

    def decorate(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


# Read from the arguments themselves in `main`, which also sees errors that happen before a command runs.
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
        help="auto takes Quarto 1.9 or newer where it is installed, else the built-in engine.",
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
    help="Where to compute; auto takes a GPU where there is one.",
)


def warn_of_placeholders(project: Path) -> None:
    """Say in one line which entries of the project's ``CITATION.cff`` are not filled in yet."""
    from svhnlab.config.citation_file import CITATION_FILE, placeholders, report_citation  # noqa: PLC0415

    if missing := placeholders(report_citation(project)):
        say(f"{CITATION_FILE} still has the placeholders for {' and '.join(missing)}: fill them in before you publish.")


def note_changes(record: Mapping[str, Any]) -> None:
    """Say which settings of the project's ``study.toml`` are not those of a recorded study."""
    from svhnlab.config.study_file import project_settings  # noqa: PLC0415
    from svhnlab.store.study import settings_that_differ  # noqa: PLC0415

    if others := settings_that_differ(record, project_settings()):
        say(f"study.toml says otherwise about {', '.join(others)}: `svhnlab train` makes that study.")
