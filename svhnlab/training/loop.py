"""The training loop.

The whole split is one uint8 tensor on the device, unless it is large and on disk; batches are drawn, scaled and
augmented there (as in Keller Jordan's airbench). All randomness comes from the seed: every epoch has its own
generators, seeded by seed and epoch, so that a training resumed from a checkpoint draws the same numbers as an
uninterrupted one.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from svhnlab.config.recipes import Recipe
from svhnlab.models.networks import Classifier
from svhnlab.store.schema import Epoch
from svhnlab.training.augmentation import augment
from svhnlab.training.ddp import SINGLE_PROCESS, ProcessGroup
from svhnlab.training.device import autocast
from svhnlab.training.device_images import DeviceImages
from svhnlab.training.dynamics import DynamicsRecord
from svhnlab.training.muon import MuonAdamW, has_muon
from svhnlab.training.predict import evaluate_split


@dataclass
class TrainingState:
    """State of a training after an epoch: everything needed to resume or finish it."""

    model: dict[str, Tensor]
    optimizer: dict[str, object]
    best_model: dict[str, Tensor]  # weights after the best epoch
    best_epoch: int  # counted from 1; 0 before the first
    history: list[Epoch] = field(default_factory=list)
    #: Where each session of the training ran: one entry per start or resumption.
    sessions: list[dict[str, Any]] = field(default_factory=list)
    dynamics: DynamicsRecord = field(default_factory=DynamicsRecord)


@dataclass(frozen=True)
class Callbacks:
    """Functions called after every batch and every epoch."""

    batch_end: Sequence[Callable[[int, int, int], None]] = ()  # epoch, images done, images in the epoch
    epoch_end: Sequence[Callable[[TrainingState], None]] = ()


def derive_seed(seed: int, *names: int | str) -> int:
    """Return a seed for one purpose, independent of the seeds for other purposes (numpy's SeedSequence)."""
    entropy = [seed, *(name if isinstance(name, int) else int.from_bytes(name.encode()) for name in names)]
    return int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0] >> 1)


def one_cycle(step: int, steps: int, warmup: float) -> float:
    """Return the share of the peak learning rate at a step: linear warm-up, then cosine decay to zero."""
    rise = max(1.0, warmup * steps)
    if step < rise:
        return (step + 1) / (rise + 1)
    return 0.5 * (1 + float(np.cos(np.pi * (step - rise) / max(1.0, steps - rise))))


def batch_starts(count: int, size: int) -> list[int]:
    """Return the first position of each batch of an epoch; merge a last batch of one image into the one before.

    Batch norm cannot be trained on a single image whose feature maps have one pixel.
    """
    starts = list(range(0, count, size))
    return starts[:-1] if len(starts) > 1 and count % size == 1 else starts


def within_one_standard_error(history: Sequence[Epoch], images: int) -> bool:
    """Return whether the last epoch is within one standard error of the best validation accuracy.

    The last epoch for which this holds is kept (the one-standard-error rule of Breiman et al., 1984). With few
    validation images, the epoch with the highest accuracy is partly due to chance, and later epochs have a lower
    learning rate.

    Parameters
    ----------
    history
        Epochs so far.
    images
        Number of validation images.
    """
    best = max(epoch.validation_accuracy for epoch in history)
    error = float(np.sqrt(best * (1 - best) / images))
    return history[-1].validation_accuracy >= best - error


def make_optimizer(model: Classifier, recipe: Recipe) -> torch.optim.Optimizer:
    """Return AdamW (Loshchilov & Hutter, 2019) with weight decay on matrices and kernels, not on biases and norms.

    If the recipe says so, Muon updates the kernels of small convolutions.
    """
    decayed = [weight for weight in model.parameters() if weight.ndim >= 2]
    plain = [weight for weight in model.parameters() if weight.ndim < 2]
    groups = [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    if not recipe.muon:
        return torch.optim.AdamW(groups, lr=recipe.learning_rate, fused=True)
    kernels = [weight for weight in decayed if has_muon(weight)]
    groups[0]["params"] = [weight for weight in decayed if not has_muon(weight)]
    groups.append({"params": kernels, "weight_decay": recipe.weight_decay, "muon": True})
    return MuonAdamW(groups, lr=recipe.learning_rate, fused=True)


def _start_or_resume(
    model: Classifier, recipe: Recipe, state: TrainingState | None
) -> tuple[torch.optim.Optimizer, TrainingState]:
    """Return the optimizer and the state of a new training, or of one that is resumed from a state."""
    optimizer = make_optimizer(model, recipe)
    if state is None:
        weights = copy.deepcopy(model.state_dict())
        return optimizer, TrainingState(weights, optimizer.state_dict(), weights, best_epoch=0)
    model.load_state_dict(state.model)
    optimizer.load_state_dict(state.optimizer)
    return optimizer, state


def train(
    model: Classifier,
    recipe: Recipe,
    images: DeviceImages,
    labels: Tensor,
    validation: tuple[DeviceImages, Tensor],
    *,
    seed: int,
    state: TrainingState | None = None,
    session: dict[str, Any] | None = None,
    callbacks: Callbacks | None = None,
    group: ProcessGroup = SINGLE_PROCESS,
) -> TrainingState:
    """Train for ``recipe.epochs`` epochs and return the state, which includes the weights of the best epoch.

    Parameters
    ----------
    model
        Model on the training device; has the last epoch's weights afterwards.
    images, labels
        Training split on the same device: uint8 (N, 3, H, W) and int64 (N,).
    validation
        Images and labels used to select the best epoch, see :func:`within_one_standard_error`.
    state
        State to resume from, with at most ``recipe.epochs`` epochs.
    session
        Where this session of the training runs; recorded in the state.
    group
        The processes that train together; each calls this function with the same arguments, except the callbacks.
    """
    callbacks = callbacks or Callbacks()
    device = images.device
    optimizer, state = _start_or_resume(model, recipe, state)
    if session is not None:
        state.sessions.append({"from_epoch": len(state.history) + 1, **session})
    network = group.prepare(model)
    count = len(images)
    starts = batch_starts(count, recipe.batch_size)
    steps = recipe.epochs * len(starts)
    for epoch in range(len(state.history) + 1, recipe.epochs + 1):
        started = time.perf_counter()
        augmentation_rng = torch.Generator(device).manual_seed(derive_seed(seed, "augmentation", epoch))
        order = torch.randperm(count, generator=torch.Generator().manual_seed(derive_seed(seed, "order", epoch)))
        order = order.to(device)
        torch.manual_seed(derive_seed(seed, "dropout", epoch))
        totals = torch.zeros(2, device=device, dtype=torch.float64)
        recorded: Tensor | None = None  # logits of all training images in this epoch
        model.train()
        for batch, (first, last) in enumerate(zip(starts, [*starts[1:], count], strict=True)):
            step = (epoch - 1) * len(starts) + batch
            rate = recipe.learning_rate * one_cycle(step, steps, recipe.warmup)
            for parameters in optimizer.param_groups:
                parameters["lr"] = rate
            chosen = order[first:last]
            pixels = model.shrink(images[chosen].float().div_(255))
            if recipe.augmentation is not None:
                pixels = augment(pixels, augmentation_rng, recipe.augmentation)
            rows = group.shard(len(chosen))
            pixels, targets = pixels[rows], labels[chosen[rows]]
            with autocast(device, cpu_too=True):
                logits = network(pixels.contiguous(memory_format=torch.channels_last)).float()
            loss = F.cross_entropy(logits, targets, label_smoothing=recipe.label_smoothing)
            optimizer.zero_grad(set_to_none=True)
            group.scale_loss(loss, rows).backward()
            optimizer.step()
            with torch.no_grad():
                # all stays on the device: reading a number here would synchronise host and device at every step
                if recorded is None:
                    recorded = logits.new_zeros(count, logits.shape[1])
                recorded[chosen[rows]] = logits
                totals += torch.stack(
                    [
                        F.cross_entropy(logits, targets, reduction="sum").double(),
                        (logits.argmax(1) == targets).sum().double(),
                    ]
                )
            for on_batch_end in callbacks.batch_end:
                on_batch_end(epoch, last, count)
        train_loss, train_accuracy = (group.all_reduce(totals) / count).tolist()
        assert recorded is not None
        state.dynamics.add_epoch(group.all_reduce(recorded), labels)
        seconds = time.perf_counter() - started
        validation_loss, validation_accuracy = evaluate_split(model, *validation)
        state.history.append(
            Epoch(
                epoch=epoch,
                train_loss=train_loss,
                train_accuracy=train_accuracy,
                validation_loss=validation_loss,
                validation_accuracy=validation_accuracy,
                learning_rate=rate,
                seconds=time.perf_counter() - started,
                images_per_second=count / seconds,
            )
        )
        state.model = copy.deepcopy(model.state_dict())
        state.optimizer = optimizer.state_dict()
        if within_one_standard_error(state.history, len(validation[1])):
            state.best_epoch, state.best_model = epoch, state.model
        for on_epoch_end in callbacks.epoch_end:
            on_epoch_end(state)
    return state
