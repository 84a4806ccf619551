"""The command ``train``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from svhnlab.cli.options import console, device_option, results_option, say
from svhnlab.cli.study_options import (
    StudyCommand,
    apply_names,
    base_url_option,
    data_option,
    names_of_classes,
    options_from_file,
    profile_option,
    reading_options,
    skip_broken_option,
    stored_size_option,
    study_data,
    tell_warnings,
)
from svhnlab.config.architectures import ARCHITECTURES, CONFIGURATIONS, architecture_of, select_configurations
from svhnlab.config.configurations import (
    RunSettings,
    configured,
    known_configurations,
    recorded_tables,
    with_overrides,
)
from svhnlab.config.parallel import BACKENDS, ParallelOptions, started_by_torchrun
from svhnlab.config.profiles import MAX_SEEDS, SplitSettings, profile_named
from svhnlab.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from svhnlab.config.configurations import ConfigurationTable
    from svhnlab.data.sources.base import DataSource
    from svhnlab.pipeline.images import Images
    from svhnlab.store.keys import StudySpec
    from svhnlab.store.schema import Reading
    from svhnlab.training.ddp import ProcessGroup


def show_estimate(
    spec: StudySpec, source: DataSource, names: tuple[str, ...], device_option: Any, threads: int | None
) -> None:
    """Print the images of a study, and what the training of these configurations needs on this machine.

    Without PyTorch, only the images are shown.
    """
    from svhnlab.pipeline.images import load_images  # noqa: PLC0415

    images = load_images(spec, source)
    say(f"{source.name}, {len(spec.class_names)} classes. {images.protocol}")
    _show_images(images, source.reading())
    try:
        import torch  # noqa: PLC0415
    except ModuleNotFoundError:
        say("PyTorch is not installed, so no model can be trained here. Next: svhnlab images, then svhnlab import")
        return
    from svhnlab.pipeline.estimate import estimate_run  # noqa: PLC0415
    from svhnlab.report.core.text import duration  # noqa: PLC0415
    from svhnlab.training.allocator import tune_malloc  # noqa: PLC0415
    from svhnlab.training.device import choose_device  # noqa: PLC0415

    tune_malloc()
    if threads is not None:
        torch.set_num_threads(threads)
    device = choose_device(device_option)
    table = Table("configuration", "trainings", "epochs", "steps", "parameters", "time", "MB")
    total, disk = 0.0, 0.0
    for name in names:
        one = estimate_run(spec, name, images, device)
        total, disk = total + one.seconds, disk + one.megabytes
        cells = (one.trainings, one.epochs, one.steps, one.parameters)
        table.add_row(name, *(f"{cell:,}" for cell in cells), duration(one.seconds), f"{one.megabytes:.0f}")
    console.print(table)
    say(
        f"About {duration(total)} on {device.type} and {disk:.0f} MB, from the time of a few batches of each; the "
        "validation after each epoch and the analysis come on top. Next: svhnlab train"
    )


def _show_images(images: Images, reading: Reading | None) -> None:
    """Print the number of images of each split, of their photographs or of the groups that the data name."""
    from svhnlab.pipeline.images import count_groups  # noqa: PLC0415

    grouped = reading is None or reading.named_groups
    unit = "photographs" if reading is None else "groups"
    table = Table("split", "images", *([unit] if grouped else []), "images per class")
    for split, groups in count_groups(images).items():
        counts = images.statistics[split].counts
        shown = "one per image" if groups is None else f"{groups:,}"
        least, most = f"{counts.min():,}", f"{counts.max():,}"
        of_class = least if least == most else f"{least} to {most}"
        table.add_row(split, f"{counts.sum():,}", *([shown] if grouped else []), of_class)
    console.print(table)


def with_initial_weights(
    spec: StudySpec,
    names: tuple[str, ...],
    weights: str | None,
    tables: Mapping[str, ConfigurationTable],
    store: Store,
) -> tuple[StudySpec, dict[str, Path]]:
    """Return the study with the initial weights of these configurations, and the files of weights by their digest.

    Parameters
    ----------
    weights
        The option ``--weights``, for configurations whose table has none.
    """
    from svhnlab.config.initial_weights import InitialWeights  # noqa: PLC0415
    from svhnlab.pipeline.initial_weights import choose_weights, weights_file  # noqa: PLC0415

    models = {name: spec.recipe(name).model for name in names}
    pretrained = [name for name in names if architecture_of(models[name]).pretrained]
    # weights of the study are those of built-in models; other models have their own
    separate = [name for name in pretrained if models[name] not in ARCHITECTURES or tables[name].weights]
    shared = [name for name in pretrained if name not in separate]

    def choose(option: str | None, configurations: list[str]) -> InitialWeights:
        return choose_weights(
            option,
            list(dict.fromkeys(models[name] for name in configurations)),
            allow_random=spec.profile.name == "demo",
            trained_from_random=lambda: all(store.find_intact(spec.run(name), say) for name in configurations),
            say=say,
        )

    files: dict[str, Path] = {}
    for name in separate:
        option = tables[name].weights or weights
        spec = spec.with_weights_of(name, choose(option, [name]))
        files |= weights_file(spec.initial_weights_of(name), option)
    if shared or weights is not None:
        spec = spec.with_initial_weights(choose(weights, shared))
        files |= weights_file(spec.initial_weights, weights)
    elif (current := store.current_study()) is not None:
        # no run uses pretrained weights: keep the current study's setting if the studies are otherwise equal
        kept = spec.with_initial_weights(InitialWeights(**current["settings"]["start"]))
        spec = kept if kept.key == current["key"] else spec
    return spec, files


@click.command(
    cls=StudyCommand, epilog=f"RUN is one of {', '.join(CONFIGURATIONS)}, or a configuration that study.toml adds."
)
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@profile_option
@data_option
@stored_size_option
@skip_broken_option
@click.option(
    "--protocol",
    type=click.Choice(["official", "tutorial"]),
    default="official",
    help="official: 90 % / 10 % of the training file for training and validation, and the test file; "
    "tutorial: 70 % / 20 % / 10 % of the training file for training, validation and test.",
)
@click.option(
    "--split-by",
    type=click.Choice(["photograph", "image"]),
    default="photograph",
    help="What is divided into training and validation: whole photographs, or single images as in earlier versions.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    help="Seed of training, augmentation and maps; the seed of the split is fixed.",
)
@click.option(
    "--seeds",
    type=click.IntRange(1, MAX_SEEDS),
    default=1,
    help="Train each run this many times, with SEED and the following numbers, to estimate training variability.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of all configurations for this study, e.g. --set epochs=40; see [configurations] in "
    "study.toml. Can be repeated.",
)
@device_option
@click.option(
    "--weights",
    default=None,
    metavar="imagenet|generated|none|PATH",
    show_default="imagenet",
    help="Initial weights of ResNet-18: from ImageNet (45 MB, downloaded once), from a training on generated digits "
    "(done once on this machine), random, or from a state_dict file. If the ImageNet weights cannot be downloaded, "
    "only the demo continues, with random weights, and its report states this.",
)
@click.option(
    "--wandb",
    type=click.Choice(["offline", "online", "disabled"]),
    default="offline",
    help="Weights & Biases: log to RESULTS/wandb, log to its server, or off.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=None,
    show_default="one for each GPU, or 1 on a CPU; all workers of a cluster",
    help="Number of parallel training runs.",
)
@click.option(
    "--backend",
    type=click.Choice(BACKENDS),
    default="processes",
    help="Where parallel runs are trained: in processes of this machine, or on a Dask cluster.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    default=None,
    show_default="a cluster on this machine",
    help="Address of a running Dask scheduler; its machines must share the folders of data and results.",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=None,
    show_default="all of this machine, divided by the workers",
    help="Threads per training run.",
)
@click.option(
    "--estimate",
    is_flag=True,
    help="Only show the images of the study, and the steps, time and disk space that its trainings need.",
)
@base_url_option
@results_option
@click.pass_context
def train(
    context: click.Context,
    runs: tuple[str, ...],
    profile: str,
    folder: Path | None,
    stored_size: int | None,
    skip_broken: bool,
    protocol: Any,
    split_by: Any,
    seed: int,
    seeds: int,
    overrides: tuple[str, ...],
    device: Any,
    weights: str | None,
    wandb: Any,
    workers: int | None,
    backend: Any,
    scheduler: str | None,
    threads: int | None,
    estimate: bool,
    base_url: str | None,
    results: Path,
) -> None:
    """Train the runs that are not stored yet; default: the runs in study.toml, else all.

    Stored results are kept, and interrupted training is resumed after the last complete epoch. The options default to
    the settings in the project's study.toml. If started by torchrun, several processes train each run together.
    """
    parallel = ParallelOptions(backend, scheduler, workers, threads)
    parallel.check()
    group: dict[str, ProcessGroup] = {}
    if started_by_torchrun():
        from svhnlab.pipeline.worker import run_secondary_process  # noqa: PLC0415
        from svhnlab.training.ddp import process_group  # noqa: PLC0415

        group["group"] = context.with_resource(process_group(device))
        if not group["group"].is_main:
            run_secondary_process(group["group"], device)
            return
    from svhnlab.config.initial_weights import RANDOM  # noqa: PLC0415
    from svhnlab.store.keys import StudySpec  # noqa: PLC0415
    from svhnlab.store.record import write_record  # noqa: PLC0415
    from svhnlab.store.required import all_stored, with_stored_imports  # noqa: PLC0415

    started = time.perf_counter()
    store, study_file = Store(results), context.obj
    known = known_configurations(study_file.configurations)
    study_runs = select_configurations(study_file.runs or (), known)
    chosen = select_configurations(runs, known) if runs else study_runs
    tables = with_overrides(study_file.configurations, known, overrides)
    settings = configured(profile_named(profile), tables)
    reading = reading_options(
        stored_size, skip_broken, store.root, (settings.recipes[name] for name in (*study_runs, *chosen))
    )
    source = apply_names(study_data(settings.name, folder, base_url, reading), study_file)
    tell_warnings(source)
    spec = StudySpec(
        settings,
        source.kind,
        source.name,
        source.digest,
        SplitSettings(protocol=protocol, train_limit=settings.train_limit, unit=split_by),
        RANDOM,
        seed,
        seeds,
        names_of_classes(source, study_file),
        select_configurations((*study_runs, *chosen), known),
        options_from_file(context),
        run_settings={name: RunSettings(table.title, table.seeds) for name, table in tables.items()},
        tables=recorded_tables(study_file.configurations),
        overrides=overrides,
        stored_size=stored_size,
    )
    spec = with_stored_imports(store, spec, say)
    if estimate:
        show_estimate(spec, source, chosen, device, threads)
        return
    spec, files = with_initial_weights(spec, chosen, weights, tables, store)
    if all_stored(store, spec, chosen, say):
        write_record(store, spec)
        seconds = time.perf_counter() - started
        say(f"Nothing to do: {', '.join(chosen)} are stored in {results} ({seconds:.1f} s).")
        return
    from svhnlab.pipeline.study import StudyPipeline  # noqa: PLC0415

    StudyPipeline(spec, source, store, console, device, wandb, files, parallel, **group).run(chosen)
    seconds = time.perf_counter() - started
    say(f"{', '.join(chosen)} are trained and stored in {results} ({seconds:.0f} s). Next: svhnlab report")
