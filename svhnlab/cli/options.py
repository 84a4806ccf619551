"""Printing and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

from svhnlab.paths import project_root
from svhnlab.printable import printable


class _Escaped:
    """A line, table or progress bar whose characters are all printable."""

    def __init__(self, shown: ConsoleRenderable) -> None:
        self.shown = shown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self.shown, options):
            lines = "\n".join(printable(line) for line in segment.text.split("\n"))
            yield segment if segment.control else Segment(lines, segment.style)


class _EscapeHook(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Escaped(one) for one in renderables]


# no highlighting or wrapping, which would break paths and numbers in logs; text is neither markup nor commands
console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
console.push_render_hook(_EscapeHook())


def say(line: str) -> None:
    """Print one line. Characters that are not printable are shown as their escapes."""
    console.print(printable(line))


def say_error(line: str) -> None:
    """Print one line to the standard error stream, like `say`."""
    click.echo(printable(line), err=True)


def options(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Combine several options into one decorator."""

    def decorate(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def in_project(name: str, project: Path | None = None) -> Path:
    """Return the path of a file or folder of the project (default: the one around the current folder).

    Commands so use the same project in every folder below it. The path is relative where this is shorter.
    """
    path = (project_root() if project is None else project) / name
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def project_folder(name: str) -> Callable[[click.Context, click.Parameter, Path | None], Path]:
    """Return the callback of an option whose default is a folder in the project, that of ``--project`` if given."""
    return lambda context, _, value: in_project(name, context.params.get("project")) if value is None else value


# `main` reads --debug from sys.argv, since errors can occur before a command runs.
debug_option = click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
results_option = options(
    click.option(
        "--results",
        type=click.Path(file_okay=False, path_type=Path),
        default=None,
        callback=project_folder("results"),
        envvar="SVHNLAB_RESULTS",
        show_envvar=True,
        show_default="results in the project",
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
        default=project_root,
        show_default="that around this folder",
        is_eager=True,  # the defaults of other options are folders in it
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


def warn_of_missing_letters(record: Mapping[str, Any]) -> None:
    """Print the letters of a recorded study's class names that no font of this computer has."""
    from svhnlab.store.recorded_settings import class_names_of  # noqa: PLC0415

    names = "".join(class_names_of(record["settings"]))
    if names.isascii():
        return
    from svhnlab.report.core.typefaces import fallback_fonts  # noqa: PLC0415

    _, missing = fallback_fonts(names)
    if missing:
        say(
            f"No font of this computer has the letters {' '.join(missing)} of the class names, so figures and the PDF "
            "show boxes: install a font that has them, for example one of the Noto fonts."
        )


def note_changes(record: Mapping[str, Any], project: Path | None = None) -> None:
    """Print which settings of a project's ``study.toml`` differ from those of a recorded study."""
    from svhnlab.config.study_file import project_settings  # noqa: PLC0415
    from svhnlab.store.recorded_settings import settings_that_differ  # noqa: PLC0415

    if others := settings_that_differ(record, project_settings(project)):
        say(f"study.toml differs from the stored study in {', '.join(others)}; `svhnlab train` applies the changes.")
