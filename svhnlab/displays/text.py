"""Numbers as words, and outside text made safe for Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import fill

import numpy as np

# All ASCII punctuation but . , % ( ), which mean nothing by themselves inside a line.
_PUNCTUATION = re.compile(r"[^\w\s.,%()\x80-\U0010ffff]|_")
_SPACE = re.compile(r"\s+")


def percent(share: float, digits: int = 1) -> str:
    """Write a share as a percentage, e.g. 0.923 as "92.3%"; "–" where it is undefined."""
    return "–" if np.isnan(share) else f"{100 * share:.{digits}f}%"


def confidence(probability: float) -> str:
    """Write a model's probability; never as 100%, which it cannot reach."""
    return "> 99.9%" if probability > 0.9995 else percent(probability)


def number(value: float, digits: int = 3) -> str:
    """Write a number with a fixed count of decimals and a true minus sign; "–" where it is undefined."""
    return "–" if np.isnan(value) else f"{value:,.{digits}f}".replace("-", "−")


def count(value: int) -> str:
    """Write a whole number with its thousands apart, e.g. "26,032"."""
    return f"{value:,}"


def quantity(value: int, singular: str, plural: str | None = None) -> str:
    """Write a number with its noun, e.g. "1 image", "2 images"."""
    return f"{count(value)} {singular if value == 1 else plural or singular + 's'}"


def interval(limits: tuple[float, float], digits: int = 1) -> str:
    """Write an interval of a share, e.g. "90.1% to 92.4%"."""
    return f"{percent(limits[0], digits)} to {percent(limits[1], digits)}"


def bounds(limits: tuple[float, float], digits: int = 1) -> str:
    """Write an interval of a share in the short form of tables, e.g. "90.1–92.4%"."""
    return f"{100 * limits[0]:.{digits}f}–{percent(limits[1], digits)}"


def points(difference: float, digits: int = 1) -> str:
    """Write a difference of two shares without its sign, e.g. 0.013 as "1.3 percentage points"."""
    value = f"{abs(100 * difference):.{digits}f}"
    return f"{value} percentage {'point' if float(value) == 1 else 'points'}"


def duration(seconds: float) -> str:
    """Write a time with the unit that suits it, e.g. "48 s", "12 min", "3.4 h"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def listing(words: Sequence[str], last: str = "and") -> str:
    """Join words, e.g. "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def wrapped(title: str, width: int) -> str:
    """Break a title into lines of about `width` characters, what stands in brackets on its own line."""
    main, bracket, rest = title.partition(" (")
    if not bracket or len(title) <= width:
        return fill(title, width)
    return f"{fill(main, width)}\n({rest}"


def escape_markdown(text: str) -> str:
    """Make text stand for itself in Pandoc's Markdown: on one line, with every special character escaped."""
    flat = _SPACE.sub(" ", str(text)).strip()
    return _PUNCTUATION.sub(lambda match: "\\" + match[0], flat)


def escape_attribute(text: str) -> str:
    """Make text safe inside a double-quoted Markdown attribute, by character references.

    Pandoc reads these back as the characters; Quarto, which looks for its shortcodes before Pandoc reads
    the page, does not see any.
    """
    flat = _SPACE.sub(" ", str(text)).strip()
    return "".join(f"&#{ord(letter)};" if letter in "\"'\\{}<>&`$*_[]@|#" else letter for letter in flat)
