"""A made-up study through the real dataclasses: no training, no files, the same numbers for the same seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from svhnlab.results import (
    DIGITS,
    AugmentationPreview,
    DataKind,
    DataResult,
    Embedding,
    Epoch,
    ImageStatistics,
    Predictions,
    RunResult,
    Study,
)

TITLES = {
    "cnn": "Two-layer CNN",
    "cnn-aug": "Two-layer CNN with augmentation",
    "resnet18": "ResNet-18 (random start)",
    "resnet18-aug": "ResNet-18 with augmentation (random start)",
}
NOISE = {"cnn": 2.0, "cnn-aug": 1.8, "resnet18": 1.5, "resnet18-aug": 1.3}
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
            "planar": {"trustworthiness": 0.912, "kl_divergence": 1.234},
            "spatial": {"trustworthiness": 0.956, "kl_divergence": 0.987},
        },
        settings={"perplexity": 30.0, "seed": 0, "components": 50, "sampling": "The first images."},
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

    test = split(n_test, 2)
    history = fake_history(epochs, top=1.05 - 0.1 * strength, seed=seed + order)
    return RunResult(
        name=name,
        title=TITLES[name],
        history=history,
        best_epoch=max(history, key=lambda epoch: epoch.validation_accuracy).epoch,
        validation=split(max(n_test // 3, 1), 1),
        test=test,
        train=split(2 * n_test, 0),
        embedding=fake_embedding(test) if with_embedding else None,
        settings={"model": name.removesuffix("-aug"), "seed": seed},
        environment={"device": "cpu"},
        key=f"{order:064x}",
        checksum="0" * 64,
    )


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
        Whether runs have maps.
    """
    n_classes = len(class_names)
    stored = {
        name: fake_run(name, n_test=n_test, n_classes=n_classes, noise=noise, with_embedding=with_embedding, seed=seed)
        for name in TITLES
        if name in runs
    }
    rng = np.random.default_rng(seed)
    reference = fake_run("cnn", n_test=n_test, n_classes=n_classes, with_embedding=False, seed=seed)
    originals = rng.integers(0, 256, (4, 3, 32, 32), dtype=np.uint8)
    return Study(
        key="5" * 64,
        profile=profile,
        data=fake_data(reference.test.labels, n_classes, kind=kind, seed=seed),
        augmentation=AugmentationPreview(
            originals=originals,
            variants={
                name: rng.integers(0, 256, (4, 3, 3, 32, 32), dtype=np.uint8)
                for name in ("moves", "colour", "inversion", "cutout", "all")
            },
        ),
        runs=stored,
        missing=tuple(name for name in TITLES if name not in runs),
        settings={"seed": seed},
        class_names=tuple(class_names),
    )
