"""What every contender is given: images, labels, recipe, and the clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from svhnlab.config.architectures import ProfileName
from svhnlab.config.profiles import PROFILES
from svhnlab.config.recipes import Recipe
from svhnlab.models.networks import Classifier, build_model
from svhnlab.training.device import choose_device

CLASSES = 10
WORKERS = 2  # processes that load images, for those who load one by one
SEED = 0


@dataclass(frozen=True)
class Task:
    """One run of the throughput: a recipe at one resolution.

    Attributes
    ----------
    steps
        Batches that are timed.
    peers
        Whether frameworks train it too, and not only our loop and the plain one.
    """

    title: str
    profile: ProfileName
    run: str
    image_size: int
    steps: int
    peers: bool

    @property
    def recipe(self) -> Recipe:
        """The run's recipe, for one epoch."""
        return replace(PROFILES[self.profile].recipes[self.run], image_size=self.image_size, epochs=1)


#: What is trained, by name.
TASKS = {
    "cnn": Task("Two-layer CNN, 32 px", "full", "cnn", 32, 24, peers=True),
    "cnn-aug": Task("Two-layer CNN with augmentation, 32 px", "full", "cnn-aug", 32, 24, peers=True),
    "resnet18-32": Task("ResNet-18, 32 px", "quick", "resnet18", 32, 8, peers=False),
    "resnet18-64": Task("ResNet-18, 64 px", "full", "resnet18", 64, 3, peers=True),
    "resnet18-aug-64": Task("ResNet-18 with augmentation, 64 px", "full", "resnet18-aug", 64, 3, peers=False),
}


class Clock:
    """Times the batches between the warm-up and the end, each epoch's last batch included."""

    def __init__(self, warm: int, steps: int) -> None:
        self.warm, self.steps = warm, steps
        self._done, self._start, self._end = 0, 0.0, 0.0

    def tick(self) -> None:
        """Hear that a batch is done."""
        self._done += 1
        if self._done == self.warm:
            self._start = _now()
        elif self._done == self.warm + self.steps:
            self._end = _now()

    @property
    def seconds(self) -> float:
        """Of the timed batches.

        Raises
        ------
        RuntimeError
            When there were fewer or more batches than there should have been.
        """
        if self._done != self.warm + self.steps:
            raise RuntimeError(f"{self._done} batches were trained, not {self.warm + self.steps}")
        return self._end - self._start


def _now() -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


@dataclass
class Work:
    """Random images and labels for one epoch of a task: what trains doesn't matter for how fast it trains.

    Attributes
    ----------
    images, labels
        uint8 (N, 3, 32, 32) and int64 (N,), N a whole number of batches.
    """

    recipe: Recipe
    clock: Clock
    device: torch.device
    images: NDArray[np.uint8] = field(init=False)
    labels: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(SEED)
        count = (self.clock.warm + self.clock.steps) * self.recipe.batch_size
        self.images = rng.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)
        self.labels = rng.integers(0, CLASSES, count)

    def model(self) -> Classifier:
        """Build the run's network, the same for everybody. It standardises its images itself."""
        torch.manual_seed(SEED)
        return build_model(self.recipe.model, image_size=self.recipe.image_size, classes=CLASSES)


def make_work(task: Task, *, quick: bool) -> Work:
    """Make the work of a task, with a batch or two of warm-up; a quick one has two small batches in all."""
    recipe = task.recipe
    if quick:
        return Work(replace(recipe, batch_size=8), Clock(1, 1), choose_device("auto"))
    warm = 1 if task.steps < 8 else 2
    return Work(recipe, Clock(warm, task.steps), choose_device("auto"))
