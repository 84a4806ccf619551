"""Download of the official SVHN files, with resumption and verification.

A download is written to `NAME.part` and renamed only if its size and MD5 match the official file, so an incomplete file
is never used. A server that sends the whole file again, or something else, never costs bytes that are already there.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import requests
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
from svhnlab.files import flush, locked

_CONNECT_TIMEOUT = 10  # seconds
_READ_TIMEOUT = 30  # seconds
_ATTEMPTS = 4  # consecutive, without a new byte
_TEMPORARY = (429, 500, 502, 503, 504)  # status codes after which the request is repeated
_LONGEST_WAIT = 60  # seconds
_BLOCK_BYTES = 1 << 14  # maximum loss if a connection is dropped

ShowProgress = Callable[[int], None]
"""Called with the number of bytes downloaded so far."""


class _ConnectionLost(Exception):
    """A connection ended before the end of the file; `wait` is the pause in seconds that the server asks for."""

    def __init__(self, reason: str, wait: float = 0) -> None:
        super().__init__(reason)
        self.wait = wait


class _CannotResume(_ConnectionLost):
    """The server does not send the requested rest of the file."""


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

    @property
    def whole(self) -> Path:
        """A file that is received from its first byte; it becomes the part file if it is longer."""
        return self.folder / f"{self.file.file_name}.new"

    def bytes_stored(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def keep_longer(self) -> None:
        """Keep the longer of the part file and a file that was received from its first byte, if there is one."""
        if self.whole.exists() and self.whole.stat().st_size > self.bytes_stored():
            self.whole.replace(self.part)
        self.whole.unlink(missing_ok=True)

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
            waiting = partial(_say, console, f"Another process is downloading into {folder}; waiting for it.")
            with locked(folder / f".{file.file_name}.lock", waiting):
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


def _download_file(download: _Download, console: Console, pause: float) -> None:
    """Download one file; resume after dropped connections as long as new bytes arrive."""
    file = download.file
    download.keep_longer()  # left by a process that was killed
    if download.bytes_stored() > file.n_bytes:
        _say(console, f"{download.part} is longer than the official file; starting again.")
        download.part.unlink()
    resumed = download.bytes_stored() > 0
    _complete_part(download, console, pause)
    md5 = file_digests(download.part).md5
    if md5 != file.md5 and resumed:
        _say(console, f"{download.part} was begun with another file; starting again.")
        download.part.unlink()
        _complete_part(download, console, pause)
        md5 = file_digests(download.part).md5
    if md5 != file.md5:
        download.part.unlink()
        raise download.another_file(f"its MD5 is {md5}, not {file.md5} (the download was deleted)")
    download.part.replace(download.folder / file.file_name)
    flush(download.folder)


def _complete_part(download: _Download, console: Console, pause: float) -> None:
    """Request the file, or the rest of it, until the part file has all its bytes."""
    most_bytes, failures = download.bytes_stored(), 0
    reached, resume = False, True
    with _progress(console, download.file) as show:
        show(most_bytes)
        while download.bytes_stored() < download.file.n_bytes:
            try:
                with _request(download, resume) as response:
                    reached = True
                    _receive(download, response, show)
            except _ConnectionLost as error:
                has_new_bytes = download.bytes_stored() > most_bytes
                most_bytes = max(most_bytes, download.bytes_stored())
                failures = 1 if has_new_bytes else failures + 1
                if not reached or failures >= _ATTEMPTS:
                    raise download.unavailable(str(error)) from error
                resume = resume and not isinstance(error, _CannotResume)
                time.sleep(max(pause * 2 ** (failures - 1), error.wait))


@contextmanager
def _request(download: _Download, resume: bool) -> Iterator[requests.Response]:
    """Request the rest of the file, or the whole file."""
    headers = {"Accept-Encoding": "identity"}
    if resume and (stored := download.bytes_stored()):
        headers["Range"] = f"bytes={stored}-"
    try:
        response = requests.get(download.url, headers=headers, stream=True, timeout=(_CONNECT_TIMEOUT, _READ_TIMEOUT))
    except (requests.ConnectionError, requests.Timeout) as error:
        raise _ConnectionLost(_reason(error)) from error
    except OSError as error:  # other errors of requests, and unusable files with certificates
        raise download.unavailable(str(error)) from error
    with response:
        yield response


def _receive(download: _Download, response: requests.Response, show: ShowProgress) -> None:
    """Append the missing part of the file, or receive the whole file beside the part file and keep the longer one."""
    stored = download.bytes_stored()
    # requests decodes a compressed body, whose length in the header is that of the compressed bytes
    compressed = response.headers.get("Content-Encoding", "identity") != "identity"
    part = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    status = response.status_code
    if status == requests.codes.partial_content and part and int(part[1]) == stored and not compressed:
        _check_size(download, part[2])
        with download.part.open("ab") as stream:
            _write_body(download, response, stream, show)
    elif status == requests.codes.ok:
        _refuse_web_page(download, response)
        _check_size(download, "*" if compressed else response.headers.get("Content-Length", "*"))
        try:
            with download.whole.open("wb") as stream:
                _write_body(download, response, stream, show)
        finally:
            download.keep_longer()
    elif status in (requests.codes.partial_content, requests.codes.requested_range_not_satisfiable):
        raise _CannotResume("the server sent a different part of the file than requested")
    else:
        reason = f"the server answers {status} {response.reason or ''}".rstrip()
        if status not in _TEMPORARY:
            raise download.unavailable(reason)
        wait = response.headers.get("Retry-After", "")
        raise _ConnectionLost(reason, min(int(wait), _LONGEST_WAIT) if wait.isdecimal() else 0)


def _check_size(download: _Download, total: str) -> None:
    n_bytes = download.file.n_bytes
    if total.isdigit() and int(total) != n_bytes:
        raise download.another_file(f"it has {int(total):,} bytes, not {n_bytes:,}")


def _write_body(download: _Download, response: requests.Response, stream: BinaryIO, show: ShowProgress) -> None:
    """Write the body of a response at the end of a file; a file that would become too long is truncated again."""
    start = stored = stream.tell()
    try:
        for block in response.iter_content(_BLOCK_BYTES):
            if stored == start:
                _refuse_web_page(download, response, block)
            stored += len(block)
            if stored > download.file.n_bytes:
                stream.truncate(start)
                raise download.another_file(f"it has more than {download.file.n_bytes:,} bytes")
            stream.write(block)
            show(stored)
        stream.flush()
        os.fsync(stream.fileno())
    except requests.RequestException as error:
        raise _ConnectionLost("the connection was dropped repeatedly") from error
    if stored < download.file.n_bytes:
        raise _ConnectionLost("the connection was dropped repeatedly")


def _refuse_web_page(download: _Download, response: requests.Response, first_block: bytes = b"") -> None:
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("text/html") or first_block.lstrip()[:15].lower().startswith((b"<!doctype", b"<html")):
        raise download.unavailable("the server sends a web page, perhaps the login page of a network")


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {_CONNECT_TIMEOUT} s"
    if isinstance(error, requests.Timeout):
        return f"no answer within {_READ_TIMEOUT} s"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy can't be used; check the variables http_proxy and https_proxy"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate can't be verified; if a proxy replaces certificates, set REQUESTS_CA_BUNDLE"
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
