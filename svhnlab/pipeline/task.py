"""One training as a task that any process can do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from svhnlab.config.initial_weights import InitialWeights
from svhnlab.config.recipes import Recipe
from svhnlab.data.source import DataSource
from svhnlab.store.keys import StudySpec
from svhnlab.store.store import ResultKey
from svhnlab.training.loop import TrainingState


@dataclass(frozen=True)
class TrainingTask:
    """One training of a run of a study.

    Attributes
    ----------
    run
        Name of the run.
    repeat
        Number of the training, counted from 0; each has its own seed.
    """

    spec: StudySpec
    run: str
    repeat: int = 0

    @property
    def key(self) -> ResultKey:
        """Key of its result."""
        return self.spec.run(self.run, self.repeat)

    @property
    def seed(self) -> int:
        """Seed of the training."""
        return self.spec.training_seed(self.repeat)

    @property
    def recipe(self) -> Recipe:
        """How the run is trained."""
        return self.spec.recipe(self.run)

    @property
    def initial_weights(self) -> InitialWeights:
        """What the model's weights are before the training."""
        return self.spec.start_of(self.run)

    def with_seed(self, title: str) -> str:
        """Add the seed to a title if the study trains each run more than once."""
        return f"{title} (seed {self.seed})" if self.spec.seeds > 1 else title


@dataclass(frozen=True)
class GroupTask:
    """What the other processes of a process group need to train a run together with the main process.

    Attributes
    ----------
    results
        Results folder, which holds the weights of the pretraining on generated digits.
    weights_file
        Path of initial weights of kind "file".
    state
        State of the checkpoint, to resume from.
    """

    training: TrainingTask
    source: DataSource
    results: Path
    weights_file: Path | None
    state: TrainingState | None
