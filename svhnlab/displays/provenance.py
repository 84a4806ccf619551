"""Where the numbers come from: settings, results with keys and checksums, and the machine that made them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from svhnlab.displays.base import Remark, Table
from svhnlab.displays.text import duration, listing, quantity
from svhnlab.results import RunResult, Study
from svhnlab.store import Store
from svhnlab.study import needed_results, read_record, results_folder

SHORT = 12  # hexadecimal digits of a digest that are shown


def _commit(environment: Mapping[str, Any]) -> str:
    commit = environment["commit"]
    if commit["sha"] is None:
        return "outside a checkout"
    changes = {True: " with uncommitted changes", False: "", None: ", changes unknown"}[commit["dirty"]]
    return f"{commit['sha'][:SHORT]}{changes}"


@dataclass(frozen=True)
class StudySettings(Table):
    """The settings of the study and the digest of its data."""

    study: Study

    @classmethod
    def from_results(cls, study: Study) -> StudySettings:
        """Make the table of a study."""
        return cls(study)

    @property
    def alt(self) -> str:
        """What the table holds."""
        return f"The settings of study {self.study.key}, {len(self.frame())} lines."

    def frame(self) -> pd.DataFrame:
        """Return one row per setting."""
        study = self.study
        rows = {
            "Study key": study.key,
            "Data": study.data.name,
            "Data digest (SHA-256)": study.data.digest,
            "Split": study.data.protocol,
            "Profile": f"{study.profile}: {study.settings['profile']['summary']}",
            "Start of ResNet-18": " ".join(filter(None, study.settings["start"].values())),
            "Seed": str(study.settings["seed"]),
            "Data result": f"{study.data.key}, checksum {study.data.checksum[:SHORT]}",
        }
        return pd.DataFrame({"setting": rows.keys(), "value": rows.values()})

    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown."""
        return self.frame().rename(columns={"setting": "Setting", "value": "Value"})


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
    found = [need.stored for need in needed_results(store, read_record(store)) if need.stored is not None]
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


def reproducibility_lead(results: Path | None = None) -> Remark:
    """Say how many results a report is drawn from, and whether one state of the code and one kind of machine made them.

    Raises
    ------
    InputError
        When nothing was trained yet.
    """
    rows = stored_results(results)
    programs, machines = ({getattr(row, name) for row in rows} for name in ("program", "machine"))
    code = "one state of the code" if len(programs) == 1 else f"{len(programs)} states of the code"
    machine = "one kind of processor" if len(machines) == 1 else f"{len(machines)} kinds of processor"
    text = f"This report is drawn from {quantity(len(rows), 'stored result')}, made by {code} on {machine}"
    unsure = sum("change" in row.program for row in rows)
    if unsure:
        return Remark(
            f"{text}; {unsure if unsure < len(rows) else 'all'} of them by code with changes that are in no commit, so "
            "that the commit alone does not make them again."
        )
    return Remark(f"{text}; every number can be computed again from them.")


@dataclass(frozen=True)
class StoredResults(Table):
    """Key, checksum, code and time of every stored result."""

    rows: tuple[ResultRow, ...]

    @classmethod
    def from_store(cls, results: Path | None = None) -> StoredResults:
        """Make the table of the current study; ``InputError`` when nothing was trained yet."""
        return cls(stored_results(results))

    @property
    def alt(self) -> str:
        """What the table holds."""
        return f"Keys and checksums of {len(self.rows)} stored results."

    def frame(self) -> pd.DataFrame:
        """Return one row per result."""
        columns = ("name", "key", "checksum", "program", "seconds")
        return pd.DataFrame({name: [getattr(row, name) for row in self.rows] for name in columns})

    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown."""
        return pd.DataFrame(
            {
                "Result": [row.name for row in self.rows],
                "Key": [row.key for row in self.rows],
                "Checksum": [row.checksum[:SHORT] for row in self.rows],
                "Code": [row.program for row in self.rows],
                "Time": [duration(row.seconds) for row in self.rows],
            }
        )


@dataclass(frozen=True)
class ResultSettings(Table):
    """What the stored results were made from, with which settings and where; one row for those that share all of it."""

    rows: tuple[ResultRow, ...]

    @classmethod
    def from_store(cls, results: Path | None = None) -> ResultSettings:
        """Make the table of the current study; ``InputError`` when nothing was trained yet."""
        return cls(stored_results(results))

    @property
    def alt(self) -> str:
        """What the table holds."""
        return f"What {len(self.rows)} stored results were made from."

    def frame(self) -> pd.DataFrame:
        """Return one row per result."""
        return pd.DataFrame(
            {
                "name": [row.name for row in self.rows],
                "made_from": ["; ".join(row.made_from) for row in self.rows],
                "settings": [row.settings for row in self.rows],
                "machine": [row.machine for row in self.rows],
            }
        )

    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown."""
        groups: dict[tuple[str, tuple[str, ...], str, str], list[str]] = {}
        for row in self.rows:
            common = (row.kind, tuple(sorted(row.made_from)), row.settings, row.machine)
            groups.setdefault(common, []).append(row.label)
        runs = {row.name for row in self.rows if row.kind == "run"}
        return pd.DataFrame(
            [
                {
                    "Result": _name(kind, listing(labels)),
                    "Made from": self._origin_words(set(made_from), runs),
                    "Settings": settings or "–",
                    "Machine": machine,
                }
                for (kind, made_from, settings, machine), labels in groups.items()
            ]
        )

    def _origin_words(self, made_from: set[str], runs: set[str]) -> str:
        whole = runs <= made_from and len(runs) > 1
        names = [row.name for row in self.rows if row.name in (made_from - runs if whole else made_from)]
        return listing([*dict.fromkeys(names), *(["all runs"] if whole else [])]) or "the files"


@dataclass(frozen=True)
class TrainingSettings(Table):
    """How each run was trained."""

    runs: tuple[RunResult, ...]

    @classmethod
    def from_results(cls, study: Study) -> TrainingSettings:
        """Make the table of a study's stored runs."""
        return cls(tuple(study.runs.values()))

    @property
    def alt(self) -> str:
        """What the table holds."""
        return f"Training settings of {len(self.runs)} stored runs."

    def frame(self) -> pd.DataFrame:
        """Return one row per run: the recipe, with the number of parameters and of training images."""
        names = ("image_size", "epochs", "batch_size", "learning_rate", "weight_decay", "label_smoothing")
        rows = []
        for run in self.runs:
            recipe = {name: run.settings["recipe"][name] for name in names}
            rows.append({"run": run.name, "images": run.settings["image_count"], **recipe})
        return pd.DataFrame(rows, columns=["run", "images", *names])

    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown."""
        headings = {
            "run": "Run",
            "images": "Images",
            "image_size": "Side (px)",
            "epochs": "Epochs",
            "batch_size": "Batch",
            "learning_rate": "Learning rate",
            "weight_decay": "Weight decay",
            "label_smoothing": "Smoothing",
        }
        shown = self.frame().rename(columns=headings)
        shown["Images"] = [f"{count:,}" for count in shown["Images"]]
        return shown.astype(str)


@dataclass(frozen=True)
class Environments(Table):
    """Machine and packages that each run was trained with."""

    runs: tuple[RunResult, ...]

    @classmethod
    def from_results(cls, study: Study) -> Environments:
        """Make the table of a study's stored runs."""
        return cls(tuple(study.runs.values()))

    @property
    def alt(self) -> str:
        """What the table holds."""
        machines = {run.environment["processor"] for run in self.runs}
        return f"Machine and packages of {len(self.runs)} stored runs, made on {len(machines)} kinds of processor."

    def frame(self) -> pd.DataFrame:
        """Return one row per run."""
        rows = []
        for run in self.runs:
            about = run.environment
            device = about["device_name"] or about["processor"]
            rows.append(
                {
                    "run": run.name,
                    "device": f"{about['device']}: {device}",
                    "threads": str(about["threads"]),
                    "precision": about["precision"],
                    "system": about["system"],
                    "python": about["python"],
                    **about["packages"],
                }
            )
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown, one column per run: there are more facts than runs."""
        turned = self.frame().set_index("run").T
        headings = {"device": "Device", "threads": "Threads", "precision": "Numbers", "system": "System"}
        turned.insert(0, "Fact", [headings.get(name, name) for name in turned.index])
        return turned.reset_index(drop=True).astype(str)
