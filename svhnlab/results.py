"""What a stored study looks like to those who read it: plain arrays with names.

Nothing here imports torch: the report is drawn from these objects alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

DIGITS: tuple[str, ...] = tuple(str(digit) for digit in range(10))

DataKind = Literal["official", "custom", "generated"]


@dataclass(frozen=True)
class Predictions:
    """What one model says about one split.

    Attributes
    ----------
    labels
        True classes, integers, shape (N,).
    logits
        Unnormalised scores of the model, float32, shape (N, K) for K classes.
    features
        Penultimate layer, float32, shape (N, D).
    indices
        Position of each image in its file (training file for "train" and "validation", test file for
        "test"), integers, shape (N,).
    """

    labels: NDArray[np.int64]
    logits: NDArray[np.float32]
    features: NDArray[np.float32]
    indices: NDArray[np.int64]

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Softmax of the logits, shape (N, K); rows sum to one."""
        return np.asarray(softmax(self.logits.astype(np.float64), axis=1))

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """Most probable class of each image, shape (N,)."""
        return self.logits.argmax(axis=1).astype(np.int64)

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the predicted class, shape (N,)."""
        return np.asarray(self.probabilities.max(axis=1))

    @cached_property
    def wrong(self) -> NDArray[np.bool_]:
        """True where the predicted class is not the true one, shape (N,)."""
        return np.asarray(self.predicted != self.labels)


@dataclass(frozen=True)
class Embedding:
    """t-SNE maps of one run's test features.

    Attributes
    ----------
    rows
        Which rows of the run's test predictions the maps show, shape (M,).
    planar, spatial
        Coordinates, shapes (M, 2) and (M, 3).
    scores
        For each map ("planar", "spatial") its quality: trustworthiness, KL divergence.
    settings
        Perplexity, seed, number of principal components, and how the points were chosen.
    """

    rows: NDArray[np.int64]
    planar: NDArray[np.float32]
    spatial: NDArray[np.float32]
    scores: dict[str, dict[str, float]]
    settings: dict[str, Any]


@dataclass(frozen=True)
class Epoch:
    """One line of a training history. Losses are mean cross-entropy in nats, accuracies are shares."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True)
class RunResult:
    """One trained model with all that was stored about it.

    Attributes
    ----------
    name
        Name of the run: "cnn", "cnn-aug", "resnet18", "resnet18-aug".
    title
        Name for people, with the start weights where they matter, e.g. "ResNet-18 (random start)".
    history
        One entry per epoch.
    best_epoch
        Epoch whose weights were kept, chosen on validation alone (counted from 1).
    validation, test
        Predictions on these splits.
    train
        Predictions on a stratified sample of the training split.
    embedding
        t-SNE maps of the test features; None for a run that has none.
    settings
        Everything that was set: model, schedule, augmentation, seed, start weights.
    environment
        Packages, device, threads, commit and wall time of the training.
    key, checksum
        Name of the result in the store and the digest of its files.
    """

    name: str
    title: str
    history: tuple[Epoch, ...]
    best_epoch: int
    validation: Predictions
    test: Predictions
    train: Predictions
    embedding: Embedding | None
    settings: dict[str, Any]
    environment: dict[str, Any]
    key: str
    checksum: str


@dataclass(frozen=True)
class ImageStatistics:
    """Photometry of the images of one split; pixel values are scaled to 0–1.

    Attributes
    ----------
    counts
        Images per class, shape (K,).
    channel_mean, channel_std
        Mean and standard deviation over all pixels of each colour channel (red, green, blue), shape (3,).
    brightness
        Mean luma of each image, shape (N,).
    contrast
        Standard deviation of the luma within each image, shape (N,).
    """

    counts: NDArray[np.int64]
    channel_mean: NDArray[np.float64]
    channel_std: NDArray[np.float64]
    brightness: NDArray[np.float32]
    contrast: NDArray[np.float32]


@dataclass(frozen=True)
class DataResult:
    """The data of a study as the report shows it.

    Attributes
    ----------
    kind
        "official" (the SVHN files, recognised by their digests), "custom" or "generated".
    name
        How every page calls the data: "SVHN", "custom Format 2 files" or "generated digits".
    digest
        SHA-256 over the files the study was made from, in hexadecimal.
    protocol
        One sentence that says how the data were split.
    splits
        Photometry by split name, in the order "train", "validation", "test".
    samples
        Training images to look at, uint8, shape (K, S, 3, 32, 32): S images of each class.
    test_images, test_labels
        All test images, uint8, shape (N, 3, 32, 32), and their labels, shape (N,).
    planted
        Indices of test images whose label is known to be wrong (generated digits only), shape (P,).
    key, checksum
        Name of the result in the store and the digest of its files.
    """

    kind: DataKind
    name: str
    digest: str
    protocol: str
    splits: dict[str, ImageStatistics]
    samples: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]
    planted: NDArray[np.int64]
    key: str
    checksum: str


@dataclass(frozen=True)
class AugmentationPreview:
    """What each augmentation does to some training images.

    Attributes
    ----------
    originals
        uint8, shape (S, 3, 32, 32).
    variants
        By name of the transform, uint8, shape (S, V, 3, 32, 32): V random outcomes of each original.
    """

    originals: NDArray[np.uint8]
    variants: dict[str, NDArray[np.uint8]]


@dataclass(frozen=True)
class Study:
    """A study as far as its results are stored.

    Attributes
    ----------
    key
        Digest that names the study.
    profile
        "demo", "quick" or "full".
    data
        The data and their splits.
    augmentation
        Examples of the augmentations; None when no stored run uses them.
    runs
        Stored runs by name, in the order in which the report shows them.
    missing
        Names of runs that the study has but that are not trained yet.
    settings
        The settings of the whole study.
    """

    key: str
    profile: str
    data: DataResult
    augmentation: AugmentationPreview | None
    runs: dict[str, RunResult]
    missing: tuple[str, ...]
    settings: dict[str, Any]
    class_names: tuple[str, ...] = field(default=DIGITS)
