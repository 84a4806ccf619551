"""One training of one variant on one fold."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from svhnlab.config.initial_weights import RANDOM, InitialWeights
from svhnlab.models.networks import Classifier
from svhnlab.pipeline.ablation_variants import Variant
from svhnlab.pipeline.initial_weights import load_initial_weights
from svhnlab.store.cached import get_or_compute
from svhnlab.store.keys import pretraining_key
from svhnlab.store.store import ResultKey, Store
from svhnlab.training.allocator import tune_malloc
from svhnlab.training.device import describe_device
from svhnlab.training.loop import Callbacks, derive_seed, train
from svhnlab.training.predict import features_and_logits

FOLDS = 5
SCHEMA = 2

_DECAY = 0.99  # share that each step leaves of the moving average of the weights


def rows_of_fold(labels: NDArray[np.int64], fold: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that are trained on, and those that are held out; stratified, the same for every variant."""
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    chosen, held_out = list(splitter.split(labels[:, None], labels))[fold]
    return chosen, held_out


def _initial_weights(variant: Variant) -> InitialWeights:
    return RANDOM if variant.start == "random" else InitialWeights("generated", pretraining_key().key)


def address_of(variant: Variant, data: str, fold: int) -> ResultKey:
    """Where the result of a training lies in the store."""
    inputs = {
        "schema": SCHEMA,
        "data": data,
        "recipe": asdict(variant.recipe),
        "change": None if variant.change is None else variant.change.__name__,
        "start": _initial_weights(variant).as_dict(),
        "folds": FOLDS,
        "fold": fold,
    }
    return ResultKey("ablation", variant.recipe.model, inputs)


def shares_correct(
    store: Store,
    variant: Variant,
    data: str,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    fold: int,
    device: torch.device,
    threads: int,
) -> dict[str, float]:
    """Train a variant without one fold, if that is not stored yet; return its accuracy on that fold.

    Three times: as the recipe says ("kept"), with or without shifted views of an image, whichever the recipe does not
    ("views"), and with a moving average of the weights in place of those of the last step ("average").
    """
    tune_malloc()
    torch.set_num_threads(threads)
    write: Callable[[Path], dict[str, Any]] = partial(_write, store, variant, images, labels, fold, device)
    stored = get_or_compute(store, address_of(variant, data, fold), write, print)
    found: dict[str, float] = stored.json("accuracy.json")
    return found


def _write(
    store: Store,
    variant: Variant,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    fold: int,
    device: torch.device,
    folder: Path,
) -> dict[str, Any]:
    chosen, held_out = rows_of_fold(labels, fold)
    torch.manual_seed(derive_seed(fold, "weights"))
    model = variant.model(int(labels.max()) + 1)
    load_initial_weights(model, _initial_weights(variant), store, None)
    model = model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    tensors = [torch.from_numpy(array[rows]).to(device) for rows in (chosen, held_out) for array in (images, labels)]
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(_DECAY), use_buffers=True)
    followed = Callbacks(batch_end=[lambda *_: average.update_parameters(model)])
    shift, held = variant.recipe.test_shift, (tensors[2], tensors[3])
    started = time.perf_counter()
    train(model, variant.recipe, tensors[0], tensors[1], held, seed=fold, callbacks=followed)
    seconds = time.perf_counter() - started
    # the weights of the last epoch: none was chosen on the held-out images
    found = {
        "kept": _accuracy(model, *held, shift),
        "views": _accuracy(model, *held, 0 if shift else 1),
        "average": _accuracy(cast("Classifier", average.module), *held, shift),
    }
    (folder / "accuracy.json").write_text(json.dumps(found), encoding="utf-8")
    return {**describe_device(device), "training_seconds": round(seconds, 3)}


def _accuracy(model: Classifier, images: torch.Tensor, labels: torch.Tensor, shift: int) -> float:
    _, logits = features_and_logits(model, images, shift)
    return (logits.argmax(1) == labels).double().mean().item()
