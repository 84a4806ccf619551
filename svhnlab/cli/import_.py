"""The command ``import``."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svhnlab.cli.options import results_option, say, say_error
from svhnlab.cli.study_data import open_data
from svhnlab.cli.study_options import StudyCommand, images_options
from svhnlab.errors import InputError
from svhnlab.printable import is_printable
from svhnlab.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from svhnlab.pipeline.imported import Import, ImportPipeline
    from svhnlab.store.keys import ImportedRun

LONGEST_TITLE = 60  # characters


@click.command("import", cls=StudyCommand)
@click.argument("name", required=False)
@click.option(
    "--predictions",
    "file",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Predictions as .npz, .csv or .parquet.",
)
@click.option("--title", default=None, show_default="NAME", help="Title of the classifier in the report.")
@click.option(
    "--scores",
    type=click.Choice(["auto", "logits", "probabilities"]),
    default="auto",
    help="What the predictions are; auto reads rows of numbers between 0 and 1 that add up to 1 as probabilities.",
)
@click.option(
    "--history",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    default=None,
    help="CSV table of the training, one row per epoch.",
)
@click.option("--parameters", type=click.IntRange(0), default=None, help="Number of parameters of the model.")
@click.option("--seconds", type=click.FloatRange(0), default=None, help="Seconds that its training took.")
@click.option(
    "--analysis/--no-analysis",
    default=True,
    help="Analyse the study now, or with the next import: several imports then need only one analysis.",
)
@click.option("--replace", is_flag=True, help="Replace the import of the same name.")
@click.option("--remove", is_flag=True, help="Remove the import NAME from the study.")
@images_options
@results_option
@click.pass_context
def import_(
    context: click.Context,
    name: str | None,
    file: Path | None,
    title: str | None,
    scores: Any,
    history: Path | None,
    parameters: int | None,
    seconds: float | None,
    analysis: bool,
    replace: bool,
    remove: bool,
    profile: str,
    folder: Path | None,
    stored_size: int | None,
    skip_broken: bool,
    base_url: str | None,
    results: Path,
) -> None:
    """Import the predictions of any classifier as configuration NAME of the current study, and analyse the study.

    If there is no study yet, one is created with the data and the settings of study.toml. Without NAME, only the
    missing analysis of the current study is computed.
    """
    from svhnlab.pipeline.imported import Import  # noqa: PLC0415
    from svhnlab.store.imported import check_name, with_import, without_import  # noqa: PLC0415

    started, store = time.perf_counter(), Store(results)
    _check_usage(name, file, remove)
    if name is not None:
        check_name(name)
    title = _checked_title(title or name or "")
    if seconds is not None and not math.isfinite(seconds):
        raise InputError("--seconds must be a finite number.")
    record = store.current_study()
    if name is not None and remove:
        if record is None:
            raise InputError(f"There is no study in {results}.")
        record = without_import(record, name)
        store.write_study(record["key"], record)
        say(f"{name} is not part of the study any more; its stored predictions are kept.")
        if not record["runs"]:
            return
    pipeline, record = open_data(context, record, profile, folder, stored_size, skip_broken, base_url, store)
    if name is not None and file is not None:
        given = Import(name, title, file, scores, history, parameters, seconds)
        record = with_import(record, _store(pipeline, given, record, replace=replace))
        store.write_study(record["key"], record)
    if not analysis:
        say(f"{name} is stored in {results}. Next: another import, or svhnlab import for the analysis.")
        return
    pipeline.analyse(record)
    runs = ", ".join(record["runs"])
    say(f"{runs}: stored and analysed in {results} ({time.perf_counter() - started:.0f} s). Next: svhnlab report")


def _store(pipeline: ImportPipeline, given: Import, record: Mapping[str, Any], *, replace: bool) -> ImportedRun:
    """Validate and store predictions; ``InputError`` if name or title are taken."""
    from svhnlab.pipeline.imported import ImportFaults, describe_missing  # noqa: PLC0415

    known = record["runs"].get(given.name)
    if known is not None and "imported" not in known:
        raise InputError(f"The name {given.name!r} is that of a configuration to train; choose another one.")
    for run, entry in record["runs"].items():
        if run != given.name and entry["title"] == given.title:
            raise InputError(f"The title {given.title!r} is that of {run}; give another one with --title.")
    try:
        imported = pipeline.store_import(given)
    except ImportFaults as error:
        for fault in error.faults[:-1]:
            say_error(f"Error: {fault}")
        raise InputError(error.faults[-1]) from error
    if known is not None and not replace and imported.record["trainings"] != known["trainings"]:
        raise InputError(f"There is already an import {given.name!r}; add --replace, or choose another name.")
    if lacking := describe_missing(imported):
        say(f"{given.name} has no {lacking}: the report leaves these parts out for it.")
    return imported


def _check_usage(name: str | None, file: Path | None, remove: bool) -> None:
    if remove and (name is None or file is not None):
        raise click.UsageError("--remove needs the NAME of an import and no --predictions.")
    if not remove and (name is None) != (file is None):
        raise click.UsageError("An import needs a NAME and --predictions FILE.")


def _checked_title(title: str) -> str:
    title = " ".join(title.split())
    if not is_printable(title) or len(title) > LONGEST_TITLE:
        raise InputError(f"--title must be up to {LONGEST_TITLE} printable characters.")
    return title
