"""Version numbers and their order."""

from __future__ import annotations

import re

from svhnlab.errors import InputError

# ASCII digits without leading zeros: each version has one spelling, which is safe in paths, URLs and HTML.
_PART = "(0|[1-9][0-9]{0,5})"
_VERSION = re.compile(rf"{_PART}\.{_PART}(?:\.{_PART})?")


def version_order(version: str) -> tuple[int, int, int]:
    """Return the sort key of a version: 1.10 comes after 1.9, and 1.0 equals 1.0.0.

    Raises
    ------
    InputError
        If the text is not a version.
    """
    match = _VERSION.fullmatch(version)
    if not match:
        raise InputError(f"{version!r} is not a version: give two or three numbers, such as --version 1.0 or 1.0.2.")
    major, minor, patch = (int(part or 0) for part in match.groups())
    return major, minor, patch


def is_version(text: str) -> bool:
    """Return whether a text, such as a folder name, is a version."""
    return _VERSION.fullmatch(text) is not None
