"""A folder of pictures: ``train/CLASS/*.png``, ``test/CLASS/*.png``, and optionally ``validation/CLASS/*.png``.

A folder inside that of a class is a group: its pictures are of one photograph, patient or video.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from svhnlab.data.pictures import SUFFIXES, ReadingOptions
from svhnlab.data.sources.base import Part
from svhnlab.data.sources.files import FilesSource, files_source
from svhnlab.data.sources.listed import Entry, Listing, class_name
from svhnlab.errors import InputError

FOLDERS: dict[str, Part] = {"train": "train", "validation": "validation", "val": "validation", "test": "test"}
"""Part of each folder."""
_IGNORED = frozenset(["thumbs.db", "desktop.ini", "ehthumbs.db"])  # written by file managers


def is_picture_folder(folder: Path) -> bool:
    """Return whether a folder has a folder ``train`` or ``test``."""
    return any((folder / name).is_dir() for name in ("train", "test"))


def find_folder(folder: Path, options: ReadingOptions) -> FilesSource:
    """List the pictures of a folder.

    Raises
    ------
    InputError
        If the folder ``train`` is missing, a class cannot be named, two folders have the same class name, or as for
        `svhnlab.data.sources.files.files_source`.
    """
    if options.training and not (folder / "train").is_dir():
        raise InputError(f"{folder} has no folder train; put pictures into train/CLASS/ and test/CLASS/.")
    if (folder / "val").is_dir() and (folder / "validation").is_dir():
        raise InputError(f"{folder} has the folders val and validation; keep one of them.")
    entries: list[Entry] = []
    foreign: list[str] = []
    for name, part in FOLDERS.items():
        if (folder / name).is_dir():
            _add_part(folder, name, part, entries, foreign)
    return files_source(folder, "folder", Listing(tuple(entries), foreign=tuple(sorted(foreign))), options)


def _add_part(folder: Path, name: str, part: Part, entries: list[Entry], foreign: list[str]) -> None:
    classes: dict[str, str] = {}
    for inner in _inside(folder / name):
        path = f"{name}/{inner.name}"
        if not inner.is_dir():
            foreign.append(path)
            continue
        label = class_name(inner.name, folder / name)
        if label in classes:
            raise InputError(f"{folder / path} and {classes[label]} are folders of one class; merge them.")
        classes[label] = inner.name
        for group, file in _files(Path(inner.path)):
            inside = f"{path}/{file}"
            if Path(file).suffix.lower() in SUFFIXES:
                entries.append(Entry(part, label, inside, None if group is None else f"{label}/{group}"))
            else:
                foreign.append(inside)


def _files(folder: Path) -> Iterator[tuple[str | None, str]]:
    """Yield the group and the path of each file in the folder of a class."""
    for inner in _inside(folder):
        if not inner.is_dir():
            yield None, inner.name
            continue
        for top, folders, files in os.walk(inner):
            folders[:] = [name for name in folders if not name.startswith(".")]
            relative = Path(top).relative_to(folder).as_posix()
            for name in files:
                if not _is_ignored(name):
                    yield inner.name, f"{relative}/{name}"


def _inside(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as inner:
            return sorted((one for one in inner if not _is_ignored(one.name)), key=lambda one: one.name)
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); check its permissions.") from error


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name.lower() in _IGNORED
