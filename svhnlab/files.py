"""Results by key: each is a folder named by a digest of what made it, written once and never changed.

A folder is filled under a temporary name and renamed when it is whole, so a result either is there or is not
(the idea is joblib's, `_store_backends.py`). Its ``manifest.json`` holds what made it and the SHA-256 of every
file; files are checked against it before they are used.

Layout below the root::

    <kind>/<label>-<key>/    manifest.json and the files of one result
    studies/<key>.json       which results make up a study
    current.json             the study that the report shows
    checkpoints/             state of unfinished trainings
    damaged/                 results that failed their checksums, kept for inspection
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a whole file or nothing: beside its place first, then renamed over it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
