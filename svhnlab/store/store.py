"""Content-addressed results: each is a folder named after a digest of its inputs, written once and never changed.

A folder is filled under a temporary name and renamed when it is complete, as in joblib (`_store_backends.py`). Its
``manifest.json`` contains the inputs and the SHA-256 of every file; files are checked against it before they are read.

Layout below the root::

    <kind>/<label>-<key>/    manifest.json and the files of one result
    studies/<key>.json       the results of a study
    current.json             the study that the report shows
    checkpoints/             state of unfinished training runs
    damaged/                 results that failed their checksums, kept for inspection
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile

from svhnlab.errors import SvhnlabError
from svhnlab.files import file_sha256, flush, locked, write_atomically

MANIFEST = "manifest.json"
KEY_LENGTH = 16  # hexadecimal digits: 64 bits
_REMEDY = "train again with the same settings to compute it again."


def canonical_json(value: Any) -> str:
    """Return JSON text that is identical for equal values: sorted keys, no whitespace, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a value's canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


class DamagedResult(SvhnlabError):
    """A stored result does not match its checksums."""


@dataclass(frozen=True)
class ResultKey:
    """Inputs of a result, which determine its location in the store.

    Attributes
    ----------
    kind
        Stage that computes it: "data", "augmentation", "run", "embedding" and so on.
    label
        Human-readable prefix of the folder name.
    inputs
        Everything that determines the numbers, as JSON values, including the stage's schema version.
    """

    kind: str
    label: str
    inputs: dict[str, Any] = field(hash=False)

    @cached_property
    def key(self) -> str:
        """First 64 bits of the digest of kind and inputs, in hexadecimal."""
        return digest_of({"kind": self.kind, "inputs": self.inputs})[:KEY_LENGTH]

    @property
    def name(self) -> str:
        """Folder name: label and key."""
        return f"{self.label}-{self.key}"


@dataclass(frozen=True)
class StoredResult:
    """Stored result; every file is checked against its digest before it is read."""

    path: Path
    manifest: dict[str, Any]

    @property
    def key(self) -> str:
        """Key of the result."""
        return str(self.manifest["key"])

    @property
    def checksum(self) -> str:
        """Digest over the digests of all files of the result."""
        return digest_of(self.manifest["files"])

    @property
    def bytes(self) -> int:
        """Total size of the files."""
        return sum(entry["bytes"] for entry in self.manifest["files"].values())

    def file(self, name: str) -> Path:
        """Return the path of a file after verifying its checksum; ``DamagedResult`` if it does not match.

        A file that can't be read, for example for lack of permissions, raises ``OSError``.
        """
        path = self.path / name
        expected = self.manifest["files"].get(name)
        if expected is None or not path.is_file():
            raise DamagedResult(f"{path} is missing; {_REMEDY}")
        if path.stat().st_size != expected["bytes"] or file_sha256(path) != expected["sha256"]:
            raise DamagedResult(f"{path} fails its checksum; {_REMEDY}")
        return path

    def verify(self) -> None:
        """Verify the checksum of every file; ``DamagedResult`` for the first that does not match."""
        for name in self.manifest["files"]:
            self.file(name)

    def json(self, name: str) -> Any:
        """Return the content of a JSON file."""
        return json.loads(self.file(name).read_text(encoding="utf-8"))

    def arrays(self, name: str) -> NpzFile:
        """Open an ``.npz`` file; each array is read when it is accessed by name."""
        archive: NpzFile = np.load(self.file(name), allow_pickle=False)
        return archive


class Store:
    """The results folder."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def path(self, address: ResultKey) -> Path:
        """Return the folder of a result, which need not exist."""
        return self.root / address.kind / address.name

    def find(self, address: ResultKey) -> StoredResult | None:
        """Return the result with this key, or None; its files are verified when they are read.

        ``OSError`` if it can't be read, for example for lack of permissions; such a result is not damaged.
        """
        path = self.path(address)
        if not path.is_dir():
            return None
        try:
            manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
            sealed = manifest.pop("seal")
            whole = sealed == digest_of(manifest) and manifest["key"] == address.key
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            whole = False
        if not whole:
            raise DamagedResult(f"{path / MANIFEST} is damaged; {_REMEDY}")
        return StoredResult(path, manifest)

    def find_intact(self, address: ResultKey, say: Callable[[str], None]) -> StoredResult | None:
        """Return the result if all its files are intact; report a damaged one and move it aside."""
        try:
            stored = self.find(address)
            if stored is not None:
                stored.verify()
        except DamagedResult as error:
            aside = self.root / "damaged" / f"{address.name}-{time.time_ns()}"
            aside.parent.mkdir(parents=True, exist_ok=True)
            self.path(address).rename(aside)
            say(f"Damaged result: {str(error).split(';')[0]}. It was moved to {aside} and is computed again.")
            return None
        return stored

    def lock(self, address: ResultKey, say: Callable[[str], None]) -> AbstractContextManager[None]:
        """Lock a result while it is computed; wait while another process computes it."""
        file = self.root / ".locks" / f"{address.name}.lock"
        return locked(file, lambda: say(f"Another process is computing {address.name}; waiting for it."))

    @contextmanager
    def writing(self, address: ResultKey, environment: dict[str, Any]) -> Iterator[Path]:
        """Yield an empty folder for the files of a result, and store it if the block ends without an error.

        The caller must hold the result's lock. ``environment`` is written to the manifest as it is when the block ends.
        If the result is already stored, it is kept and the new folder is deleted: results never change.
        """
        temporary = self.root / f".writing-{address.name}"
        shutil.rmtree(temporary, ignore_errors=True)  # left behind by a process that was killed
        temporary.mkdir(parents=True)
        try:
            yield temporary
            files = {
                path.name: {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
                for path in sorted(temporary.iterdir())
            }
            manifest = {
                "kind": address.kind,
                "label": address.label,
                "key": address.key,
                "inputs": address.inputs,
                "environment": environment,
                "files": files,
            }
            text = json.dumps({**manifest, "seal": digest_of(manifest)}, indent=1, ensure_ascii=False)
            for name in files:
                flush(temporary / name)
            write_atomically(temporary / MANIFEST, text.encode())
            final = self.path(address)
            final.parent.mkdir(parents=True, exist_ok=True)
            if not final.exists():
                temporary.rename(final)
                flush(final.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def write_study(self, key: str, record: dict[str, Any]) -> None:
        """Write the record of a study, sealed by its digest, and make it the one that the report shows."""
        text = json.dumps({**record, "seal": digest_of(record)}, indent=1, ensure_ascii=False)  # in the report's order
        write_atomically(self.root / "studies" / f"{key}.json", text.encode())
        write_atomically(self.root / "current.json", json.dumps({"study": key}).encode())

    def current_study(self) -> dict[str, Any] | None:
        """Return the record of the study that the report shows; None if nothing has been trained yet."""
        pointer = self.root / "current.json"
        if not pointer.is_file():
            return None
        try:
            key = json.loads(pointer.read_text(encoding="utf-8"))["study"]
            record: dict[str, Any] = json.loads((self.root / "studies" / f"{key}.json").read_text(encoding="utf-8"))
            seal = record.pop("seal", None)
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SvhnlabError(f"The study in {pointer} can't be read ({error}); train again to write it.") from error
        if seal != digest_of(record):
            raise SvhnlabError(
                f"The record of study {key} in {self.root} has changed, or is from an earlier version; train again to "
                "write it."
            )
        return record
