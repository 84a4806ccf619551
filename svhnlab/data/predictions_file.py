"""Predictions of any classifier in a file: npz, CSV or parquet. Files are read without executing anything in them.

Arrays of an ``.npz`` file, for each split ("test", and optionally "validation" and "train"):

- ``test``: logits or probabilities, shape (N, K), in the order of the classes;
- ``test_features``: features, shape (N, D), optional;
- ``test_labels``: numbers of the classes from 0, or their names, shape (N,), optional, compared with the study's;
- ``test_ids``: numbers of the images in their part, or their names (paths), shape (N,), optional; by default the rows
  are in the study's order.

A table has one row per image, with a column for each class named as the class (or ``class_0``, ``class_1``, ...) and
optionally ``split``, ``id``, ``label`` and ``feature_0``, ``feature_1``, ...
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from svhnlab.errors import InputError
from svhnlab.store.schema import Epoch

Split = Literal["test", "validation", "train"]
SPLITS: tuple[Split, ...] = get_args(Split)
FORMATS = (".npz", ".csv", ".parquet")
_OPTIONAL = ("features", "labels", "ids")
_FEATURE = re.compile(r"feature_\d+")
_CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
_MEASURED = ("learning_rate", "seconds", "images_per_second")


@dataclass(frozen=True, eq=False)
class SplitArrays:
    """Arrays of one split as they are in the file, not validated.

    Attributes
    ----------
    scores
        Logits or probabilities.
    features, labels, ids
        None if the file does not have them.
    """

    scores: NDArray[Any]
    features: NDArray[Any] | None = None
    labels: NDArray[Any] | None = None
    ids: NDArray[Any] | None = None


def read_predictions(path: Path, class_names: Sequence[str]) -> dict[Split, SplitArrays]:
    """Read a file of predictions; it must have some for the test images.

    Raises
    ------
    InputError
        If the file cannot be read, or its arrays or columns are not those above.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path}: unknown kind of file; give predictions as {', '.join(FORMATS)}.")
    try:
        is_npz = path.suffix.lower() == ".npz"
        found = _read_npz(path) if is_npz else _from_table(path, _read_table(path), class_names)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path.") from error
    if "test" not in found:
        raise InputError(f"{path}: has no predictions for the test images; add them as `test`.")
    return found


def _read_npz(path: Path) -> dict[Split, SplitArrays]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, EOFError, AttributeError, MemoryError, zipfile.BadZipFile) as error:
        text = " ".join(str(error).split())
        raise InputError(f"{path}: not an .npz file of plain arrays ({text}); write it with numpy.savez.") from error
    known = [*SPLITS, *(f"{split}_{name}" for split in SPLITS for name in _OPTIONAL)]
    if unknown := [name for name in arrays if name not in known]:
        raise InputError(f"{path}: unknown array {unknown[0]!r}; choose from {', '.join(known)}.")
    without = [name for name in arrays if name.partition("_")[0] not in arrays]
    if without:
        split = without[0].partition("_")[0]
        raise InputError(f"{path}: has {without[0]!r} without the predictions {split!r}.")
    return {
        split: SplitArrays(arrays[split], *(arrays.get(f"{split}_{name}") for name in _OPTIONAL))
        for split in SPLITS
        if split in arrays
    }


def _read_table(path: Path) -> pd.DataFrame:
    if path.suffix.lower() == ".parquet":
        if find_spec("pyarrow") is None:
            raise InputError(f"{path}: parquet needs pyarrow: pip install pyarrow, or give the table as CSV.")
        try:
            return pd.read_parquet(path, engine="pyarrow")
        except ValueError as error:  # the base of pyarrow's errors about contents
            raise InputError(f"{path}: not a parquet table ({' '.join(str(error).split())}).") from error
    try:
        # texts are kept as they are: a class may be named "NA", and an image "007"
        return pd.read_csv(path, dtype={"split": str, "label": str, "id": str}, keep_default_na=False)
    except (ValueError, pd.errors.ParserError) as error:  # also bytes that are not UTF-8
        raise InputError(f"{path}: not a CSV table ({' '.join(str(error).split())}).") from error


def _from_table(path: Path, table: pd.DataFrame, class_names: Sequence[str]) -> dict[Split, SplitArrays]:
    table.columns = [str(name).strip() for name in table.columns]
    columns = list(class_names)
    if not set(columns) <= set(table.columns):
        numbered = [f"class_{k}" for k in range(len(columns))]
        lacking = [name for name in columns if name not in table.columns]
        if not set(numbered) <= set(table.columns):
            raise InputError(
                f"{path}: has no column {lacking[0]!r}; name a column for each class as the class ({columns[0]}, ...) "
                f"or {numbered[0]} to {numbered[-1]}."
            )
        columns = numbered
    features = sorted((name for name in table.columns if _FEATURE.fullmatch(name)), key=lambda name: int(name[8:]))
    known = {"split", "id", "label", *columns, *features}
    if unknown := [name for name in table.columns if name not in known]:
        raise InputError(f"{path}: unknown column {unknown[0]!r}; remove it.")
    splits = table["split"].astype(str).str.strip() if "split" in table else pd.Series("test", table.index)
    if foreign := sorted(set(splits) - set(SPLITS)):
        raise InputError(f"{path}: unknown split {foreign[0]!r}; choose from {', '.join(SPLITS)}.")
    return {
        split: SplitArrays(
            _numbers(path, rows[columns]),
            _numbers(path, rows[features]) if features else None,
            rows["label"].to_numpy() if "label" in rows else None,
            rows["id"].to_numpy() if "id" in rows else None,
        )
        for split in SPLITS
        if len(rows := table[splits == split])
    }


def _numbers(path: Path, table: pd.DataFrame) -> NDArray[np.float64]:
    """Return the values of some columns; ``InputError`` that names the first one that is not a number."""
    values = table.apply(pd.to_numeric, errors="coerce")
    bad = values.isna() & ~table.astype(str).apply(lambda column: column.str.strip().str.lower() == "nan")
    for name in bad.columns[bad.any()]:
        row = bad.index[bad[name]][0]
        raise InputError(f"{path}: row {row + 1}, column {name!r}: {table.loc[row, name]!r} is not a number.")
    return np.asarray(values.to_numpy(dtype=np.float64))


def read_history(path: Path) -> tuple[Epoch, ...]:
    """Read the history of a training from a CSV table with one row per epoch.

    The columns are ``train_loss``, ``train_accuracy``, ``validation_loss`` and ``validation_accuracy`` (mean
    cross-entropy in nats, and fractions), and optionally ``learning_rate``, ``seconds`` and ``images_per_second``.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, or a value is no number or out of range.
    """
    try:
        table = _read_table(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path.") from error
    if lacking := [name for name in _CURVES if name not in table.columns]:
        raise InputError(f"{path}: has no column {lacking[0]!r}; a history needs {', '.join(_CURVES)}.")
    if not len(table):
        raise InputError(f"{path}: has no epochs; give one row per epoch.")
    measured = [name for name in _MEASURED if name in table.columns]
    values = {name: _numbers(path, table[[name]])[:, 0] for name in (*_CURVES, *measured)}
    for name, column in values.items():
        share = name.endswith("accuracy")
        wrong = ~np.isfinite(column) | (column < 0) | (share & (column > 1))
        if wrong.any():
            limits = "between 0 and 1" if share else "0 or more"
            raise InputError(f"{path}: row {int(wrong.argmax()) + 1}, column {name!r} must be {limits}.")
    return tuple(_epoch(number, values) for number in range(len(table)))


def _epoch(row: int, values: Mapping[str, NDArray[np.float64]]) -> Epoch:
    unknown = dict.fromkeys(_MEASURED, float("nan"))
    return Epoch(epoch=row + 1, **{**unknown, **{name: float(column[row]) for name, column in values.items()}})
