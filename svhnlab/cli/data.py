"""The command ``data``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from svhnlab.cli.options import console, project_folder, results_option, say
from svhnlab.cli.study_data import stored_picture_size
from svhnlab.cli.study_options import (
    SVHN_FOLDER,
    StudyCommand,
    apply_names,
    base_url_option,
    download_missing,
    names_of_classes,
    reading_options,
    skip_broken_option,
    stored_size_option,
    tell_warnings,
)
from svhnlab.store.schema import DIGITS
from svhnlab.store.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from svhnlab.config.study_file import StudyFile


@click.command(cls=StudyCommand)
@click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path),
    default=None,
    callback=project_folder(SVHN_FOLDER),
    show_default=SVHN_FOLDER,
    help="Folder or file of the images, as for `svhnlab train`; SVHN is downloaded into a folder without images.",
)
@stored_size_option
@skip_broken_option
@click.option("--extra", is_flag=True, help="Also download SVHN's extra training images (1.3 GB).")
@base_url_option
@results_option
@click.pass_obj
def data(
    settings: StudyFile,
    folder: Path,
    stored_size: int | None,
    skip_broken: bool,
    extra: bool,
    base_url: str | None,
    results: Path,
) -> None:
    """Download SVHN (246 MB) if it is missing, check the files and count their images.

    Also compares the files with those of the current study in RESULTS.
    """
    from svhnlab.data.mat import read_format2  # noqa: PLC0415
    from svhnlab.data.source import find_data, has_data  # noqa: PLC0415

    # SVHN is not downloaded into the folder of custom data
    if folder != settings.data and (extra or not has_data(folder)):
        download_missing(folder, base_url, extra=extra)
    options = reading_options(stored_size or stored_picture_size(Store(results)), skip_broken, results, ())
    source = apply_names(find_data(folder, options), settings)
    say(f"{source.name} in {folder}, digest {source.digest}")
    tell_warnings(source)
    named = names_of_classes(source, settings)
    names = named or DIGITS
    n_classes = None if named is None else len(named)
    labels: dict[str, NDArray[np.int64]] = {}
    for part, images in source.read(n_classes).items():
        labels[source.location(part).name if source.class_names is None else part] = images.labels
    if extra:
        labels["extra_32x32.mat"] = read_format2(folder / "extra_32x32.mat", n_classes).labels
    counts: list[Counter[int]] = [Counter(of_part.tolist()) for of_part in labels.values()]
    table = Table("", *labels, title="Images")
    table.add_row("all classes", *(f"{count.total():,}" for count in counts), end_section=True)
    for k, name in enumerate(names):
        table.add_row(Text(name), *(f"{count[k]:,}" for count in counts))
    console.print(table)
    record = Store(results).current_study()
    if record is not None:
        same = record["settings"]["data"]["digest"] == source.digest
        say(f"The current study in {results} uses {'these' if same else 'other'} files.")
    if (reading := source.reading()) is not None:
        for name, reason in reading.skipped.items():
            say(f"Left out: {name}: {reason}")
