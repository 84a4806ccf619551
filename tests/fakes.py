"""A made-up study through the real dataclasses: no training, no files, the same numbers for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.centroids import class_centroids
from svhnlab.config import PROFILES
from svhnlab.results import (
    DIGITS,
    AugmentationPreview,
    Calibration,
    ClassDifference,
    DataKind,
    DataResult,
    Duplicates,
    Embedding,
    Epoch,
    Estimate,
    Evidence,
    ImageStatistics,
    Interaction,
    LabelReview,
    MapScores,
    NeighbourImages,
    PairedComparison,
    Predictions,
    ReliabilityBin,
    Repeat,
    RunResult,
    RunStatistics,
    Segment,
    Statistics,
    Study,
)

TITLES = {
    "cnn": "Two-layer CNN",
    "cnn-aug": "Two-layer CNN with augmentation",
    "resnet18": "ResNet-18 (random start)",
    "resnet18-aug": "ResNet-18 with augmentation (random start)",
}
NOISE = {"cnn": 2.0, "cnn-aug": 1.8, "resnet18": 1.5, "resnet18-aug": 1.3}
SIZES = {
    "cnn": {"parameters": 1_105_098, "multiply_adds": 12_300_000, "weights_bytes": 4_430_000},
    "resnet18": {"parameters": 11_181_642, "multiply_adds": 149_000_000, "weights_bytes": 44_800_000},
}
NAMES = {"official": "SVHN", "custom": "custom Format 2 files", "generated": "generated digits"}


def fake_predictions(
    labels: NDArray[np.int64],
    n_classes: int = 10,
    *,
    noise: float = 1.5,
    dimensions: int = 16,
    scale: float = 1.0,
    seed: int = 0,
) -> Predictions:
    """Features that are a class centre plus noise, and the nearest centre's class as the prediction.

    The centres are the same for every seed. Without noise there are no errors.
    """
    centres = np.random.default_rng(99).normal(size=(n_classes, dimensions)) * 1.6
    rng = np.random.default_rng(seed)
    features = centres[labels] + noise * rng.normal(size=(len(labels), dimensions))
    distances = np.square(features[:, None] - centres[None]).sum(axis=2)
    return Predictions(
        labels=labels,
        logits=(-0.5 * distances).astype(np.float32),
        features=(scale * features).astype(np.float32),
        indices=np.arange(len(labels)),
    )


def fake_embedding(predictions: Predictions, points: int = 200) -> Embedding:
    """The first coordinates of the features in place of t-SNE."""
    rows = np.arange(min(points, len(predictions.labels)))
    features = predictions.features[rows] * 10
    return Embedding(
        rows=rows,
        planar=features[:, :2].copy(),
        spatial=features[:, :3].copy(),
        scores={
            "planar": MapScores(0.912, 0.612, 1.234, (0.4,) * predictions.logits.shape[1], 0.512, 15),
            "spatial": MapScores(0.956, 0.698, 0.987, (0.5,) * predictions.logits.shape[1], 0.634, 15),
        },
        settings={"perplexity": 30.0, "seed": 0, "components": 50, "sampling": "The first images."},
    )


def fake_evidence(train: Predictions, test: Predictions, seed: int = 0) -> Evidence:
    """True centroids, made-up neighbours, and noise for attributions; 40 images are shown one by one."""
    rng = np.random.default_rng(seed)
    neighbours = rng.integers(0, len(train.labels), (len(test.labels), 5))
    rows = np.arange(min(40, len(test.labels)))
    attribution = rng.integers(0, 256, (len(rows), 16, 16), dtype=np.uint8)
    attribution[~test.wrong[rows]] = 128
    return Evidence(
        centroids=class_centroids(train.features, train.labels, train.logits.shape[1], ~train.wrong),
        neighbours=neighbours,
        neighbour_labels=train.labels[neighbours],
        neighbour_distances=np.sort(rng.random((len(test.labels), 5)), axis=1).astype(np.float32),
        rows=rows,
        attribution=attribution,
    )


def estimate(value: float, half: float = 0.02) -> Estimate:
    """A figure with an interval of the given half width."""
    return Estimate(float(value), float(value - half), float(value + half))


def fake_run_statistics(run: RunResult, seed: int = 0) -> RunStatistics:
    """Made-up figures around the run's own accuracy."""
    rng = np.random.default_rng(seed)
    k = run.test.logits.shape[1]
    accuracy = float((~run.test.wrong).mean())
    edges = np.linspace(0, 1, 16)
    bins = tuple(
        ReliabilityBin(float(low), float(high), 20, float((low + high) / 2), estimate((low + high) / 2 - 0.05, 0.1))
        for low, high in pairwise(edges)
    )
    coverage = np.linspace(0.01, 1, 100)
    segments = tuple(
        Segment(
            name=name,
            lower=i / 5,
            upper=(i + 1) / 5,
            images=60,
            errors=int(60 * (1 - accuracy)) + 4 * i,
            rate=estimate((int(60 * (1 - accuracy)) + 4 * i) / 60, 0.08),
            rest=1 - accuracy,
            p_value=0.5 / (1 + i) ** 4,
            p_adjusted=min(1.0, 12 * 0.5 / (1 + i) ** 4),
            weak=i == 4,
        )
        for name in ("brightness", "contrast", "sharpness", "saturation", "neighbours")
        for i in range(5)
    )
    return RunStatistics(
        accuracy=estimate(accuracy),
        macro_f1=estimate(accuracy - 0.01),
        precision=tuple(estimate(value) for value in accuracy + 0.05 * rng.standard_normal(k)),
        recall=tuple(estimate(value) for value in accuracy + 0.05 * rng.standard_normal(k)),
        f1=tuple(estimate(value) for value in accuracy + 0.05 * rng.standard_normal(k)),
        calibration=Calibration(
            ece=estimate(0.05, 0.01),
            log_loss=estimate(0.6),
            bins=bins,
            coverage=tuple(coverage.tolist()),
            risk=tuple(((1 - accuracy) * coverage**2).tolist()),
            aurc=estimate((1 - accuracy) / 3, 0.01),
            target=0.99,
            handover=0.31,
        ),
        segments=segments,
        nearest_centroid=estimate(accuracy - 0.03),
        nearest_is_predicted=estimate(0.7, 0.05),
        centroid_confusion=-0.45,
        centroid_confusion_p=0.002,
    )


def fake_statistics_of(runs: dict[str, RunResult], data: DataResult, seed: int = 0) -> Statistics:
    """Made-up intervals and tests; differences of accuracy are those of the runs, and the first pair is real."""
    rng = np.random.default_rng(seed)
    n = len(data.test_labels)
    pairs = []
    for i, (first, second) in enumerate(combinations(runs, 2)):
        right = [~runs[name].test.wrong for name in (first, second)]
        pairs.append(
            PairedComparison(
                first=first,
                second=second,
                accuracy=estimate(right[1].mean() - right[0].mean()),
                macro_f1=estimate(right[1].mean() - right[0].mean() + 0.001),
                only_first=int((right[0] & ~right[1]).sum()),
                only_second=int((right[1] & ~right[0]).sum()),
                p_value=0.0001 if i == 0 else 0.2,
                p_adjusted=0.0006 if i == 0 else 0.6,
                detectable=0.03,
                classes=tuple(
                    ClassDifference(estimate(value, 0.05), 0.01 if k == 3 else 0.9)
                    for k, value in enumerate(0.03 * rng.standard_normal(runs[first].test.logits.shape[1]))
                ),
            )
        )
    quality = rng.random(n).astype(np.float32)
    generated = data.kind == "generated"
    names = ("brightness", "contrast", "sharpness", "saturation", "neighbours")
    return Statistics(
        runs={name: fake_run_statistics(run, seed + i) for i, (name, run) in enumerate(runs.items())},
        pairs=tuple(pairs),
        interaction=Interaction(estimate(0.01), estimate(0.04), estimate(0.03, 0.015)) if len(runs) == 4 else None,
        labels=LabelReview(
            quality=quality,
            suspected=np.argsort(quality)[: min(12, n)],
            suggested=rng.integers(0, len(runs["cnn"].test.logits[0]) if "cnn" in runs else 10, n),
            planted=len(data.planted) if generated else None,
            found=1 if generated else None,
            average_precision=0.25 if generated else None,
        ),
        duplicates=Duplicates(
            run=next(iter(runs), ""),
            threshold=0.1,
            test_rows=np.array([3, 7]),
            train_rows=np.array([11, 2]),
            distances=np.array([0.0, 0.05], dtype=np.float32),
        ),
        properties={name: rng.random(n).astype(np.float32) for name in names},
        resamples=1000,
        seed=seed,
    )


def fake_history(epochs: int = 8, top: float = 0.9, seed: int = 0) -> tuple[Epoch, ...]:
    """Falling training loss; validation turns up in the last epochs."""
    rng = np.random.default_rng(seed)
    lines = []
    for epoch in range(1, epochs + 1):
        progress = 1 - np.exp(-epoch / 2)
        late = max(0.0, epoch - 0.7 * epochs)
        lines.append(
            Epoch(
                epoch=epoch,
                train_loss=float(2.3 - 2.0 * progress),
                train_accuracy=float(0.1 + (top - 0.08) * progress),
                validation_loss=float(2.3 - 1.8 * progress + 0.03 * late + 0.01 * rng.random()),
                validation_accuracy=float(0.1 + (top - 0.12) * progress - 0.004 * late),
                learning_rate=float(1e-3 * (1 - epoch / (epochs + 1))),
                seconds=10.0 + epoch,
                images_per_second=2000.0,
            )
        )
    return tuple(lines)


def fake_settings(name: str, seed: int = 0) -> dict[str, Any]:
    """What a training records of its settings."""
    model = name.removesuffix("-aug")
    recipe = asdict(PROFILES["demo"].recipes[name])
    start = {"kind": "random", "digest": None}
    return {"model": model, "recipe": recipe, "start": start, "seed": seed, "image_count": 1_200, **SIZES[model]}


def fake_environment(images_per_second: float = 9000.0) -> dict[str, Any]:
    """What a training records of code and machine."""
    return {
        "svhnlab": "0.1.0",
        "python": "3.11.7",
        "packages": {"torch": "2.13.0", "numpy": "2.4.6"},
        "system": "Linux",
        "processor": "A processor",
        "cores": 2,
        "commit": {"sha": "c" * 40, "dirty": False},
        "device": "cpu",
        "device_name": None,
        "threads": 2,
        "precision": "float32",
        "inference_images_per_second": images_per_second,
        "training_seconds": 75.0,
        "wall_seconds": 80.0,
    }


def fake_run(
    name: str = "cnn",
    *,
    n_test: int = 300,
    n_classes: int = 10,
    noise: float | None = None,
    epochs: int = 8,
    with_embedding: bool = True,
    seed: int = 0,
) -> RunResult:
    """A run whose errors come from overlapping classes; `noise=0` gives none."""
    strength = NOISE[name] if noise is None else noise
    order = list(TITLES).index(name)

    def split(size: int, number: int) -> Predictions:
        # Labels belong to the data and are the same for every run; SVHN's classes are unequally frequent.
        rng = np.random.default_rng([seed, number])
        weights = np.linspace(2, 1, n_classes)
        labels = rng.choice(n_classes, size, p=weights / weights.sum())
        return fake_predictions(
            labels,
            n_classes,
            noise=strength,
            scale=1.0 + 2 * order,
            seed=seed + 10 * number + 100 * order,
        )

    test, train = split(n_test, 2), split(2 * n_test, 0)
    history = fake_history(epochs, top=1.05 - 0.1 * strength, seed=seed + order)
    return RunResult(
        name=name,
        title=TITLES[name],
        history=history,
        best_epoch=max(history, key=lambda epoch: epoch.validation_accuracy).epoch,
        validation=split(max(n_test // 3, 1), 1),
        test=test,
        embedding=fake_embedding(test) if with_embedding else None,
        evidence=fake_evidence(train, test, seed) if with_embedding else None,
        settings=fake_settings(name, seed),
        environment=fake_environment(9000.0 - 2500 * order),
        key=f"{order:064x}",
        checksum="0" * 64,
        stored_bytes=50_000_000 * (1 + order),
    )


def with_shown_images(runs: dict[str, RunResult], seed: int = 0) -> dict[str, RunResult]:
    """Let the evidence of all runs show the same images: the errors of each, and those on the maps."""
    errors = [np.flatnonzero(run.test.wrong) for run in runs.values()]
    maps = [run.embedding.rows for run in runs.values() if run.embedding is not None]
    rows = np.unique(np.concatenate([*errors, *maps])) if runs else np.zeros(0, dtype=np.int64)
    changed = {}
    for name, run in runs.items():
        assert run.evidence is not None
        attribution = np.random.default_rng(seed).integers(0, 256, (len(rows), 16, 16), dtype=np.uint8)
        attribution[~run.test.wrong[rows]] = 128
        changed[name] = replace(run, evidence=replace(run.evidence, rows=rows, attribution=attribution))
    return changed


def fake_statistics(labels: NDArray[np.int64], n_classes: int, seed: int) -> ImageStatistics:
    """Photometry of images that are not there."""
    rng = np.random.default_rng(seed)
    return ImageStatistics(
        counts=np.bincount(labels, minlength=n_classes),
        channel_mean=np.array([0.438, 0.444, 0.473]),
        channel_std=np.array([0.198, 0.201, 0.197]),
        brightness=np.clip(rng.normal(0.45, 0.18, len(labels)), 0, 1).astype(np.float32),
        contrast=np.clip(rng.gamma(4, 0.03, len(labels)), 0, 0.5).astype(np.float32),
    )


def fake_data(
    test_labels: NDArray[np.int64],
    n_classes: int = 10,
    *,
    kind: DataKind = "generated",
    seed: int = 0,
) -> DataResult:
    """Data with noise for pictures."""
    rng = np.random.default_rng(seed)
    n_test = len(test_labels)
    labels = {
        "train": rng.integers(0, n_classes, 4 * n_test),
        "validation": rng.integers(0, n_classes, n_test),
        "test": test_labels,
    }
    return DataResult(
        kind=kind,
        name=NAMES[kind],
        digest="a" * 64,
        protocol="90% of the training file for training and 10% for validation; test is the test file.",
        splits={name: fake_statistics(values, n_classes, seed + i) for i, (name, values) in enumerate(labels.items())},
        samples=rng.integers(0, 256, (n_classes, 6, 3, 32, 32), dtype=np.uint8),
        test_images=rng.integers(0, 256, (n_test, 3, 32, 32), dtype=np.uint8),
        test_labels=test_labels,
        planted=np.array([1, 5]) if kind == "generated" else np.array([], dtype=np.int64),
        key="d" * 64,
        checksum="0" * 64,
    )


def fake_study(
    seed: int = 0,
    n_test: int = 300,
    *,
    runs: Sequence[str] = tuple(TITLES),
    class_names: Sequence[str] = DIGITS,
    kind: DataKind = "generated",
    profile: str = "demo",
    noise: float | None = None,
    with_embedding: bool = True,
    seeds: int = 1,
) -> Study:
    """A whole study.

    Parameters
    ----------
    seed
        Seed of everything.
    n_test
        Test images; validation has a third of that, the training sample twice as many.
    runs
        Runs that are stored, of "cnn", "cnn-aug", "resnet18" and "resnet18-aug"; the others are missing.
    class_names
        Names of the classes.
    kind, profile
        Kind of the data and profile of the study.
    noise
        Noise of the features in all runs; 0 gives no errors. Each run has its own when not given.
    with_embedding
        Whether runs have maps, evidence and statistics.
    seeds
        How often each run was trained.
    """
    n_classes = len(class_names)
    stored = {
        name: fake_run(name, n_test=n_test, n_classes=n_classes, noise=noise, with_embedding=with_embedding, seed=seed)
        for name in TITLES
        if name in runs
    }
    if with_embedding:
        stored = with_shown_images(stored, seed)
    rng = np.random.default_rng(seed)
    reference = fake_run("cnn", n_test=n_test, n_classes=n_classes, with_embedding=False, seed=seed)
    originals = rng.integers(0, 256, (4, 3, 32, 32), dtype=np.uint8)
    data = fake_data(reference.test.labels, n_classes, kind=kind, seed=seed)
    known = sorted({int(row) for run in stored.values() if run.evidence for row in run.evidence.neighbours.ravel()})
    return Study(
        key="5" * 64,
        profile=profile,
        data=data,
        augmentation=AugmentationPreview(
            originals=originals,
            variants={
                name: rng.integers(0, 256, (4, 3, 3, 32, 32), dtype=np.uint8)
                for name in ("moves", "colour", "inversion", "cutout", "all")
            },
        ),
        runs=stored,
        repeats={
            name: tuple(
                Repeat(seed + i, float((~run.test.wrong).mean()) + 0.01 * i, float((~run.test.wrong).mean()), 0.05)
                for i in range(seeds)
            )
            for name, run in stored.items()
        },
        statistics=fake_statistics_of(stored, data, seed) if with_embedding and stored else None,
        neighbour_images=NeighbourImages(
            rows=np.array(known),
            images=rng.integers(0, 256, (len(known), 3, 32, 32), dtype=np.uint8),
            labels=np.array(known) % n_classes,
        )
        if with_embedding and stored
        else None,
        missing=tuple(name for name in TITLES if name not in runs),
        settings={"seed": seed},
        class_names=tuple(class_names),
    )
