"""Workloads (images, labels, recipe, clock), which are the same for every implementation."""

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
WORKERS = 2  # worker processes, for implementations that load images one by one
SEED = 0


@dataclass(frozen=True)
class Workload:
    """A recipe at one resolution.

    Attributes
    ----------
    steps
        Number of timed batches.
    peers
        Whether frameworks train it too, and not only our loop and the plain one.
    """

    title: str
    profile: ProfileName
    run: str
    image_size: int
    steps: int
    frameworks: bool

    @property
    def recipe(self) -> Recipe:
        """Recipe of the run, for one epoch."""
        return replace(PROFILES[self.profile].recipes[self.run], image_size=self.image_size, epochs=1)


#: All workloads by name.
WORKLOADS = {
    "cnn": Workload("Two-layer CNN, 32 px", "full", "cnn", 32, 24, frameworks=True),
    "cnn-aug": Workload("Two-layer CNN with augmentation, 32 px", "full", "cnn-aug", 32, 24, frameworks=True),
    "resnet18-32": Workload("ResNet-18, 32 px", "quick", "resnet18", 32, 8, frameworks=False),
    "resnet18-64": Workload("ResNet-18, 64 px", "full", "resnet18", 64, 3, frameworks=True),
    "resnet18-aug-64": Workload("ResNet-18 with augmentation, 64 px", "full", "resnet18-aug", 64, 3, frameworks=False),
}


class Clock:
    """Measures the time of the batches after the warm-up."""

    def __init__(self, warm: int, steps: int) -> None:
        self.warm, self.steps = warm, steps
        self._done, self._start, self._end = 0, 0.0, 0.0

    def tick(self) -> None:
        """Count a finished batch."""
        self._done += 1
        if self._done == self.warm:
            self._start = seconds_now()
        elif self._done == self.warm + self.steps:
            self._end = seconds_now()

    @property
    def seconds(self) -> float:
        """Seconds of the timed batches.

        Raises
        ------
        RuntimeError
            Fewer or more batches were trained than planned.
        """
        if self._done != self.warm + self.steps:
            raise RuntimeError(f"{self._done} batches were trained, not {self.warm + self.steps}")
        return self._end - self._start


def seconds_now() -> float:
    """Return the time in seconds, after all work of the GPU has ended."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


@dataclass
class TrainingJob:
    """Random images and labels for one epoch of a workload; their content does not affect the speed.

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
        """Build the network, with the same weights for every implementation. It standardises its input images."""
        torch.manual_seed(SEED)
        return build_model(self.recipe.model, image_size=self.recipe.image_size, classes=CLASSES)


def make_job(workload: Workload, *, quick: bool) -> TrainingJob:
    """Create the data of a workload with one or two warm-up batches; a quick job has two small batches in all."""
    recipe = workload.recipe
    if quick:
        return TrainingJob(replace(recipe, batch_size=8), Clock(1, 1), choose_device("auto"))
    warm = 1 if workload.steps < 8 else 2
    return TrainingJob(recipe, Clock(warm, workload.steps), choose_device("auto"))
