"""Pictures at one size in a file beside the data, and the digests of the data's files.

The file is named by the digest of the data. It is read in parts, so pictures never need to be in memory together.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from svhnlab.data.pictures import THUMBNAIL, ReadingOptions, UnreadablePicture, fit, strict_decoding
from svhnlab.errors import InputError
from svhnlab.files import file_sha256, locked, replacing, write_atomically

FOLDER = ".svhnlab-cache"
_INDEX = "digests.json"
_CHUNK = 256  # pictures that are in memory together
_RESERVE = 100_000_000  # bytes of the disk that stay free

#: Returns a picture by number, and what was converted; raises `UnreadablePicture`.
ReadOne = Callable[[int], tuple[Image.Image, tuple[str, ...]]]


@dataclass(frozen=True)
class StoredPictures:
    """Files of stored pictures, and what was found when they were read.

    Attributes
    ----------
    pictures, thumbnails
        Files of all pictures, uint8, (N, 3, S, S), at the stored size and at no more than 64 pixels; the same file if
        the stored size is not larger. The rows of unreadable pictures are zero.
    unreadable
        Reason for each unreadable picture, by row.
    converted
        Number of pictures by what was converted.
    """

    pictures: Path
    thumbnails: Path
    unreadable: dict[int, str]
    converted: dict[str, int]


def cache_folder(folder: Path, options: ReadingOptions) -> Path:
    """Return the folder for what is stored of the data: in theirs, or in `options.cache` if that is read-only.

    Raises
    ------
    InputError
        If there is no folder that can be written to.
    """
    own = folder / FOLDER
    if os.access(own if own.is_dir() else folder, os.W_OK):
        return own
    if options.cache is None:
        raise InputError(f"{folder} cannot be written to, but pictures are stored in it at one size; copy the data.")
    return options.cache / hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:16]


def digests_of(folder: Path, paths: Sequence[str], cache: Path) -> list[str]:
    """Return the SHA-256 of files, which are read only if their size or time of change is not known yet.

    Parameters
    ----------
    paths
        Paths of the files in the folder.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    index = cache / _INDEX
    known = json.loads(index.read_bytes()) if index.is_file() else {}

    def entry(path: str) -> list[int | str]:
        stat = (folder / path).stat()
        before = known.get(path)
        if before is not None and before[:2] == [stat.st_size, stat.st_mtime_ns]:
            return list(before)
        return [stat.st_size, stat.st_mtime_ns, file_sha256(folder / path)]

    try:
        with ThreadPoolExecutor(_threads()) as pool:
            entries = dict(zip(paths, pool.map(entry, paths), strict=True))
    except OSError as error:
        raise InputError(f"{error.filename or folder}: cannot be read ({error.strerror}); check the file.") from error
    if entries != known:
        write_atomically(index, json.dumps(entries).encode())
    return [str(entries[path][2]) for path in paths]


def store_pictures(cache: Path, digest: str, count: int, side: int, read_one: ReadOne) -> StoredPictures:
    """Store pictures at one size unless they are stored already.

    Parameters
    ----------
    digest
        Digest of the data, which names the files.
    count
        Number N of pictures.
    side
        Height and width S in pixels.
    read_one
        Reads a picture by its number, in several threads.

    Raises
    ------
    InputError
        If the disk has too little space.
    """
    stem = digest[:32]
    sides = [side] if side <= THUMBNAIL else [side, THUMBNAIL]
    files = [cache / f"{stem}-{one}.npy" for one in sides]
    record = cache / f"{stem}.json"
    with locked(cache / f"{stem}.lock", lambda: None):
        if not (record.is_file() and all(file.is_file() for file in files)):
            _check_space(cache, sum(count * 3 * one * one for one in sides))
            unreadable, converted = _write(files, sides, count, read_one)
            content = {"unreadable": unreadable, "converted": converted}
            write_atomically(record, json.dumps(content).encode())
    content = json.loads(record.read_bytes())
    return StoredPictures(
        pictures=files[0],
        thumbnails=files[-1],
        unreadable={int(row): reason for row, reason in content["unreadable"].items()},
        converted=content["converted"],
    )


def _check_space(cache: Path, needed: int) -> None:
    free = shutil.disk_usage(cache).free
    if free < needed + _RESERVE:
        raise InputError(
            f"Storing the pictures in {cache} needs {needed / 1e9:.1f} GB, but {free / 1e9:.1f} GB are free; choose a "
            "smaller stored size, or move the data to another disk."
        )


def _write(files: list[Path], sides: list[int], count: int, read_one: ReadOne) -> tuple[dict[int, str], dict[str, int]]:
    """Write the pictures at each size, and return the reasons of unreadable ones and the numbers of conversions."""
    unreadable: dict[int, str] = {}
    converted: Counter[str] = Counter()

    def prepared(number: int) -> tuple[list[bytes], tuple[str, ...], str | None]:
        try:
            picture, found = read_one(number)
        except UnreadablePicture as error:
            return [bytes(3 * side * side) for side in sides], (), str(error)
        largest = fit(picture, sides[0])
        smaller = [fit(Image.fromarray(np.moveaxis(largest, 0, -1)), side) for side in sides[1:]]
        return [pixels.tobytes() for pixels in (largest, *smaller)], found, None

    with ExitStack() as stack:
        stack.enter_context(strict_decoding())
        streams = [stack.enter_context(replacing(file)) for file in files]
        pool = stack.enter_context(ThreadPoolExecutor(_threads()))
        for stream, side in zip(streams, sides, strict=True):
            _write_header(stream, (count, 3, side, side))
        for rows in _chunks(count):
            for row, (parts, found, reason) in zip(rows, pool.map(prepared, rows), strict=True):
                for stream, pixels in zip(streams, parts, strict=True):
                    stream.write(pixels)
                converted.update(found)
                if reason is not None:
                    unreadable[row] = reason
    return unreadable, dict(converted)


def _write_header(stream: BinaryIO, shape: tuple[int, ...]) -> None:
    np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})


def _chunks(count: int) -> Iterator[range]:
    for start in range(0, count, _CHUNK):
        yield range(start, min(start + _CHUNK, count))


def _threads() -> int:
    return min(8, os.cpu_count() or 1)
