"""The kinds of files that results are stored in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays by name."""
    np.savez(path, **dict(arrays))  # type: ignore[arg-type]  # numpy's stub types every keyword as a flag


def write_weights(path: Path, state: dict[str, Tensor]) -> None:
    """Write the weights of a model."""
    save_file({name: value.contiguous().cpu() for name, value in state.items()}, path)
