"""Read a study from the store, with all its stored results. Imports no torch."""

from __future__ import annotations

import os
from pathlib import Path

from svhnlab.errors import InputError
from svhnlab.paths import project_root
from svhnlab.store.keys import (
    analysis_of_record,
    seed_ensemble_keys,
    seed_statistics_keys,
)
from svhnlab.store.load import load, load_data, load_preview, load_random_split, load_repeat, load_run
from svhnlab.store.record import COMPARED, read_record, recorded_trainings
from svhnlab.store.recorded_settings import class_names_of, compute_command
from svhnlab.store.required import causes_key
from svhnlab.store.schema import (
    Causes,
    Ensemble,
    NeighbourImages,
    Robustness,
    SeedStatistics,
    Statistics,
    Study,
    TrainingLabels,
)
from svhnlab.store.store import ResultKey, Store
from svhnlab.store.verdict_file import stored_verdicts

RESULTS_VARIABLE = "SVHNLAB_RESULTS"


def results_folder(given: Path | None = None) -> Path:
    """Return the results folder: the given one, else ``SVHNLAB_RESULTS``, else the project's ``results``."""
    if given is not None:
        return given
    if RESULTS_VARIABLE in os.environ:
        return Path(os.environ[RESULTS_VARIABLE])
    return project_root() / "results"


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
