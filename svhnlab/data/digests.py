"""File digests that identify data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class FileDigest:
    """Size and digests of a file: `n_bytes`, and `md5` and `sha256` in hexadecimal.

    MD5 is used only to compare a file with its published digest.
    """

    n_bytes: int
    md5: str
    sha256: str


def file_digests(path: Path) -> FileDigest:
    """Compute size, MD5 and SHA-256 of a file in one pass with constant memory."""
    md5 = hashlib.md5(usedforsecurity=False)
    sha256 = hashlib.sha256()
    n_bytes = 0
    with Path(path).open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            md5.update(block)
            sha256.update(block)
            n_bytes += len(block)
    return FileDigest(n_bytes=n_bytes, md5=md5.hexdigest(), sha256=sha256.hexdigest())
