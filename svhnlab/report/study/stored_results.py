"""Provenance of the numbers: the stored results with their keys, checksums, inputs, code and machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from svhnlab.errors import InputError
from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import count, duration, listing, quantity
from svhnlab.store.record import read_record
from svhnlab.store.required import required_results
from svhnlab.store.schema import Study
from svhnlab.store.store import Store
from svhnlab.store.study import results_folder

SHORT = 12  # hexadecimal digits of a digest that are shown


@dataclass(frozen=True)
class ResultRow:
    """One stored result.

    Attributes
    ----------
    kind, label
        The stage that computed it, and its name among the results of that stage, e.g. "run" and "cnn".
    key, checksum
        Its key in the store, and the digest of its files.
    inputs
        Names of the results that it was computed from.
    settings
        All other inputs of its key, except the recipe of a training.
    program
        Version and commit of the code that computed it.
    machine
        The device or processor that computed it.
    seconds
        Computing time; for a run, the total over all sessions of its training.
    """

    kind: str
    label: str
    key: str
    checksum: str
    inputs: tuple[str, ...]
    settings: str
    program: str
    machine: str
    seconds: float

    @property
    def name(self) -> str:
        """Name in tables: "run cnn", or a single word if the stage computes only one result."""
        return _name(self.kind, self.label)


def _name(kind: str, label: str) -> str:
    return kind if kind in (label, "data") else f"{kind} {label}"


def stored_results(study: Study, results: Path | None = None) -> tuple[ResultRow, ...]:
    """List every stored result of a study, in the order in which they are computed.

    Parameters
    ----------
    results
        Results folder, see :func:`svhnlab.store.study.results_folder`.

    Raises
    ------
    InputError
        If the current study of the folder is a different one.
    """
    store = Store(results_folder(results))
    record = read_record(store)
    if record["key"] != study.key:
        raise InputError(f"The study in {store.root} is now {record['key']}, not {study.key}; render the report again.")
    stored = [need.stored for need in required_results(store, record) if need.stored is not None]
    names = {result.key: _name(result.manifest["kind"], result.manifest["label"]) for result in stored}
    rows = []
    for result in stored:
        environment, inputs = result.manifest["environment"], result.manifest["inputs"]
        rows.append(
            ResultRow(
                kind=result.manifest["kind"],
                label=result.manifest["label"],
                key=result.key,
                checksum=result.checksum,
                inputs=tuple(dict.fromkeys(names[text] for text in _texts(inputs) if text in names)),
                settings=_settings_text(inputs, names),
                program=f"{environment['svhnlab']}, {_commit(environment)}",
                machine=environment.get("device_name") or environment["processor"],
                seconds=environment.get("training_seconds", environment["wall_seconds"]),
            )
        )
    return tuple(rows)


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


def _settings_text(inputs: Mapping[str, Any], names: Mapping[str, str], parent: str = "") -> str:
    """Write all inputs except other results and the recipe of a training."""
    parts = []
    for name, value in inputs.items():
        if name in ("recipe", "schema") or value is None or (isinstance(value, str) and value in names):
            continue
        if isinstance(value, Mapping):
            parts.append(_settings_text(value, names, name))
        elif not isinstance(value, list):
            setting = parent if parent and name == "kind" else name.replace("_", " ")
            parts.append(f"{setting} {value[:SHORT] if name == 'digest' else value}")
    return ", ".join(filter(None, parts))


@dataclass(frozen=True)
class StoredResults(Table[ResultRow]):
    """Key, checksum, code and computing time of every stored result."""

    results: tuple[ResultRow, ...]

    @classmethod
    def from_study(cls, study: Study, *, results: Path | None = None) -> StoredResults:
        """List the stored results of a study; see `stored_results`."""
        return cls(stored_results(study, results))

    @property
    def alt(self) -> str:
        """The number of results."""
        return f"Keys and checksums of {quantity(len(self.results), 'stored result')}."

    def rows(self) -> Sequence[ResultRow]:
        """Each result."""
        return self.results

    def columns(self) -> Sequence[Column[ResultRow]]:
        """Name, key, checksum, code and computing time in seconds."""
        return (
            Column("name", lambda row: row.name, "Result"),
            Column("key", lambda row: row.key, "Key"),
            Column("checksum", lambda row: row.checksum, "Checksum", lambda checksum: checksum[:SHORT]),
            Column("program", lambda row: row.program, "Code"),
            Column("seconds", lambda row: row.seconds, "Time", duration),
        )


@dataclass(frozen=True)
class ResultSettings(Table[ResultRow]):
    """Inputs, settings and machine of the stored results; results that share all three have one row."""

    results: tuple[ResultRow, ...]

    @classmethod
    def from_study(cls, study: Study, *, results: Path | None = None) -> ResultSettings:
        """List the stored results of a study; see `stored_results`."""
        return cls(stored_results(study, results))

    @property
    def alt(self) -> str:
        """The number of results."""
        return f"Inputs, settings and machine of {quantity(len(self.results), 'stored result')}."

    def rows(self) -> Sequence[ResultRow]:
        """Each result."""
        return self.results

    def columns(self) -> Sequence[Column[ResultRow]]:
        """Name, inputs, settings and machine."""
        return (
            Column("name", lambda row: row.name),
            Column("made_from", lambda row: "; ".join(row.inputs)),
            Column("settings", lambda row: row.settings),
            Column("machine", lambda row: row.machine),
        )

    def cells(self) -> pd.DataFrame:
        """Return the table as shown on the page, with one row for the results of a stage that share everything else."""
        groups: dict[tuple[str, tuple[str, ...], str, str], list[str]] = {}
        for row in self.results:
            shared = (row.kind, tuple(sorted(row.inputs)), row.settings, row.machine)
            groups.setdefault(shared, []).append(row.label)
        return pd.DataFrame(
            [
                {
                    "Result": _name(kind, listing(labels)),
                    "Inputs": self._list_inputs(set(inputs)),
                    "Settings": settings or "–",
                    "Machine": machine,
                }
                for (kind, inputs, settings, machine), labels in groups.items()
            ]
        )

    def _list_inputs(self, inputs: set[str]) -> str:
        runs = {row.name for row in self.results if row.kind == "run"}
        all_runs = runs <= inputs and len(runs) > 1
        names = [row.name for row in self.results if row.name in (inputs - runs if all_runs else inputs)]
        return listing([*dict.fromkeys(names), *(["all runs"] if all_runs else [])]) or "the data files"


def summarise_reproducibility(study: Study, *, results: Path | None = None) -> Markdown:
    """State how many results a report is based on, and with how many versions of the code they were computed.

    Raises
    ------
    InputError
        See `stored_results`.
    """
    rows = stored_results(study, results)
    programs, machines = ({getattr(row, name) for row in rows} for name in ("program", "machine"))
    uncommitted = sum("change" in row.program for row in rows)
    if uncommitted:
        ending = Markdown(
            "; {} of them {} computed with uncommitted changes, so the commit alone does not reproduce them."
        ).format("all" if uncommitted == len(rows) > 1 else count(uncommitted), "was" if uncommitted == 1 else "were")
    else:
        ending = Markdown("; every number can be recomputed from them.")
    return Markdown("This report is based on {results}, computed with {code} on {machine}{ending}").format(
        results=quantity(len(rows), "stored result"),
        code="one version of the code" if len(programs) == 1 else f"{len(programs)} versions of the code",
        machine="one kind of processor" if len(machines) == 1 else f"{len(machines)} kinds of processor",
        ending=ending,
    )
