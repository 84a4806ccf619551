"""svhnlab's own training loop."""

from __future__ import annotations

from contextlib import suppress

import torch
from torch import Tensor

from benchmarks.contenders.workload import SEED, Clock, Work
from svhnlab.config.recipes import Recipe
from svhnlab.models.networks import Classifier
from svhnlab.training.allocator import tune_malloc
from svhnlab.training.device import choose_device, describe_device
from svhnlab.training.loop import Callbacks
from svhnlab.training.loop import train as train_run

TITLE = "svhnlab"
PACKAGE = None
HOW = (
    "all images in memory as bytes, transforms on whole batches, channels last, an allocator that keeps its memory; "
    f"computes in {describe_device(choose_device('auto'))['precision']}"
)


def train(work: Work) -> None:
    """Train one epoch."""
    tune_malloc()
    model = work.model().to(work.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    images, labels = torch.from_numpy(work.images).to(work.device), torch.from_numpy(work.labels).to(work.device)
    train_steps(model, work.recipe, images, labels, work.clock)


class _EnoughError(Exception):
    """As many steps were trained as wanted."""


def train_steps(model: Classifier, recipe: Recipe, images: Tensor, labels: Tensor, clock: Clock) -> None:
    """Train by the loop itself, and stop when the clock has all its steps: an epoch may be far longer."""
    left = clock.warm + clock.steps

    def batch_end(*_: int) -> None:
        nonlocal left
        clock.tick()
        left -= 1
        if not left:
            raise _EnoughError

    with suppress(_EnoughError):
        validation = images[:8], labels[:8]
        train_run(model, recipe, images, labels, validation, seed=SEED, callbacks=Callbacks(batch_end=[batch_end]))
