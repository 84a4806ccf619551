"""The data in a folder or a file, of whatever layout."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from svhnlab.data.pictures import ReadingOptions
from svhnlab.data.sources.arrays import FILE, find_arrays, is_array_folder
from svhnlab.data.sources.base import DataSource
from svhnlab.data.sources.folder import find_folder, is_picture_folder
from svhnlab.data.sources.format2 import TEST_FILE, TRAIN_FILE, find_format2
from svhnlab.data.sources.table import TABLES, find_table
from svhnlab.data.svhn import OFFICIAL_FILES, OfficialFile
from svhnlab.errors import InputError


def find_data(
    data: Path, options: ReadingOptions | None = None, *, files: Mapping[str, OfficialFile] = OFFICIAL_FILES
) -> DataSource:
    """Find data, and recognise their layout.

    Parameters
    ----------
    data
        A table or ``.npz`` file; or a folder, which is searched for Format 2 files, a table, arrays, and the folders
        ``train`` and ``test`` of pictures, in this order.
    options
        How pictures are read.
    files
        Official Format 2 files by set name.

    Raises
    ------
    InputError
        If there are no data, or they cannot be used.
    """
    data, options = Path(data), options or ReadingOptions()
    if data.is_file():
        return _in_file(data, options)
    if any((data / name).is_file() for name in (TRAIN_FILE, TEST_FILE)):
        return find_format2(data, files=files)
    for name in TABLES:
        if (data / name).is_file():
            return find_table(data / name, options)
    if is_array_folder(data):
        return find_arrays(data / FILE if (data / FILE).is_file() else data / "train_images.npy", options)
    if is_picture_folder(data):
        return find_folder(data, options)
    return find_format2(data, files=files)  # its message names the ways to get data


def has_data(folder: Path) -> bool:
    """Return whether this is a file, or a folder with data other than Format 2 files."""
    tables = any((folder / name).is_file() for name in TABLES)
    return folder.is_file() or tables or is_array_folder(folder) or is_picture_folder(folder)


def _in_file(data: Path, options: ReadingOptions) -> DataSource:
    if data.suffix in (".csv", ".parquet"):
        return find_table(data, options)
    if data.suffix == ".npz":
        return find_arrays(data, options)
    raise InputError(f"{data} is not a folder, a .csv or .parquet table, or a .npz file; give one of these.")
