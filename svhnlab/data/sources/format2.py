"""Two files in Format 2, and their kind: official SVHN, generated digits, or custom files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from svhnlab.data.digests import FileDigest, file_digests
from svhnlab.data.labelled_images import LabelledImages
from svhnlab.data.mat import read_format2
from svhnlab.data.mat_check import SIDE
from svhnlab.data.pictures import ReadingOptions
from svhnlab.data.sources.base import DataSource, Part
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
"""Display name of each kind of data."""


def _no_indices() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class InjectedLabelErrors:
    """Injected label errors of one file (generated digits only).

    Attributes
    ----------
    indices
        Positions in the file, counted from 0, int64, shape (P,).
    true_labels
        Digits that the images show, int64, shape (P,).
    """

    indices: NDArray[np.int64] = field(default_factory=_no_indices)
    true_labels: NDArray[np.int64] = field(default_factory=_no_indices)

    def correct(self, labels: NDArray[np.int64], n_classes: int | None = None) -> NDArray[np.int64]:
        """Return the classes that all images of the file show.

        Parameters
        ----------
        labels
            Classes according to the file, shape (N,).
        n_classes
            As for `svhnlab.data.mat.read_format2`: with named classes, digit 0 is the last class, label 10.
        """
        truth = labels.copy()
        truth[self.indices] = self.true_labels if n_classes is None else (self.true_labels - 1) % n_classes
        return truth


@dataclass(frozen=True, eq=False)
class Format2Source(DataSource):
    """A training and a test file in Format 2.

    The digest covers the names and the SHA-256 digests of the files; for generated digits also the record of their
    label errors.

    Attributes
    ----------
    injected_train, injected_test
        Injected label errors; empty unless the digits are generated.
    """

    injected_train: InjectedLabelErrors = field(default_factory=InjectedLabelErrors)
    injected_test: InjectedLabelErrors = field(default_factory=InjectedLabelErrors)

    @property
    def train(self) -> Path:
        """The training file."""
        return self.folder / TRAIN_FILE

    @property
    def test(self) -> Path:
        """The test file."""
        return self.folder / TEST_FILE

    def location(self, part: Part) -> Path:
        """Return the file of a part; validation images are from the training file."""
        return self.test if part == "test" else self.train

    def read(self, n_classes: int | None) -> Mapping[Part, LabelledImages]:
        """Read both files; see `svhnlab.data.mat.read_format2`."""
        return {
            "train": self._with_truth(read_format2(self.train, n_classes), self.injected_train, n_classes),
            "test": self._with_truth(read_format2(self.test, n_classes), self.injected_test, n_classes),
        }

    def _with_truth(
        self, images: LabelledImages, injected: InjectedLabelErrors, n_classes: int | None
    ) -> LabelledImages:
        """Add the classes that the images show; they are known only for generated digits."""
        if self.kind != "generated":
            return images
        return replace(images, true_labels=injected.correct(images.labels, n_classes))

    def find_again(self) -> Format2Source:
        """Compute the digests of the files once more."""
        return find_format2(self.folder)


def find_format2(folder: Path, *, files: Mapping[str, OfficialFile] = OFFICIAL_FILES) -> Format2Source:
    """Find the training and the test file in a folder, and identify their kind.

    They are official if the size and MD5 of both match SVHN, and generated if `generated.json` in the same folder has
    the SHA-256 digests of both. All others are custom.

    Parameters
    ----------
    folder
        Folder of train_32x32.mat and test_32x32.mat.
    files
        Official files by set name.

    Returns
    -------
    Format2Source
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
        problem = f"has no {' and no '.join(missing)}" if folder.exists() else "does not exist"
        raise InputError(
            f"{folder} {problem}; fetch SVHN with `svhnlab data --data {folder}`, "
            "put your own Format 2 files or pictures (train/CLASS/*.png, or images.csv) there, or train on generated "
            "digits with `svhnlab train --profile demo`."
        )
    try:
        digests = {path.name: file_digests(path) for path in (train, test)}
    except OSError as error:
        raise InputError(
            f"{error.filename or folder}: cannot be read ({error.strerror}); check its permissions and the disk."
        ) from error

    kind: DataKind = "custom"
    injected = {TRAIN_FILE: InjectedLabelErrors(), TEST_FILE: InjectedLabelErrors()}
    if _is_official(digests[TRAIN_FILE], files["train"]) and _is_official(digests[TEST_FILE], files["test"]):
        kind = "official"
    elif (record := _generated_record(folder, digests)) is not None:
        kind, injected = "generated", record
        # the record of label errors is part of these data
        digests[GENERATED_RECORD] = file_digests(folder / GENERATED_RECORD)
    return Format2Source(
        folder=folder,
        kind=kind,
        name=DATA_NAMES[kind],
        digest=_joint_digest(digests),
        options=ReadingOptions(side=SIDE),
        injected_train=injected[TRAIN_FILE],
        injected_test=injected[TEST_FILE],
    )


def _is_official(digest: FileDigest, file: OfficialFile) -> bool:
    return digest.n_bytes == file.n_bytes and digest.md5 == file.md5


def _joint_digest(digests: Mapping[str, FileDigest]) -> str:
    lines = "".join(f"{name} {digests[name].sha256}\n" for name in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


def _generated_record(folder: Path, digests: Mapping[str, FileDigest]) -> dict[str, InjectedLabelErrors] | None:
    """Read the generator's record of label errors; return None if it does not match these files."""
    path = folder / GENERATED_RECORD
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        files = {name: record["files"][name] for name in digests}
        if any(files[name].get("sha256") != digest.sha256 for name, digest in digests.items()):
            return None
        return {name: _injected_label_errors(entry) for name, entry in files.items()}
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
