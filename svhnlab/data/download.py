"""Download of the official SVHN files, with resumption and verification.

A download is written to `NAME.part` and renamed only if its size and MD5 match the official file, so an incomplete file
is never used.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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
from urllib3.exceptions import NameResolutionError

from svhnlab.data.digests import file_digests
from svhnlab.data.svhn import BASE_URL, OFFICIAL_FILES, OfficialFile
from svhnlab.errors import InputError, SvhnlabError

_CONNECT_TIMEOUT = 10  # seconds
_READ_TIMEOUT = 30  # seconds
_ATTEMPTS = 4  # consecutive, without a new byte
_BLOCK_BYTES = 1 << 14  # maximum loss if a connection is dropped

ShowProgress = Callable[[int], None]
"""Called with the number of bytes downloaded so far."""


class _ConnectionLost(Exception):
    """A connection ended before the end of the file."""


@dataclass(frozen=True)
class _Download:
    """The download of one official file into a folder."""

    file: OfficialFile
    folder: Path
    base_url: str
    by_hand: str  # advice if the download fails

    @property
    def url(self) -> str:
        return self.base_url + self.file.file_name

    @property
    def part(self) -> Path:
        return self.folder / f"{self.file.file_name}.part"

    def bytes_stored(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def unavailable(self, reason: str) -> SvhnlabError:
        kept = self.bytes_stored()
        advice = f"run the command again to resume after {kept:,} bytes, or " if kept else ""
        return SvhnlabError(f"{self.url} cannot be downloaded: {reason}; {advice}{self.by_hand}")

    def another_file(self, difference: str) -> SvhnlabError:
        return SvhnlabError(f"{self.url} is not the official file: {difference}; try another mirror, or {self.by_hand}")


def download_svhn(
    folder: Path,
    *,
    names: Iterable[str] = ("train", "test"),
    base_url: str = BASE_URL,
    files: Mapping[str, OfficialFile] = OFFICIAL_FILES,
    console: Console | None = None,
    pause: float = 1.0,
) -> list[Path]:
    """Download the official files that a folder does not have yet.

    A correct file is not downloaded again, and a different file with the same name is never overwritten. A lock allows
    only one process at a time to download a file.

    Parameters
    ----------
    folder
        Folder of the files; created if it does not exist.
    names
        Sets to download: "train", "test", "extra".
    base_url
        URL of the folder with the files: the official one or a mirror.
    files
        Official files by set name.
    console
        Shows progress, as a bar in a terminal and as lines elsewhere. Default: standard error.
    pause
        Seconds before a retry; doubled after each attempt without a new byte.

    Returns
    -------
    list of Path
        The files, in the order of `names`.

    Raises
    ------
    InputError
        If the folder has a different file with the same name.
    SvhnlabError
        If the server cannot be reached, does not have the file or sends a different one, or if the file cannot be
        written.
    """
    folder = Path(folder)
    console = console or Console(stderr=True)
    wanted = [files[name] for name in names]
    by_hand = (
        f"put {' and '.join(file.file_name for file in wanted)} into {folder} by hand, or train on generated "
        "digits with `svhnlab train --profile demo`."
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in [file for file in wanted if not _is_complete(folder, file)]:
            with _download_lock(folder / f".{file.file_name}.lock", console):
                if not _is_complete(folder, file):  # another process may have downloaded it in the meantime
                    _download_file(_Download(file, folder, base_url.rstrip("/") + "/", by_hand), console, pause)
    except OSError as error:
        raise SvhnlabError(
            f"{folder}: cannot be written ({error.strerror or error}); check permissions and free space, or choose "
            "another folder with --data."
        ) from error
    return [folder / file.file_name for file in wanted]


def _is_complete(folder: Path, file: OfficialFile) -> bool:
    """Return whether the folder has the official file; raise ``InputError`` for a different file with its name."""
    path = folder / file.file_name
    if not path.exists():
        return False
    if path.is_file() and path.stat().st_size == file.n_bytes and file_digests(path).md5 == file.md5:
        return True
    raise InputError(
        f"{path}: this is not the official file, and it is not overwritten; move it away, or download SVHN into "
        "another folder with --data."
    )


@contextmanager
def _download_lock(lock_file: Path, console: Console) -> Iterator[None]:
    """Hold a lock file; print a line if another process holds it."""
    lock = FileLock(lock_file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _say(console, f"Another process is downloading into {lock_file.parent}; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _download_file(download: _Download, console: Console, pause: float) -> None:
    """Download one file; resume after dropped connections as long as new bytes arrive."""
    file = download.file
    if download.bytes_stored() > file.n_bytes:
        _say(console, f"{download.part} is longer than the official file; starting again.")
        download.part.unlink()
    most_bytes, failures = download.bytes_stored(), 0
    reached = False
    with _progress(console, file) as show:
        show(most_bytes)
        while download.bytes_stored() < file.n_bytes:
            try:
                with _request(download) as response:
                    reached = True
                    _receive(download, response, show)
            except _ConnectionLost as error:
                has_new_bytes = download.bytes_stored() > most_bytes
                most_bytes = max(most_bytes, download.bytes_stored())
                failures = 1 if has_new_bytes else failures + 1
                if not reached or failures >= _ATTEMPTS:
                    raise download.unavailable(str(error)) from error
                time.sleep(pause * 2 ** (failures - 1))
    md5 = file_digests(download.part).md5
    if md5 != file.md5:
        download.part.unlink()
        raise download.another_file(f"its MD5 is {md5}, not {file.md5} (the download was deleted)")
    download.part.replace(download.folder / file.file_name)


@contextmanager
def _request(download: _Download) -> Iterator[requests.Response]:
    """Request the rest of the file."""
    headers = {"Accept-Encoding": "identity"}
    if stored := download.bytes_stored():
        headers["Range"] = f"bytes={stored}-"
    try:
        response = requests.get(download.url, headers=headers, stream=True, timeout=(_CONNECT_TIMEOUT, _READ_TIMEOUT))
    except (requests.ConnectionError, requests.Timeout) as error:
        raise _ConnectionLost(_reason(error)) from error
    except requests.RequestException as error:
        raise download.unavailable(str(error)) from error
    with response:
        yield response


def _receive(download: _Download, response: requests.Response, show: ShowProgress) -> None:
    """Check that a response is the missing part or the whole file, and write it to the part file."""
    file = download.file
    stored = download.bytes_stored()
    part = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    if response.status_code == requests.codes.partial_content and part and int(part[1]) == stored:
        total = part[2]
    elif response.status_code == requests.codes.ok:
        stored, total = 0, response.headers.get("Content-Length", "*")
    elif response.status_code in (
        requests.codes.partial_content,
        requests.codes.requested_range_not_satisfiable,
    ):
        download.part.unlink(missing_ok=True)  # the server cannot resume this part
        raise _ConnectionLost("the server sent a different part of the file than requested")
    else:
        raise download.unavailable(f"the server answers {response.status_code} {response.reason or ''}".rstrip())
    if total.isdigit() and int(total) != file.n_bytes:
        raise download.another_file(f"it has {int(total):,} bytes, not {file.n_bytes:,}")

    with download.part.open("ab" if stored else "wb") as stream:
        try:
            for block in response.iter_content(_BLOCK_BYTES):
                stored += len(block)
                if stored > file.n_bytes:
                    break
                stream.write(block)
                show(stored)
            stream.flush()
            os.fsync(stream.fileno())
        except requests.RequestException as error:
            raise _ConnectionLost("the connection was dropped repeatedly") from error
    if stored > file.n_bytes:
        download.part.unlink()
        raise download.another_file(f"it has more than {file.n_bytes:,} bytes (the download was deleted)")
    if stored < file.n_bytes:
        raise _ConnectionLost("the connection was dropped repeatedly")


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {_CONNECT_TIMEOUT} s"
    if isinstance(error, requests.Timeout):
        return f"no answer within {_READ_TIMEOUT} s"
    cause = error.args[0] if error.args else None
    if isinstance(getattr(cause, "reason", None), NameResolutionError):
        return "the host name cannot be resolved"
    return "the connection fails"


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _progress(console: Console, file: OfficialFile) -> Iterator[ShowProgress]:
    """Show progress as a bar in a terminal, otherwise as a line for each tenth of the file."""
    if not console.is_terminal:
        yield _lines(console, file)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(file.file_name, total=file.n_bytes)
        yield lambda stored: progress.update(task, completed=stored)


def _lines(console: Console, file: OfficialFile) -> ShowProgress:
    started = time.monotonic()
    first: int | None = None
    last_tenth = -1

    def show(stored: int) -> None:
        nonlocal first, last_tenth
        if first is None:
            first = stored
        tenth = 10 * stored // file.n_bytes
        if tenth <= last_tenth:
            return
        last_tenth = tenth
        line = f"{file.file_name}: {10 * tenth} % of {file.n_bytes / 1e6:.1f} MB"
        seconds = time.monotonic() - started
        if stored > first and seconds > 0:
            speed = (stored - first) / seconds
            line += f", {speed / 1e6:.1f} MB/s, {(file.n_bytes - stored) / speed:.0f} s left"
        _say(console, line)

    return show
