"""Tables: rows of numbers, and a specification of each column for both the page and the CSV file."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pandas as pd
from tabulate import tabulate

from svhnlab.report.core.display import FIGURES, needed_themes
from svhnlab.report.core.figure_footer import figure_footer
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.text import unbroken
from svhnlab.store.schema import Estimate

Row = TypeVar("Row")
OMITTED = "…"
"""Stands in the cells of rows that are left out."""


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column of a table.

    Attributes
    ----------
    name
        Heading in the CSV file; empty for a column that only the page has. The bounds of an :class:`Estimate` are in
        two more columns there, ``name_lower`` and ``name_upper``.
    value
        Takes a row and returns its value, unrounded.
    heading
        Heading on the page; empty for a column that only the CSV file has.
    show
        Formats the value for the page.
    """

    name: str
    value: Callable[[Row], Any]
    heading: str = ""
    show: Callable[[Any], str] = str


class Table(ABC, Generic[Row]):
    """A table of numbers, which represents itself as a Markdown pipe table.

    Subclasses are dataclasses of these numbers, with a constructor `from_study`.
    """

    @property
    @abstractmethod
    def alt(self) -> str:
        """Content of the table, with its main numbers, in a sentence or two."""

    @abstractmethod
    def rows(self) -> Sequence[Row]:
        """Return one object for each row, from which the columns take their values."""

    @abstractmethod
    def columns(self) -> Sequence[Column[Row]]:
        """Return the columns, in the order in which the page shows them."""

    def frame(self) -> pd.DataFrame:
        """Return the numbers of the table, unrounded."""
        rows = self.rows()
        content: dict[str, list[Any]] = {}
        for column in self.columns():
            if not column.name:
                continue
            values = [column.value(row) for row in rows]
            if any(isinstance(value, Estimate) for value in values):
                content[column.name] = [value.value for value in values]
                content[f"{column.name}_lower"] = [value.low for value in values]
                content[f"{column.name}_upper"] = [value.high for value in values]
            else:
                content[column.name] = values
        return pd.DataFrame(content)

    def shown_rows(self) -> Sequence[Row | None]:
        """Return the rows that the page shows, by default all; None stands for rows that it leaves out."""
        return self.rows()

    def cells(self) -> pd.DataFrame:
        """Return the table as the page shows it: formatted, with the columns' headings."""
        rows = self.shown_rows()
        return pd.DataFrame(
            {
                column.heading: [OMITTED if row is None else column.show(column.value(row)) for row in rows]
                for column in self.columns()
                if column.heading
            }
        )

    def markdown(self) -> Markdown:
        """Write the table as a pipe table."""
        return pipe_table(self.cells())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Represent the table as Markdown, which both report engines and both formats understand."""
        shown = self.markdown()
        if "light" in needed_themes():
            footer = figure_footer(type(self).__name__, type(self).columns, self.frame(), FIGURES, table=True)
            shown = Markdown('{}\n\n::: {{.content-visible when-format="html"}}\n{}\n:::').format(
                shown, Markdown(footer)
            )
        return {"text/markdown": str(shown), "text/plain": self.cells().to_string(index=False)}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.alt}>"


def pipe_table(cells: pd.DataFrame) -> Markdown:
    """Write a table of strings in Markdown; columns of numbers are aligned to the right."""
    numeric = [_is_numeric(cells[name]) for name in cells.columns]
    rows = [
        [
            unbroken(escape_markdown(cell)) if is_number else escape_markdown(cell)
            for cell, is_number in zip(row, numeric, strict=True)
        ]
        for row in cells.itertuples(index=False, name=None)
    ]
    headers = [escape_markdown(name) for name in cells.columns]
    align = ["right" if is_number else "left" for is_number in numeric]
    return Markdown(
        tabulate(rows, headers=headers, tablefmt="pipe", colalign=align if rows else None, disable_numparse=True)
    )


_NUMERIC = re.compile(r"^([\s−+\-–….,%()<>/\d]| to )*( ?(s|min|h|days|M|MB|GB))?$")


def _is_numeric(column: pd.Series) -> bool:
    return all(_NUMERIC.match(str(cell)) for cell in column)
