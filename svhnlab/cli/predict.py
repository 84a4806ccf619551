"""The command ``predict``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svhnlab.cli.options import device_option, results_option, say
from svhnlab.store.store import Store

if TYPE_CHECKING:
    from svhnlab.pipeline.predict import PicturePrediction


@click.command()
@click.argument("run")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of CSV.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    show_default="the standard output",
    help="File for the predictions.",
)
@device_option
@results_option
def predict(run: str, files: tuple[Path, ...], as_json: bool, output: Path | None, device: Any, results: Path) -> None:
    """Predict the classes of picture FILES with a trained RUN of the current study.

    For each picture: the prediction, the probability of each class, the 90% prediction set, and the distance to the
    training images: to the nearest class centroid, in root mean square distances of that class's images, which are at
    about 1. Pictures of any size are resized to that of the study's images.
    """
    from svhnlab.store.keys import analysis_of_record  # noqa: PLC0415
    from svhnlab.store.record import read_record, recorded_trainings  # noqa: PLC0415
    from svhnlab.store.recorded_settings import class_names_of  # noqa: PLC0415
    from svhnlab.store.required import stored_run  # noqa: PLC0415

    store = Store(results)
    stored, record = stored_run(store, run), read_record(store)
    names = class_names_of(record["settings"])
    first = {name: keys[0] for name, keys in recorded_trainings(record).items()}
    present = {name: key.key for name, key in first.items() if store.find(key) is not None}
    from svhnlab.pipeline.predict import predict_pictures  # noqa: PLC0415

    analysis = analysis_of_record(record, present)
    predictions = predict_pictures(store, stored, analysis, run, files, device)
    text = _as_json(run, stored.key, names, predictions) if as_json else _as_csv(names, predictions)
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8", newline="")
    say(f"Predictions of {run} for {len(predictions):,} pictures in {output}.")


def _rows(names: Sequence[str], predictions: Sequence[PicturePrediction]) -> list[dict[str, Any]]:
    return [
        {
            "file": str(one.file),
            "prediction": names[one.predicted],
            "prediction_set": None if one.prediction_set is None else [names[k] for k in one.prediction_set],
            "nearest_class": None if one.nearest_class is None else names[one.nearest_class],
            "distance": None if one.distance is None else round(one.distance, 4),
            "probabilities": {name: round(float(p), 6) for name, p in zip(names, one.probabilities, strict=True)},
        }
        for one in predictions
    ]


def _as_json(run: str, key: str, names: Sequence[str], predictions: Sequence[PicturePrediction]) -> str:
    content = {"run": run, "key": key, "class_names": list(names), "pictures": _rows(names, predictions)}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _as_csv(names: Sequence[str], predictions: Sequence[PicturePrediction]) -> str:
    """Write one row for each picture; the classes of a set are separated by "|"."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = ["file", "prediction", "prediction_set", "nearest_class", "distance"]
    writer.writerow([*columns, *(f"probability_{name}" for name in names)])
    for row in _rows(names, predictions):
        members = row["prediction_set"]
        shown = {**row, "prediction_set": None if members is None else "|".join(members)}
        writer.writerow([*(shown[name] for name in columns), *row["probabilities"].values()])
    return stream.getvalue()
