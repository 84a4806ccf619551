"""Ablations: recipes with one part changed, compared by cross-validation on the training images.

All variants are trained on the same folds of the training file, which divide whole photographs. The test file is not
read.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import joblib
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from sklearn.model_selection import StratifiedKFold
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from svhnlab.config.initial_weights import RANDOM, InitialWeights
from svhnlab.config.profiles import Profile
from svhnlab.data.photographs import photographs_of
from svhnlab.data.sources.base import DataSource
from svhnlab.data.splits import photograph_strata
from svhnlab.image_rows import ImageArray
from svhnlab.models.networks import Classifier
from svhnlab.pipeline.ablation_variants import Variant, variants
from svhnlab.pipeline.initial_weights import load_initial_weights
from svhnlab.pipeline.pretraining import pretrain
from svhnlab.store.ablation_file import AblationFile, AblationRow, AblationRun
from svhnlab.store.cached import get_or_compute
from svhnlab.store.environment import commit
from svhnlab.store.keys import pretraining_key
from svhnlab.store.schema.measurement import Commit
from svhnlab.store.store import ResultKey, Store
from svhnlab.training.allocator import tune_malloc
from svhnlab.training.device import DeviceOption, choose_device, describe_device
from svhnlab.training.loop import Callbacks, derive_seed, train
from svhnlab.training.machine import describe_machine
from svhnlab.training.predict import features_and_logits

FOLDS = 5
SCHEMA = 3  # schema version of a stored training run; part of its key; 3 since the folds divide photographs

_EMA_DECAY = 0.99


@dataclass(frozen=True)
class AblationSettings:
    """Settings of an ablation.

    Attributes
    ----------
    runs
        Runs with augmentation whose recipes are varied.
    folds
        How many of the `FOLDS` folds are held out in turn.
    epochs
        Epochs of every training run; None for those of the recipe.
    workers
        Number of parallel training runs; None for one per physical core, or one on a GPU.
    note
        See :class:`svhnlab.store.ablation_file.AblationFile`.
    """

    profile: Profile
    runs: tuple[str, ...]
    folds: int = FOLDS
    epochs: int | None = None
    workers: int | None = None
    note: str = ""


def run_ablation(
    settings: AblationSettings,
    source: DataSource,
    store: Store,
    console: Console,
    device_option: DeviceOption = "auto",
    n_classes: int | None = None,
) -> AblationFile:
    """Train every variant on every fold unless the run is stored, and return the accuracies.

    Parameters
    ----------
    n_classes
        Number of custom classes; None for the ten digits, see :meth:`svhnlab.data.sources.base.DataSource.read`.
    """
    device = choose_device(device_option)
    training = source.read(n_classes)["train"]
    photographs = photographs_of(training)
    planned = {
        run: [
            variant if settings.epochs is None else variant.with_epochs(settings.epochs)
            for variant in variants(settings.profile, run)
        ]
        for run in settings.runs
    }
    if any(variant.start == "generated" for tried in planned.values() for variant in tried):
        pretrain(store, console, device, console.print)
    jobs = [
        (run, variant, fold) for fold in range(settings.folds) for run, tried in planned.items() for variant in tried
    ]
    workers = settings.workers or (1 if device.type == "cuda" else joblib.cpu_count(only_physical_cores=True))
    threads = max(1, joblib.cpu_count() // workers)
    console.print(f"Running {len(jobs)} trainings, {workers} at a time; stored trainings are not repeated.")
    measured = joblib.Parallel(n_jobs=workers, verbose=5)(
        joblib.delayed(fold_accuracies)(
            store, variant, source.digest, training.images, training.labels, photographs, fold, device, threads
        )
        for _, variant, fold in jobs
    )
    accuracies = {(run, variant.title, fold): found for (run, variant, fold), found in zip(jobs, measured, strict=True)}
    return AblationFile(
        date=datetime.now(UTC).replace(microsecond=0),
        commit=Commit.model_validate(commit()),
        machine=describe_machine(),
        data=source.name,
        data_digest=source.digest,
        images=len(training.labels),
        profile=settings.profile.name,
        folds=FOLDS,
        unit="photograph",
        note=settings.note,
        runs=tuple(_run(run, tried, accuracies, settings.folds) for run, tried in planned.items()),
    )


def fold_rows(
    labels: NDArray[np.int64], photographs: NDArray[np.int64], fold: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the training rows and the held-out rows of a fold, the same for every variant.

    The folds divide whole photographs, stratified by the rarest class among the images of each.
    """
    numbers, strata = photograph_strata(labels, photographs, at_least=FOLDS)
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    _, held_out = list(splitter.split(numbers, strata))[fold]
    in_fold = np.isin(photographs, numbers[held_out])
    return np.flatnonzero(~in_fold), np.flatnonzero(in_fold)


def fold_key(variant: Variant, data_digest: str, fold: int) -> ResultKey:
    """Return the key of a variant's training run on a fold."""
    inputs = {
        "schema": SCHEMA,
        "data": data_digest,
        "recipe": variant.recipe.inputs,
        "change": None if variant.change is None else variant.change.__name__,
        "start": _initial_weights(variant).as_dict(),
        "folds": FOLDS,
        "fold": fold,
    }
    return ResultKey("ablation", variant.recipe.model, inputs)


def _initial_weights(variant: Variant) -> InitialWeights:
    return RANDOM if variant.start == "random" else InitialWeights("generated", pretraining_key().key)


def fold_accuracies(
    store: Store,
    variant: Variant,
    data_digest: str,
    images: ImageArray,
    labels: NDArray[np.int64],
    photographs: NDArray[np.int64],
    fold: int,
    device: torch.device,
    threads: int,
) -> dict[str, float]:
    """Train a variant without one fold unless it is stored, and return its accuracies on that fold.

    Returns
    -------
    Accuracy with the recipe's own evaluation ("kept"), with test-time augmentation toggled ("views": on if the recipe
    does not use it, else off), and with an exponential moving average of the weights ("average").
    """
    tune_malloc()
    torch.set_num_threads(threads)
    write: Callable[[Path], dict[str, Any]] = partial(
        _write, store, variant, images, labels, fold_rows(labels, photographs, fold), fold, device
    )
    stored = get_or_compute(store, fold_key(variant, data_digest, fold), write, print)
    accuracies: dict[str, float] = stored.json("accuracy.json")
    return accuracies


def _write(
    store: Store,
    variant: Variant,
    images: ImageArray,
    labels: NDArray[np.int64],
    rows_of_fold: tuple[NDArray[np.int64], NDArray[np.int64]],
    fold: int,
    device: torch.device,
    folder: Path,
) -> dict[str, Any]:
    rows, held_out = rows_of_fold
    torch.manual_seed(derive_seed(fold, "weights"))
    model = variant.model(int(labels.max()) + 1)
    load_initial_weights(model, _initial_weights(variant), store, {})
    model = model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    tensors = [torch.from_numpy(array[part]).to(device) for part in (rows, held_out) for array in (images, labels)]
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(_EMA_DECAY), use_buffers=True)
    callbacks = Callbacks(batch_end=[lambda *_: average.update_parameters(model)])
    shift, held = variant.recipe.test_shift, (tensors[2], tensors[3])
    started = time.perf_counter()
    train(model, variant.recipe, tensors[0], tensors[1], held, seed=fold, callbacks=callbacks)
    seconds = time.perf_counter() - started
    # weights of the last epoch: the held-out images are not used for model selection
    accuracies = {
        "kept": _accuracy(model, *held, shift),
        "views": _accuracy(model, *held, 0 if shift else 1),
        "average": _accuracy(cast("Classifier", average.module), *held, shift),
    }
    (folder / "accuracy.json").write_text(json.dumps(accuracies), encoding="utf-8")
    return {**describe_device(device), "training_seconds": round(seconds, 3)}


def _accuracy(model: Classifier, images: torch.Tensor, labels: torch.Tensor, shift: int) -> float:
    _, logits = features_and_logits(model, images, shift)
    return (logits.argmax(1) == labels).double().mean().item()


def _run(
    run: str, tried: Sequence[Variant], accuracies: dict[tuple[str, str, int], dict[str, float]], folds: int
) -> AblationRun:
    def row(variant: Variant, evaluation: str, title: str) -> AblationRow:
        values = tuple(accuracies[run, variant.title, fold][evaluation] for fold in range(folds))
        return AblationRow(title=title, about=variant.about, accuracies=values)

    recipe = tried[0].recipe
    views = "without test-time augmentation" if recipe.test_shift else "with test-time augmentation (four shifts)"
    rows = [row(variant, "kept", variant.title) for variant in tried]
    evaluations = [row(tried[0], "views", views), row(tried[0], "average", "exponential moving average of the weights")]
    return AblationRun(
        name=run, epochs=recipe.epochs, image_size=recipe.image_size, rows=(*rows[:1], *evaluations, *rows[1:])
    )
