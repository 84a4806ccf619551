"""Characters that can be shown: no control characters, and none that reorder or hide text."""

from __future__ import annotations

import unicodedata

# Invisible, but part of the spelling in some scripts, or against a break of the line.
_JOINERS = "\u200c\u200d\u2060"


def is_printable(text: str) -> bool:
    """Return whether every character is shown as itself: letters, marks, signs, spaces and joiners."""
    return text.isprintable() or all(
        one.isprintable() or one in _JOINERS or unicodedata.category(one) == "Zs" for one in text
    )


def printable(text: str) -> str:
    r"""Replace characters that are not printable by their escapes, such as ``\x1b`` or ``\n``, which have no effect."""
    if text.isprintable():
        return text
    return "".join(one if is_printable(one) else one.encode("unicode_escape").decode() for one in text)


def isolated(text: str) -> str:
    """Return a text that leaves the order of what is around it as it is, also if it is written from right to left.

    Examples
    --------
    >>> isolated("cat"), len(isolated("\N{HEBREW LETTER ALEF}"))
    ('cat', 3)
    """
    return f"\u2068{text}\u2069" if any(unicodedata.bidirectional(one) in ("R", "AL") for one in text) else text


def check_printable(text: str) -> str:
    """Return a text in Unicode's composed form, in which equal names are equal.

    Raises
    ------
    ValueError
        If it has characters that are not printable, as pydantic's validators do.
    """
    if not is_printable(text):
        raise ValueError("has characters that cannot be printed; remove them")
    return unicodedata.normalize("NFC", text)


def check_paragraph(text: str) -> str:
    """Put a text on one line, then do as `check_printable`."""
    return check_printable(" ".join(text.split()))
