"""A dataset of Hugging Face that was saved with ``DatasetDict.save_to_disk``: Arrow files with the pictures' own bytes.

Only ``pyarrow`` is needed; nothing in the files is executed. The columns are one of the type ``Image``, one of the type
``ClassLabel`` (named ``label`` if there are several), and optionally ``group``; other columns are not used.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from svhnlab.data.picture_cache import ReadOne, cache_folder, digests_of
from svhnlab.data.pictures import ReadingOptions, UnreadablePicture, read_picture
from svhnlab.data.sources.base import DataSource
from svhnlab.data.sources.listed import (
    READER_VERSION,
    SPLITS,
    Entry,
    ListedSource,
    Listing,
    check_classes,
    class_name,
    class_warnings,
)
from svhnlab.errors import InputError

if TYPE_CHECKING:
    from pyarrow import Table

INDEX = "dataset_dict.json"
"""File that lists the splits."""


def is_saved_dataset(folder: Path) -> bool:
    """Return whether a folder was written by ``save_to_disk``."""
    return (folder / INDEX).is_file() or (folder / "state.json").is_file()


@dataclass(frozen=True, eq=False)
class SavedDatasetSource(ListedSource):
    """Pictures in the rows of Arrow files; the digest covers these files, the columns and the stored size.

    Attributes
    ----------
    splits
        Names of the splits in the order of the list.
    image
        Name of the column with the pictures.
    """

    splits: tuple[str, ...] = ()
    image: str = ""

    def open_pictures(self) -> ReadOne:
        """Return a function that reads the picture in a row, whose bytes are read from disk only then."""
        # find_saved_dataset has validated these files
        columns = [_open(self.folder / split, validate=False)[self.image] for split in self.splits]
        rows = [(column, row) for column in columns for row in range(len(column))]

        def read_one(number: int) -> tuple[Image.Image, tuple[str, ...]]:
            column, row = rows[number]
            content = column[row].as_py()
            if not (isinstance(content, dict) and isinstance(content.get("bytes"), bytes)):
                raise UnreadablePicture("no picture in this row")
            return read_picture(io.BytesIO(content["bytes"]), self.options.side)

        return read_one

    def find_again(self) -> DataSource:
        """Compute the digest of the files once more."""
        return find_saved_dataset(self.folder, self.options)


def find_saved_dataset(folder: Path, options: ReadingOptions) -> SavedDatasetSource:
    """List the rows of a saved dataset.

    Raises
    ------
    InputError
        If ``pyarrow`` is missing, a file cannot be read, there is no column of pictures or of classes, or there are
        fewer than two classes or no training images.
    """
    splits, unused = _splits(folder, options)
    tables = {split: _open(folder / split, validate=True) for split in splits}
    first = splits[0]
    features = _features(folder / first)
    image, label = (
        _column(folder / first, features, "Image", "image"),
        _column(folder / first, features, "ClassLabel", "label"),
    )
    names = [class_name(str(name), folder / first) for name in features[label].get("names") or ()]
    entries: list[Entry] = []
    for split, table in tables.items():
        if _features(folder / split).get(label) != features[label] or {image, label} - set(table.column_names):
            raise InputError(f"{folder / split} has other columns or classes than {first}; save both with the same.")
        groups = table["group"].to_pylist() if "group" in table.column_names else [None] * len(table)
        for row, (number, group) in enumerate(zip(table[label].to_pylist(), groups, strict=True)):
            if not isinstance(number, int) or not 0 <= number < len(names):
                raise InputError(f"{folder / split}, row {row:,}: the label is {number}; keep only labelled rows.")
            named = None if group is None else str(group)
            entries.append(Entry(SPLITS[split.lower()], names[number], f"{split}/{row}", named))
    listing = Listing(tuple(entries), classes=tuple(names))
    check_classes(folder, listing.class_names, entries, options)
    return SavedDatasetSource(
        folder=folder,
        kind="custom",
        name=folder.absolute().name,
        digest=_digest(folder, splits, [image, label, *names], options),
        options=options,
        layout="hugging_face",
        listing=listing,
        found=(*class_warnings(listing), *(f"The split {name!r} is not used." for name in unused)),
        splits=tuple(splits),
        image=image,
    )


def _splits(folder: Path, options: ReadingOptions) -> tuple[list[str], list[str]]:
    """Return the names of the splits that are used, which are names of folders, and of the others."""
    if not (folder / INDEX).is_file():
        raise InputError(
            f"{folder} has a single split; save all together: DatasetDict(train=..., test=...).save_to_disk(FOLDER)."
        )
    listed = _json(folder / INDEX).get("splits")
    names = [str(name) for name in listed] if isinstance(listed, list) else []
    used = [name for name in names if name.lower() in SPLITS]
    parts = [SPLITS[name.lower()] for name in used]
    if (options.training and "train" not in parts) or not parts or len(set(parts)) < len(parts):
        raise InputError(f"{folder / INDEX}: name one split train, and at most one each validation and test.")
    return used, [name for name in names if name not in used]


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read ({error}); save the dataset again with save_to_disk.") from error
    if not isinstance(content, dict):
        raise InputError(f"{file}: not written by save_to_disk; save the dataset again.")
    return content


def _features(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the type of each column of a split."""
    features = _json(folder / "dataset_info.json").get("features")
    if not isinstance(features, dict):
        raise InputError(f"{folder / 'dataset_info.json'}: has no features; save the dataset again with save_to_disk.")
    return {name: feature for name, feature in features.items() if isinstance(feature, dict)}


def _of_type(features: Mapping[str, Mapping[str, Any]], kind: str) -> list[str]:
    return [name for name, feature in features.items() if feature.get("_type") == kind]


def _column(folder: Path, features: Mapping[str, Mapping[str, Any]], kind: str, preferred: str) -> str:
    """Return the only column of a type, or the one of several that has the preferred name."""
    found = _of_type(features, kind)
    if preferred in found or len(found) == 1:
        return preferred if preferred in found else found[0]
    if found:
        raise InputError(
            f"{folder} has several columns of the type {kind} ({', '.join(found)}); rename the one to use to "
            f"{preferred!r} with rename_column, and save the dataset again."
        )
    raise InputError(
        f"{folder} has no column of the type {kind}; cast one with cast_column, and save the dataset again."
    )


def _files(folder: Path) -> list[str]:
    """Return the names of the Arrow files of a split, which must be in its folder."""
    listed = _json(folder / "state.json").get("_data_files")
    names = [entry.get("filename") for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    if not names or any(not isinstance(name, str) or Path(name).name != name for name in names):
        raise InputError(f"{folder / 'state.json'}: lists no files in its folder; save the dataset again.")
    return [str(name) for name in names]


def _open(folder: Path, *, validate: bool) -> Table:
    """Open the rows of a split; their pictures stay on disk.

    Parameters
    ----------
    validate
        Validate the structure of the files, which are not trusted; this reads them once.
    """
    try:
        import pyarrow  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(
            f"{folder.parent}: reading a saved dataset needs the package pyarrow; install it with "
            "`pip install svhnlab[parquet]`."
        ) from error
    tables = []
    for name in _files(folder):
        try:
            with pyarrow.ipc.open_stream(pyarrow.memory_map(str(folder / name))) as stream:
                tables.append(stream.read_all())
            if validate:
                tables[-1].validate(full=True)
            table = pyarrow.concat_tables(tables)
        except (OSError, ValueError, pyarrow.ArrowException) as error:
            reason = " ".join(str(error).split())[:120]
            raise InputError(f"{folder / name}: not an Arrow file ({reason}); save the dataset again.") from error
    return table


def _digest(folder: Path, splits: Sequence[str], columns: Sequence[str], options: ReadingOptions) -> str:
    files = [f"{split}/{name}" for split in splits for name in _files(folder / split)]
    digests = digests_of(folder, files, cache_folder(folder, options))
    head = {
        "reader": READER_VERSION,
        "side": options.side,
        "columns": columns,
        "files": [*zip(files, digests, strict=True)],
    }
    return hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest()
