"""Class names shortened for use as labels in figures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from svhnlab.printable import isolated
from svhnlab.report.core.text import shortened

LONGEST_ROW = 20  # letters of a name at the left of a row
ROTATE_ABOVE = 3  # letters of the longest name that is not rotated below a narrow column
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


def short_names(names: Sequence[str], width: int) -> list[str]:
    """Shorten names to at most `width` characters so that they still differ.

    Names that would become equal lose their middle instead of their end, else have the first letters of their words,
    such as "hug ora cir"; those that are still equal get the number of their class. Names from right to left are
    isolated, so that an arrow or a number beside them stays where it is.

    Examples
    --------
    >>> names = [f"huge {colour} {shape}" for colour in ("orange", "purple") for shape in ("circle", "square")]
    >>> short_names([*names, "automobile"], 11)
    ['hug ora cir', 'hug ora squ', 'hug pur cir', 'hug pur squ', 'automobile']
    """
    short = [shortened(name, width) for name in names]
    numbers = range(len(names))
    for shorten in (_without_middle, _initials, None):
        times = Counter(short)
        if shorten is None:
            short = [_numbered(names[k], k + 1, width) if times[short[k]] > 1 else short[k] for k in numbers]
        else:
            short = [shorten(names[k], width) if times[short[k]] > 1 else short[k] for k in numbers]
    return [isolated(name) for name in short]


def _without_middle(name: str, width: int) -> str:
    tail = width // 2
    return f"{name[: width - tail - 1]}…{name[-tail:]}"


def _initials(name: str, width: int) -> str:
    """Return the first letters of each word, as many of each as fit."""
    words = _BETWEEN_WORDS.split(name)
    of_each = (width - len(words) + 1) // len(words)
    return " ".join(word[:of_each] for word in words) if of_each else shortened(name, width)


def _numbered(name: str, number: int, width: int) -> str:
    return f"{shortened(name, width - len(f' {number}'))} {number}"
