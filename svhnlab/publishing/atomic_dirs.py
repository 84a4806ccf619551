"""Replace a folder atomically: hard links instead of copies, a swap by renames, and a lock against other publishers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from svhnlab.errors import SvhnlabError


def link_or_copy(source: str, target: str) -> None:
    """Create a hard link to a file, or a copy where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def link_tree(source: Path, target: Path) -> None:
    """Copy a folder tree with hard links to its files; symbolic links are kept as links."""
    shutil.copytree(source, target, symlinks=True, copy_function=link_or_copy)


def make_readable(paths: Iterable[Path]) -> None:
    """Make files and folders world-readable, since web servers and GitHub Pages run as another user."""
    for path in paths:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))


@contextmanager
def workspace(root: Path, say: Callable[[str], None]) -> Iterator[Path]:
    """Yield an empty folder beside a site, to one process at a time.

    An interrupted replacement of the site is cleaned up first. The folder is removed at the end.

    Raises
    ------
    SvhnlabError
        If another process is writing this site.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    work = root.with_name(f".{root.name}.publishing")
    lock = FileLock(root.with_name(f".{root.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise SvhnlabError(f"Another process is writing {root}; wait until it has finished.") from None
    try:
        _recover(root, work, say)
        work.mkdir()
        try:
            yield work
        except BaseException:
            if not _old(work).exists():  # else the next process restores the old site
                shutil.rmtree(work, ignore_errors=True)
            raise
        shutil.rmtree(work)
    finally:
        lock.release()


def swap(root: Path, work: Path) -> None:
    """Replace the old site with the folder ``new`` of the workspace by two renames.

    If the process is killed between them, the old site is left in the workspace, and the next `workspace` restores it.
    """
    new = _new(work)
    if hasattr(os, "sync"):  # not on Windows
        os.sync()  # a site has thousands of files
    if not root.exists():
        new.rename(root)
        return
    old = _old(work)
    try:
        root.rename(old)
    except OSError as error:
        raise SvhnlabError(
            f"{root} can't be replaced ({error.strerror}); where it is a mounted folder or a drive, choose a "
            "folder below it."
        ) from error
    try:
        new.rename(root)
    except BaseException:
        old.rename(root)
        raise


def _old(work: Path) -> Path:
    return work / "old"


def _new(work: Path) -> Path:
    return work / "new"


def _recover(root: Path, work: Path, say: Callable[[str], None]) -> None:
    """Restore a site that an interrupted process moved aside, and remove the rest."""
    old = _old(work)
    if old.exists() and _new(work).exists():
        if root.exists():
            try:
                root.rmdir()
            except OSError as error:
                raise SvhnlabError(
                    f"An interrupted command left the site in {old}, but {root} holds other files now: move these "
                    "away and run the command again."
                ) from error
        old.rename(root)
        say(f"The last command was interrupted; {root} is restored.")
    shutil.rmtree(work, ignore_errors=True)
