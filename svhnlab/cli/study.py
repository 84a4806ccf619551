"""Commands about data and results: ``data``, ``train``, ``status`` and ``evaluate``."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from rich.table import Table
from rich.text import Text

from svhnlab.cli.options import console, device_option, note_changes, results_option, say
from svhnlab.config import ARCHITECTURES, MOST_SEEDS, PROFILES, RUNS, SplitSettings, profile_named, runs_named
from svhnlab.results import DIGITS
from svhnlab.store import Store
from svhnlab.workers import BACKENDS, Workers, started_by_torchrun

if TYPE_CHECKING:
    from svhnlab.data.source import DataSource
    from svhnlab.study_file import StudyFile
    from svhnlab.training.distributed import Team

SVHN_FOLDER = Path("data/svhn")


class _WithStudyFile(click.Command):
    """A command whose options default to what the project's ``study.toml`` says.

    The command finds the settings in its context's ``obj``.
    """

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Read the file before the command line, which wins over it."""
        from svhnlab.study_file import project_settings  # noqa: PLC0415

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


@click.command(cls=_WithStudyFile)
@click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=SVHN_FOLDER,
    help="Folder of train_32x32.mat and test_32x32.mat; SVHN is fetched into it if they are missing.",
)
@click.option("--extra", is_flag=True, help="Fetch SVHN's extra training images too (1.3 GB).")
@_base_url
@results_option
@click.pass_obj
def data(settings: StudyFile, folder: Path, extra: bool, base_url: str | None, results: Path) -> None:
    """Fetch SVHN (246 MB) if it is not there, check the files and describe them.

    Also says whether the current study in RESULTS was made from these files.
    """
    from svhnlab.data.format2 import read_format2  # noqa: PLC0415
    from svhnlab.data.source import find_data  # noqa: PLC0415

    if folder != settings.data:  # someone's own folder is not for SVHN
        _fetch_missing(folder, base_url, extra=extra)
    source = _renamed(find_data(folder), settings)
    say(f"{source.name} in {folder}, digest {source.digest}")
    files = [source.train, source.test, *([folder / "extra_32x32.mat"] if extra else [])]
    names = settings.class_names or DIGITS
    own = len(names) if settings.class_names else None
    counts: list[Counter[int]] = [Counter(read_format2(path, own).labels.tolist()) for path in files]
    table = Table("", *(path.name for path in files), title="Images")
    table.add_row("MB", *(f"{path.stat().st_size / 1e6:.1f}" for path in files))
    table.add_row("all classes", *(f"{found.total():,}" for found in counts), end_section=True)
    for k, name in enumerate(names):
        table.add_row(Text(name), *(f"{found[k]:,}" for found in counts))
    console.print(table)
    record = Store(results).current_study()
    if record is not None:
        same = record["settings"]["data"]["digest"] == source.digest
        say(f"The current study in {results} was made from {'these' if same else 'other'} files.")


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
    help="What trains several runs at a time: processes of this machine, or a Dask or Ray cluster.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    default=None,
    show_default="a cluster on this machine",
    help="Address of a running Dask scheduler or Ray cluster whose machines share the folders of data and results.",
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
    workers = Workers(backend, scheduler, count, threads)
    workers.check()
    team: dict[str, Team] = {}
    if started_by_torchrun():
        from svhnlab.pipeline.work import follow  # noqa: PLC0415
        from svhnlab.training.distributed import joined  # noqa: PLC0415

        team["team"] = context.with_resource(joined(device))
        if not team["team"].leads:
            follow(team["team"], device)
            return
    from svhnlab.plan import StudyPlan  # noqa: PLC0415
    from svhnlab.study import all_stored  # noqa: PLC0415
    from svhnlab.training.start import RANDOM, Start, choose_start  # noqa: PLC0415

    started = time.perf_counter()
    settings, store, wishes = profile_named(profile), Store(results), context.obj
    own_runs = runs_named(wishes.runs or ())
    chosen = runs_named(runs) if runs else own_runs
    source = _renamed(_data_source(settings.name, folder, base_url), wishes)
    plan = StudyPlan(
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
    resnets = [name for name in chosen if ARCHITECTURES[RUNS[name][0]].pretrained]
    if resnets or weights is not None:
        start = choose_start(
            weights,
            forgiving=settings.name == "demo",
            trained_from_random=lambda: all(store.find_sound(plan.run(name), say) for name in resnets),
            say=say,
        )
        plan = plan.with_start(start)
    elif (current := store.current_study()) is not None:
        # a CNN needs no start weights: it joins the current study if that is the same but for them
        kept = plan.with_start(Start(**current["settings"]["start"]))
        plan = kept if kept.key == current["key"] else plan
    if all_stored(store, plan, chosen, say):
        store.write_study(plan.key, plan.record())
        seconds = time.perf_counter() - started
        say(f"Nothing to do: {', '.join(chosen)} are stored in {results} ({seconds:.1f} s).")
        return
    from svhnlab.pipeline.trainer import Trainer  # noqa: PLC0415

    path = Path(weights).expanduser() if weights and plan.start.kind == "file" else None
    Trainer(plan, source, store, console, device, wandb, path, workers, **team).make(chosen)
    seconds = time.perf_counter() - started
    say(f"Trained and stored in {results}: {', '.join(chosen)} ({seconds:.0f} s). Next: svhnlab report")


@click.command()
@results_option
def status(results: Path) -> None:
    """Show what the current study needs, what is stored, what is missing, and how large it is."""
    from svhnlab.study import lacking_results, needed_results, read_record, seed_note, train_command  # noqa: PLC0415

    store = Store(results)
    record = read_record(store)
    about = record["settings"]
    say(
        f"Study {record['key']} in {results}: {about['data']['name']} ({about['data']['digest'][:12]}), "
        f"profile {record['profile']}, {about['split']['protocol']} protocol, "
        f"ResNet-18 from {about['start']['kind']}, seed {about['seed']}"
        + (f", {about['seeds']} trainings each" if about["seeds"] > 1 else "")
    )
    table = Table("stage", "result", "state", "MB")
    needed = needed_results(store, record)
    for need in needed:
        state = "stored" if need.stored else "damaged" if need.damaged else "missing"
        size = f"{need.stored.bytes / 1e6:.1f}" if need.stored else ""
        table.add_row(need.address.kind, f"{need.address.name}{seed_note(record, need.address)}", state, size)
    console.print(table)
    note_changes(record)
    if lacking := lacking_results(record, needed):
        say(f"Missing or damaged: {', '.join(lacking)}. Next: {train_command(about)}")
    else:
        say("Complete. Next: svhnlab report")


@click.command()
@click.argument("run", type=click.Choice(list(RUNS)))
@click.option(
    "--on",
    "file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A Format 2 MAT file: X uint8 32x32x3xN, y the labels as in the training file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@device_option
@results_option
def evaluate(run: str, file: Path, as_json: bool, device: Any, results: Path) -> None:
    """Test a trained RUN of the current study on another Format 2 file."""
    from svhnlab.study import class_names_of, read_record, stored_run  # noqa: PLC0415

    store = Store(results)
    stored, settings = stored_run(store, run), read_record(store)["settings"]
    names = class_names_of(settings)
    from svhnlab.evaluation import evaluate_file  # noqa: PLC0415

    found = evaluate_file(stored, file, device, n_classes=len(names) if settings.get("class_names") else None)
    if as_json:
        record = {"run": run, "key": stored.key, "file": str(file), "class_names": names, **found.as_dict()}
        click.echo(json.dumps(record, allow_nan=False))
        return
    title = stored.json("settings.json")["title"]
    say(f"{title} on {file}: accuracy {found.accuracy:.2%}, macro-F1 {found.macro_f1:.2%}, {found.n:,} images")
    table = Table("class", "precision", "recall", "F1", "images")
    for row in found.as_dict()["per_class"]:
        shares = (f"{row[name]:.1%}" for name in ("precision", "recall", "f1"))
        table.add_row(Text(names[row["class"]]), *shares, f"{row['support']:,}")
    console.print(table)


def _fetch_missing(folder: Path, base_url: str | None, *, extra: bool = False) -> None:
    """Fetch the official files into a folder that has neither of the pair (or lacks a wished extra)."""
    from svhnlab.data.fetch import fetch_official  # noqa: PLC0415
    from svhnlab.data.official import BASE_URL  # noqa: PLC0415

    there = [name for name in ("train", "test") if (folder / f"{name}_32x32.mat").is_file()]
    # A pair of the user's own needs nothing fetched; half a pair of official files is completed.
    names = [] if len(there) == 2 else ["train", "test"]
    names += ["extra"] if extra else []
    if names:
        fetch_official(folder, names=names, base_url=base_url or BASE_URL, console=console)


def _data_source(profile: str, folder: Path | None, base_url: str | None) -> DataSource:
    """Find the images, generating or fetching them first where the profile's own folder lacks them."""
    from svhnlab.data.source import find_data  # noqa: PLC0415

    if folder is None and profile == "demo":
        from svhnlab.data.generated import GENERATOR_VERSION, write_generated  # noqa: PLC0415

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


def _renamed(source: DataSource, settings: StudyFile) -> DataSource:
    """Call someone's own files as ``study.toml`` does; SVHN and generated digits keep their names."""
    if settings.data_name is None or source.kind != "custom":
        return source
    return replace(source, name=settings.data_name)
