"""The command ``images``."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from svhnlab.cli.options import results_option, say
from svhnlab.cli.study_data import open_data
from svhnlab.cli.study_options import StudyCommand, images_options
from svhnlab.data.predictions_file import SPLITS
from svhnlab.errors import InputError
from svhnlab.files import replacing
from svhnlab.store.store import Store


@click.command(cls=StudyCommand)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@images_options
@results_option
@click.pass_context
def images(
    context: click.Context,
    file: Path,
    profile: str,
    folder: Path | None,
    stored_size: int | None,
    skip_broken: bool,
    base_url: str | None,
    results: Path,
) -> None:
    """Write the images of the study to FILE (.npz), split into training, validation and test, for another program.

    For each split S ("train", "validation", "test"), the arrays are S_images (uint8, images x height x width x 3),
    S_labels (numbers of the classes from 0), S_ids (numbers of the images in their part) and, for pictures in files,
    S_names (their paths); class_names has the names of the classes. Predictions in this order are those that `svhnlab
    import` reads.
    """
    if file.suffix != ".npz":
        raise InputError(f"{file}: the name must end in .npz.")
    store = Store(results)
    pipeline, _ = open_data(context, store.current_study(), profile, folder, stored_size, skip_broken, base_url, store)
    data, arrays = pipeline.images(), {"class_names": np.array(pipeline.spec.class_names)}
    for split in SPLITS:
        arrays[f"{split}_images"] = data.images[split][:].transpose(0, 2, 3, 1)
        arrays[f"{split}_labels"] = data.labels[split]
        arrays[f"{split}_ids"] = data.division.indices[split]
        if data.names is not None:
            arrays[f"{split}_names"] = data.names[split]
    with replacing(file) as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]  # numpy's stub types every keyword as a flag
    counts = ", ".join(f"{len(data.labels[split]):,} {split}" for split in SPLITS)
    say(f"{counts} images in {file} ({file.stat().st_size / 1e6:.1f} MB).")
