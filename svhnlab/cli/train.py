"""Commands about data and results: ``data``, ``train``, ``status`` and ``evaluate``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svhnlab.cli.options import console, device_option, results_option, say
from svhnlab.cli.study_options import SVHN_FOLDER, _base_url, _fetch_missing, _from_file, _renamed, _WithStudyFile
from svhnlab.config.architectures import ARCHITECTURES, RUNS, runs_named
from svhnlab.config.parallel import BACKENDS, ParallelOptions, started_by_torchrun
from svhnlab.config.profiles import MOST_SEEDS, PROFILES, SplitSettings, profile_named
from svhnlab.store.store import Store

if TYPE_CHECKING:
    from svhnlab.data.source import DataSource
    from svhnlab.training.ddp import ProcessGroup


@click.command(cls=_WithStudyFile)
@click.argument("runs", nargs=-1, type=click.Choice(list(RUNS)), metavar="[RUN]...")
@click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default="quick",
    help="; ".join(f"{name}: {profile.summary}" for name, profile in PROFILES.items()) + ".",
)
@click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    show_default=f"{SVHN_FOLDER}; for the demo, digits generated below data/",
    help="Folder of train_32x32.mat and test_32x32.mat (Format 2).",
)
@click.option(
    "--protocol",
    type=click.Choice(["official", "tutorial"]),
    default="official",
    help="official: 90/10 of the training file for training and validation, the test file for the test; "
    "tutorial: 70/20/10 of the training file alone.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    help="Seed of training, augmentation and maps; the split has a fixed one of its own.",
)
@click.option(
    "--seeds",
    type=click.IntRange(1, MOST_SEEDS),
    default=1,
    help="Train each run this many times, with SEED and the numbers after it: then the report tells how much of a "
    "difference is chance in training.",
)
@device_option
@click.option(
    "--weights",
    default=None,
    metavar="imagenet|generated|none|PATH",
    show_default="imagenet",
    help="Start of ResNet-18: ImageNet's weights (45 MB, fetched once), those of a training on generated digits (made "
    "once, here), random numbers, or a state_dict file. Only the demo goes on from random numbers when ImageNet's "
    "can't be had, and says so.",
)
@click.option(
    "--wandb",
    type=click.Choice(["offline", "online", "disabled"]),
    default="offline",
    help="Weights & Biases: written below RESULTS/wandb, sent at once, or off.",
)
@click.option(
    "--workers",
    "count",
    type=click.IntRange(1),
    default=None,
    show_default="one for each GPU, or 1 on a CPU; on a cluster all it has",
    help="Trainings at a time.",
)
@click.option(
    "--backend",
    type=click.Choice(BACKENDS),
    default="processes",
    help="What trains several runs at a time: processes of this machine, or a Dask cluster.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    default=None,
    show_default="a cluster on this machine",
    help="Address of a running Dask scheduler whose machines share the folders of data and results.",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=None,
    show_default="this machine's, divided by the workers",
    help="Threads of each training.",
)
@_base_url
@results_option
@click.pass_context
def train(
    context: click.Context,
    runs: tuple[str, ...],
    profile: str,
    folder: Path | None,
    protocol: Any,
    seed: int,
    seeds: int,
    device: Any,
    weights: str | None,
    wandb: Any,
    count: int | None,
    backend: Any,
    scheduler: str | None,
    threads: int | None,
    base_url: str | None,
    results: Path,
) -> None:
    """Train the runs that are not stored yet; without RUN all four, or those that study.toml names.

    RUN is one of cnn, cnn-aug, resnet18, resnet18-aug. What is stored already is kept; a training that was
    broken off goes on from its last whole epoch. Where the project has a study.toml, its settings are the
    defaults. Several processes that torchrun starts train each run together.
    """
    workers = ParallelOptions(backend, scheduler, count, threads)
    workers.check()
    team: dict[str, ProcessGroup] = {}
    if started_by_torchrun():
        from svhnlab.pipeline.worker import run_secondary_process  # noqa: PLC0415
        from svhnlab.training.ddp import process_group  # noqa: PLC0415

        team["team"] = context.with_resource(process_group(device))
        if not team["team"].leads:
            run_secondary_process(team["team"], device)
            return
    from svhnlab.config.initial_weights import RANDOM, InitialWeights  # noqa: PLC0415
    from svhnlab.pipeline.initial_weights import choose_weights  # noqa: PLC0415
    from svhnlab.store.keys import StudySpec  # noqa: PLC0415
    from svhnlab.store.study import all_stored  # noqa: PLC0415

    started = time.perf_counter()
    settings, store, wishes = profile_named(profile), Store(results), context.obj
    own_runs = runs_named(wishes.runs or ())
    chosen = runs_named(runs) if runs else own_runs
    source = _renamed(_data_source(settings.name, folder, base_url), wishes)
    plan = StudySpec(
        settings,
        source.kind,
        source.name,
        source.digest,
        SplitSettings(protocol=protocol, train_limit=settings.train_limit),
        RANDOM,
        seed,
        seeds,
        wishes.class_names,
        runs_named((*own_runs, *chosen)),
        _from_file(context),
    )
    pretrained = [name for name in chosen if ARCHITECTURES[RUNS[name][0]].pretrained]
    if pretrained or weights is not None:
        start = choose_weights(
            weights,
            list(dict.fromkeys(RUNS[name][0] for name in pretrained)),
            allow_random=settings.name == "demo",
            trained_from_random=lambda: all(store.find_sound(plan.run(name), say) for name in pretrained),
            say=say,
        )
        plan = plan.with_start(start)
    elif (current := store.current_study()) is not None:
        # a CNN needs no start weights: it joins the current study if that is the same but for them
        kept = plan.with_start(InitialWeights(**current["settings"]["start"]))
        plan = kept if kept.key == current["key"] else plan
    if all_stored(store, plan, chosen, say):
        store.write_study(plan.key, plan.record())
        seconds = time.perf_counter() - started
        say(f"Nothing to do: {', '.join(chosen)} are stored in {results} ({seconds:.1f} s).")
        return
    from svhnlab.pipeline.study import StudyPipeline  # noqa: PLC0415

    path = Path(weights).expanduser() if weights and plan.start.kind == "file" else None
    StudyPipeline(plan, source, store, console, device, wandb, path, workers, **team).make(chosen)
    seconds = time.perf_counter() - started
    say(f"Trained and stored in {results}: {', '.join(chosen)} ({seconds:.0f} s). Next: svhnlab report")


def _data_source(profile: str, folder: Path | None, base_url: str | None) -> DataSource:
    """Find the images, generating or fetching them first where the profile's own folder lacks them."""
    from svhnlab.data.source import find_data  # noqa: PLC0415

    if folder is None and profile == "demo":
        from svhnlab.config.recipes import GENERATOR_VERSION  # noqa: PLC0415
        from svhnlab.data.synthetic import write_generated  # noqa: PLC0415

        folder = Path(f"data/generated-{GENERATOR_VERSION}")
        if not folder.exists():
            say(f"Generating 16,000 digits into {folder} ...")
            write_generated(folder)
    elif folder is None:
        folder = SVHN_FOLDER
        _fetch_missing(folder, base_url)
    elif base_url is not None:
        _fetch_missing(folder, base_url)
    return find_data(folder)
