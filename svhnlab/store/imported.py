"""Imported configurations in the record of a study. Imports no torch."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from svhnlab.config.architectures import CONFIGURATIONS
from svhnlab.errors import InputError
from svhnlab.store.analysis_keys import ALL
from svhnlab.store.keys import ImportedRun, analysis_of_record, key_with_imports
from svhnlab.store.store import ResultKey, canonical_json

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_RESERVED = (ALL, "data")  # the average of all configurations, and the data card


def check_name(name: str) -> None:
    """Raise ``InputError`` if a name cannot be that of an imported configuration."""
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise InputError(
            f"{name!r} is no name of a configuration: use up to 40 small letters, digits, '-', '_' and '.', e.g. "
            "'random-forest'."
        )
    if name in _RESERVED:
        raise InputError(f"The name {name!r} has another meaning in reports; choose another one.")
    if name in CONFIGURATIONS:
        raise InputError(f"The name {name!r} is that of a configuration to train; choose another one.")


def digest_of_arrays(arrays: Mapping[str, NDArray[Any]], more: Mapping[str, Any]) -> str:
    """Return the SHA-256 of named arrays and further values, in hexadecimal; independent of their order."""
    digest = hashlib.sha256(canonical_json(more).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def with_import(record: Mapping[str, Any], imported: ImportedRun) -> dict[str, Any]:
    """Return the record of a study with one more imported configuration, in place of an import of the same name."""
    return _with_runs(record, {**record["runs"], imported.name: imported.record})


def without_import(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the record of a study without an imported configuration; ``InputError`` if there is none of the name."""
    if "imported" not in record["runs"].get(name, {}):
        names = ", ".join(run for run, entry in record["runs"].items() if "imported" in entry)
        raise InputError(f"There is no imported configuration {name!r}; there are: {names or 'none'}.")
    return _with_runs(record, {run: entry for run, entry in record["runs"].items() if run != name})


def _with_runs(record: Mapping[str, Any], runs: Mapping[str, Any]) -> dict[str, Any]:
    base = record.get("base", record["key"])
    changed = {**record, "base": base, "runs": dict(runs)}
    if any("imported" in entry for entry in runs.values()):
        keys = {name: ResultKey(**entry["trainings"][0]).key for name, entry in runs.items()}
        analysis = analysis_of_record(changed, keys)
        return {**changed, "key": key_with_imports(base, analysis)}
    return {**{name: value for name, value in changed.items() if name != "base"}, "key": base}
