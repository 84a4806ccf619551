"""The command ``evaluate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from svhnlab.cli.options import console, device_option, results_option, say
from svhnlab.cli.study_options import reading_options, skip_broken_option
from svhnlab.data.mat_check import SIDE
from svhnlab.store.store import Store


@click.command()
@click.argument("run")
@click.option(
    "--on",
    "data",
    required=True,
    type=click.Path(path_type=Path),
    help="Images as for --data of svhnlab train, of which no training images are needed; or a single Format 2 file.",
)
@click.option(
    "--part",
    type=click.Choice(["test", "validation", "train"]),
    default="test",
    help="Part of the images; a single Format 2 file has none.",
)
@skip_broken_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@device_option
@results_option
def evaluate(run: str, data: Path, part: Any, skip_broken: bool, as_json: bool, device: Any, results: Path) -> None:
    """Evaluate a trained RUN of the current study on other images of its classes, or of some of them."""
    from svhnlab.store.record import read_record  # noqa: PLC0415
    from svhnlab.store.recorded_settings import class_names_of  # noqa: PLC0415
    from svhnlab.store.required import stored_run  # noqa: PLC0415

    store = Store(results)
    stored, settings = stored_run(store, run), read_record(store)["settings"]
    names = class_names_of(settings)
    from svhnlab.pipeline.evaluate import evaluate_images, read_part  # noqa: PLC0415

    options = reading_options(stored.json("settings.json").get("stored_size", SIDE), skip_broken, results, ())
    images = read_part(data, part, names, options, digits=not settings.get("class_names"))
    evaluation = evaluate_images(stored, images, device)
    if as_json:
        record = {"run": run, "key": stored.key, "file": str(data), "class_names": names, **evaluation.as_dict()}
        click.echo(json.dumps(record, allow_nan=False))
        return
    title = stored.json("settings.json")["title"]
    metrics = f"accuracy {evaluation.accuracy:.2%}, macro-F1 {evaluation.macro_f1:.2%}"
    if evaluation.classes_with_images < len(names):
        metrics += f" (over {evaluation.classes_with_images} of {len(names)} classes; the others have no images)"
    say(f"{title} on {data}: {metrics}, {evaluation.n:,} images")
    table = Table("class", "precision", "recall", "F1", "images")
    for row in evaluation.as_dict()["per_class"]:
        shares = ("–" if row[name] is None else f"{row[name]:.1%}" for name in ("precision", "recall", "f1"))
        table.add_row(Text(names[row["class"]]), *shares, f"{row['support']:,}")
    console.print(table)
