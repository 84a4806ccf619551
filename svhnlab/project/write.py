"""Create report projects from the template, and update existing ones to a newer template."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

import svhnlab
from svhnlab.config.quarto_file import FILE_NAME
from svhnlab.errors import InputError
from svhnlab.files import file_sha256, write_atomically
from svhnlab.project.template import template_files
from svhnlab.report import chapters_without_content

#: File with the digests of the template's files, which show what the author has changed.
MANIFEST = ".svhnlab-template.json"

Action = Literal["new", "updated", "kept", "removed"]


@dataclass(frozen=True)
class FileChange:
    """Result of an update for one file.

    Attributes
    ----------
    path
        Path in the project.
    action
        "new" or "updated": written from the template; "removed": no longer part of the template; "kept": left
        unchanged, because the author has added, changed or removed it.
    note
        Reason for keeping the file; empty otherwise.
    """

    path: PurePosixPath
    action: Action
    note: str = ""


def create_project(folder: Path, *, without_training: bool = False) -> int:
    """Write a new report project and return the number of its files.

    Parameters
    ----------
    without_training
        Turn the lines of the chapters about trained models in ``_quarto.yml`` into comments.

    Raises
    ------
    InputError
        The path is a file, or the folder has contents other than a repository's ``.git``.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: give a new or an empty folder.")
    if folder.is_dir() and any(entry.name != ".git" for entry in folder.iterdir()):
        raise InputError(f"{folder} is not empty: give a new or an empty folder, or --update for a report project.")
    day = datetime.now(UTC).date().isoformat()
    files = template_files(day)
    for path, content in files.items():
        write_atomically(folder / path, content)
    _write_manifest(folder, day, {str(path): _digest(content) for path, content in files.items()})
    if without_training:
        _leave_out(folder, [chapter.source for chapter in chapters_without_content(folder, trained=())])
    return len(files)


def _leave_out(folder: Path, chapters: Collection[str]) -> None:
    """Turn the lines of some chapters in ``_quarto.yml`` into comments."""
    path = folder / FILE_NAME
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [f"    # {line.strip()}" if line.strip().removeprefix("- ") in chapters else line for line in lines]
    write_atomically(path, ("\n".join(kept) + "\n").encode())


def update_project(folder: Path) -> list[FileChange]:
    """Update a report project to the current template; the author's changes are kept.

    Returns
    -------
    The result for each file, sorted by path; files that were up to date are omitted.

    Raises
    ------
    InputError
        The folder was not written by `create_project`, or its manifest can't be read.
    """
    day, written = _read_manifest(folder)
    files = template_files(day)
    manifest = dict(written)
    changes = []
    for path in sorted({*files, *map(PurePosixPath, written)}):
        content = files.get(path)
        change = _update_file(folder, path, content, written.get(str(path)))
        if change is not None:
            changes.append(change)
        if content is None:
            del manifest[str(path)]
        elif change is None or change.action != "kept":
            manifest[str(path)] = _digest(content)
    _write_manifest(folder, day, manifest)
    return changes


def _update_file(folder: Path, path: PurePosixPath, content: bytes | None, written: str | None) -> FileChange | None:
    """Update one file.

    Parameters
    ----------
    content
        Content in the template; None if the file is no longer part of it.
    written
        Digest of the template's content when the file was last written; None if it was not part of the template.
    """
    file = folder / path
    there = file_sha256(file) if file.is_file() else None
    wanted = None if content is None else _digest(content)
    if there == wanted:
        return None
    if there == written:
        if content is None:
            file.unlink()
            return FileChange(path, "removed")
        write_atomically(file, content)
        return FileChange(path, "new" if there is None else "updated")
    if wanted == written:
        return None  # changed by the author, unchanged in the template
    if there is None:
        return FileChange(path, "kept", "removed by you") if content is not None else None
    return FileChange(path, "kept", "changed by you" if written else "your own file")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write_manifest(folder: Path, day: str, digests: Mapping[str, str]) -> None:
    content = {"svhnlab": svhnlab.__version__, "day": day, "files": dict(sorted(digests.items()))}
    write_atomically(folder / MANIFEST, f"{json.dumps(content, indent=1)}\n".encode())


def _read_manifest(folder: Path) -> tuple[str, dict[str, str]]:
    """Return the creation date of a project, and the digests of its files in the template."""
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(f"{folder} has no {MANIFEST}: only a project that `svhnlab init` wrote can be updated.")
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return str(content["day"]), TypeAdapter(dict[str, str]).validate_python(content["files"])
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise InputError(f"{path} can't be read; restore it from your repository.") from error
