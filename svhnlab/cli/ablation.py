"""The command ``ablation``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svhnlab.cli.options import console, device_option, results_option, say
from svhnlab.cli.study_options import (
    StudyCommand,
    apply_names,
    base_url_option,
    data_option,
    names_of_classes,
    profile_option,
    reading_options,
    skip_broken_option,
    stored_size_option,
    study_data,
)
from svhnlab.config.architectures import select_configurations
from svhnlab.config.configurations import configured, known_configurations
from svhnlab.config.profiles import profile_named
from svhnlab.errors import InputError
from svhnlab.printable import check_paragraph
from svhnlab.store.store import Store

if TYPE_CHECKING:
    from svhnlab.config.study_file import StudyFile


def checked_note(context: click.Context, parameter: click.Parameter, note: str) -> str:
    """Return a note on one line; it is checked before hours of training, not when it is stored."""
    try:
        return check_paragraph(note)
    except ValueError as error:
        raise click.BadParameter(f"the note {error}.") from error


@click.command(cls=StudyCommand)
@click.argument("names", nargs=-1, metavar="[RUN]...")
@profile_option
@data_option
@stored_size_option
@skip_broken_option
@click.option(
    "--folds",
    type=click.IntRange(2, 5),
    default=5,
    help="How many of the five folds are held out in turn; fewer than five are too few for a test.",
)
@click.option(
    "--epochs",
    type=click.IntRange(1),
    default=None,
    show_default="those of the recipe",
    help="Epochs of each training run.",
)
@click.option(
    "--note",
    default="",
    callback=checked_note,
    help="Note that the report shows with the ablation.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=None,
    show_default="one per physical core, 1 on a GPU",
    help="Number of parallel training runs.",
)
@device_option
@base_url_option
@results_option
@click.pass_obj
def ablation(
    study_file: StudyFile,
    names: tuple[str, ...],
    profile: str,
    folder: Path | None,
    stored_size: int | None,
    skip_broken: bool,
    folds: int,
    epochs: int | None,
    note: str,
    workers: int | None,
    device: Any,
    base_url: str | None,
    results: Path,
) -> None:
    """Train the recipe of each RUN with one part changed, and measure the effect by cross-validation.

    RUN is a configuration with augmentation; default: those in study.toml, else all. The folds are parts of the
    training images, divided by photograph; the test images are not used. This takes an hour or more. Stored training
    runs are not repeated. A report on the same data shows the newest ablation in RESULTS/ablations.
    """
    tables = study_file.configurations
    tuned = configured(profile_named(profile), tables)
    selected = select_configurations(names or study_file.runs or (), known_configurations(tables))
    runs = tuple(run for run in selected if tuned.recipes[run].augmentation)
    if not runs or (names and len(runs) < len(selected)):
        augmented = [run for run, recipe in tuned.recipes.items() if recipe.augmentation]
        raise InputError(f"An ablation needs configurations with augmentation; name some of {', '.join(augmented)}.")
    options = reading_options(stored_size, skip_broken, results, [tuned.recipes[name] for name in runs])
    source = apply_names(study_data(profile, folder, base_url, options), study_file)
    from svhnlab.pipeline.ablation import AblationSettings, run_ablation  # noqa: PLC0415
    from svhnlab.store.ablation_file import write_ablation  # noqa: PLC0415

    settings = AblationSettings(tuned, runs, folds, epochs, workers, note)
    classes = names_of_classes(source, study_file)
    n_classes = None if classes is None else len(classes)
    stored = run_ablation(settings, source, Store(results), console, device, n_classes)
    say(f"Stored in {write_ablation(results, stored)}. Next: svhnlab report")
