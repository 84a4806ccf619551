"""The two files in a data folder, and what they are: the official SVHN, generated digits, or custom files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from svhnlab.data.digests import FileDigest, file_digests
from svhnlab.data.svhn import OFFICIAL_FILES, OfficialFile
from svhnlab.errors import InputError
from svhnlab.store.schema import DataKind

TRAIN_FILE = "train_32x32.mat"
TEST_FILE = "test_32x32.mat"
GENERATED_RECORD = "generated.json"

DATA_NAMES: Mapping[DataKind, str] = {
    "official": "SVHN",
    "custom": "custom Format 2 files",
    "generated": "generated digits",
}
"""Name of each kind of data on every page."""


def _no_indices() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class InjectedLabelErrors:
    """Images of one file whose label was made wrong on purpose (generated digits only).

    Attributes
    ----------
    indices
        Positions in the file, counted from 0, int64, shape (P,).
    true_labels
        Digits that the images show, int64, shape (P,).
    """

    indices: NDArray[np.int64] = field(default_factory=_no_indices)
    true_labels: NDArray[np.int64] = field(default_factory=_no_indices)


@dataclass(frozen=True, eq=False)
class _GeneratedFile:
    """Entry of one file in the generator's record: label errors, and the photograph of each image if known."""

    injected: InjectedLabelErrors = field(default_factory=InjectedLabelErrors)
    photographs: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class DataSource:
    """A training and a test file in Format 2.

    Attributes
    ----------
    folder, train, test
        The folder and the two files in it.
    kind, name
        What the files are, and their name on every page.
    digest
        SHA-256 over the names and the SHA-256 digests of the files, in hexadecimal; for generated digits also over
        their record.
    injected_train, injected_test
        Known label errors in the files; none unless the digits are generated.
    photographs_train, photographs_test
        Photograph from which each image was cut: ascending numbers from 0, int64, shape (N,). None if unknown; only the
        generator records it, from version 2 on.
    """

    folder: Path
    kind: DataKind
    name: str
    train: Path
    test: Path
    digest: str
    injected_train: InjectedLabelErrors
    injected_test: InjectedLabelErrors
    photographs_train: NDArray[np.int64] | None = None
    photographs_test: NDArray[np.int64] | None = None


def find_data(folder: Path, *, files: Mapping[str, OfficialFile] = OFFICIAL_FILES) -> DataSource:
    """Find the training and the test file in a folder, and their kind.

    They are official if size and MD5 of both are those of SVHN, and generated if the file `generated.json` beside them
    has the SHA-256 digests of both. All others are custom.

    Parameters
    ----------
    folder
        Folder of train_32x32.mat and test_32x32.mat.
    files
        The official files by the name of their set.

    Returns
    -------
    DataSource
        The contents of the files are not checked; `read_format2` does that.

    Raises
    ------
    InputError
        If a file is missing or cannot be read.
    """
    folder = Path(folder)
    train, test = folder / TRAIN_FILE, folder / TEST_FILE
    missing = [path.name for path in (train, test) if not path.is_file()]
    if missing:
        raise InputError(
            f"{folder} has no {' and no '.join(missing)}; fetch SVHN with `svhnlab data --data {folder}`, "
            "put your own Format 2 files there, or train on generated digits with "
            "`svhnlab train --profile demo`."
        )
    try:
        digests = {path.name: file_digests(path) for path in (train, test)}
    except OSError as error:
        raise InputError(
            f"{error.filename or folder}: cannot be read ({error.strerror}); check its permissions and the disk."
        ) from error

    kind: DataKind = "custom"
    entries = {TRAIN_FILE: _GeneratedFile(), TEST_FILE: _GeneratedFile()}
    if _is_official(digests[TRAIN_FILE], files["train"]) and _is_official(digests[TEST_FILE], files["test"]):
        kind = "official"
    elif (record := _generated_record(folder, digests)) is not None:
        kind, entries = "generated", record
        # the record of label errors and photographs is part of these data
        digests[GENERATED_RECORD] = file_digests(folder / GENERATED_RECORD)
    return DataSource(
        folder=folder,
        kind=kind,
        name=DATA_NAMES[kind],
        train=train,
        test=test,
        digest=_joint_digest(digests),
        injected_train=entries[TRAIN_FILE].injected,
        injected_test=entries[TEST_FILE].injected,
        photographs_train=entries[TRAIN_FILE].photographs,
        photographs_test=entries[TEST_FILE].photographs,
    )


def _is_official(digest: FileDigest, file: OfficialFile) -> bool:
    return digest.n_bytes == file.n_bytes and digest.md5 == file.md5


def _joint_digest(digests: Mapping[str, FileDigest]) -> str:
    lines = "".join(f"{name} {digests[name].sha256}\n" for name in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


def _generated_record(folder: Path, digests: Mapping[str, FileDigest]) -> dict[str, _GeneratedFile] | None:
    """Read the generator's record; None unless it is about these files."""
    path = folder / GENERATED_RECORD
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        files = {name: record["files"][name] for name in digests}
        if any(files[name].get("sha256") != digest.sha256 for name, digest in digests.items()):
            return None
        return {
            name: _GeneratedFile(_injected_label_errors(entry), _photographs(entry)) for name, entry in files.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is not a valid record of generated digits; remove it if these files are your own, otherwise "
            "remove the folder and run `svhnlab train --profile demo`, which generates the digits again."
        ) from error


def _injected_label_errors(entry: Mapping[str, Any]) -> InjectedLabelErrors:
    indices, true_labels = entry["planted"], entry["true_labels"]
    in_range = all(type(i) is int and 0 <= i < entry["count"] for i in indices)
    digits = all(type(digit) is int and 0 <= digit <= 9 for digit in true_labels)
    if not in_range or not digits or len(indices) != len(true_labels):
        raise ValueError("label errors out of range")
    return InjectedLabelErrors(np.array(indices, dtype=np.int64), np.array(true_labels, dtype=np.int64))


def _photographs(entry: Mapping[str, Any]) -> NDArray[np.int64] | None:
    """Return the photograph of each image; None in a record of version 1 of the generator, which has none."""
    if "photographs" not in entry:
        return None
    sizes = entry["photographs"]
    if not isinstance(sizes, list) or not all(type(size) is int and size > 0 for size in sizes):
        raise ValueError("a photograph without images")
    if sum(sizes) != entry["count"]:
        raise ValueError("photographs with more or fewer images than the file")
    return np.repeat(np.arange(len(sizes)), sizes)
