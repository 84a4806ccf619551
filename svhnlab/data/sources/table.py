"""A table of pictures: ``images.csv`` or ``images.parquet`` with the columns path, label, split and optionally group.

Paths are relative to the folder of the table. Further columns are properties of the images, by which errors are
compared.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from svhnlab.data.image_stats import PROPERTIES
from svhnlab.data.pictures import ReadingOptions
from svhnlab.data.sources.files import FilesSource, files_source
from svhnlab.data.sources.listed import SPLITS, Entry, Listing, class_name
from svhnlab.errors import InputError
from svhnlab.printable import is_printable, printable

TABLES = ("images.csv", "images.parquet")
"""Names of the table in a folder."""
REQUIRED = ("path", "label", "split")
MAX_COLUMNS = 20
"""Number of further columns."""
MAX_COLUMN_NAME = 40
MAX_VALUE = 40
"""Characters of a text in a further column that are kept."""
_MAX_FIELD = 10_000  # characters of a value


def is_table_folder(folder: Path) -> bool:
    """Return whether a folder has a table of pictures."""
    return any((folder / name).is_file() for name in TABLES)


def find_table(data: Path, options: ReadingOptions) -> FilesSource:
    """Read a table of pictures.

    Parameters
    ----------
    data
        The table, or a folder with a table of a usual name.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a column, or has a row that cannot be used; the message names the row.
    """
    table = next(data / name for name in TABLES if (data / name).is_file()) if data.is_dir() else data
    rows = _read_csv(table) if table.suffix == ".csv" else _read_parquet(table)
    columns = _further_columns(table, rows)
    numeric = {name for name in columns if all(_is_number(row[name]) for row in rows if row[name].strip())}
    entries: dict[str, Entry] = {}
    for number, row in enumerate(rows, start=1):
        where = Path(f"{table}, row {number:,}")
        path, split = _path(row["path"], where), row["split"].strip().lower()
        if split not in SPLITS:
            raise InputError(f"{where}: the split is {row['split']!r}; write train, validation or test.")
        if path in entries:
            raise InputError(f"{where}: {path} is listed twice; remove one row.")
        values = tuple(_number(row[name], name, where) if name in numeric else _value(row[name]) for name in columns)
        group = (row.get("group") or "").strip() or None
        entries[path] = Entry(SPLITS[split], class_name(row["label"], where), path, group, values)
    missing = [path for path in entries if not (table.parent / path).is_file()]
    if missing:
        more = f" and {len(missing) - 1:,} more files" if len(missing) > 1 else ""
        raise InputError(f"{table}: there is no {missing[0]}{more} in {table.parent}; correct the column path.")
    return files_source(table.parent, "table", Listing(tuple(entries.values()), columns), options)


def _read_csv(table: Path) -> list[dict[str, str]]:
    csv.field_size_limit(_MAX_FIELD)
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            names = reader.fieldnames or []
            _check_names(table, names)
            rows = []
            for number, row in enumerate(reader, start=1):
                if None in row or None in row.values():
                    raise InputError(f"{table}, row {number:,}: not {len(names)} values as in the first line.")
                rows.append(row)
    except OSError as error:
        raise InputError(f"{table}: cannot be read ({error.strerror}); check the file.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{table}: not a text in UTF-8; save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise InputError(f"{table}: not a CSV table ({error}); save it as CSV with commas.") from error
    return rows


def _read_parquet(table: Path) -> list[dict[str, str]]:
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(
            f"{table}: reading Parquet needs the package pyarrow; install it with `pip install svhnlab[parquet]`, or "
            "save the table as images.csv."
        ) from error
    try:
        content = parquet.read_table(table)
    except (OSError, ArrowException) as error:
        raise InputError(
            f"{table}: not a Parquet table ({str(error).splitlines()[0][:120]}); save it again."
        ) from error
    _check_names(table, content.column_names)
    return [{name: "" if value is None else str(value) for name, value in row.items()} for row in content.to_pylist()]


def _check_names(table: Path, names: Iterable[str]) -> None:
    found = list(names)
    lacking = [name for name in REQUIRED if name not in found]
    if lacking:
        raise InputError(f"{table} has no column {lacking[0]}; it needs the columns {', '.join(REQUIRED)}.")
    repeated = [name for name in found if found.count(name) > 1]
    if repeated:
        raise InputError(f"{table} has the column {repeated[0]!r} twice; rename one of them.")


def _further_columns(table: Path, rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    if not rows:
        raise InputError(f"{table} has no rows; list at least two pictures.")
    columns = tuple(name for name in rows[0] if name not in (*REQUIRED, "group"))
    if len(columns) > MAX_COLUMNS:
        raise InputError(f"{table} has {len(columns)} further columns; keep at most {MAX_COLUMNS}.")
    for name in columns:
        if not (is_printable(name) and 0 < len(name.strip()) <= MAX_COLUMN_NAME):
            raise InputError(
                f"{table}: the column name {name!r} must have 1 to {MAX_COLUMN_NAME} printable characters."
            )
        if name in PROPERTIES:
            raise InputError(f"{table}: a property of that name is measured already; rename the column {name!r}.")
    return columns


def _path(text: str, where: Path) -> str:
    """Return a path in the folder of the table; ``InputError`` if it leads out of it."""
    path = PurePosixPath(text.strip().replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in (path.parts or ("",))[0]:
        raise InputError(f"{where}: {text!r} is not below the folder of the table; write paths relative to the table.")
    if not path.parts:
        raise InputError(f"{where}: the path is empty; name a picture.")
    return path.as_posix()


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _number(text: str, column: str, where: Path) -> float:
    if not text.strip():
        raise InputError(f"{where}: no value of {column}; fill in all values of a column of numbers, or remove it.")
    return float(text)


def _value(text: str) -> str:
    return printable(text.strip())[:MAX_VALUE] or "none"
