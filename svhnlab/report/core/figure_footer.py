"""Footer of a figure or a table on a page: its data, and a link to the code that draws it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np
import pandas as pd

import svhnlab
from svhnlab.paths import CODE
from svhnlab.printable import printable
from svhnlab.report.core.text import count

#: Maximum number of rows of a table on a page; the linked file has all rows.
MOST_ROWS = 20
# Before a formula in a spreadsheet, which may ignore spaces, accept full-width signs, and separate cells by semicolons.
_FORMULA = re.compile(r"(?:^|(?<=;))(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_PACKAGE = Path(svhnlab.__file__).resolve().parent


def figure_footer(name: str, drawn_by: Callable[..., Any], data: pd.DataFrame, folder: Path, *, table: bool) -> str:
    """Write the data into a folder and return a raw HTML block with links to data and code.

    Parameters
    ----------
    name
        Name of the data file, before its digest.
    drawn_by
        The function that draws the figure, or defines the columns of the table.
    data
        The numbers behind the figure or the table.
    folder
        Folder of the pictures, relative to that of the chapter.
    table
        Whether the page already shows a table; the footer then has none.
    """
    file = write_data(data, folder, name)
    code = code_address(drawn_by)
    link = f'<a class="foot-code" href="{site_root(Path.cwd())}{code}">Code</a>' if code else ""
    download = f'href="{escape(file.as_posix())}" download'
    if table:
        parts = f'<a class="foot-data" {download}>Data (CSV)</a>{link}'
    else:
        parts = (
            f'<details class="foot-data"><summary>Data</summary>\n<div class="foot-table">{data_table(data)}</div>\n'
            f"<p>{_extent(data)} <a {download}>Download all as CSV</a></p></details>{link}"
        )
    return f'```{{=html}}\n<div class="figure-foot">{parts}</div>\n```'


def write_data(data: pd.DataFrame, folder: Path, name: str) -> Path:
    """Write a table as CSV, under a name with a digest of its content, and return its path.

    A spreadsheet would compute a text that begins like a formula, such as a class called "=1+1": such a text gets an
    apostrophe, which a spreadsheet does not show.
    """
    texts = {str(name): data[name].map(_inert) for name in data.select_dtypes(exclude=["number", "bool"])}
    inert = data.assign(**texts).rename(columns=_inert)
    text = inert.to_csv(index=False, float_format="%.5g", lineterminator="\n").encode()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-{hashlib.sha256(text).hexdigest()[:12]}.csv"
    if not file.exists():
        # Written under another name and renamed: two formats may be rendered at the same time.
        unfinished = file.with_suffix(f".{id(data):x}.tmp")
        unfinished.write_bytes(text)
        unfinished.replace(file)
    return file


def _inert(value: Any) -> Any:
    return _FORMULA.sub("'", printable(value)) if isinstance(value, str) else value


def data_table(data: pd.DataFrame) -> str:
    """Write the first rows of a table as scrollable HTML, with rounded numbers and escaped text."""
    numeric = [pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind) for kind in data.dtypes]
    styles = [' class="number"' if is_number else "" for is_number in numeric]
    head = "".join(
        f'<th scope="col"{style}>{escape(str(column).replace("_", " "))}</th>'
        for column, style in zip(data.columns, styles, strict=True)
    )
    rows = "\n".join(
        "<tr>" + "".join(f"<td{style}>{_cell(value)}</td>" for value, style in zip(row, styles, strict=True)) + "</tr>"
        for row in data.head(MOST_ROWS).itertuples(index=False, name=None)
    )
    return (
        '<div class="table-scroll" role="group" aria-label="Data of the figure">'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>"
    )


def code_address(function: Callable[..., Any]) -> str | None:
    """Return the address in a site of the code of a function of this package; None for another function."""
    code: CodeType = getattr(function, "__wrapped__", function).__code__
    file = Path(code.co_filename).resolve()
    if not file.is_relative_to(_PACKAGE):
        return None
    module = file.relative_to(_PACKAGE.parent).with_suffix(".html")
    return f"{CODE}/{module.as_posix()}#L{code.co_firstlineno}"


def site_root(folder: Path) -> str:
    """Return the relative address of the site's root from a chapter's folder: "" or "../" for each folder."""
    for steps, parent in enumerate((folder, *folder.parents)):
        if (parent / "_quarto.yml").is_file():
            return "../" * steps
    return ""


def _extent(data: pd.DataFrame) -> str:
    rows = len(data)
    return f"The first {MOST_ROWS} of {count(rows)} rows." if rows > MOST_ROWS else ""


def _cell(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return str(value).replace("-", "−")
    if isinstance(value, float | np.floating):
        return "–" if np.isnan(value) else f"{value:.4g}".replace("-", "−")
    return "–" if value is None or value is pd.NA else escape(str(value))
