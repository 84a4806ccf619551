"""Predictions of all configurations on changed test images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from svhnlab.analysis.robustness import choose_images, compare_runs, conditions_of, evaluate_runs, steps_of
from svhnlab.data.corruptions import corrupt
from svhnlab.image_rows import ImageArray, chunk_length
from svhnlab.models.networks import Classifier
from svhnlab.store.schema import Robustness
from svhnlab.training.predict import predict_arrays

#: Configuration to whose errors the corruption errors are related; the first one of a study without it.
REFERENCE = "cnn"
_CHUNK = 128  # images of 32 pixels whose versions under all conditions are in memory at once


def evaluate_robustness(
    models: Mapping[str, Classifier],
    images: ImageArray,
    labels: NDArray[np.int64],
    wrong_in_any: NDArray[np.bool_],
    shown: NDArray[np.int64],
    settings: Mapping[str, Any],
    *,
    device: torch.device,
    resamples: int,
    seed: int,
    photographs: NDArray[np.int64] | None,
) -> Robustness:
    """Classify changed versions of test images, from one view each, and compute accuracies and tests.

    Parameters
    ----------
    models
        On the device, by configuration.
    images, labels
        Of the test split: uint8 (N, 3, H, W), and classes, shape (N,).
    wrong_in_any, shown
        As in :func:`svhnlab.analysis.robustness.choose_images`.
    settings
        `RobustnessSettings.inputs`.
    photographs
        Number of the photograph of each test image, shape (N,).
    """
    rows, sampled = choose_images(wrong_in_any, shown, sample=settings["sample"], most=settings["images"], seed=seed)
    conditions = conditions_of(settings["corruptions"])
    parts: dict[str, list[NDArray[np.float32]]] = {name: [] for name in models}
    chunk = chunk_length(images, _CHUNK)
    for start in range(0, len(rows), chunk):
        some = rows[start : start + chunk]
        chosen = images[some]
        changed = [
            corrupt(chosen, one.corruption, one.strength, seed=seed, numbers=some, others=images) for one in conditions
        ]
        versions = np.concatenate([chosen, *changed])
        for name, model in models.items():
            _, logits = predict_arrays(model, versions, device)
            parts[name].append(logits.reshape(1 + len(conditions), len(some), -1))
    shares = {name: softmax(np.concatenate(logits, axis=1), axis=2) for name, logits in parts.items()}
    predicted = {name: share.argmax(axis=2) for name, share in shares.items()}
    outcomes = {name: (classes == labels[rows])[:, sampled] for name, classes in predicted.items()}
    steps = steps_of(conditions)
    reference = REFERENCE if REFERENCE in models else next(iter(models))
    of_sample = None if photographs is None else photographs[rows[sampled]]
    return Robustness(
        rows=rows,
        sampled=sampled,
        seed=seed,
        conditions=conditions,
        predicted={name: classes.astype(np.int16) for name, classes in predicted.items()},
        confidence={name: share.max(axis=2).astype(np.float16) for name, share in shares.items()},
        label_share={
            name: np.take_along_axis(share, labels[rows][None, :, None], axis=2)[..., 0].astype(np.float16)
            for name, share in shares.items()
        },
        reference=reference,
        runs=evaluate_runs(outcomes, steps, reference, resamples=resamples, seed=seed, photographs=of_sample),
        differences=compare_runs(outcomes, steps, resamples=resamples, seed=seed, photographs=of_sample),
    )
