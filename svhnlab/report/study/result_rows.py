"""Where the numbers come from: settings, results with keys and checksums, and the machine that made them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svhnlab.store.store import Store
from svhnlab.store.study import read_record, required_results, results_folder

SHORT = 12  # hexadecimal digits of a digest that are shown


def _commit(environment: Mapping[str, Any]) -> str:
    commit = environment["commit"]
    if commit["sha"] is None:
        return "outside a checkout"
    changes = {True: " with uncommitted changes", False: "", None: ", changes unknown"}[commit["dirty"]]
    return f"{commit['sha'][:SHORT]}{changes}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _settings_words(inputs: Mapping[str, Any], names: Mapping[str, str], of: str = "") -> str:
    """Write what is set, but for the results that it was made from and the recipe of a training."""
    words = []
    for name, value in inputs.items():
        if name in ("recipe", "schema") or value is None or (isinstance(value, str) and value in names):
            continue
        if isinstance(value, Mapping):
            words.append(_settings_words(value, names, name))
        elif not isinstance(value, list):
            called = of if of and name == "kind" else name.replace("_", " ")
            words.append(f"{called} {value[:SHORT] if name == 'digest' else value}")
    return ", ".join(filter(None, words))


@dataclass(frozen=True)
class ResultRow:
    """One stored result.

    Attributes
    ----------
    kind, label
        Stage that made it, and what tells it from others of that stage: "run", "cnn".
    key, checksum
        Its name in the store and the digest of its files.
    made_from
        Names of the results that it was made from.
    settings
        What else decided its numbers.
    program
        Version and commit of the code that made it.
    machine
        Where it was made.
    seconds
        How long its making took; of a run, all sessions of its training.
    """

    kind: str
    label: str
    key: str
    checksum: str
    made_from: tuple[str, ...]
    settings: str
    program: str
    machine: str
    seconds: float

    @property
    def name(self) -> str:
        """How tables call it: "run cnn"; one word where a stage makes one result."""
        return _name(self.kind, self.label)


def _name(kind: str, label: str) -> str:
    return kind if kind in (label, "data") else f"{kind} {label}"


def stored_results(results: Path | None = None) -> tuple[ResultRow, ...]:
    """List every stored result of the current study, in the order of their making.

    Raises
    ------
    InputError
        When nothing was trained yet.
    """
    store = Store(results_folder(results))
    found = [need.stored for need in required_results(store, read_record(store)) if need.stored is not None]
    names = {stored.key: _name(stored.manifest["kind"], stored.manifest["label"]) for stored in found}
    rows = []
    for stored in found:
        about, inputs = stored.manifest["environment"], stored.manifest["inputs"]
        rows.append(
            ResultRow(
                kind=stored.manifest["kind"],
                label=stored.manifest["label"],
                key=stored.key,
                checksum=stored.checksum,
                made_from=tuple(dict.fromkeys(names[text] for text in _texts(inputs) if text in names)),
                settings=_settings_words(inputs, names),
                program=f"{about['svhnlab']}, {_commit(about)}",
                machine=about.get("device_name") or about["processor"],
                seconds=about.get("training_seconds", about["wall_seconds"]),
            )
        )
    return tuple(rows)
