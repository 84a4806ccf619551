"""The command ``svhnlab``: a thin door to the package.

Heavy imports (torch, scikit-learn) happen inside the commands that need them, so that help, status and a second
``train`` answer at once. Exit status: 0 done, 1 failure, 2 bad usage or input.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

import svhnlab
from svhnlab.config import PROFILES, RUNS, SplitSettings, profile_named, runs_named
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.store import Address, Store

if TYPE_CHECKING:
    from svhnlab.data.source import DataSource

SVHN_FOLDER = Path("data/svhn")

# highlighting and wrapping would break paths and numbers in logs
console = Console(highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """Print one line as it is."""
    console.print(line, markup=False)


def _options(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


# Read from the arguments themselves in `main`, which also sees errors that happen before a command runs.
_debug = click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
_results = _options(
    click.option(
        "--results",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("results"),
        envvar="SVHNLAB_RESULTS",
        show_envvar=True,
        help="Folder of the stored results.",
    ),
    _debug,
)
_device = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="Where to compute; auto takes a GPU where there is one.",
)
_base_url = click.option("--base-url", default=None, help="Another address that has the SVHN files (a mirror).")


@click.group(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.version_option(svhnlab.__version__, prog_name="svhnlab")
@_debug
def cli() -> None:
    """Train digit classifiers on SVHN and report what they get wrong, and why."""


@cli.command()
@click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=SVHN_FOLDER,
    help="Folder of train_32x32.mat and test_32x32.mat; SVHN is fetched into it if they are missing.",
)
@click.option("--extra", is_flag=True, help="Fetch SVHN's extra training images too (1.3 GB).")
@_base_url
@_results
def data(folder: Path, extra: bool, base_url: str | None, results: Path) -> None:
    """Fetch SVHN (246 MB) if it is not there, check the files and describe them.

    Also says whether the current study in RESULTS was made from these files.
    """
    from svhnlab.data.format2 import read_format2  # noqa: PLC0415
    from svhnlab.data.source import find_data  # noqa: PLC0415

    _fetch_missing(folder, base_url, extra=extra)
    source = find_data(folder)
    say(f"{source.name} in {folder}, digest {source.digest}")
    table = Table("file", "images", "MB", *(f"{digit}" for digit in range(10)), title="Images per digit")
    for path in (source.train, source.test, *([folder / "extra_32x32.mat"] if extra else [])):
        counts = [0] * 10
        for label in read_format2(path).labels.tolist():
            counts[label] += 1
        megabytes = f"{path.stat().st_size / 1e6:.1f}"
        table.add_row(path.name, f"{sum(counts):,}", megabytes, *(f"{count:,}" for count in counts))
    console.print(table)
    record = Store(results).current_study()
    if record is not None:
        same = record["settings"]["data"]["digest"] == source.digest
        say(f"The current study in {results} was made from {'these' if same else 'other'} files.")


@cli.command()
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
    type=click.IntRange(1, 100),
    default=1,
    help="Train each run this many times, with SEED and the numbers after it: then the report tells how much of a "
    "difference is chance in training.",
)
@_device
@click.option(
    "--weights",
    default=None,
    metavar="imagenet|none|PATH",
    show_default="imagenet",
    help="Start of ResNet-18: ImageNet's weights (45 MB, fetched once), random numbers, or a state_dict file. "
    "Only the demo goes on from random numbers when ImageNet's can't be had, and says so.",
)
@click.option(
    "--wandb",
    type=click.Choice(["offline", "online", "disabled"]),
    default="offline",
    help="Weights & Biases: written below RESULTS/wandb, sent at once, or off.",
)
@_base_url
@_results
def train(
    runs: tuple[str, ...],
    profile: str,
    folder: Path | None,
    protocol: Any,
    seed: int,
    seeds: int,
    device: Any,
    weights: str | None,
    wandb: Any,
    base_url: str | None,
    results: Path,
) -> None:
    """Train the runs that are not stored yet; all four without RUN.

    RUN is one of cnn, cnn-aug, resnet18, resnet18-aug. What is stored already is kept; a training that was
    broken off goes on from its last whole epoch.
    """
    from svhnlab.plan import StudyPlan  # noqa: PLC0415
    from svhnlab.study import all_stored  # noqa: PLC0415
    from svhnlab.training.start import RANDOM, Start, choose_start  # noqa: PLC0415

    started = time.perf_counter()
    chosen, settings, store = runs_named(runs), profile_named(profile), Store(results)
    source = _data_source(settings.name, folder, base_url)
    split = SplitSettings(protocol=protocol, train_limit=settings.train_limit)
    plan = StudyPlan(settings, source.kind, source.name, source.digest, split, RANDOM, seed, seeds)
    resnets = [name for name in chosen if RUNS[name][0] == "resnet18"]
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
    from svhnlab.pipeline import Trainer  # noqa: PLC0415

    path = Path(weights).expanduser() if weights and plan.start.kind == "file" else None
    Trainer(plan, source, store, console, device, wandb, path).make(chosen)
    seconds = time.perf_counter() - started
    say(f"Trained and stored in {results}: {', '.join(chosen)} ({seconds:.0f} s). Next: svhnlab report")


@cli.command()
@_results
def status(results: Path) -> None:
    """Show what the current study needs, what is stored, what is missing, and how large it is."""
    from svhnlab.study import needed_results, read_record, train_command  # noqa: PLC0415

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
        table.add_row(need.address.kind, f"{need.address.name}{_seed(need.address, about)}", state, size)
    console.print(table)
    lacking = [
        f"{need.address.kind} {need.address.label}{_seed(need.address, about)}" for need in needed if not need.stored
    ]
    if lacking:
        say(f"Missing or damaged: {', '.join(lacking)}. Next: {train_command(about)}")
    else:
        say("Complete. Next: svhnlab report")


def _seed(address: Address, about: dict[str, Any]) -> str:
    """Tell the trainings of one run apart, where a study has several."""
    several = address.kind == "run" and about["seeds"] > 1
    return f" (seed {address.inputs['seed']})" if several else ""


@cli.command()
@click.argument("run", type=click.Choice(list(RUNS)))
@click.option(
    "--on",
    "file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A Format 2 MAT file (X uint8 32x32x3xN, y with 10 for the digit 0).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@_device
@_results
def evaluate(run: str, file: Path, as_json: bool, device: Any, results: Path) -> None:
    """Test a trained RUN of the current study on another Format 2 file."""
    from svhnlab.study import stored_run  # noqa: PLC0415

    stored = stored_run(Store(results), run)
    from svhnlab.evaluation import evaluate_file  # noqa: PLC0415

    found = evaluate_file(stored, file, device)
    if as_json:
        record = {"run": run, "key": stored.key, "file": str(file), **found.as_dict()}
        click.echo(json.dumps(record, allow_nan=False))
        return
    title = stored.json("settings.json")["title"]
    say(f"{title} on {file}: accuracy {found.accuracy:.2%}, macro-F1 {found.macro_f1:.2%}, {found.n:,} images")
    table = Table("digit", "precision", "recall", "F1", "images")
    for row in found.as_dict()["per_class"]:
        shares = (f"{row[name]:.1%}" for name in ("precision", "recall", "f1"))
        table.add_row(str(row["class"]), *shares, f"{row['support']:,}")
    console.print(table)


@cli.command()
@click.option(
    "--engine",
    type=click.Choice(["auto", "quarto", "builtin"]),
    default="auto",
    help="auto takes Quarto 1.9 or newer where it is installed, else the built-in engine.",
)
@click.option(
    "--project",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=Path(),
    show_default="this folder",
    help="Folder of _quarto.yml and the chapters.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    show_default="_site in the project",
    help="Folder for the site and its PDF.",
)
@_results
def report(engine: Any, project: Path, output: Path | None, results: Path) -> None:
    """Draw the report of the current study: a website and a PDF."""
    from svhnlab.site.engines import render  # noqa: PLC0415
    from svhnlab.site.footer import footer_line  # noqa: PLC0415

    footer = footer_line(results)  # says what to do where nothing was trained yet
    if not (project / "_quarto.yml").is_file():
        raise InputError(f"{project.absolute()} has no _quarto.yml; run this in the project or give --project.")
    made = render(project, output or project / "_site", engine=engine, results=results, say=say, footer=footer)
    megabytes = f"{made.site_bytes / 1e6:.1f} MB, PDF {made.pdf_bytes / 1e6:.1f} MB"
    say(f"{made.pages} pages ({megabytes}) in {made.seconds:.0f} s, drawn by {made.engine}.")
    say(f"Open {made.site / 'index.html'} and {made.pdf}")


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


def main() -> None:
    """Run the command line; every error is one line that says what to do next."""
    debug = "--debug" in sys.argv[1:]
    try:
        sys.exit(cli.main(standalone_mode=False, prog_name="svhnlab"))
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" (see {context.command_path} --help)" if context else ""
        click.echo(f"Error: {error.format_message()}{hint}", err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. A training goes on after its last whole epoch when started again.", err=True)
        sys.exit(130)  # as shells do for an interrupt
    except SvhnlabError as error:
        if debug:
            traceback.print_exc()
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if debug:
            traceback.print_exc()
        where = f" ({error.filename})" if error.filename else ""
        click.echo(f"Error: {error.strerror or error}{where}; check permissions and free disk space.", err=True)
        sys.exit(1)
    except Exception as error:
        if debug:
            traceback.print_exc()
        text = " ".join(str(error).split())
        click.echo(f"Error: {type(error).__name__}: {text} (run again with --debug for the traceback)", err=True)
        sys.exit(1)
