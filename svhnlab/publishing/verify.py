"""Verify a site or a results folder: check file digests and recompute headline metrics.

All input is untrusted: paths can't escape the folder, arrays are loaded without pickle, and oversized files are not
unpacked. Successful checks show that the files of a folder are consistent, not who created them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from svhnlab.errors import InputError
from svhnlab.provenance.schema import PROVENANCE
from svhnlab.publishing.check import Check
from svhnlab.publishing.names import VERSIONS
from svhnlab.publishing.verify_results import results_checks
from svhnlab.publishing.verify_site import published_checks, site_checks


@dataclass(frozen=True)
class Verification:
    """All checks of a folder.

    Attributes
    ----------
    path
        The folder.
    kind
        "site", "published site" (all versions) or "results".
    checks
        In the order of execution.
    """

    path: Path
    kind: str
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.holds)


def verify(path: Path) -> Verification:
    """Check a site, a published site with all of its versions, or a results folder.

    Parameters
    ----------
    path
        The folder.

    Raises
    ------
    InputError
        If the folder is none of these.
    """
    if (path / PROVENANCE).is_file():
        published = (path / VERSIONS).is_dir() and not (path / VERSIONS).is_symlink()
        kind, checks = ("published site", published_checks(path)) if published else ("site", site_checks(path))
    elif (path / "studies").is_dir() or (path / "current.json").is_file():
        kind, checks = "results", results_checks(path)
    else:
        raise InputError(f"{path} is neither a report with a {PROVENANCE} nor a results folder.")
    return Verification(path, kind, tuple(map(_printable, checks)))


def _printable(check: Check) -> Check:
    """Escape characters in untrusted names that could control a terminal."""

    def escape(text: str) -> str:
        return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)

    return replace(check, name=escape(check.name), detail=escape(check.detail))
