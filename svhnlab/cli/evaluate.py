"""The command ``evaluate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from svhnlab.cli.options import console, device_option, results_option, say
from svhnlab.store.store import Store


@click.command()
@click.argument("run")
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
    """Evaluate a trained RUN of the current study on another Format 2 file."""
    from svhnlab.store.record import read_record  # noqa: PLC0415
    from svhnlab.store.recorded_settings import class_names_of  # noqa: PLC0415
    from svhnlab.store.required import stored_run  # noqa: PLC0415

    store = Store(results)
    stored, settings = stored_run(store, run), read_record(store)["settings"]
    names = class_names_of(settings)
    from svhnlab.pipeline.evaluate import evaluate_file  # noqa: PLC0415

    evaluation = evaluate_file(stored, file, device, n_classes=len(names) if settings.get("class_names") else None)
    if as_json:
        record = {"run": run, "key": stored.key, "file": str(file), "class_names": names, **evaluation.as_dict()}
        click.echo(json.dumps(record, allow_nan=False))
        return
    title = stored.json("settings.json")["title"]
    metrics = f"accuracy {evaluation.accuracy:.2%}, macro-F1 {evaluation.macro_f1:.2%}"
    if evaluation.classes_with_images < len(names):
        metrics += f" (over {evaluation.classes_with_images} of {len(names)} classes; the others have no images)"
    say(f"{title} on {file}: {metrics}, {evaluation.n:,} images")
    table = Table("class", "precision", "recall", "F1", "images")
    for row in evaluation.as_dict()["per_class"]:
        shares = ("–" if row[name] is None else f"{row[name]:.1%}" for name in ("precision", "recall", "f1"))
        table.add_row(Text(names[row["class"]]), *shares, f"{row['support']:,}")
    console.print(table)
