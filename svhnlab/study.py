"""A study: which results it needs, which of them are stored, and what they say. Imports no torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from svhnlab.config import RUNS, Augmentation, Profile, Recipe, SplitSettings, run_title
from svhnlab.errors import InputError
from svhnlab.results import (
    DIGITS,
    AugmentationPreview,
    DataResult,
    Embedding,
    Epoch,
    ImageStatistics,
    Predictions,
    RunResult,
    Study,
)
from svhnlab.store import KEY_LENGTH, Address, DamagedResult, Store, Stored, digest_of
from svhnlab.training.start import RANDOM, Start

#: Raised when a stage's files or numbers change: older results then no longer answer for it.
SCHEMAS = {"data": 1, "augmentation": 1, "run": 1, "embedding": 1}

RESULTS_VARIABLE = "SVHNLAB_RESULTS"


@dataclass(frozen=True)
class StudyPlan:
    """Everything that decides the numbers of a study, and with it the address of each result.

    Attributes
    ----------
    data_kind, data_name, data_digest
        What the data are; see :class:`svhnlab.results.DataResult`.
    start
        Start weights of the ResNet-18 runs.
    seed
        Seed of the trainings and maps.
    """

    profile: Profile
    data_kind: str
    data_name: str
    data_digest: str
    split: SplitSettings
    start: Start
    seed: int

    @cached_property
    def key(self) -> str:
        """Digest that names the study: that of all its results' keys."""
        return digest_of([address.key for address in self.addresses()])[:KEY_LENGTH]

    def recipe(self, run: str) -> Recipe:
        """How this study trains a run."""
        return self.profile.recipes[run]

    def start_of(self, run: str) -> Start:
        """What a run's weights start from; the CNN always from random numbers."""
        return self.start if RUNS[run][0] == "resnet18" else RANDOM

    def title(self, run: str) -> str:
        """Name of a run for people."""
        return run_title(run, self.start_of(run).kind)

    @cached_property
    def data(self) -> Address:
        """Address of the data's description and split."""
        return Address(
            "data",
            self.data_kind,
            {
                "schema": SCHEMAS["data"],
                "kind": self.data_kind,
                "digest": self.data_digest,
                "split": asdict(self.split),
            },
        )

    @property
    def shown_augmentation(self) -> Augmentation:
        """The augmentation that the report shows: that of the first run which augments."""
        return next(recipe.augmentation for recipe in self.profile.recipes.values() if recipe.augmentation)

    @cached_property
    def augmentation(self) -> Address:
        """Address of the examples of what augmentation does."""
        strength = asdict(self.shown_augmentation)
        inputs = {"schema": SCHEMAS["augmentation"], "data": self.data.key, "strength": strength}
        return Address("augmentation", "augmentation", {**inputs, "seed": self.seed})

    def run(self, name: str) -> Address:
        """Address of a trained run."""
        return Address(
            "run",
            name,
            {
                "schema": SCHEMAS["run"],
                "data": self.data.key,
                "recipe": asdict(self.recipe(name)),
                "start": self.start_of(name).as_dict(),
                "seed": self.seed,
                "feature_sample": self.profile.feature_sample,
            },
        )

    def embedding(self, name: str) -> Address:
        """Address of the maps of a run's features."""
        inputs = {"schema": SCHEMAS["embedding"], "run": self.run(name).key, "seed": self.seed}
        return Address("embedding", name, {**inputs, "settings": asdict(self.profile.embedding)})

    def addresses(self) -> list[Address]:
        """Addresses of every result of the study, in the order of their making."""
        pairs = [address for name in RUNS for address in (self.run(name), self.embedding(name))]
        return [self.data, self.augmentation, *pairs]

    def with_start(self, start: Start) -> StudyPlan:
        """Return the same study from other start weights."""
        return replace(self, start=start)

    def record(self) -> dict[str, Any]:
        """What the store keeps of the study: settings, and the address of each result."""
        return {
            "key": self.key,
            "profile": self.profile.name,
            "data": asdict(self.data),
            "augmentation": asdict(self.augmentation),
            "runs": {
                name: {
                    "title": self.title(name),
                    "run": asdict(self.run(name)),
                    "embedding": asdict(self.embedding(name)),
                }
                for name in RUNS
            },
            "settings": {
                "profile": {"name": self.profile.name, "summary": self.profile.summary},
                "data": {"kind": self.data_kind, "name": self.data_name, "digest": self.data_digest},
                "split": asdict(self.split),
                "start": self.start.as_dict(),
                "seed": self.seed,
            },
        }


@dataclass(frozen=True)
class Needed:
    """One result that a study needs, as ``svhnlab status`` shows it: stored and sound, missing, or damaged."""

    address: Address
    stored: Stored | None
    damaged: bool = False


def results_folder(given: Path | None = None) -> Path:
    """Return the results folder: the given one, else that of ``SVHNLAB_RESULTS``, else the project's ``results``.

    The project is the nearest folder with a ``_quarto.yml``, going up from the current one: a chapter is executed in
    its own folder.
    """
    if given is not None:
        return given
    if RESULTS_VARIABLE in os.environ:
        return Path(os.environ[RESULTS_VARIABLE])
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "_quarto.yml").is_file()), here) / "results"


def train_command(settings: Mapping[str, Any], *runs: str) -> str:
    """Write the command that trains runs (all without a name) of a study with these recorded settings.

    The places of custom data and of start weights are not recorded; they stand as ``FOLDER`` and ``PATH``.
    """
    words = ["svhnlab train", *runs, "--profile", settings["profile"]["name"]]
    if settings["data"]["kind"] == "custom":
        words += ["--data", "FOLDER"]
    if settings["split"]["protocol"] != "official":
        words += ["--protocol", settings["split"]["protocol"]]
    start = settings["start"]["kind"]
    words += {"imagenet": ["--weights", "imagenet"], "random": ["--weights", "none"], "file": ["--weights", "PATH"]}[
        start
    ]
    return " ".join([*words, "--seed", str(settings["seed"])])


def read_record(store: Store) -> dict[str, Any]:
    """Return the record of the study that the report shows; ``InputError`` when nothing was trained yet."""
    record = store.current_study()
    if record is None:
        raise InputError(
            f"There is no study in {store.root} yet; run `svhnlab train --profile demo` (or `nox -s train`)."
        )
    return record


def needed_results(store: Store, record: Mapping[str, Any]) -> list[Needed]:
    """List every result of a recorded study with what is stored of it."""
    addresses = [Address(**record["data"]), Address(**record["augmentation"])]
    for entry in record["runs"].values():
        addresses += [Address(**entry["run"]), Address(**entry["embedding"])]
    return [_look(store, address) for address in addresses]


def _look(store: Store, address: Address) -> Needed:
    try:
        stored = store.find(address)
        if stored is not None:
            stored.verify()
    except DamagedResult:
        return Needed(address, None, damaged=True)
    return Needed(address, stored)


def open_study(results: Path | None = None) -> Study:
    """Read the current study from the store.

    Parameters
    ----------
    results
        Results folder; by default ``SVHNLAB_RESULTS`` or ``results``.

    Raises
    ------
    InputError
        When nothing was trained yet.
    DamagedResult
        When a file does not match its checksum.
    """
    store = Store(results_folder(results))
    record = read_record(store)
    data = store.find(Address(**record["data"]))
    if data is None:
        raise InputError(
            f"The study in {store.root} lacks the description of its data; run `{train_command(record['settings'])}`."
        )
    runs, missing = {}, []
    for name, entry in record["runs"].items():
        stored = store.find(Address(**entry["run"]))
        if stored is None:
            missing.append(name)
            continue
        maps = store.find(Address(**entry["embedding"]))
        runs[name] = _read_run(name, entry["title"], stored, maps)
    preview = store.find(Address(**record["augmentation"]))
    return Study(
        key=record["key"],
        profile=record["profile"],
        data=_read_data(data),
        augmentation=None if preview is None else _read_preview(preview),
        runs=runs,
        missing=tuple(missing),
        settings=record["settings"],
        class_names=DIGITS,
    )


def _read_data(stored: Stored) -> DataResult:
    summary = stored.json("summary.json")
    images = stored.arrays("images.npz")
    numbers = stored.arrays("statistics.npz")
    names = ("counts", "channel_mean", "channel_std", "brightness", "contrast")
    splits = {
        split: ImageStatistics(**{name: numbers[f"{split}_{name}"] for name in names})
        for split in ("train", "validation", "test")
    }
    return DataResult(
        kind=summary["kind"],
        name=summary["name"],
        digest=summary["digest"],
        protocol=summary["protocol"],
        splits=splits,
        samples=images["samples"],
        test_images=images["test_images"],
        test_labels=images["test_labels"],
        planted=images["planted"],
        key=stored.key,
        checksum=stored.checksum,
    )


def _read_run(name: str, title: str, stored: Stored, maps: Stored | None) -> RunResult:
    arrays = stored.arrays("predictions.npz")
    history = stored.json("history.json")
    return RunResult(
        name=name,
        title=title,
        history=tuple(Epoch(**epoch) for epoch in history["epochs"]),
        best_epoch=history["best_epoch"],
        validation=read_predictions(arrays, "validation"),
        test=read_predictions(arrays, "test"),
        train=read_predictions(arrays, "train"),
        embedding=None if maps is None else _read_embedding(maps),
        settings=stored.json("settings.json"),
        environment=stored.manifest["environment"],
        key=stored.key,
        checksum=stored.checksum,
    )


def read_predictions(arrays: Mapping[str, np.ndarray], split: str) -> Predictions:
    """Return the predictions of one split from the arrays of a run's ``predictions.npz``."""
    names = ("labels", "logits", "features", "indices")
    return Predictions(**{name: arrays[f"{split}_{name}"] for name in names})


def _read_embedding(stored: Stored) -> Embedding:
    arrays = stored.arrays("maps.npz")
    about = stored.json("about.json")
    return Embedding(
        rows=arrays["rows"],
        planar=arrays["planar"],
        spatial=arrays["spatial"],
        scores=about["scores"],
        settings=about["settings"],
    )


def _read_preview(stored: Stored) -> AugmentationPreview:
    names = stored.json("names.json")
    arrays = stored.arrays("images.npz")
    variants = {name: arrays[f"variant_{position}"] for position, name in enumerate(names)}
    return AugmentationPreview(arrays["originals"], variants)


def stored_run(store: Store, name: str) -> Stored:
    """Return the stored run of the current study; ``InputError`` when it is not trained."""
    record = read_record(store)
    if name not in record["runs"]:
        raise InputError(f"There is no run {name!r}; choose from {', '.join(record['runs'])}.")
    stored = store.find(Address(**record["runs"][name]["run"]))
    if stored is None:
        command = train_command(record["settings"], name)
        raise InputError(f"{name} is not trained in {store.root} yet; run `{command}`.")
    return stored


def all_stored(store: Store, plan: StudyPlan, runs: tuple[str, ...], say: Callable[[str], None]) -> bool:
    """Whether every result of these runs is stored and sound; damaged ones are moved aside and named."""
    wanted = [plan.data, plan.augmentation]
    for name in runs:
        wanted += [plan.run(name), plan.embedding(name)]
    # no short cut: every damaged result is to be named
    found = []
    for address in wanted:
        with store.lock(address, say):  # nobody else is making it or moving it aside meanwhile
            found.append(store.find_sound(address, say))
    return all(stored is not None for stored in found)
