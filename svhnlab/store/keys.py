"""The settings that determine the numbers of a study, and the keys of its results. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from svhnlab.config.architectures import CONFIGURATIONS, architecture_of, configuration_title, title_with_weights
from svhnlab.config.configurations import RunSettings
from svhnlab.config.initial_weights import RANDOM, InitialWeights
from svhnlab.config.profiles import Profile, SplitSettings
from svhnlab.config.recipes import GENERATOR_VERSION, PRETRAINING, Augmentation, Recipe
from svhnlab.store.analysis_keys import SCHEMAS, AnalysisSpec, Part
from svhnlab.store.schema import DIGITS
from svhnlab.store.store import KEY_LENGTH, ResultKey, digest_of


def pretraining_key() -> ResultKey:
    """Return the key of the weights pretrained on generated digits."""
    inputs = {"schema": 1, "generator": GENERATOR_VERSION, **asdict(PRETRAINING), "recipe": PRETRAINING.recipe.inputs}
    return ResultKey("pretraining", PRETRAINING.recipe.model, inputs)


#: Schema version of a study's record.
RECORD = 2
#: Configuration that is trained once more with a random split, and once more without suspected training labels.
RANDOM_SPLIT_RUN = "cnn"


@dataclass(frozen=True)
class ImportedRun:
    """Configuration of a study whose predictions were imported.

    Attributes
    ----------
    name, title
        Name of the configuration, and its title in the report.
    key
        Key of the stored predictions: a digest of them and of the data.
    parts
        What it has besides the predictions on the test images.
    """

    name: str
    title: str
    key: ResultKey
    parts: tuple[Part, ...] = ()

    @property
    def record(self) -> dict[str, Any]:
        """The configuration as an entry of a study's record."""
        return {"title": self.title, "trainings": [asdict(self.key)], "imported": list(self.parts)}


def import_key(name: str, data: str, digest: str) -> ResultKey:
    """Return the key of imported predictions.

    Parameters
    ----------
    data
        Key of the data and their split.
    digest
        Digest of all imported arrays.
    """
    return ResultKey("run", name, {"schema": SCHEMAS["import"], "data": data, "imported": digest})


@dataclass(frozen=True)
class StudySpec:
    """The settings that determine the numbers of a study, and the keys of its results.

    Attributes
    ----------
    data_kind, data_name, data_digest
        The data; see :class:`svhnlab.store.schema.DataResult`.
    initial_weights
        Initial weights of the models that can start from pretrained weights.
    seed
        Seed of training and maps.
    seeds
        Number of training runs of each configuration; their seeds are `seed`, `seed` + 1, ...
    named_classes
        Names of the classes in the order of the labels 1 to K of the files; None for the ten digits, whose label 10
        is digit 0. Only the number of classes is part of the keys: renaming classes needs no new training.
    runs
        Trained configurations of the study, in the report's order.
    from_file
        Command-line options whose values come from ``study.toml``.
    run_settings
        Title, number of trainings and initial weights of configurations that do not have those of the study.
    tables
        Configurations that ``study.toml`` adds or changes, as recorded.
    overrides
        Settings of all configurations that were changed on the command line, as ``KEY=VALUE``.
    imports
        Imported configurations, which follow the trained ones.
    stored_size
        Side in pixels at which pictures are stored, if it was chosen; it is not part of the keys, because the digest of
        the data depends on it.
    """

    profile: Profile
    data_kind: str
    data_name: str
    data_digest: str
    split: SplitSettings
    initial_weights: InitialWeights
    seed: int
    seeds: int = 1
    named_classes: tuple[str, ...] | None = None
    runs: tuple[str, ...] = tuple(CONFIGURATIONS)
    from_file: tuple[str, ...] = ()
    run_settings: Mapping[str, RunSettings] = field(default_factory=dict)
    tables: Mapping[str, Any] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    imports: tuple[ImportedRun, ...] = ()
    stored_size: int | None = None

    @property
    def class_names(self) -> tuple[str, ...]:
        """Name of each class."""
        return DIGITS if self.named_classes is None else self.named_classes

    @cached_property
    def key(self) -> str:
        """Digest of the keys of all results; identifies the study."""
        return key_with_imports(self.base, self.analysis(self.runs)) if self.imports else self.base

    @cached_property
    def base(self) -> str:
        """Key of the same study without imported configurations."""
        trained = replace(self, imports=()) if self.imports else self
        return digest_of([address.key for address in trained.addresses()])[:KEY_LENGTH]

    def recipe(self, run: str) -> Recipe:
        """Return the recipe of a configuration."""
        return self.profile.recipes[run]

    def initial_weights_of(self, run: str) -> InitialWeights:
        """Return the initial weights of a configuration; always random for the CNN."""
        if not architecture_of(self.recipe(run).model).pretrained:
            return RANDOM
        return self._settings_of(run).weights or self.initial_weights

    def _settings_of(self, run: str) -> RunSettings:
        return self.run_settings.get(run, RunSettings())

    def seeds_of(self, run: str) -> int:
        """Return the number of trainings of a configuration."""
        return self._settings_of(run).seeds or self.seeds

    def title(self, run: str) -> str:
        """Return the title of a configuration in the report."""
        title, weights = self._settings_of(run).title, self.initial_weights_of(run).kind
        model = self.recipe(run).model
        if title is None and run in CONFIGURATIONS and CONFIGURATIONS[run][0] == model:
            return configuration_title(run, weights)
        return title_with_weights(title or run, model, weights)

    @cached_property
    def data(self) -> ResultKey:
        """Key of the data's description and split."""
        inputs = {
            "schema": SCHEMAS["data"],
            "kind": self.data_kind,
            "digest": self.data_digest,
            "split": self.split.inputs,
        }
        if self.named_classes is not None:
            inputs["classes"] = len(self.named_classes)
        return ResultKey("data", self.data_kind, inputs)

    @property
    def shown_augmentation(self) -> Augmentation:
        """Augmentation shown in the report: that of the first recipe that has one."""
        recipes = [self.recipe(run) for run in self.runs] + list(self.profile.recipes.values())
        return next((recipe.augmentation for recipe in recipes if recipe.augmentation), Augmentation())

    @cached_property
    def augmentation(self) -> ResultKey:
        """Key of the augmentation examples."""
        strength = asdict(self.shown_augmentation)
        inputs = {"schema": SCHEMAS["augmentation"], "data": self.data.key, "strength": strength}
        return ResultKey("augmentation", "augmentation", {**inputs, "seed": self.seed})

    @property
    def pretraining(self) -> list[ResultKey]:
        """Key of the pretraining on generated digits if a model starts from its weights; else empty."""
        needed = any(self.initial_weights_of(name).kind == "generated" for name in self.runs)
        return [pretraining_key()] if needed else []

    def run(self, name: str, repeat: int = 0) -> ResultKey:
        """Return the key of a training run; ``repeat`` = 1, 2, ... are the runs with the following seeds."""
        return ResultKey(
            "run",
            name,
            {
                "schema": SCHEMAS["run"],
                "data": self.data.key,
                "recipe": self.recipe(name).inputs,
                "start": self.initial_weights_of(name).as_dict(),
                "seed": self.training_seed(repeat),
                "feature_sample": self.profile.feature_sample,  # unused; keeps the keys of stored runs valid
            },
        )

    @property
    def random_split(self) -> list[ResultKey]:
        """Key of the training with a random split of single images, for comparison; empty if there is none.

        There is none in the tutorial protocol, whose test images would be others.
        """
        compared = self.profile.random_split and self.split.protocol == "official" and self.split.unit == "photograph"
        if not compared or RANDOM_SPLIT_RUN not in self.runs:
            return []
        return [ResultKey("random-split", RANDOM_SPLIT_RUN, {**self.run(RANDOM_SPLIT_RUN).inputs, "unit": "image"})]

    @property
    def without_suspects(self) -> list[ResultKey]:
        """Key of the training without images whose training label is suspected to be wrong; empty if there is none.

        Labels are suspected by the dynamics of all configurations, so it needs the results of all of them.
        """
        if not self.profile.without_suspects or RANDOM_SPLIT_RUN not in self.runs:
            return []
        inputs = {**self.run(RANDOM_SPLIT_RUN).inputs, "without": self.analysis(self.runs).dynamics.key}
        return [ResultKey("without-suspects", RANDOM_SPLIT_RUN, inputs)]

    def training_seed(self, repeat: int) -> int:
        """Return the seed of a configuration's training run with this number, counted from 0."""
        return self.seed + repeat

    def trainings(self, name: str) -> list[ResultKey]:
        """Return the keys of all training runs of a configuration, in the order of the seeds; an import has one."""
        imported = [one.key for one in self.imports if one.name == name]
        return imported or [self.run(name, repeat) for repeat in range(self.seeds_of(name))]

    @property
    def seed_statistics(self) -> dict[str, ResultKey]:
        """Key of the statistics over the seeds of each configuration; empty if each is trained once."""
        return seed_statistics_keys({name: self.trainings(name) for name in self.runs}, self.seed)

    @property
    def seed_ensembles(self) -> dict[str, ResultKey]:
        """Key of the average over the seeds of each configuration; empty if each is trained once."""
        trainings = {name: self.trainings(name) for name in self.runs}
        return seed_ensemble_keys(trainings, self.seed, self.profile.resamples)

    def analysis(self, names: tuple[str, ...]) -> AnalysisSpec:
        """Return the keys of the results computed from these trained and all imported configurations together."""
        keys = {name: self.run(name).key for name in names} | {one.name: one.key.key for one in self.imports}
        return AnalysisSpec(
            self.data.key,
            keys,
            self.seed,
            asdict(self.profile.embedding),
            self.profile.resamples,
            self.class_names,
            self.profile.robustness.inputs,
            {one.name: one.parts for one in self.imports},
        )

    def addresses(self) -> list[ResultKey]:
        """Return the keys of all results of the study but the imports, in the order of computation.

        The causes of the errors are left out: studies that were stored before they were added keep their key.
        """
        runs = [address for name in self.runs for address in self.trainings(name)]
        analysis = self.analysis(self.runs).addresses()
        trained = [*self.pretraining, *runs, *self.random_split, *self.without_suspects]
        over_seeds = [*self.seed_ensembles.values(), *self.seed_statistics.values()]
        preview = [self.augmentation] if self.runs else []
        return [self.data, *preview, *trained, *analysis, *over_seeds]

    def with_weights_of(self, run: str, weights: InitialWeights) -> StudySpec:
        """Return the same study with other initial weights of one configuration."""
        own = replace(self._settings_of(run), weights=weights)
        return replace(self, run_settings={**self.run_settings, run: own})

    def with_initial_weights(self, weights: InitialWeights) -> StudySpec:
        """Return the same study with other initial weights."""
        return replace(self, initial_weights=weights)

    def record(self) -> dict[str, Any]:
        """Return the study's record for the store: its settings and the key of each result."""
        return {
            "schema": RECORD,
            "key": self.key,
            "profile": self.profile.name,
            "data": asdict(self.data),
            "augmentation": asdict(self.augmentation) if self.runs else None,
            "pretraining": [asdict(address) for address in self.pretraining],
            "random_split": [asdict(address) for address in self.random_split],
            "without_suspects": [asdict(address) for address in self.without_suspects],
            "runs": {
                name: {
                    "title": self.title(name),
                    "trainings": [asdict(address) for address in self.trainings(name)],
                }
                for name in self.runs
            }
            | {one.name: one.record for one in self.imports},
            "analysis": {
                "settings": asdict(self.profile.embedding),
                "resamples": self.profile.resamples,
                "robustness": self.profile.robustness.inputs,
            },
            "causes": True,
            **({"base": self.base} if self.imports else {}),
            "settings": {
                "profile": {"name": self.profile.name, "summary": self.profile.summary},
                "data": {"kind": self.data_kind, "name": self.data_name, "digest": self.data_digest},
                "split": asdict(self.split),
                "start": self.initial_weights.as_dict(),
                "seed": self.seed,
                "seeds": self.seeds,
                "class_names": None if self.named_classes is None else list(self.named_classes),
                "from_file": list(self.from_file),
                **({"configurations": dict(self.tables)} if self.tables else {}),
                **({"set": list(self.overrides)} if self.overrides else {}),
                **({} if self.stored_size is None else {"stored_size": self.stored_size}),
            },
        }


def analysis_of_record(record: Mapping[str, Any], runs: Mapping[str, str]) -> AnalysisSpec:
    """Return the keys of the results of these configurations (keys by name) of a recorded study."""
    analysis = record["analysis"]
    return AnalysisSpec(
        ResultKey(**record["data"]).key,
        runs,
        record["settings"]["seed"],
        analysis["settings"],
        analysis["resamples"],
        tuple(record["settings"].get("class_names") or DIGITS),
        analysis.get("robustness"),
        {name: tuple(entry["imported"]) for name, entry in record["runs"].items() if "imported" in entry},
    )


def key_with_imports(base: str, analysis: AnalysisSpec) -> str:
    """Return the key of a study with imported configurations.

    Parameters
    ----------
    base
        Key of the same study without them.
    analysis
        Keys of the results of all its configurations.
    """
    return digest_of([base, *(address.key for address in analysis.addresses())])[:KEY_LENGTH]


def seed_statistics_keys(trainings: Mapping[str, Sequence[ResultKey]], seed: int) -> dict[str, ResultKey]:
    """Return the key of the statistics over the seeds of each configuration with several trainings.

    Parameters
    ----------
    trainings
        Keys of the training runs by configuration, in the order of the seeds.
    seed
        Seed of the study.
    """
    shared = {"schema": SCHEMAS["seeds"], "seed": seed}
    return {
        name: ResultKey("seeds", name, {**shared, "trainings": [training.key for training in keys]})
        for name, keys in trainings.items()
        if len(keys) > 1
    }


def seed_ensemble_keys(trainings: Mapping[str, Sequence[ResultKey]], seed: int, resamples: int) -> dict[str, ResultKey]:
    """Return the key of the average of the trainings of each configuration with several.

    Parameters
    ----------
    trainings
        Keys of the training runs by configuration, in the order of the seeds.
    seed
        Seed of the study.
    resamples
        Number of bootstrap resamples.
    """
    shared = {"schema": SCHEMAS["ensemble"], "seed": seed, "resamples": resamples}
    return {
        name: ResultKey("ensemble", name, {**shared, "trainings": [training.key for training in keys]})
        for name, keys in trainings.items()
        if len(keys) > 1
    }
