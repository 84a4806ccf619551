"""What decides the numbers of a study, and with it the address of each of its results. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from svhnlab.config.architectures import ARCHITECTURES, RUNS, run_title
from svhnlab.config.initial_weights import RANDOM, InitialWeights
from svhnlab.config.profiles import Profile, SplitSettings
from svhnlab.config.recipes import GENERATOR_VERSION, PRETRAINING, Augmentation, Recipe
from svhnlab.store.schema import DIGITS
from svhnlab.store.store import KEY_LENGTH, ResultKey, digest_of

if TYPE_CHECKING:
    pass


def pretraining_key() -> ResultKey:
    """Where the weights of the training on generated digits lie in the store."""
    inputs = {"schema": 1, "generator": GENERATOR_VERSION, **asdict(PRETRAINING)}
    return ResultKey("pretraining", PRETRAINING.recipe.model, inputs)


#: Raised when a stage's files or numbers change: older results then no longer answer for it.
SCHEMAS = {"data": 1, "augmentation": 1, "run": 4, "embedding": 2, "evidence": 1, "statistics": 2}
#: Raised when the record of a study says other things, or says them otherwise.
RECORD = 2


@dataclass(frozen=True)
class AnalysisSpec:
    """Addresses of what is computed from trained runs together.

    Each of these results depends on all the runs: the maps and the evidence show the same images for each, and these
    include every image that one of the runs gets wrong. With another run stored they are other results.

    Attributes
    ----------
    data
        Key of the data.
    runs
        Key of each run, by name, in the report's order.
    settings
        Settings of the maps, see :class:`svhnlab.config.profiles.EmbeddingSettings`.
    resamples
        Of the bootstrap.
    """

    data: str
    runs: Mapping[str, str]
    seed: int
    settings: Mapping[str, Any]
    resamples: int

    def _of_run(self, kind: str, name: str, inputs: dict[str, Any]) -> ResultKey:
        shared = {"schema": SCHEMAS[kind], "run": self.runs[name], "among": sorted(self.runs.values())}
        return ResultKey(kind, name, {**shared, "seed": self.seed, **inputs})

    def embedding(self, name: str) -> ResultKey:
        """Address of the maps of a run's features."""
        return self._of_run("embedding", name, {"settings": dict(self.settings)})

    def evidence(self, name: str) -> ResultKey:
        """Address of a run's centroids, nearest training images and attributions."""
        limits = {limit: self.settings[limit] for limit in ("points", "most")}
        return self._of_run("evidence", name, limits)

    @property
    def statistics(self) -> ResultKey:
        """Address of the intervals and tests over all runs."""
        inputs = {"schema": SCHEMAS["statistics"], "data": self.data, "among": dict(self.runs), "seed": self.seed}
        return ResultKey("statistics", "statistics", {**inputs, "resamples": self.resamples})

    def addresses(self) -> Iterator[ResultKey]:
        """All addresses, in the order of their making; none without a run."""
        for name in self.runs:
            yield self.evidence(name)
            yield self.embedding(name)
        if self.runs:
            yield self.statistics


@dataclass(frozen=True)
class StudySpec:
    """Everything that decides the numbers of a study, and with it the address of each result.

    Attributes
    ----------
    data_kind, data_name, data_digest
        What the data are; see :class:`svhnlab.store.schema.DataResult`.
    start
        Start weights of the runs whose model starts from others.
    seed
        Seed of the trainings and maps.
    seeds
        How often each run is trained: with `seed` and the numbers that follow it.
    named_classes
        Names of the classes in the order of the labels 1 to K of the files; None for the ten digits, whose label 10
        is digit 0. Only their number is part of the keys: other words need no new training.
    runs
        The runs that belong to the study, in the report's order.
    from_file
        Options of the command line that the project's ``study.toml`` gives.
    """

    profile: Profile
    data_kind: str
    data_name: str
    data_digest: str
    split: SplitSettings
    start: InitialWeights
    seed: int
    seeds: int = 1
    named_classes: tuple[str, ...] | None = None
    runs: tuple[str, ...] = tuple(RUNS)
    from_file: tuple[str, ...] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """Name of each class."""
        return DIGITS if self.named_classes is None else self.named_classes

    @cached_property
    def key(self) -> str:
        """Digest that names the study: that of all its results' keys."""
        return digest_of([address.key for address in self.addresses()])[:KEY_LENGTH]

    def recipe(self, run: str) -> Recipe:
        """How this study trains a run."""
        return self.profile.recipes[run]

    def start_of(self, run: str) -> InitialWeights:
        """What a run's weights start from; the CNN always from random numbers."""
        return self.start if ARCHITECTURES[RUNS[run][0]].pretrained else RANDOM

    def title(self, run: str) -> str:
        """Name of a run for people."""
        return run_title(run, self.start_of(run).kind)

    @cached_property
    def data(self) -> ResultKey:
        """Address of the data's description and split."""
        inputs = {
            "schema": SCHEMAS["data"],
            "kind": self.data_kind,
            "digest": self.data_digest,
            "split": asdict(self.split),
        }
        if self.named_classes is not None:
            inputs["classes"] = len(self.named_classes)
        return ResultKey("data", self.data_kind, inputs)

    @property
    def shown_augmentation(self) -> Augmentation:
        """The augmentation that the report shows: that of the first run which augments."""
        return next(recipe.augmentation for recipe in self.profile.recipes.values() if recipe.augmentation)

    @cached_property
    def augmentation(self) -> ResultKey:
        """Address of the examples of what augmentation does."""
        strength = asdict(self.shown_augmentation)
        inputs = {"schema": SCHEMAS["augmentation"], "data": self.data.key, "strength": strength}
        return ResultKey("augmentation", "augmentation", {**inputs, "seed": self.seed})

    @property
    def pretraining(self) -> list[ResultKey]:
        """Address of the training on generated digits, if runs start from its weights."""
        wanted = self.start.kind == "generated" and any(self.start_of(name) is self.start for name in self.runs)
        return [pretraining_key()] if wanted else []

    def run(self, name: str, repeat: int = 0) -> ResultKey:
        """Address of a trained run; ``repeat`` 1, 2, ... are its trainings with the next seeds."""
        return ResultKey(
            "run",
            name,
            {
                "schema": SCHEMAS["run"],
                "data": self.data.key,
                "recipe": asdict(self.recipe(name)),
                "start": self.start_of(name).as_dict(),
                "seed": self.training_seed(repeat),
                "feature_sample": self.profile.feature_sample,  # unused; keeps the keys of runs stored before
            },
        )

    def training_seed(self, repeat: int) -> int:
        """Return the seed of the training of a run with this number, counted from 0."""
        return self.seed + repeat

    def trainings(self, name: str) -> list[ResultKey]:
        """Addresses of all trainings of a run, the first one first."""
        return [self.run(name, repeat) for repeat in range(self.seeds)]

    def analysis(self, names: tuple[str, ...]) -> AnalysisSpec:
        """Addresses of what is computed from these runs together."""
        keys = {name: self.run(name).key for name in names}
        return AnalysisSpec(self.data.key, keys, self.seed, asdict(self.profile.embedding), self.profile.resamples)

    def addresses(self) -> list[ResultKey]:
        """Addresses of every result of the study, in the order of their making."""
        runs = [address for name in self.runs for address in self.trainings(name)]
        return [self.data, self.augmentation, *self.pretraining, *runs, *self.analysis(self.runs).addresses()]

    def with_start(self, start: InitialWeights) -> StudySpec:
        """Return the same study from other start weights."""
        return replace(self, start=start)

    def record(self) -> dict[str, Any]:
        """What the store keeps of the study: settings, and the address of each result."""
        return {
            "schema": RECORD,
            "key": self.key,
            "profile": self.profile.name,
            "data": asdict(self.data),
            "augmentation": asdict(self.augmentation),
            "pretraining": [asdict(address) for address in self.pretraining],
            "runs": {
                name: {
                    "title": self.title(name),
                    "trainings": [asdict(address) for address in self.trainings(name)],
                }
                for name in self.runs
            },
            "analysis": {"settings": asdict(self.profile.embedding), "resamples": self.profile.resamples},
            "settings": {
                "profile": {"name": self.profile.name, "summary": self.profile.summary},
                "data": {"kind": self.data_kind, "name": self.data_name, "digest": self.data_digest},
                "split": asdict(self.split),
                "start": self.start.as_dict(),
                "seed": self.seed,
                "seeds": self.seeds,
                "class_names": None if self.named_classes is None else list(self.named_classes),
                "from_file": list(self.from_file),
            },
        }


def analysis_of_record(record: Mapping[str, Any], runs: Mapping[str, str]) -> AnalysisSpec:
    """Return the addresses of what is computed from runs (keys by name) of a recorded study."""
    about = record["analysis"]
    data = ResultKey(**record["data"]).key
    return AnalysisSpec(data, runs, record["settings"]["seed"], about["settings"], about["resamples"])
