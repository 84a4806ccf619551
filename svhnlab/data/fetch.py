"""Fetching the official SVHN files: resumed where a download broke off, checked before they get their names.

A download grows in `NAME.part` beside its final name. Only when size and MD5 are those of the official file does
it get the final name, so that no piece of a file is ever taken for the whole.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import requests
from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from svhnlab.data.digests import file_digests
from svhnlab.data.official import BASE_URL, OFFICIAL_FILES, OfficialFile
from svhnlab.errors import InputError, SvhnlabError

_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 30.0
_BLOCK_BYTES = 1 << 18
_ATTEMPTS = 4
_PLAIN_STEPS = 10
_BROKEN = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)

Advance = Callable[[int], None]


class _BrokenOff(Exception):  # noqa: N818 - no error yet: the download goes on from where it stopped
    """A connection ended before the file did."""


def fetch_official(
    folder: Path,
    *,
    names: Iterable[str] = ("train", "test"),
    base_url: str = BASE_URL,
    files: Mapping[str, OfficialFile] = OFFICIAL_FILES,
    console: Console | None = None,
    pause: float = 1.0,
) -> list[Path]:
    """Fetch official files that are not yet in the folder.

    A file that is there and right is not asked for again; a file of the same name that is not the official one
    is never replaced. Two processes that fetch into one folder take turns.

    Parameters
    ----------
    folder
        Where the files go; made when it is missing.
    names
        Which sets: "train", "test", "extra".
    base_url
        The folder on the web that has the files: the official address or a mirror of it.
    files
        What is known of the official files, by set.
    console
        Where progress is shown: a bar in a terminal, plain lines elsewhere. Default: standard error.
    pause
        Seconds to wait before a dropped connection is taken up again; doubled each time nothing new came.

    Returns
    -------
    list of Path
        The files, in the order of `names`.

    Raises
    ------
    InputError
        If the folder has another file of the same name, or the address can't be reached or lacks the file.
    SvhnlabError
        If what the address sends is not the official file, or it can't be written.
    """
    folder = Path(folder)
    console = console or Console(stderr=True)
    wanted = [files[name] for name in names]
    base_url = base_url.rstrip("/") + "/"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        missing = [file for file in wanted if not _is_there(folder, file)]
        for file in missing:
            with _turn(folder / f"{file.file_name}.lock", console):
                if not _is_there(folder, file):  # while this process waited, another may have fetched it
                    _fetch(folder, file, base_url, wanted, console, pause)
    except OSError as error:
        raise SvhnlabError(
            f"{folder}: cannot write there ({error.strerror or error}); free some space or choose another folder "
            "with --data."
        ) from error
    return [folder / file.file_name for file in wanted]


class _turn:  # noqa: N801 - used like the function it replaces, as `with _turn(...)`
    """Hold a lock file; say so when another process has it."""

    def __init__(self, path: Path, console: Console) -> None:
        self._lock = FileLock(path)
        self._console = console

    def __enter__(self) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            self._console.print(f"Another process is fetching into {Path(self._lock.lock_file).parent}; waiting for it.")
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _is_there(folder: Path, file: OfficialFile) -> bool:
    """Tell whether the right file is in the folder; refuse a wrong one, which is not ours to replace."""
    path = folder / file.file_name
    if not path.exists():
        return False
    if path.is_file() and path.stat().st_size == file.n_bytes and file_digests(path).md5 == file.md5:
        return True
    raise InputError(
        f"{path}: this is not the official file, and it is not overwritten; move it away or choose another folder "
        "with --data to fetch SVHN."
    )
