"""Folders that appear whole or not at all: links instead of copies, a swap by renames, and one publisher at a time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from svhnlab.errors import SvhnlabError
from svhnlab.publishing.names import VERSION_LIST


def link_or_copy(source: str, target: str) -> None:
    """Give a file a second name where the file system can, else copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def link_tree(source: Path, target: Path) -> None:
    """Make a second tree of the same files; symbolic links stay what they are."""
    shutil.copytree(source, target, symlinks=True, copy_function=link_or_copy)


def make_readable(folder: Path) -> None:
    """Let everybody read what is below a folder: web servers and GitHub Pages read as another user."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))


@contextmanager
def workspace(root: Path, say: Callable[[str], None]) -> Iterator[Path]:
    """Give an empty folder beside a site root, to one process at a time.

    What a publication that was broken off has left there is put in order first. The folder is removed at the end.

    Raises
    ------
    SvhnlabError
        Another process is publishing into this root.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    work = root.with_name(f".{root.name}.publishing")
    lock = FileLock(root.with_name(f".{root.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise SvhnlabError(f"Another process is publishing into {root}; wait until it has ended.") from None
    try:
        _recover(root, work, say)
        work.mkdir()
        try:
            yield work
        except BaseException:
            # The old site is moved aside for an instant only; if it still is, it is not for clearing.
            if root.exists() or not _old(work).exists():
                shutil.rmtree(work, ignore_errors=True)
            raise
        shutil.rmtree(work)
    finally:
        lock.release()


def swap(new: Path, root: Path, work: Path) -> None:
    """Put a finished site in the place of the old one, by two renames.

    A process that dies between the two leaves the old site in the workspace; the next `workspace` puts it back.
    """
    if not root.exists():
        new.rename(root)
        return
    old = _old(work)
    try:
        root.rename(old)
    except OSError as error:
        raise SvhnlabError(
            f"{root} can't be replaced ({error.strerror}); where it is a mounted folder or a drive, publish into a "
            "folder below it."
        ) from error
    try:
        new.rename(root)
    except BaseException:
        old.rename(root)
        raise


def _old(work: Path) -> Path:
    return work / "old"


def _recover(root: Path, work: Path, say: Callable[[str], None]) -> None:
    """Put back a site that was moved aside when its publisher died, and clear the rest."""
    old = _old(work)
    if old.exists() and not (root / VERSION_LIST).is_file():
        if root.exists():
            try:
                root.rmdir()
            except OSError as error:
                raise SvhnlabError(
                    f"A publication was broken off and left the site in {old}, but {root} holds other things now: "
                    "move these away and publish again."
                ) from error
        old.rename(root)
        say(f"A publication was broken off; {root} is again as it was before.")
    shutil.rmtree(work, ignore_errors=True)
