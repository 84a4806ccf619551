"""Pretraining on generated digits; its weights are stored like any other result."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import channels_last, from_numpy

from svhnlab.config.recipes import PRETRAINING
from svhnlab.data.synthetic import generate
from svhnlab.models.networks import build_model
from svhnlab.store import environment
from svhnlab.store.cached import checkpoint_path, get_or_compute
from svhnlab.store.keys import pretraining_key
from svhnlab.store.save import save
from svhnlab.store.schema import History
from svhnlab.store.store import Store, StoredResult
from svhnlab.training.checkpoint import load_checkpoint, save_checkpoint, write_weights
from svhnlab.training.device import describe_device
from svhnlab.training.loop import Callbacks, derive_seed, train
from svhnlab.training.progress import progress_bar

DIGIT_CLASSES = 10


def pretrain(store: Store, console: Console, device: torch.device, say: Callable[[str], None]) -> StoredResult:
    """Return the stored pretraining on generated digits; train first if it is missing or damaged."""
    return get_or_compute(store, pretraining_key(), partial(_write, store, console, device, say), say)


def _write(
    store: Store, console: Console, device: torch.device, say: Callable[[str], None], folder: Path
) -> dict[str, Any]:
    settings, recipe = PRETRAINING, PRETRAINING.recipe
    say(f"Generating {settings.images + settings.validation:,} digits for pretraining ...")
    splits = {}
    for name, split, count in (("train", "train", settings.images), ("validation", "test", settings.validation)):
        digits = generate(count, seed=settings.seed, split=split, wrong_share=0)
        splits[name] = (from_numpy(digits.images).to(device), from_numpy(digits.labels).to(device))
    torch.manual_seed(derive_seed(settings.seed, "weights", "pretraining"))
    model = build_model(recipe.model, image_size=recipe.image_size, classes=DIGIT_CLASSES)
    model = model.to(device).to(memory_format=channels_last)  # type: ignore[call-overload]
    checkpoint = checkpoint_path(store, pretraining_key())
    state = load_checkpoint(checkpoint, say)
    done = len(state.history) if state else 0
    with progress_bar(console, "Generated digits", recipe.epochs, settings.images, done) as display:
        state = train(
            model,
            recipe,
            *splits["train"],
            splits["validation"],
            seed=derive_seed(settings.seed, "pretraining"),
            state=state,
            session={**describe_device(device), "commit": environment.commit()["sha"]},
            callbacks=Callbacks(
                batch_end=display.batch_end,
                epoch_end=[partial(save_checkpoint, checkpoint), *display.epoch_end],
            ),
        )
    weights = {
        name.removeprefix("backbone."): value
        for name, value in state.best_model.items()
        if name.startswith("backbone.")
    }
    write_weights(folder / "weights.safetensors", weights)
    save(History(state.best_epoch, tuple(state.history)), folder)
    return {
        **describe_device(device),
        "sessions": state.sessions,
        "training_seconds": round(sum(epoch.seconds for epoch in state.history), 3),
    }
