"""What a site root holds: its versions, and what does not belong to them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svhnlab.errors import InputError, SvhnlabError
from svhnlab.files import file_sha256
from svhnlab.provenance.schema import PROVENANCE, Provenance, read_provenance
from svhnlab.publishing.atomic_dirs import MARK
from svhnlab.publishing.version_number import is_version, version_order

VERSIONS = "v"
MADE_FOR_ROOT = (MARK, "versions.js", "version.js", "changes.html", ".nojekyll")
"""Files of a site root that are written anew by each publication."""

# What a folder for a new site may hold: the files of a fresh branch for GitHub Pages.
_HARMLESS = ("CNAME", "README.md", "LICENSE")


@dataclass(frozen=True)
class Published:
    """One version.

    Attributes
    ----------
    folder
        Where its pages are.
    provenance
        What it was made from.
    seal
        SHA-256 of its ``provenance.json``, which in turn has that of every file.
    """

    folder: Path
    provenance: Provenance
    seal: str

    @property
    def version(self) -> str:
        """Its number."""
        return self.provenance.version

    @property
    def order(self) -> tuple[int, int, int]:
        """See `version_order`."""
        return version_order(self.version)

    def entry(self) -> dict[str, Any]:
        """Return its entry in ``versions.json``."""
        about = self.provenance
        return {
            "version": about.version,
            "date": about.date,
            "title": about.title,
            "study": about.study.key,
            "commit": about.code.commit,
            "dirty": about.code.dirty,
            "inputs": about.inputs,
            "provenance": self.seal,
            "pages": list(about.pages),
        }


@dataclass(frozen=True)
class SiteRoot:
    """A folder that is, or may become, the root of a published site.

    Attributes
    ----------
    folder
        The root.
    versions
        What is published, oldest first.
    owned
        Files at the root that a publication has put there, relative paths.
    """

    folder: Path
    versions: tuple[Published, ...] = ()
    owned: frozenset[str] = frozenset()

    def find(self, version: str) -> Published | None:
        """Return a version by its number."""
        return next((one for one in self.versions if one.order == version_order(version)), None)


def read_published(folder: Path) -> Published:
    """Read one version: a folder with a finished site and its ``provenance.json``.

    Raises
    ------
    InputError
        There is no provenance, or it can't be read.
    """
    file = folder / PROVENANCE
    return Published(folder, read_provenance(file), file_sha256(file))


def read_root(folder: Path) -> SiteRoot:
    """Read the root of a published site, and check that its versions are what was published.

    A folder that is missing or as good as empty is a root without versions.

    Raises
    ------
    InputError
        The folder holds other things.
    SvhnlabError
        A version is missing or has changed.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is no folder: choose another place for the published site.")
    mark = folder / MARK
    if not mark.is_file():
        there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        foreign = [name for name in there if not name.startswith(".") and name not in _HARMLESS]
        if foreign:
            raise InputError(
                f"{folder} holds other things ({foreign[0]} …) and no published site: choose an empty or new folder."
            )
        return SiteRoot(folder)
    try:
        stored = json.loads(mark.read_text(encoding="utf-8"))
        seals = {str(entry["version"]): str(entry["provenance"]) for entry in stored["versions"]}
        owned = frozenset(str(path) for path in stored["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{mark} can't be read as the list of versions: restore it from a backup.") from error
    place = folder / VERSIONS
    found = {path.name for path in place.iterdir() if is_version(path.name)} if place.is_dir() else set()
    for version in seals.keys() - found:
        raise SvhnlabError(
            f"{place / version} is missing: restore it, or remove version {version} from {mark} to drop it for good."
        )
    versions = [read_published(place / version) for version in found]
    for one in versions:
        check_unchanged(one, seals.get(one.version))
    return SiteRoot(folder, tuple(sorted(versions, key=lambda one: one.order)), owned)


def check_unchanged(one: Published, seal: str | None) -> None:
    """Check a version's files against its provenance, and that against its seal.

    Raises
    ------
    SvhnlabError
        Names the first file that has changed or is missing.
    """
    for path in sorted(one.provenance.files):
        file = one.folder / path
        if not file.is_file() or file_sha256(file) != one.provenance.files[path]:
            _changed(file, one.version)
    if one.folder.name != one.version or seal not in (None, one.seal):
        _changed(one.folder / PROVENANCE, one.version)


def _changed(file: Path, version: str) -> None:
    raise SvhnlabError(
        f"{file} is not what was published: restore it from a backup, or drop version {version} for good by removing "
        f"its folder and its entry in {MARK}."
    )


def users_files(root: SiteRoot) -> list[Path]:
    """Return what the publisher of the site has put into its root: whole folders where nothing in them is ours.

    Relative paths; all below ``v/`` is left out.
    """
    if not root.folder.exists():
        return []
    ours = root.owned | set(MADE_FOR_ROOT)
    folders = {parent.as_posix() for path in ours for parent in Path(path).parents} - {"."}
    return sorted(_foreign(root.folder, root.folder, ours, folders | {VERSIONS}))


def _foreign(folder: Path, root: Path, ours: Iterable[str], folders: Iterable[str]) -> list[Path]:
    found = []
    for path in folder.iterdir():
        name = path.relative_to(root)
        if name.as_posix() == VERSIONS or name.as_posix() in ours:
            continue
        if path.is_dir() and not path.is_symlink() and name.as_posix() in folders:
            found += _foreign(path, root, ours, folders)
        else:
            found.append(name)
    return found
