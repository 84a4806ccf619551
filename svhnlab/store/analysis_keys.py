"""Keys of the results that are computed from all configurations of a study, and the schema version of each stage.

Imports no torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from svhnlab.config.recipes import GENERATOR_VERSION
from svhnlab.store.schema import DIGITS
from svhnlab.store.store import ResultKey

#: Schema version of each stage. Raise it when the files or numbers of a stage change; this invalidates its results.
SCHEMAS = {
    "data": 1,
    "augmentation": 1,
    "run": 4,
    "embedding": 2,
    "evidence": 2,
    "statistics": 5,
    "dynamics": 1,
    "seeds": 1,
    "ood": 1,
    "attribution-check": 1,
    "ensemble": 1,
    "causes": 1,
    "robustness": 1,
    "import": 1,
}
#: Name of the average of all configurations.
ALL = "all"
#: What an import may have besides the predictions on the test images.
Part = Literal["validation", "train", "test_features", "validation_features", "train_features", "history"]
#: What an imported configuration needs for centroids and nearest training images.
EVIDENCE: tuple[Part, ...] = ("test_features", "train_features")


@dataclass(frozen=True)
class AnalysisSpec:
    """Keys of the results that are computed from all stored configurations together.

    Each of these results depends on all configurations: maps and evidence show the same images for every configuration,
    including every image that any of them misclassifies. Storing another configuration changes the keys. Results that
    need the weights of a model are computed from the trained configurations alone.

    Attributes
    ----------
    data
        Key of the data.
    runs
        Key of the first training run of each configuration, in the report's order.
    settings
        Settings of the maps, see :class:`svhnlab.config.profiles.EmbeddingSettings`.
    resamples
        Number of bootstrap resamples.
    class_names
        Name of each class.
    robustness_settings
        Images and corruptions, see :class:`svhnlab.config.profiles.RobustnessSettings`; None for a study of an earlier
        version, which has no such result.
    imported
        What each imported configuration among `runs` has besides the predictions on the test images.
    """

    data: str
    runs: Mapping[str, str]
    seed: int
    settings: Mapping[str, Any]
    resamples: int
    class_names: tuple[str, ...] = DIGITS
    robustness_settings: Mapping[str, Any] | None = None
    imported: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)

    @property
    def trained(self) -> dict[str, str]:
        """Key of the first training run of each trained configuration."""
        return {name: key for name, key in self.runs.items() if name not in self.imported}

    def has(self, name: str, *parts: Part) -> bool:
        """Return whether a configuration is trained or has these parts."""
        return set(parts) <= set(self.imported.get(name, parts))

    def _of_run(self, kind: str, name: str, inputs: dict[str, Any]) -> ResultKey:
        shared = {"schema": SCHEMAS[kind], "run": self.runs[name], "among": sorted(self.runs.values())}
        return ResultKey(kind, name, {**shared, "seed": self.seed, **inputs})

    def embedding(self, name: str) -> ResultKey:
        """Return the key of the t-SNE maps of a configuration's features."""
        return self._of_run("embedding", name, {"settings": dict(self.settings)})

    def evidence(self, name: str) -> ResultKey:
        """Return the key of a configuration's centroids, nearest training images and occlusion maps."""
        limits = {limit: self.settings[limit] for limit in ("points", "most")}
        return self._of_run("evidence", name, limits)

    def ood(self, name: str) -> ResultKey:
        """Return the key of a configuration's answers to out-of-distribution images; it depends on no other one."""
        inputs = {"schema": SCHEMAS["ood"], "run": self.runs[name], "generator": GENERATOR_VERSION, "seed": self.seed}
        return ResultKey("ood", name, {**inputs, "kinds": list(ood_kinds(self.class_names))})

    def attribution_check(self, name: str) -> ResultKey:
        """Return the key of the checks of a configuration's occlusion maps; it depends on no other configuration."""
        kind = "attribution-check"
        inputs = {"schema": SCHEMAS[kind], "maps": SCHEMAS["evidence"], "run": self.runs[name], "seed": self.seed}
        return ResultKey(kind, name, inputs)

    @property
    def statistics(self) -> ResultKey:
        """Key of the intervals and tests over all configurations."""
        inputs = {"schema": SCHEMAS["statistics"], "data": self.data, "among": dict(self.runs), "seed": self.seed}
        return ResultKey("statistics", "statistics", {**inputs, "resamples": self.resamples})

    @property
    def dynamics(self) -> ResultKey:
        """Key of the scores of the training labels, from the trained configurations."""
        inputs = {"schema": SCHEMAS["dynamics"], "data": self.data, "among": self.trained}
        return ResultKey("dynamics", "dynamics", inputs)

    @property
    def ensemble(self) -> list[ResultKey]:
        """Key of the average of all configurations; empty if there is only one."""
        inputs = {"schema": SCHEMAS["ensemble"], "data": self.data, "among": dict(self.runs), "seed": self.seed}
        several = len(self.runs) > 1
        return [ResultKey("ensemble", ALL, {**inputs, "resamples": self.resamples})] if several else []

    def causes(self, trainings: Mapping[str, Sequence[str]]) -> ResultKey:
        """Return the key of the causes of the errors, given the keys of all stored trainings of each configuration."""
        among = {name: list(trainings[name]) for name in self.runs}
        inputs = {"schema": SCHEMAS["causes"], "statistics": self.statistics.key, "trainings": among}
        return ResultKey("causes", "causes", inputs)

    @property
    def robustness(self) -> list[ResultKey]:
        """Key of the predictions on changed test images; empty if the study has none."""
        if self.robustness_settings is None or not self.trained:
            return []
        shared = {"schema": SCHEMAS["robustness"], "among": self.trained, "seed": self.seed}
        limits = {limit: self.settings[limit] for limit in ("points", "most")}
        inputs = {**shared, **limits, "resamples": self.resamples, "settings": dict(self.robustness_settings)}
        return [ResultKey("robustness", "robustness", inputs)]

    def addresses(self) -> Iterator[ResultKey]:
        """Yield the keys of all results but the causes, in the order of computation; none without configurations."""
        for name in self.runs:
            if self.has(name, *EVIDENCE):
                yield self.evidence(name)
            if self.has(name, "test_features"):
                yield self.embedding(name)
            if name in self.trained:
                yield self.attribution_check(name)
                yield self.ood(name)
        if self.runs:
            yield self.statistics
        if self.trained:
            yield self.dynamics
        yield from self.ensemble
        yield from self.robustness


def ood_kinds(class_names: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds of images that show none of the classes.

    Letters are left out where a class is named by one letter, and images turned by 90 degrees unless the classes are
    the ten digits: other objects may be the same when turned.
    """
    letters = not any(len(name) == 1 and name.isalpha() for name in class_names)
    turned = set(class_names) == set(DIGITS)
    return (*(["letters"] if letters else []), "walls", *(["turned"] if turned else []), "noise")
