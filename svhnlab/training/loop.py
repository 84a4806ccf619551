"""The training loop.

The whole split lies in memory as one uint8 tensor on the device; batches are drawn, scaled and augmented
there (after KellerJordan's airbench). Chance enters by the seed alone: every epoch has generators of its own,
derived from seed and epoch, so a training that goes on from a checkpoint draws what an undisturbed one would
have drawn.
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
from svhnlab.training.predict import evaluate_split


@dataclass
class Progress:
    """State of a training after a whole epoch: all that is needed to go on or to finish."""

    model: dict[str, Tensor]
    optimizer: dict[str, object]
    best_model: dict[str, Tensor]  # the weights after the epoch that is kept
    best_epoch: int  # that epoch
    history: list[Epoch] = field(default_factory=list)
    #: Where each part of the training was computed: one entry per process that had a part in it.
    sessions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Callbacks:
    """Who is told what: after every batch (images done so far, images of the epoch) and every epoch."""

    batch_end: Sequence[Callable[[int, int, int], None]] = ()  # epoch, images done, images in the epoch
    epoch_end: Sequence[Callable[[Progress], None]] = ()


def derived_seed(seed: int, *names: int | str) -> int:
    """Return a seed for one use, independent of that of any other use (numpy's SeedSequence)."""
    words = [seed, *(name if isinstance(name, int) else int.from_bytes(name.encode()) for name in names)]
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> 1)


def one_cycle(step: int, steps: int, warmup: float) -> float:
    """Share of the peak learning rate at a step: linear rise, then a half cosine to zero."""
    rise = max(1.0, warmup * steps)
    if step < rise:
        return (step + 1) / (rise + 1)
    return 0.5 * (1 + float(np.cos(np.pi * (step - rise) / max(1.0, steps - rise))))


def batch_starts(count: int, size: int) -> list[int]:
    """Return where each batch of an epoch begins; a last batch of one image joins the one before.

    Batch normalisation can't be trained on a single image whose maps have shrunk to one pixel.
    """
    starts = list(range(0, count, size))
    return starts[:-1] if len(starts) > 1 and count % size == 1 else starts


def within_one_standard_error(history: Sequence[Epoch], images: int) -> bool:
    """Whether no epoch was better than the last one by more than a standard error of the validation accuracy.

    The last epoch of which that is true is kept. The single best one would be the luck of few validation images, while
    the learning rate falls to zero at the end (the one-standard-error rule of Breiman et al., 1984).

    Parameters
    ----------
    history
        Epochs up to now.
    images
        Number of validation images.
    """
    best = max(epoch.validation_accuracy for epoch in history)
    error = float(np.sqrt(best * (1 - best) / images))
    return history[-1].validation_accuracy >= best - error


def make_optimizer(model: Classifier, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW (Loshchilov & Hutter, 2019) that decays matrices and kernels but not biases and norms."""
    decayed = [weight for weight in model.parameters() if weight.ndim >= 2]
    plain = [weight for weight in model.parameters() if weight.ndim < 2]
    groups = [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, fused=True)


def _begin(model: Classifier, recipe: Recipe, progress: Progress | None) -> tuple[torch.optim.Optimizer, Progress]:
    """Return optimizer and state of a training that begins, or that goes on from a given state."""
    optimizer = make_optimizer(model, recipe)
    if progress is None:
        state = copy.deepcopy(model.state_dict())
        return optimizer, Progress(state, optimizer.state_dict(), state, best_epoch=0)
    model.load_state_dict(progress.model)
    optimizer.load_state_dict(progress.optimizer)
    return optimizer, progress


def train(
    model: Classifier,
    recipe: Recipe,
    images: Tensor,
    labels: Tensor,
    validation: tuple[Tensor, Tensor],
    *,
    seed: int,
    progress: Progress | None = None,
    session: dict[str, Any] | None = None,
    callbacks: Callbacks | None = None,
    team: ProcessGroup = SINGLE_PROCESS,
) -> Progress:
    """Train for ``recipe.epochs`` epochs and return the state, with the kept epoch's weights in it.

    Parameters
    ----------
    model
        On the device to train on; holds the last epoch's weights afterwards.
    images, labels
        Training split on the same device: uint8 (N, 3, 32, 32) and int64 (N,).
    validation
        Images and labels that choose the epoch that is kept, see :func:`within_one_standard_error`.
    progress
        State to go on from, at most ``recipe.epochs`` epochs long.
    session
        Where this part of the training is computed; recorded in the state.
    team
        The processes that train together; each calls this function with the same arguments, callbacks aside.
    """
    callbacks = callbacks or Callbacks()
    device = images.device
    optimizer, progress = _begin(model, recipe, progress)
    if session is not None:
        progress.sessions.append({"from_epoch": len(progress.history) + 1, **session})
    network = team.prepare(model)
    count = len(images)
    starts = batch_starts(count, recipe.batch_size)
    steps = recipe.epochs * len(starts)
    for epoch in range(len(progress.history) + 1, recipe.epochs + 1):
        start = time.perf_counter()
        drawing = torch.Generator(device).manual_seed(derived_seed(seed, "augmentation", epoch))
        order = torch.randperm(count, generator=torch.Generator().manual_seed(derived_seed(seed, "order", epoch)))
        order = order.to(device)
        torch.manual_seed(derived_seed(seed, "dropout", epoch))
        totals = torch.zeros(2, device=device, dtype=torch.float64)
        model.train()
        for batch, (first, last) in enumerate(zip(starts, [*starts[1:], count], strict=True)):
            step = (epoch - 1) * len(starts) + batch
            rate = recipe.learning_rate * one_cycle(step, steps, recipe.warmup)
            for group in optimizer.param_groups:
                group["lr"] = rate
            chosen = order[first:last]
            pixels = images[chosen].float().div_(255)
            if recipe.augmentation is not None:
                pixels = augment(pixels, drawing, recipe.augmentation)
            mine = team.rows(len(chosen))
            pixels, targets = pixels[mine], labels[chosen[mine]]
            with autocast(device, cpu_too=True):
                logits = network(pixels.contiguous(memory_format=torch.channels_last)).float()
            loss = F.cross_entropy(logits, targets, label_smoothing=recipe.label_smoothing)
            optimizer.zero_grad(set_to_none=True)
            team.share(loss, mine).backward()
            optimizer.step()
            with torch.no_grad():
                # kept on the device: reading a number here would make the host wait for every step
                totals += torch.stack(
                    [
                        F.cross_entropy(logits, targets, reduction="sum").double(),
                        (logits.argmax(1) == targets).sum().double(),
                    ]
                )
            for told in callbacks.batch_end:
                told(epoch, last, count)
        train_loss, train_hits = (team.total(totals) / count).tolist()
        seconds = time.perf_counter() - start
        validation_loss, validation_accuracy = evaluate_split(model, *validation)
        progress.history.append(
            Epoch(
                epoch=epoch,
                train_loss=train_loss,
                train_accuracy=train_hits,
                validation_loss=validation_loss,
                validation_accuracy=validation_accuracy,
                learning_rate=rate,
                seconds=time.perf_counter() - start,
                images_per_second=count / seconds,
            )
        )
        progress.model = copy.deepcopy(model.state_dict())
        progress.optimizer = optimizer.state_dict()
        if within_one_standard_error(progress.history, len(validation[1])):
            progress.best_epoch, progress.best_model = epoch, progress.model
        for heard in callbacks.epoch_end:
            heard(progress)
    return progress
