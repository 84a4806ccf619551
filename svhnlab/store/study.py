"""Read a study from the store, and list its missing results. Imports no torch."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from svhnlab.config.architectures import select_configurations
from svhnlab.config.configurations import known_configurations, recorded_tables
from svhnlab.config.study_file import StudyFile
from svhnlab.errors import InputError
from svhnlab.paths import project_root
from svhnlab.printable import is_printable
from svhnlab.store.analysis_keys import AnalysisSpec
from svhnlab.store.keys import (
    RANDOM_SPLIT_RUN,
    RECORD,
    ImportedRun,
    StudySpec,
    analysis_of_record,
    seed_ensemble_keys,
    seed_statistics_keys,
)
from svhnlab.store.load import load, load_data, load_division, load_preview, load_random_split, load_repeat, load_run
from svhnlab.store.schema import (
    DIGITS,
    Causes,
    Ensemble,
    NeighbourImages,
    Robustness,
    SeedStatistics,
    Statistics,
    Study,
    TrainingLabels,
)
from svhnlab.store.store import DamagedResult, ResultKey, Store, StoredResult
from svhnlab.store.verdict_file import stored_verdicts

RESULTS_VARIABLE = "SVHNLAB_RESULTS"
#: Entries of a record with the key of a further training for comparison, if there is one.
COMPARED = ("random_split", "without_suspects")


@dataclass(frozen=True)
class RequiredResult:
    """Result that a study needs: stored and intact, missing, or damaged."""

    address: ResultKey
    stored: StoredResult | None
    damaged: bool = False


def results_folder(given: Path | None = None) -> Path:
    """Return the results folder: the given one, else ``SVHNLAB_RESULTS``, else the project's ``results``."""
    if given is not None:
        return given
    if RESULTS_VARIABLE in os.environ:
        return Path(os.environ[RESULTS_VARIABLE])
    return project_root() / "results"


def train_command(settings: Mapping[str, Any], *runs: str) -> str:
    """Return the command that trains configurations (by default all) of a study with these recorded settings.

    Options set in ``study.toml`` are left out. The paths of custom data and of weights are not recorded; they appear as
    ``FOLDER`` and ``PATH``.
    """
    weights = {"random": "none", "file": "PATH"}.get(settings["start"]["kind"], settings["start"]["kind"])
    options = {"profile": settings["profile"]["name"]}
    if settings["data"]["kind"] == "custom":
        options["data"] = "FOLDER"
    if settings["split"]["protocol"] != "official":
        options["protocol"] = settings["split"]["protocol"]
    if split_unit(settings) == "image":
        options["split_by"] = "image"
    options |= {"weights": weights, "seed": str(settings["seed"])}
    if settings["seeds"] > 1:
        options["seeds"] = str(settings["seeds"])
    if "stored_size" in settings:
        options["stored_size"] = str(settings["stored_size"])
    overrides = [f"--set {shlex.quote(override)}" for override in settings.get("set", ())]
    in_file = settings.get("from_file", ())
    return " ".join(
        [
            "svhnlab train",
            *runs,
            *(f"--{name.replace('_', '-')} {value}" for name, value in options.items() if name not in in_file),
            *overrides,
        ]
    )


def compute_command(record: Mapping[str, Any]) -> str:
    """Return the command that computes the missing results of a recorded study; imports need no training."""
    trained = any("imported" not in entry for entry in record["runs"].values())
    return train_command(record["settings"]) if trained else "svhnlab import"


def split_unit(settings: Mapping[str, Any]) -> str:
    """Return what a study with these recorded settings divided: "photograph", or "image" in earlier versions."""
    unit: str = settings["split"].get("unit", "image")
    return unit


def class_names_of(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the class names of a study with these recorded settings; ``InputError`` if they are not printable."""
    names = tuple(settings.get("class_names") or DIGITS)
    for name in names:
        if not is_printable(name):
            raise InputError(f"The study has the class name {name!r}, which cannot be printed; train again.")
    return names


def settings_that_differ(record: Mapping[str, Any], study_file: StudyFile) -> list[str]:
    """List the settings of a ``study.toml`` that differ from those of a recorded study."""
    recorded = record["settings"]
    stored = {
        "runs": tuple(name for name, entry in record["runs"].items() if "imported" not in entry),
        "profile": record["profile"],
        "protocol": recorded["split"]["protocol"],
        "split_by": split_unit(recorded),
        "seed": recorded["seed"],
        "seeds": recorded["seeds"],
        "class_names": tuple(recorded.get("class_names") or ()),
        "data_name": recorded["data"]["name"] if recorded["data"]["kind"] == "custom" else study_file.data_name,
    }
    wanted = {name: getattr(study_file, name) for name in stored}
    if study_file.runs is not None:
        wanted["runs"] = select_configurations(study_file.runs, known_configurations(study_file.configurations))
    stored["configurations"] = recorded.get("configurations", {})
    wanted["configurations"] = recorded_tables(study_file.configurations)
    return [name for name, value in wanted.items() if value is not None and value != stored[name]]


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


def required_results(store: Store, record: Mapping[str, Any]) -> list[RequiredResult]:
    """List every result of a recorded study, stored or not."""
    addresses = [ResultKey(**record[name]) for name in ("data", "augmentation") if record[name] is not None]
    addresses += [ResultKey(**address) for address in record.get("pretraining", ())]
    trainings = recorded_trainings(record)
    addresses += [address for addresses in trainings.values() for address in addresses]
    addresses += [ResultKey(**address) for name in COMPARED for address in record.get(name, ())]
    runs = [_look(store, address) for address in addresses]
    # the analysis covers the stored configurations; if none is stored, all that will be trained
    first = {name: addresses[0] for name, addresses in trainings.items()}
    keys = {need.address.key for need in runs if need.stored or need.damaged}
    stored = {name: address.key for name, address in first.items() if address.key in keys}
    wanted = analysis_of_record(record, stored or {name: address.key for name, address in first.items()})
    seed = record["settings"]["seed"]
    over_seeds = seed_statistics_keys(trainings, seed)
    averages = seed_ensemble_keys(trainings, seed, record["analysis"]["resamples"])
    analysed = [*wanted.addresses(), *averages.values(), *over_seeds.values()]
    # records of earlier versions do not have the causes
    if record.get("causes") and wanted.runs:
        intact = {need.address.key for need in runs if need.stored}
        analysed.append(causes_key(wanted, trainings, intact))
    return runs + [_look(store, address) for address in analysed]


def causes_key(
    analysis: AnalysisSpec, trainings: Mapping[str, Iterable[ResultKey]], stored: Container[str]
) -> ResultKey:
    """Return the key of the causes of the errors: they depend on all stored trainings of the stored configurations.

    Parameters
    ----------
    trainings
        Keys of the trainings of each configuration, in the order of the seeds.
    stored
        Keys of the stored trainings.
    """
    return analysis.causes(
        {
            name: [key, *(one.key for one in trainings[name] if one.key in stored and one.key != key)]
            for name, key in analysis.runs.items()
        }
    )


def recorded_trainings(record: Mapping[str, Any]) -> dict[str, list[ResultKey]]:
    """Return the keys of a recorded study's training runs by configuration, in the order of the seeds."""
    return {name: [ResultKey(**address) for address in entry["trainings"]] for name, entry in record["runs"].items()}


def seed_note(record: Mapping[str, Any], address: ResultKey) -> str:
    """Return " (seed 1)" for a training run of a study with several seeds, else an empty string."""
    entry = record["runs"].get(address.label)
    several = address.kind == "run" and entry is not None and len(entry["trainings"]) > 1
    return f" (seed {address.inputs['seed']})" if several else ""


def missing_results(record: Mapping[str, Any], needed: Iterable[RequiredResult]) -> list[str]:
    """List the results of a recorded study that are missing or damaged, by kind and label."""
    lacking = [need.address for need in needed if need.stored is None]
    return [" ".join(dict.fromkeys([one.kind, one.label])) + seed_note(record, one) for one in lacking]


def finished_record(store: Store) -> dict[str, Any]:
    """Return the record of the current study; ``InputError`` unless all its results are stored and intact.

    A configuration that ``study.toml`` leaves out does not count as missing.
    """
    record = read_record(store)
    lacking = missing_results(record, required_results(store, record))
    if lacking:
        raise InputError(
            f"Study {record['key']} in {store.root} is not finished: {', '.join(lacking)} missing or damaged. Run "
            f"`{compute_command(record)}` first; for a report on fewer runs, list them in study.toml before."
        )
    return record


def _look(store: Store, address: ResultKey) -> RequiredResult:
    try:
        stored = store.find(address)
        if stored is not None:
            stored.verify()
    except DamagedResult:
        return RequiredResult(address, None, damaged=True)
    return RequiredResult(address, stored)


def open_study(results: Path | None = None) -> Study:
    """Read the current study from the store.

    Parameters
    ----------
    results
        Results folder; by default ``SVHNLAB_RESULTS`` or ``results``.

    Raises
    ------
    InputError
        If nothing has been trained yet, or stored verdicts are damaged.
    DamagedResult
        If a file does not match its checksum.
    """
    store = Store(results_folder(results))
    record = read_record(store)
    stored_data = store.find(ResultKey(**record["data"]))
    if stored_data is None:
        raise InputError(
            f"The study in {store.root} lacks the description of its data; run `{compute_command(record)}`."
        )
    keys = recorded_trainings(record)
    trainings = {name: [store.find(address) for address in addresses] for name, addresses in keys.items()}
    first = {name: stored[0] for name, stored in trainings.items() if stored[0] is not None}
    analysis = analysis_of_record(record, {name: stored.key for name, stored in first.items()})
    runs = {
        name: load_run(
            name,
            record["runs"][name]["title"],
            stored,
            store.find(analysis.embedding(name)),
            store.find(analysis.evidence(name)),
            store.find(analysis.ood(name)),
            store.find(analysis.attribution_check(name)),
        )
        for name, stored in first.items()
    }
    over_seeds = {
        name: store.find(address) for name, address in seed_statistics_keys(keys, record["settings"]["seed"]).items()
    }
    averages = {address.label: address for address in analysis.ensemble}
    averages |= seed_ensemble_keys(keys, record["settings"]["seed"], record["analysis"]["resamples"])
    data = load_data(stored_data, record["settings"]["data"]["name"])
    class_names = class_names_of(record["settings"])
    preview = None if record["augmentation"] is None else store.find(ResultKey(**record["augmentation"]))
    random_splits, cleaned = ([store.find(ResultKey(**key)) for key in record.get(name, ())] for name in COMPARED)
    statistics = store.find(analysis.statistics) if runs else None
    dynamics = store.find(analysis.dynamics) if runs else None
    found = {stored.key for several in trainings.values() for stored in several if stored is not None}
    causes = store.find(causes_key(analysis, keys, found)) if runs else None
    robustness = [store.find(address) for address in analysis.robustness]
    return Study(
        key=record["key"],
        profile=record["profile"],
        data=data,
        augmentation=None if preview is None else load_preview(preview),
        runs=runs,
        repeats={name: tuple(load_repeat(stored) for stored in trainings[name] if stored is not None) for name in runs},
        seed_statistics={
            name: load(SeedStatistics, stored) for name, stored in over_seeds.items() if stored is not None
        },
        statistics=None if statistics is None else load(Statistics, statistics),
        neighbour_images=None if statistics is None else load(NeighbourImages, statistics),
        missing=tuple(name for name in record["runs"] if name not in runs),
        settings=record["settings"],
        class_names=class_names,
        verdicts=stored_verdicts(store.root, data, len(class_names)),
        random_split=next((load_random_split(stored) for stored in random_splits if stored is not None), None),
        without_suspects=next(
            (load_repeat(stored) for stored in cleaned if stored is not None),
            None,
        ),
        training_labels=None if dynamics is None else load(TrainingLabels, dynamics),
        ensembles={
            name: load(Ensemble, stored)
            for name, address in averages.items()
            if (stored := store.find(address)) is not None
        },
        causes=None if causes is None else load(Causes, causes),
        robustness=next((load(Robustness, stored) for stored in robustness if stored is not None), None),
    )


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


def write_record(store: Store, plan: StudySpec) -> None:
    """Write the record of a study whose data are stored, and make it the one that the report shows."""
    store.write_study(plan.key, {**plan.record(), "random_split": [asdict(key) for key in random_split(store, plan)]})


def imports_of(record: Mapping[str, Any]) -> tuple[ImportedRun, ...]:
    """Return the imported configurations of a recorded study."""
    return tuple(
        ImportedRun(name, entry["title"], ResultKey(**entry["trainings"][0]), tuple(entry["imported"]))
        for name, entry in record["runs"].items()
        if "imported" in entry
    )


def with_stored_imports(store: Store, plan: StudySpec, say: Callable[[str], None]) -> StudySpec:
    """Return a study with the imported configurations of the current one, if they are intact and of the same data.

    A configuration that is trained takes the place of an import of the same name.
    """
    current = store.current_study()
    imported = () if current is None else imports_of(current)
    usable = tuple(one for one in imported if one.key.inputs["data"] == plan.data.key and one.name not in plan.runs)
    if other := [one.name for one in imported if one not in usable]:
        say(f"Not part of this study, since their data, split or name does not fit: {', '.join(other)}.")
    return replace(plan, imports=tuple(one for one in usable if _intact(store, one.key, say)))


def stored_run(store: Store, name: str) -> StoredResult:
    """Return the first training run of a configuration of the current study; ``InputError`` if it is not trained."""
    record = read_record(store)
    trained = [run for run, entry in record["runs"].items() if "imported" not in entry]
    if name in record["runs"] and name not in trained:
        raise InputError(f"{name} was imported without its weights, so it cannot be applied to other images.")
    if name not in trained:
        raise InputError(f"There is no trained run {name!r}; choose from {', '.join(trained) or 'none'}.")
    stored = store.find(ResultKey(**record["runs"][name]["trainings"][0]))
    if stored is None:
        command = train_command(record["settings"], name)
        raise InputError(f"{name} is not trained in {store.root} yet; run `{command}`.")
    return stored


def stored_analysis(store: Store, plan: StudySpec, say: Callable[[str], None]) -> AnalysisSpec:
    """Return the keys of the results that are computed from a study's intact stored configurations."""
    return plan.analysis(tuple(name for name in plan.runs if _intact(store, plan.run(name), say)))


def stored_causes(store: Store, plan: StudySpec, analysis: AnalysisSpec) -> ResultKey:
    """Return the key of the causes of the errors, given the trainings of a study that are stored now."""
    trainings = {name: plan.trainings(name) for name in analysis.runs}
    stored = {key.key for keys in trainings.values() for key in keys if _look(store, key).stored is not None}
    return causes_key(analysis, trainings, stored)


def all_stored(store: Store, plan: StudySpec, runs: tuple[str, ...], say: Callable[[str], None]) -> bool:
    """Return whether these configurations and all results from them are intact; move damaged ones aside."""
    analysis = stored_analysis(store, plan, say)
    later = [address for name in runs for address in plan.trainings(name)[1:]]
    keys_over_seeds = [*plan.seed_ensembles.items(), *plan.seed_statistics.items()]
    over_seeds = [address for name, address in keys_over_seeds if name in runs]
    needed = [plan.data, plan.augmentation, *later, *analysis.addresses(), *over_seeds]
    if analysis.runs:
        needed.append(stored_causes(store, plan, analysis))
    # lists, not generators, so that every damaged result is reported
    intact = [_intact(store, address, say) for address in needed]
    compared = random_split(store, plan) if RANDOM_SPLIT_RUN in runs else []
    if RANDOM_SPLIT_RUN in runs and set(analysis.trained) == set(plan.runs):
        compared += plan.without_suspects
    intact += [_intact(store, address, say) for address in compared]
    return set(runs) <= set(analysis.runs) and all(intact)


def _intact(store: Store, address: ResultKey, say: Callable[[str], None]) -> bool:
    with store.lock(address, say):  # wait for processes that compute it or move it aside
        return store.find_intact(address, say) is not None
