"""The data in a folder or a file, of whatever layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from svhnlab.data.pictures import ReadingOptions
from svhnlab.data.sources.arrays import find_arrays, is_array_folder
from svhnlab.data.sources.base import DataSource
from svhnlab.data.sources.folder import find_folder, is_picture_folder
from svhnlab.data.sources.format2 import TEST_FILE, TRAIN_FILE, find_format2
from svhnlab.data.sources.hugging_face import find_saved_dataset, is_saved_dataset
from svhnlab.data.sources.table import find_table, is_table_folder
from svhnlab.data.sources.torchvision_dataset import find_torchvision, is_torchvision_dataset
from svhnlab.data.svhn import OFFICIAL_FILES, OfficialFile
from svhnlab.errors import InputError

#: How each kind of data but Format 2 files is recognised and found; the first that fits is used.
KINDS: tuple[tuple[Callable[[Path], bool], Callable[[Path, ReadingOptions], DataSource]], ...] = (
    (is_table_folder, find_table),
    (is_array_folder, find_arrays),
    (is_saved_dataset, find_saved_dataset),
    (is_picture_folder, find_folder),
    (is_torchvision_dataset, find_torchvision),
)


def find_data(
    data: Path, options: ReadingOptions | None = None, *, files: Mapping[str, OfficialFile] = OFFICIAL_FILES
) -> DataSource:
    """Find data, and recognise their layout.

    Parameters
    ----------
    data
        A table or ``.npz`` file; a folder, which is searched for Format 2 files, a table, arrays, a saved dataset, and
        the folders ``train`` and ``test`` of pictures, in this order; or the root of a dataset of torchvision with the
        name of its class, such as ``data/MNIST``.
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
    if not any((data / name).is_file() for name in (TRAIN_FILE, TEST_FILE)):
        for is_kind, find in KINDS:
            if is_kind(data):
                return find(data, options)
    return find_format2(data, files=files)  # its message names the ways to get data


def has_data(folder: Path) -> bool:
    """Return whether this is a file, or a folder with data other than Format 2 files."""
    return folder.is_file() or any(is_kind(folder) for is_kind, _ in KINDS)


def _in_file(data: Path, options: ReadingOptions) -> DataSource:
    if data.suffix in (".csv", ".parquet"):
        return find_table(data, options)
    if data.suffix == ".npz":
        return find_arrays(data, options)
    raise InputError(f"{data} is not a folder, a .csv or .parquet table, or a .npz file; give one of these.")
