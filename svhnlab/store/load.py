"""Stored files as the dataclasses of :mod:`svhnlab.store.schema`. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from svhnlab.store.schema import (
    AugmentationPreview,
    Centroids,
    ClassScores,
    DataResult,
    Duplicates,
    Embedding,
    Epoch,
    Evidence,
    ImageStatistics,
    Interaction,
    LabelReview,
    MapScores,
    NeighbourImages,
    PairedComparison,
    Predictions,
    Repeat,
    RunResult,
    RunStatistics,
    Statistics,
)
from svhnlab.store.store import StoredResult


def read_data(stored: StoredResult) -> DataResult:
    """Return the data of a study."""
    summary = stored.json("summary.json")
    images = stored.arrays("images.npz")
    numbers = stored.arrays("statistics.npz")
    names = ("counts", "channel_mean", "channel_std", "brightness", "contrast")
    splits = {
        split: ImageStatistics(**{name: numbers[f"{split}_{name}"] for name in names})
        for split in ("train", "validation", "test")
    }
    return DataResult(
        kind=summary["kind"],
        name=summary["name"],
        digest=summary["digest"],
        protocol=summary["protocol"],
        splits=splits,
        samples=images["samples"],
        test_images=images["test_images"],
        test_labels=images["test_labels"],
        planted=images["planted"],
        key=stored.key,
        checksum=stored.checksum,
    )


def read_run(
    name: str, title: str, stored: StoredResult, maps: StoredResult | None, evidence: StoredResult | None
) -> RunResult:
    """Return a trained run with its maps and its evidence, as far as these are made."""
    arrays = stored.arrays("predictions.npz")
    history = stored.json("history.json")
    return RunResult(
        name=name,
        title=title,
        history=tuple(Epoch(**epoch) for epoch in history["epochs"]),
        best_epoch=history["best_epoch"],
        validation=read_predictions(arrays, "validation"),
        test=read_predictions(arrays, "test"),
        embedding=None if maps is None else _read_embedding(maps),
        evidence=None if evidence is None else read_evidence(evidence),
        settings=stored.json("settings.json"),
        environment=stored.manifest["environment"],
        key=stored.key,
        checksum=stored.checksum,
        stored_bytes=stored.bytes,
    )


def read_repeat(stored: StoredResult) -> Repeat:
    """Return the seed and the test scores of one training."""
    arrays = stored.arrays("predictions.npz")
    scores = ClassScores(arrays["test_labels"], arrays["test_logits"])
    return Repeat(seed=stored.json("settings.json")["seed"], test=scores)


def read_predictions(arrays: Mapping[str, np.ndarray], split: str) -> Predictions:
    """Return the predictions of one split from the arrays of a run's ``predictions.npz``."""
    names = ("labels", "logits", "features", "indices")
    return Predictions(**{name: arrays[f"{split}_{name}"] for name in names})


def _read_embedding(stored: StoredResult) -> Embedding:
    arrays = stored.arrays("maps.npz")
    about = stored.json("about.json")
    return Embedding(
        rows=arrays["rows"],
        planar=arrays["planar"],
        spatial=arrays["spatial"],
        scores=TypeAdapter(dict[str, MapScores]).validate_python(about["scores"]),
        settings=about["settings"],
    )


def read_evidence(stored: StoredResult) -> Evidence:
    """Return a run's centroids, nearest training images and attributions."""
    arrays = stored.arrays("evidence.npz")
    centroids = Centroids(**{name: arrays.pop(name) for name in ("means", "radii", "counts")})
    return Evidence(centroids=centroids, **arrays)


def read_statistics(stored: StoredResult) -> Statistics:
    """Return the intervals and tests over all runs."""
    about, arrays = stored.json("statistics.json"), stored.arrays("statistics.npz")
    labels: dict[str, Any] = {name: arrays[name] for name in ("quality", "suspected", "suggested")}
    duplicates: dict[str, Any] = {name: arrays[name] for name in ("test_rows", "train_rows", "distances")}
    return Statistics(
        runs=TypeAdapter(dict[str, RunStatistics]).validate_python(about["runs"]),
        pairs=TypeAdapter(tuple[PairedComparison, ...]).validate_python(about["pairs"]),
        interaction=TypeAdapter(Interaction | None).validate_python(about["interaction"]),
        labels=LabelReview(**labels, **about["labels"]),
        duplicates=Duplicates(**duplicates, **about["duplicates"]),
        properties={name: arrays[f"property_{name}"] for name in about["properties"]},
        resamples=about["resamples"],
        seed=about["seed"],
    )


def read_neighbour_images(stored: StoredResult) -> NeighbourImages:
    """Return the training images that stand beside test images."""
    return NeighbourImages(**stored.arrays("neighbours.npz"))


def read_preview(stored: StoredResult) -> AugmentationPreview:
    """Return the examples of augmentation."""
    names = stored.json("names.json")
    arrays = stored.arrays("images.npz")
    variants = {name: arrays[f"variant_{position}"] for position, name in enumerate(names)}
    return AugmentationPreview(arrays["originals"], variants)
