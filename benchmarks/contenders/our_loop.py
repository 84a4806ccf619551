"""svhnlab's own training loop."""

from __future__ import annotations

from contextlib import suppress

import torch
from torch import Tensor

from benchmarks.contenders.workload import SEED, Clock, TrainingJob
from svhnlab.config.recipes import Recipe
from svhnlab.models.networks import Classifier
from svhnlab.training.allocator import tune_malloc
from svhnlab.training.device import choose_device, describe_device
from svhnlab.training.loop import Callbacks
from svhnlab.training.loop import train as train_run

TITLE = "svhnlab"
PACKAGE = None
HOW = (
    "all images in memory as uint8, transforms on whole batches, channels last, an allocator that keeps its memory, "
    f"{describe_device(choose_device('auto'))['precision']}"
)


def train(job: TrainingJob) -> None:
    """Train one epoch."""
    tune_malloc()
    model = job.model().to(job.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    images, labels = torch.from_numpy(job.images).to(job.device), torch.from_numpy(job.labels).to(job.device)
    train_steps(model, job.recipe, images, labels, job.clock)


class _LastStep(Exception):
    """Ends the training after the last step."""


def train_steps(model: Classifier, recipe: Recipe, images: Tensor, labels: Tensor, clock: Clock) -> None:
    """Train with svhnlab's loop and stop after the steps of the clock, which may be much shorter than an epoch."""
    left = clock.warm + clock.steps

    def batch_end(*_: int) -> None:
        nonlocal left
        clock.tick()
        left -= 1
        if not left:
            raise _LastStep

    with suppress(_LastStep):
        validation = images[:8], labels[:8]
        train_run(model, recipe, images, labels, validation, seed=SEED, callbacks=Callbacks(batch_end=[batch_end]))
