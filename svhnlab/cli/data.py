"""The command ``data``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from svhnlab.cli.options import console, project_folder, results_option, say
from svhnlab.cli.study_options import SVHN_FOLDER, StudyCommand, apply_names, base_url_option, download_missing
from svhnlab.store.schema import DIGITS
from svhnlab.store.store import Store

if TYPE_CHECKING:
    from svhnlab.config.study_file import StudyFile


@click.command(cls=StudyCommand)
@click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    callback=project_folder(SVHN_FOLDER),
    show_default=SVHN_FOLDER,
    help="Folder of train_32x32.mat and test_32x32.mat; SVHN is downloaded into it if they are missing.",
)
@click.option("--extra", is_flag=True, help="Also download SVHN's extra training images (1.3 GB).")
@base_url_option
@results_option
@click.pass_obj
def data(settings: StudyFile, folder: Path, extra: bool, base_url: str | None, results: Path) -> None:
    """Download SVHN (246 MB) if it is missing, check the files and count their images.

    Also compares the files with those of the current study in RESULTS.
    """
    from svhnlab.data.mat import read_format2  # noqa: PLC0415
    from svhnlab.data.source import find_data  # noqa: PLC0415

    if folder != settings.data:  # SVHN is not downloaded into the folder of custom data
        download_missing(folder, base_url, extra=extra)
    source = apply_names(find_data(folder), settings)
    say(f"{source.name} in {folder}, digest {source.digest}")
    files = [source.train, source.test, *([folder / "extra_32x32.mat"] if extra else [])]
    names = settings.class_names or DIGITS
    n_classes = len(names) if settings.class_names else None
    counts: list[Counter[int]] = [Counter(read_format2(path, n_classes).labels.tolist()) for path in files]
    table = Table("", *(path.name for path in files), title="Images")
    table.add_row("MB", *(f"{path.stat().st_size / 1e6:.1f}" for path in files))
    table.add_row("all classes", *(f"{count.total():,}" for count in counts), end_section=True)
    for k, name in enumerate(names):
        table.add_row(Text(name), *(f"{count[k]:,}" for count in counts))
    console.print(table)
    record = Store(results).current_study()
    if record is not None:
        same = record["settings"]["data"]["digest"] == source.digest
        say(f"The current study in {results} uses {'these' if same else 'other'} files.")
