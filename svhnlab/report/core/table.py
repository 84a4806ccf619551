"""What every display has: numbers inside, and a rich representation that serves site and PDF alike.

A display draws itself with matplotlib in the three themes of `style`, writes the pictures into `figures/`
below the current folder (a chapter is executed in its own folder) and represents itself as Markdown that
shows the right one in each output format. The file names hold a digest of the pictures, so that equal
numbers give equal files, and other numbers other names.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any

import pandas as pd
from tabulate import tabulate

from svhnlab.report.core.display import FIGURES, needed_themes
from svhnlab.report.core.figure_footer import figure_footer
from svhnlab.report.core.text import escape_markdown, unbroken


class Table(ABC):
    """A table that is made from numbers; represents itself as a Markdown pipe table."""

    @property
    @abstractmethod
    def alt(self) -> str:
        """Text that says what the table holds, with its own numbers."""

    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """Return the numbers of the table, unrounded."""

    @abstractmethod
    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown: strings, rounded, with headings for people."""

    def markdown(self) -> str:
        """Write the table as a pipe table; columns of numbers are aligned to the right."""
        shown = self.cells()
        numeric = [_is_numeric(shown[name]) for name in shown.columns]
        rows = [
            [
                unbroken(escape_markdown(cell)) if own else escape_markdown(cell)
                for cell, own in zip(row, numeric, strict=True)
            ]
            for row in shown.itertuples(index=False, name=None)
        ]
        headers = [escape_markdown(name) for name in shown.columns]
        align = ["right" if own else "left" for own in numeric]
        return tabulate(rows, headers=headers, tablefmt="pipe", colalign=align if rows else None, disable_numparse=True)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Represent the table as Markdown, which both report engines and both formats understand."""
        shown = self.markdown()
        if "light" in needed_themes():
            below = figure_footer(type(self).__name__, type(self).cells, self.frame(), FIGURES, table=True)
            shown = f'{shown}\n\n::: {{.content-visible when-format="html"}}\n{below}\n:::'
        return {"text/markdown": shown, "text/plain": self.cells().to_string(index=False)}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.alt}>"


_NUMERIC = re.compile(r"^([\s−+\-–.,%()<>/\d]| to )*( ?(s|min|h|days|M|MB|GB))?$")


def _is_numeric(column: pd.Series) -> bool:
    return all(_NUMERIC.match(str(cell)) for cell in column)
