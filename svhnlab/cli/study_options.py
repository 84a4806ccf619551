"""Commands about data and results: ``data``, ``train``, ``status`` and ``evaluate``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from svhnlab.cli.options import console

if TYPE_CHECKING:
    from svhnlab.config.study_file import StudyFile
    from svhnlab.data.source import DataSource

SVHN_FOLDER = Path("data/svhn")


class _WithStudyFile(click.Command):
    """A command whose options default to what the project's ``study.toml`` says.

    The command finds the settings in its context's ``obj``.
    """

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Read the file before the command line, which wins over it."""
        from svhnlab.config.study_file import project_settings  # noqa: PLC0415

        settings = project_settings()
        given = settings.model_dump(exclude_none=True)
        defaults = {parameter.name: given[_key(parameter)] for parameter in self.params if _key(parameter) in given}
        return super().make_context(*arguments, **extra, obj=settings, default_map=defaults)


def _key(parameter: click.Parameter) -> str:
    """Name of an option as it is written, which is its name in the file."""
    return parameter.opts[0].removeprefix("--")


def _from_file(context: click.Context) -> tuple[str, ...]:
    """Options whose value comes from ``study.toml``."""
    return tuple(
        _key(parameter)
        for parameter in context.command.params
        if context.get_parameter_source(str(parameter.name)) is ParameterSource.DEFAULT_MAP
    )


_base_url = click.option("--base-url", default=None, help="Another address that has the SVHN files (a mirror).")


def _fetch_missing(folder: Path, base_url: str | None, *, extra: bool = False) -> None:
    """Fetch the official files into a folder that has neither of the pair (or lacks a wished extra)."""
    from svhnlab.data.download import fetch_official  # noqa: PLC0415
    from svhnlab.data.svhn import BASE_URL  # noqa: PLC0415

    there = [name for name in ("train", "test") if (folder / f"{name}_32x32.mat").is_file()]
    # A pair of the user's own needs nothing fetched; half a pair of official files is completed.
    names = [] if len(there) == 2 else ["train", "test"]
    names += ["extra"] if extra else []
    if names:
        fetch_official(folder, names=names, base_url=base_url or BASE_URL, console=console)


def _renamed(source: DataSource, settings: StudyFile) -> DataSource:
    """Call someone's own files as ``study.toml`` does; SVHN and generated digits keep their names."""
    if settings.data_name is None or source.kind != "custom":
        return source
    return replace(source, name=settings.data_name)
