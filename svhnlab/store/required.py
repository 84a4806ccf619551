"""Which results a study needs, and which of them are stored, missing or damaged."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from svhnlab.errors import InputError
from svhnlab.store.analysis_keys import AnalysisSpec
from svhnlab.store.keys import (
    RANDOM_SPLIT_RUN,
    StudySpec,
    analysis_of_record,
    seed_ensemble_keys,
    seed_statistics_keys,
)
from svhnlab.store.record import (
    COMPARED,
    imports_of,
    random_split,
    read_record,
    recorded_trainings,
    seed_note,
    without_suspects,
)
from svhnlab.store.recorded_settings import compute_command, train_command, trained_configurations
from svhnlab.store.store import DamagedResult, ResultKey, Store, StoredResult


@dataclass(frozen=True)
class RequiredResult:
    """Result that a study needs: stored and intact, missing, or damaged."""

    address: ResultKey
    stored: StoredResult | None
    damaged: bool = False


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
    trained = trained_configurations(record)
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
        compared += without_suspects(store, plan)
    intact += [_intact(store, address, say) for address in compared]
    return set(runs) <= set(analysis.runs) and all(intact)


def _intact(store: Store, address: ResultKey, say: Callable[[str], None]) -> bool:
    with store.lock(address, say):  # wait for processes that compute it or move it aside
        return store.find_intact(address, say) is not None
