"""Figures and tables of many classes: the ends of an order, and labels that leave room for each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.names import ROTATE_ABOVE, short_names
from svhnlab.report.core.style import SMALL
from svhnlab.store.schema import Study

MOST_ROWS = 40
"""Number of classes up to which each has a row."""
EACH_END = 15
"""Number of classes at either end that have a row if there are more."""
_LABEL = 0.11  # inches that a label of a row or column needs


def end_rows(values: ArrayLike) -> list[int | None]:
    """Choose the rows to show: all in their order, or the lowest and the highest by a value if there are many.

    Parameters
    ----------
    values
        Value of each row, shape (K,); rows without one (NaN) are left out if there are many.

    Returns
    -------
    Positions of the rows; None stands for the rows between the two ends.

    Examples
    --------
    >>> end_rows([3, 1, 2])
    [0, 1, 2]
    >>> rows = end_rows(np.arange(100)[::-1])
    >>> rows[:2], rows[15], rows[-1], len(rows)
    ([99, 98], None, 0, 31)
    """
    numbers = np.asarray(values, dtype=np.float64)
    if len(numbers) <= MOST_ROWS:
        return list(range(len(numbers)))
    order = np.argsort(numbers, kind="stable")[: int((~np.isnan(numbers)).sum())].tolist()
    if len(order) <= 2 * EACH_END:
        return order
    return [*order[:EACH_END], None, *order[-EACH_END:]]


def tell_ends(classes: int, by: str) -> str:
    """Return a sentence that tells which classes are shown; empty if all are."""
    if classes <= MOST_ROWS:
        return ""
    return f" Of {classes} classes, the {EACH_END} with the lowest and the {EACH_END} with the highest {by} are shown."


def explain_ends(study: Study, by: str) -> Markdown:
    """Tell in a caption which classes are shown; empty if all are."""
    return Markdown("{}").format(tell_ends(len(study.class_names), by).strip())


def label_cells(ax: Axes, names: Sequence[str], longest: int, inches: float) -> None:
    """Label rows and columns of a square matrix; with many classes, only as many as there is room for.

    Parameters
    ----------
    names
        Name of each class in the order of the cells.
    longest
        Number of letters to which names are shortened.
    inches
        Width of a cell.
    """
    short = short_names(names, longest)
    step = max(1, int(np.ceil(_LABEL / inches - 0.01)))
    shown: NDArray[np.int64] = np.arange(0, len(names), step)
    labels = [short[k] for k in shown]
    long = max(map(len, short)) > ROTATE_ABOVE
    vertical = step > 1
    ax.set_xticks(
        shown + 0.5,
        labels,
        rotation=90 if vertical and long else 45 if long else 0,
        ha="right" if long and not vertical else "center",
    )
    ax.set_yticks(shown + 0.5, labels)
    if vertical:
        ax.tick_params(labelsize=SMALL - 2)
    ax.tick_params(length=0)
