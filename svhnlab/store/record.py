"""Read and write the record of a study: its settings, and the keys of its trainings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from svhnlab.errors import InputError
from svhnlab.store.keys import (
    RECORD,
    ImportedRun,
    StudySpec,
)
from svhnlab.store.load import load, load_division
from svhnlab.store.schema import TrainingLabels
from svhnlab.store.store import ResultKey, Store

#: Entries of a record with the key of a further training for comparison, if there is one.
COMPARED = ("random_split", "without_suspects")


def read_record(store: Store) -> dict[str, Any]:
    """Return the record of the study that the report shows; ``InputError`` if nothing has been trained yet."""
    record = store.current_study()
    if record is None:
        raise InputError(
            f"There is no study in {store.root} yet; run `svhnlab train --profile demo` (or `nox -s train`)."
        )
    if record.get("schema") != RECORD:
        raise InputError(f"The study in {store.root} was stored by another version of svhnlab; train it again.")
    return record


def recorded_trainings(record: Mapping[str, Any]) -> dict[str, list[ResultKey]]:
    """Return the keys of a recorded study's training runs by configuration, in the order of the seeds."""
    return {name: [ResultKey(**address) for address in entry["trainings"]] for name, entry in record["runs"].items()}


def seed_note(record: Mapping[str, Any], address: ResultKey) -> str:
    """Return " (seed 1)" for a training run of a study with several seeds, else an empty string."""
    entry = record["runs"].get(address.label)
    several = address.kind == "run" and entry is not None and len(entry["trainings"]) > 1
    return f" (seed {address.inputs['seed']})" if several else ""


def random_split(store: Store, plan: StudySpec) -> list[ResultKey]:
    """Return the key of the training with a random split that a study needs, if any.

    There is none if each training image of the stored data is its own photograph, since both splits are then the same,
    or if the data come with validation images.
    """
    stored = store.find(plan.data) if plan.random_split else None
    division = None if stored is None else load_division(stored)
    if division is None or division.photographs is None:
        return plan.random_split
    indices, photographs = division.indices, division.photographs
    if np.isin(indices["validation"], indices["train"]).any():
        return []  # parts that the data come with are numbered from 0 each; parts of one file share no number
    shared = any(len(np.unique(photographs[split])) < len(photographs[split]) for split in ("train", "validation"))
    return plan.random_split if shared else []


def without_suspects(store: Store, plan: StudySpec) -> list[ResultKey]:
    """Return the key of the training without suspected training labels that a study needs, if any.

    There is none if no training label is suspected, since the training would be the same.
    """
    stored = store.find(plan.analysis(plan.runs).dynamics) if plan.without_suspects else None
    if stored is not None and not len(load(TrainingLabels, stored).review.suspected):
        return []
    return plan.without_suspects


def write_record(store: Store, plan: StudySpec) -> None:
    """Write the record of a study whose data are stored, and make it the one that the report shows."""
    compared = {"random_split": random_split(store, plan), "without_suspects": without_suspects(store, plan)}
    store.write_study(plan.key, plan.record() | {name: list(map(asdict, keys)) for name, keys in compared.items()})


def imports_of(record: Mapping[str, Any]) -> tuple[ImportedRun, ...]:
    """Return the imported configurations of a recorded study."""
    return tuple(
        ImportedRun(name, entry["title"], ResultKey(**entry["trainings"][0]), tuple(entry["imported"]))
        for name, entry in record["runs"].items()
        if "imported" in entry
    )
