"""Class names shortened for use as labels in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from svhnlab.printable import isolated
from svhnlab.report.core.text import shortened

LONGEST_ROW = 20  # letters of a name at the left of a row
ROTATE_ABOVE = 3  # letters of the longest name that is not rotated below a narrow column


def short_names(names: Sequence[str], width: int) -> list[str]:
    """Shorten names to at most `width` characters so that they still differ.

    Names that would become equal lose their middle instead of their end; those that are still equal get the number of
    their class. Names from right to left are isolated, so that an arrow or a number beside them stays where it is.
    """
    cut = [shortened(name, width) for name in names]
    tail = width // 2
    cut = [
        f"{name[: width - tail - 1]}…{name[-tail:]}" if times > 1 else short
        for name, short, times in zip(names, cut, _times(cut), strict=True)
    ]
    distinct = [
        f"{shortened(short, width - len(f' {k}'))} {k}" if times > 1 else short
        for k, (short, times) in enumerate(zip(cut, _times(cut), strict=True), start=1)
    ]
    return [isolated(name) for name in distinct]


def _times(labels: Sequence[str]) -> list[int]:
    times = Counter(labels)
    return [times[label] for label in labels]
