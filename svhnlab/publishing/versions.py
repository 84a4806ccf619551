"""Read a published site: its versions, and the files of its owner."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svhnlab.errors import InputError, SvhnlabError
from svhnlab.files import file_sha256
from svhnlab.provenance.schema import PROVENANCE, Provenance, read_provenance
from svhnlab.provenance.site_files import compare_files
from svhnlab.publishing.names import ROOT_FILES, VERSION_LIST, VERSIONS
from svhnlab.publishing.version_number import is_version, version_order

# Files that a folder may hold when a site is first published into it: those of a fresh branch for GitHub Pages.
_ALLOWED = ("CNAME", "README.md", "LICENSE")


@dataclass(frozen=True)
class PublishedVersion:
    """One version of the report.

    Attributes
    ----------
    folder
        Folder of its pages.
    provenance
        Its record.
    digest
        SHA-256 of its ``provenance.json``, which in turn lists the digest of every file.
    """

    folder: Path
    provenance: Provenance
    digest: str

    @property
    def version(self) -> str:
        """Version number."""
        return self.provenance.version

    @property
    def order(self) -> tuple[int, int, int]:
        """See `version_order`."""
        return version_order(self.version)

    def entry(self) -> dict[str, Any]:
        """Return its entry in ``versions.json``."""
        record = self.provenance
        return {
            "version": record.version,
            "date": record.date,
            "title": record.title,
            "study": record.study.key,
            "commit": record.report_source.commit,
            "dirty": record.report_source.dirty,
            "inputs": record.inputs,
            "provenance": self.digest,
            "pages": list(record.pages),
        }


@dataclass(frozen=True)
class VersionList:
    """The part of ``versions.json`` that later publications read.

    Attributes
    ----------
    digests
        SHA-256 of the ``provenance.json`` of each version, by version number.
    files
        Files at the root that the last publication wrote, relative paths.
    """

    digests: dict[str, str]
    files: frozenset[str]


@dataclass(frozen=True)
class SiteRoot:
    """The root folder of a published site, or a folder for a new one.

    Attributes
    ----------
    folder
        The root.
    versions
        Published versions, oldest first.
    files
        Files at the root that a publication wrote, relative paths.
    """

    folder: Path
    versions: tuple[PublishedVersion, ...] = ()
    files: frozenset[str] = frozenset()

    def find(self, version: str) -> PublishedVersion | None:
        """Return a version by its number."""
        return next((one for one in self.versions if one.order == version_order(version)), None)


def read_published(folder: Path) -> PublishedVersion:
    """Read one version: a folder with a finished site and its ``provenance.json``.

    Raises
    ------
    InputError
        If there is no ``provenance.json``, or it can't be read.
    """
    file = folder / PROVENANCE
    return PublishedVersion(folder, read_provenance(file), file_sha256(file))


def read_version_list(root: Path) -> VersionList:
    """Read the ``versions.json`` of a published site; ``InputError`` if it can't be read."""
    file = root / VERSION_LIST
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        digests = {str(entry["version"]): str(entry["provenance"]) for entry in content["versions"]}
        return VersionList(digests, frozenset(str(path) for path in content["files"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{file} can't be read as the list of versions: restore it from a backup.") from error


def read_root(folder: Path) -> SiteRoot:
    """Read a published site, and check that no version has changed.

    A missing or empty folder is a root without versions.

    Raises
    ------
    InputError
        If the folder holds other files.
    SvhnlabError
        If a version is missing or has changed.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is not a folder: choose another place for the published site.")
    if not (folder / VERSION_LIST).is_file():
        present = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        foreign = [name for name in present if not name.startswith(".") and name not in _ALLOWED]
        if foreign:
            raise InputError(
                f"{folder} holds other files ({foreign[0]} …) and no published site: choose an empty or new folder."
            )
        return SiteRoot(folder)
    listed = read_version_list(folder)
    place = folder / VERSIONS
    stored = {path.name for path in place.iterdir() if is_version(path.name)} if place.is_dir() else set()
    for version in listed.digests.keys() - stored:
        raise SvhnlabError(
            f"{place / version} is missing: restore it, or remove version {version} from {folder / VERSION_LIST} to "
            "drop it for good."
        )
    versions = [read_published(place / version) for version in stored]
    for one in versions:
        check_unchanged(one, listed.digests.get(one.version))
    return SiteRoot(folder, tuple(sorted(versions, key=lambda one: one.order)), listed.files)


def check_unchanged(one: PublishedVersion, digest: str | None) -> None:
    """Check a version's files against its record, and the record against its listed digest.

    Raises
    ------
    SvhnlabError
        If a file has changed, is missing, or is a link; the message names the first.
    """
    differences = compare_files(one.folder, one.provenance.files).all
    changed = differences[0] if differences else None
    if one.folder.name != one.version or digest not in (None, one.digest):
        changed = changed or PROVENANCE
    if changed:
        raise SvhnlabError(
            f"{one.folder / changed} is not what was published: restore it from a backup, or drop version "
            f"{one.version} for good by removing its folder and its entry in {VERSION_LIST}."
        )


def owners_files(root: SiteRoot) -> list[Path]:
    """Return the files that the owner of the site put into its root; a folder without any of our files as a whole.

    Relative paths; everything below ``v/`` is left out.
    """
    if not root.folder.exists():
        return []
    ours = root.files | set(ROOT_FILES)
    folders = {parent.as_posix() for path in ours for parent in Path(path).parents} - {"."}
    return sorted(_foreign(root.folder, root.folder, ours, folders | {VERSIONS}))


def _foreign(folder: Path, root: Path, ours: Iterable[str], folders: Iterable[str]) -> list[Path]:
    foreign = []
    for path in folder.iterdir():
        name = path.relative_to(root)
        if name.as_posix() == VERSIONS or name.as_posix() in ours:
            continue
        if path.is_dir() and not path.is_symlink() and name.as_posix() in folders:
            foreign += _foreign(path, root, ours, folders)
        else:
            foreign.append(name)
    return foreign
