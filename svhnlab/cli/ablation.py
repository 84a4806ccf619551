"""Run the ablation."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import joblib
from rich.console import Console

from svhnlab.config.profiles import profile_named
from svhnlab.data.mat import read_format2
from svhnlab.data.source import find_data
from svhnlab.files import write_atomically
from svhnlab.pipeline.ablation import FOLDS, shares_correct
from svhnlab.pipeline.ablation_variants import Variant, variants
from svhnlab.pipeline.pretraining import pretrain
from svhnlab.store.ablation_file import FOLDER, AblationFile, AblationRow, AblationRun
from svhnlab.store.environment import commit
from svhnlab.store.schema.measurement import Commit
from svhnlab.store.store import Store
from svhnlab.training.device import choose_device
from svhnlab.training.machine import describe_machine

RUNS = ("cnn-aug", "resnet18-aug")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True, help="folder of train_32x32.mat and test_32x32.mat")
    parser.add_argument("--name", help="what the images are called; by default as their folder")
    parser.add_argument("--note", default="", help="a sentence that the report adds, such as what was concluded")
    parser.add_argument("--profile", default="quick", help="whose recipes are varied (default: %(default)s)")
    parser.add_argument("--results", type=Path, default=Path("results"), help="where trainings are kept")
    parser.add_argument("--runs", nargs="+", default=RUNS, choices=RUNS, help="default: %(default)s")
    parser.add_argument("--folds", type=int, default=FOLDS, help=f"of {FOLDS} that are held out, one by one")
    parser.add_argument("--epochs", type=int, help="of every training; by default the profile's")
    parser.add_argument("--workers", type=int, default=joblib.cpu_count(only_physical_cores=True))
    options = parser.parse_args()

    store, device, console = Store(options.results), choose_device("auto"), Console()
    source = find_data(options.data)
    training, profile = read_format2(source.train, None), profile_named(options.profile)
    planned = [
        (run, variant if options.epochs is None else variant.shortened(options.epochs))
        for run in options.runs
        for variant in variants(profile, run)
    ]
    if any(variant.start == "generated" for _, variant in planned):
        pretrain(store, console, device, console.print)
    jobs = [(run, variant, fold) for fold in range(options.folds) for run, variant in planned]
    threads = max(1, joblib.cpu_count() // options.workers)
    found = joblib.Parallel(n_jobs=options.workers, verbose=5)(
        joblib.delayed(shares_correct)(
            store, variant, source.digest, training.images, training.labels, fold, device, threads
        )
        for _, variant, fold in jobs
    )
    shares = {(run, variant.title, fold): shares for (run, variant, fold), shares in zip(jobs, found, strict=True)}
    runs = tuple(_run(run, [v for r, v in planned if r == run], shares, options.folds) for run in options.runs)
    now = datetime.now(UTC).replace(microsecond=0)
    content = AblationFile(
        date=now,
        commit=Commit.model_validate(commit()),
        machine=describe_machine(),
        data=options.name or source.name,
        images=len(training.labels),
        profile=profile.name,
        folds=FOLDS,
        note=options.note,
        runs=runs,
    )
    path = FOLDER / f"{now:%Y-%m-%dT%H-%M-%SZ}.json"
    if path.exists():
        raise SystemExit(f"{path} is there already; results are never overwritten.")
    write_atomically(path, content.model_dump_json(indent=1).encode())
    console.print(f"Wrote {path}")


def _run(
    run: str, tried: list[Variant], shares: dict[tuple[str, str, int], dict[str, float]], folds: int
) -> AblationRun:
    def row(variant: Variant, way: str, called: str) -> AblationRow:
        accuracies = tuple(shares[run, variant.title, fold][way] for fold in range(folds))
        return AblationRow(title=called, about=variant.about, accuracies=accuracies)

    recipe = tried[0].recipe
    views = "tested on the image alone" if recipe.test_shift else "tested on four shifted views, too"
    rows = [row(variant, "kept", variant.title) for variant in tried]
    others = [row(tried[0], "views", views), row(tried[0], "average", "moving average of the weights")]
    return AblationRun(
        name=run, epochs=recipe.epochs, image_size=recipe.image_size, rows=(*rows[:1], *others, *rows[1:])
    )


if __name__ == "__main__":
    main()
