"""Training runs as tasks that any process can execute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from svhnlab.config.initial_weights import InitialWeights
from svhnlab.config.recipes import Recipe
from svhnlab.data.sources.base import DataSource
from svhnlab.store.keys import StudySpec
from svhnlab.store.store import ResultKey
from svhnlab.training.loop import TrainingState


@dataclass(frozen=True)
class TrainingTask:
    """One training run of a configuration of a study.

    Attributes
    ----------
    configuration
        Name of the configuration, such as "cnn-aug".
    repeat
        Number of the training run, counted from 0; each has its own seed.
    random_split
        Whether single images are divided into training and validation at random, for comparison with the study's
        division of photographs.
    without_suspects
        Whether images with a suspected training label are left out.
    """

    spec: StudySpec
    configuration: str
    repeat: int = 0
    random_split: bool = False
    without_suspects: bool = False

    @property
    def key(self) -> ResultKey:
        """Key of the result."""
        if self.random_split:
            (key,) = self.spec.random_split
            return key
        if self.without_suspects:
            (key,) = self.spec.without_suspects
            return key
        return self.spec.run(self.configuration, self.repeat)

    @property
    def data_spec(self) -> StudySpec:
        """Study whose division of the data is trained on."""
        split = replace(self.spec.split, unit="image")
        return replace(self.spec, split=split) if self.random_split else self.spec

    @property
    def seed(self) -> int:
        """Seed of the training."""
        return self.spec.training_seed(self.repeat)

    @property
    def recipe(self) -> Recipe:
        """Hyperparameters of the training."""
        return self.spec.recipe(self.configuration)

    @property
    def initial_weights(self) -> InitialWeights:
        """Initial weights of the model."""
        return self.spec.initial_weights_of(self.configuration)

    @property
    def name(self) -> str:
        """Name of the training in messages and logs."""
        return "-".join([self.configuration, *(words.replace(" ", "-") for words in self._difference)])

    @property
    def title(self) -> str:
        """Title of the training: that of the configuration, and what differs from the study's own training."""
        return ", ".join([self.spec.title(self.configuration), *self._difference])

    @property
    def _difference(self) -> list[str]:
        return ["random split"] * self.random_split + ["without suspects"] * self.without_suspects

    def with_seed(self, title: str) -> str:
        """Return a title with the seed appended if the study has several seeds."""
        return f"{title} (seed {self.seed})" if self.spec.seeds_of(self.configuration) > 1 else title


@dataclass(frozen=True)
class GroupTask:
    """Training task for the secondary processes of a process group.

    Attributes
    ----------
    results
        Results folder, which contains the weights pretrained on generated digits.
    weights_files
        Paths of initial weights of kind "file", by their digest.
    state
        Checkpointed state to resume from; None to start from the first epoch.
    """

    training: TrainingTask
    source: DataSource
    results: Path
    weights_files: Mapping[str, Path]
    state: TrainingState | None
