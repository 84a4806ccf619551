"""Files of a site: list, digests, and comparison with a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from svhnlab.errors import SvhnlabError
from svhnlab.files import file_sha256
from svhnlab.provenance.schema import NOT_LISTED


@dataclass(frozen=True)
class FileDifferences:
    """Differences between a site's files and its record; paths relative to the site.

    Attributes
    ----------
    missing, changed
        Missing files, and files with a different digest.
    linked
        Files that are symbolic links or inside a linked folder; their targets are not read.
    """

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    linked: tuple[str, ...]

    @property
    def all(self) -> list[str]:
        """Paths of all differences, sorted."""
        return sorted((*self.missing, *self.changed, *self.linked))


def compare_files(site: Path, listed: Mapping[str, str]) -> FileDifferences:
    """Compare the files of a site with their listed SHA-256 digests, by path."""
    missing, changed, linked = [], [], []
    for path, digest in listed.items():
        if is_linked(site, path):
            linked.append(path)
        elif not (site / path).is_file():
            missing.append(path)
        elif file_sha256(site / path) != digest:
            changed.append(path)
    return FileDifferences(tuple(missing), tuple(changed), tuple(linked))


def is_linked(site: Path, path: str) -> bool:
    """Return whether a file is a symbolic link or inside a linked folder."""
    place = site
    for part in path.split("/"):
        place = place / part
        if place.is_symlink():
            return True
    return False


def site_files(site: Path) -> list[PurePosixPath]:
    """Return the paths of all files of a site except `NOT_LISTED`, relative to it and sorted.

    Raises
    ------
    SvhnlabError
        If the site holds a symbolic link: its target is not part of the site.
    """
    paths = []
    for file in site.rglob("*"):
        path = PurePosixPath(file.relative_to(site).as_posix())
        if file.is_symlink():
            raise SvhnlabError(f"{file} is a link; replace it by the file.")
        if file.is_file() and str(path) not in NOT_LISTED:
            paths.append(path)
    return sorted(paths)


def site_digests(site: Path) -> dict[str, str]:
    """Return the SHA-256 of each of `site_files`, by path."""
    return {str(path): file_sha256(site / path) for path in site_files(site)}
