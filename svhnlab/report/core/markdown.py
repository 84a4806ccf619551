"""Markdown as a type: text from outside is escaped on insertion, so escaping cannot be forgotten.

The design follows markupsafe's ``Markup``. Write a literal template and fill it with :meth:`Markdown.format`; never
build one from an f-string (a test checks this).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import Formatter
from typing import Any

from svhnlab.printable import isolated, printable

# All ASCII punctuation except . , % ( ), which have no special meaning inside a line.
_PUNCTUATION = re.compile(r"[^\w\s.,%()\x80-\U0010ffff]|_")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\([^)\s]*\)")
_SPACE = re.compile(r"[^\S\u00a0]+")  # no-break spaces are kept
_ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")  # as `isolated` writes it


class Markdown(str):
    r"""Pandoc's Markdown, as displayed by a chapter's cell: a sentence, a callout, or a block with figures.

    Examples
    --------
    >>> Markdown("**{name}** has {n} errors.").format(name="a*b", n=3)
    '**a\\*b** has 3 errors.'
    """

    __slots__ = ()

    def format(self, *values: object, **named: object) -> Markdown:
        """Insert values, and escape those that are not Markdown."""
        return Markdown(_ESCAPING.vformat(self, values, named))

    def join(self, parts: Iterable[str]) -> Markdown:
        """Join parts, and escape those that are not Markdown."""
        return Markdown(str.join(self, [escape_markdown(part) for part in parts]))

    def __add__(self, other: str) -> Markdown:
        return Markdown(str.__add__(self, escape_markdown(other)))

    def __radd__(self, other: str) -> Markdown:
        return escape_markdown(other) + self

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/markdown": str(self), "text/plain": str(self)}


class _Escaping(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return value if isinstance(value, Markdown) else escape_markdown(format(value, format_spec))


_ESCAPING = _Escaping()


def _on_one_line(text: str) -> str:
    """Put a text on one line and show characters that are not printable; isolated names in it remain isolated."""
    parts = re.split(f"({_ISOLATED.pattern})", _SPACE.sub(" ", text).strip())
    return "".join(
        f"{part[0]}{printable(part[1:-1])}{part[-1]}" if _ISOLATED.fullmatch(part) else printable(part)
        for part in parts
    )


def escape_markdown(text: object) -> Markdown:
    """Escape every special character and put the text on one line; Markdown is returned unchanged.

    Characters that are not printable are shown as their escapes, and text from right to left is isolated.
    """
    if isinstance(text, Markdown):
        return text
    flat = _on_one_line(str(text))
    if not _ISOLATED.fullmatch(flat):
        flat = isolated(flat)
    return Markdown(_PUNCTUATION.sub(lambda match: "\\" + match[0], flat))


def escape_attribute(text: str) -> Markdown:
    """Make text safe inside a double-quoted Markdown attribute by means of character references.

    Pandoc decodes them. Quarto, which searches for shortcodes before Pandoc parses the page, finds none.
    """
    flat = _on_one_line(text)
    letters = (f"&#{ord(letter)};" if letter in "\"'\\{}<>&`$*_[]@|#" else letter for letter in flat)
    return Markdown("".join(letters))


def plain_words(text: Markdown) -> str:
    r"""Return a sentence as readers see it: links without their targets, and no escapes.

    Examples
    --------
    >>> plain_words(Markdown("A \\*label\\* is [wrong](causes.qmd#sec-labels)."))
    'A *label* is wrong.'
    """
    return _ESCAPED.sub(r"\1", _LINK.sub(r"\1", text))


def sentences(parts: Iterable[str]) -> Markdown:
    """Join sentences with spaces, leaving out empty ones."""
    return Markdown(" ").join(part for part in parts if part)
