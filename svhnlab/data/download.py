"""Fetching the official SVHN files: resumed where a download broke off, checked before they get their names.

A download grows in `NAME.part` beside its final name. Only when size and MD5 are those of the official file
does it get the final name, so that no piece of a file is ever taken for the whole.
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

_CONNECT_SECONDS = 10
_SILENCE_SECONDS = 30
_ATTEMPTS = 4
_BLOCK_BYTES = 1 << 14  # what a dropped connection can lose

ShowBytes = Callable[[int], None]
"""Called with the number of bytes that are there so far."""


class _BrokenOff(Exception):
    """A connection ended before the file did."""


@dataclass(frozen=True)
class _Download:
    """One official file on its way into a folder."""

    file: OfficialFile
    folder: Path
    base_url: str
    by_hand: str  # what to do when the address does not serve

    @property
    def url(self) -> str:
        return self.base_url + self.file.file_name

    @property
    def part(self) -> Path:
        return self.folder / f"{self.file.file_name}.part"

    def bytes_there(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def unavailable(self, reason: str) -> SvhnlabError:
        kept = self.bytes_there()
        advice = f"run the command again to go on from the {kept:,} bytes that are there, or " if kept else ""
        return SvhnlabError(f"{self.url} can't be fetched: {reason}; {advice}{self.by_hand}")

    def another_file(self, found: str) -> SvhnlabError:
        return SvhnlabError(f"{self.url} is not the official file: {found}; try another mirror, or {self.by_hand}")


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

    A file that is there and right is not asked for again; a file of the same name that is not the official
    one is never replaced. Two processes that fetch into one folder take turns.

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
        If the folder has another file of the same name.
    SvhnlabError
        If the address can't be reached or lacks the file, if what it sends is not the official file, or if that
        can't be written.
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
        for file in [file for file in wanted if not _is_there(folder, file)]:
            with _turn(folder / f".{file.file_name}.lock", console):
                if not _is_there(folder, file):  # another process may have fetched it meanwhile
                    _fetch(_Download(file, folder, base_url.rstrip("/") + "/", by_hand), console, pause)
    except OSError as error:
        raise SvhnlabError(
            f"{folder}: cannot be written ({error.strerror or error}); make room there or choose another "
            "folder with --data."
        ) from error
    return [folder / file.file_name for file in wanted]


def _is_there(folder: Path, file: OfficialFile) -> bool:
    """Tell whether the right file is in the folder; refuse a wrong one, which is not ours to replace."""
    path = folder / file.file_name
    if not path.exists():
        return False
    if path.is_file() and path.stat().st_size == file.n_bytes and file_digests(path).md5 == file.md5:
        return True
    raise InputError(
        f"{path}: this is not the official file, and it is not overwritten; move it away, or fetch SVHN into "
        "another folder with --data."
    )


@contextmanager
def _turn(lock_file: Path, console: Console) -> Iterator[None]:
    """Hold a lock file; say so when another process has it."""
    lock = FileLock(lock_file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _say(console, f"Another process is fetching into {lock_file.parent}; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch(download: _Download, console: Console, pause: float) -> None:
    """Bring one file in, taking up dropped connections as long as they bring something new."""
    file = download.file
    if download.bytes_there() > file.n_bytes:
        _say(console, f"{download.part} is longer than the official file; starting anew.")
        download.part.unlink()
    furthest, in_vain = download.bytes_there(), 0
    reached = False
    with _shown(console, file) as show:
        show(furthest)
        while download.bytes_there() < file.n_bytes:
            try:
                with _answer(download) as answer:
                    reached = True
                    _receive(download, answer, show)
            except _BrokenOff as broken:
                brought_something = download.bytes_there() > furthest
                furthest = max(furthest, download.bytes_there())
                in_vain = 1 if brought_something else in_vain + 1
                if not reached or in_vain >= _ATTEMPTS:
                    raise download.unavailable(str(broken)) from broken
                time.sleep(pause * 2 ** (in_vain - 1))
    md5 = file_digests(download.part).md5
    if md5 != file.md5:
        download.part.unlink()
        raise download.another_file(f"its MD5 is {md5}, not {file.md5} (what came was deleted)")
    download.part.replace(download.folder / file.file_name)


@contextmanager
def _answer(download: _Download) -> Iterator[requests.Response]:
    """Ask for what is still missing of the file."""
    headers = {"Accept-Encoding": "identity"}
    if there := download.bytes_there():
        headers["Range"] = f"bytes={there}-"
    try:
        answer = requests.get(download.url, headers=headers, stream=True, timeout=(_CONNECT_SECONDS, _SILENCE_SECONDS))
    except (requests.ConnectionError, requests.Timeout) as error:
        raise _BrokenOff(_reason(error)) from error
    except requests.RequestException as error:
        raise download.unavailable(str(error)) from error
    with answer:
        yield answer


def _receive(download: _Download, answer: requests.Response, show: ShowBytes) -> None:
    """Write one answer to the part file, after checking that it is the missing piece or the whole file."""
    file = download.file
    there = download.bytes_there()
    piece = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
    if answer.status_code == requests.codes.partial_content and piece and int(piece[1]) == there:
        whole = piece[2]
    elif answer.status_code == requests.codes.ok:
        there, whole = 0, answer.headers.get("Content-Length", "*")
    elif answer.status_code in (
        requests.codes.partial_content,
        requests.codes.requested_range_not_satisfiable,
    ):
        download.part.unlink(missing_ok=True)  # the server can't continue this part
        raise _BrokenOff("the server sends another piece of the file than was asked for")
    else:
        raise download.unavailable(f"the server answers {answer.status_code} {answer.reason or ''}".rstrip())
    if whole.isdigit() and int(whole) != file.n_bytes:
        raise download.another_file(f"it has {int(whole):,} bytes, not {file.n_bytes:,}")

    with download.part.open("ab" if there else "wb") as stream:
        try:
            for block in answer.iter_content(_BLOCK_BYTES):
                there += len(block)
                if there > file.n_bytes:
                    break
                stream.write(block)
                show(there)
            stream.flush()
            os.fsync(stream.fileno())
        except requests.RequestException as error:
            raise _BrokenOff("the connection keeps breaking off") from error
    if there > file.n_bytes:
        download.part.unlink()
        raise download.another_file(f"it has more than {file.n_bytes:,} bytes (what came was deleted)")
    if there < file.n_bytes:
        raise _BrokenOff("the connection keeps breaking off")


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {_CONNECT_SECONDS} s"
    if isinstance(error, requests.Timeout):
        return f"no answer within {_SILENCE_SECONDS} s"
    cause = error.args[0] if error.args else None
    if isinstance(getattr(cause, "reason", None), NameResolutionError):
        return "its name is not known to the network"
    return "the connection fails"


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _shown(console: Console, file: OfficialFile) -> Iterator[ShowBytes]:
    """Show progress as a bar in a terminal, and as a line for each tenth of the file elsewhere."""
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
        yield lambda there: progress.update(task, completed=there)


def _lines(console: Console, file: OfficialFile) -> ShowBytes:
    started = time.monotonic()
    first: int | None = None
    last_tenth = -1

    def show(there: int) -> None:
        nonlocal first, last_tenth
        if first is None:
            first = there
        tenth = 10 * there // file.n_bytes
        if tenth <= last_tenth:
            return
        last_tenth = tenth
        line = f"{file.file_name}: {10 * tenth} % of {file.n_bytes / 1e6:.1f} MB"
        seconds = time.monotonic() - started
        if there > first and seconds > 0:
            speed = (there - first) / seconds
            line += f", {speed / 1e6:.1f} MB/s, {(file.n_bytes - there) / speed:.0f} s left"
        _say(console, line)

    return show
