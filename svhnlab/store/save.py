"""Write results to files: dataclasses according to their fields, and plain JSON and arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from svhnlab.store.schema import AugmentationPreview, Division
from svhnlab.store.schema.files import Stored

PHOTOGRAPHS = "photographs_"
"""Start of the names of the arrays of photographs among those of a split."""


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays to an ``.npz`` file."""
    np.savez(path, **dict(arrays))  # type: ignore[arg-type]  # numpy's stub types every keyword as a flag


def save(value: Stored, folder: Path) -> None:
    """Write a dataclass to the files in its ``FILES``; `svhnlab.store.load.load` reads it back.

    Arrays go into the ``.npz`` file: an array field under its own name, arrays inside a nested dataclass or dictionary
    under the field's prefix followed by their name. Everything else goes into the JSON file, where a dictionary of
    arrays is replaced by the list of its names.

    Raises
    ------
    PydanticSerializationError
        If a value does not have the type of its field.
    """
    files = value.FILES
    content: dict[str, Any] = TypeAdapter(type(value)).dump_python(value, by_alias=True, warnings="error")
    arrays: dict[str, NDArray[Any]] = {}
    for name, part in list(content.items()):
        if isinstance(part, np.ndarray):
            arrays[name] = content.pop(name)
        elif isinstance(part, dict):
            inner = {key: entry for key, entry in part.items() if isinstance(entry, np.ndarray)}
            arrays |= {files.prefix(name) + key: array for key, array in inner.items()}
            if inner:
                content[name] = {key: entry for key, entry in part.items() if key not in inner} or list(inner)
    if files.arrays is not None:
        write_arrays(folder / files.arrays, arrays)
    if files.json is not None:
        write_json(folder / files.json, content)


def save_division(division: Division, folder: Path) -> None:
    """Write which images are in each split; `svhnlab.store.load.load_division` reads it back."""
    photographs = {PHOTOGRAPHS + name: numbers for name, numbers in (division.photographs or {}).items()}
    write_arrays(folder / "split.npz", {**division.indices, **photographs})


def save_preview(preview: AugmentationPreview, folder: Path) -> None:
    """Write the augmentation examples: the names of the transforms, and the images in the same order."""
    variants = {f"variant_{position}": images for position, images in enumerate(preview.variants.values())}
    write_arrays(folder / "images.npz", {"originals": preview.originals, **variants})
    write_json(folder / "names.json", list(preview.variants))
