"""Numbers of versions, and their order."""

from __future__ import annotations

import re

from svhnlab.errors import InputError

# ASCII digits without leading zeros: each version is written in one way, and is safe in paths, addresses and HTML.
_PART = "(0|[1-9][0-9]{0,5})"
_VERSION = re.compile(rf"{_PART}\.{_PART}(?:\.{_PART})?")


def version_order(version: str) -> tuple[int, int, int]:
    """Return what versions are sorted by: 1.10 comes after 1.9, and 1.0 is the same as 1.0.0.

    Raises
    ------
    InputError
        The text is no version.
    """
    found = _VERSION.fullmatch(version)
    if not found:
        raise InputError(f"{version!r} is no version: give two or three numbers, such as --version 1.0 or 1.0.2.")
    major, minor, patch = (int(part or 0) for part in found.groups())
    return major, minor, patch


def is_version(text: str) -> bool:
    """Whether a text, such as the name of a folder, is a version."""
    return _VERSION.fullmatch(text) is not None
