"""Estimate of what a study needs before it is trained: images, steps, time on this machine, and disk space."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, from_numpy

from svhnlab.models.networks import build_model
from svhnlab.pipeline.images import Images
from svhnlab.store.keys import StudySpec
from svhnlab.training.loop import Callbacks, batch_starts, train

TIMED_BATCHES = 3
BYTES = 4  # of a stored number


@dataclass(frozen=True)
class RunEstimate:
    """What the training of one configuration needs.

    Attributes
    ----------
    steps
        Optimizer steps of all trainings.
    seconds
        Time of all trainings on this machine, from a few batches.
    megabytes
        Weights and predictions of all trainings.
    """

    name: str
    trainings: int
    epochs: int
    steps: int
    parameters: int
    seconds: float
    megabytes: float


def estimate_run(spec: StudySpec, name: str, images: Images, device: torch.device) -> RunEstimate:
    """Estimate the training of a configuration: train it for a few batches, and measure the time of all but the first.

    Nothing is stored. Initial weights do not change the time, so they are random.
    """
    recipe, classes = spec.recipe(name), len(spec.class_names)
    model = build_model(recipe.model, image_size=recipe.image_size, classes=classes).to(device)
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    pixels, labels = images.images["train"], images.labels["train"]
    size = min(recipe.batch_size, len(labels))
    chosen = np.arange((TIMED_BATCHES + 1) * size) % len(labels)
    ends: list[float] = []

    def split(rows: np.ndarray) -> tuple[Tensor, Tensor]:
        return from_numpy(pixels[rows]).to(device), from_numpy(labels[rows]).to(device)

    def note_time(*_: int) -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        ends.append(time.perf_counter())

    short = replace(recipe, epochs=1, batch_size=size)
    train(model, short, *split(chosen), split(chosen[:2]), seed=spec.seed, callbacks=Callbacks(batch_end=[note_time]))
    per_batch = float(np.diff(ends).min())  # a busy machine makes some batches slower
    trainings = spec.seeds_of(name)
    steps = trainings * recipe.epochs * len(batch_starts(len(labels), recipe.batch_size))
    parameters = sum(weight.numel() for weight in model.parameters())
    predicted = len(images.labels["validation"]) + len(images.labels["test"])
    numbers = parameters + predicted * (model.feature_count + classes)
    return RunEstimate(
        name, trainings, recipe.epochs, steps, parameters, steps * per_batch, trainings * numbers * BYTES / 1e6
    )
