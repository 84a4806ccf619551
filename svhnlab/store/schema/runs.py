"""Results of a trained model: predictions, history, and analysis of its features."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from svhnlab.store.schema.estimate import Estimate
from svhnlab.store.schema.files import Files, Stored
from svhnlab.store.schema.ood import OutOfDistribution

DIGITS: tuple[str, ...] = tuple(str(digit) for digit in range(10))


@dataclass(frozen=True)
class ClassScores:
    """Class scores of one model for the N images of one split.

    Attributes
    ----------
    labels
        True classes, integers, shape (N,).
    logits
        Unnormalised scores, float32, shape (N, K) for K classes.
    """

    labels: NDArray[np.int64]
    logits: NDArray[np.float32]

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
class Predictions(ClassScores):
    """Predictions of one model on one split: class scores and features.

    Attributes
    ----------
    features
        Penultimate layer, float32, shape (N, D); None for imported predictions without features.
    indices
        Position of each image in its file (training file for "train" and "validation", test file for
        "test"), integers, shape (N,).
    """

    features: NDArray[np.float32] | None
    indices: NDArray[np.int64]


@dataclass(frozen=True)
class RunPredictions(Stored):
    """Predictions of one model on the splits it was not trained on.

    Attributes
    ----------
    validation
        None for imported predictions without those on the validation images.
    test
        Predictions on the test images.
    """

    FILES: ClassVar[Files] = Files(arrays="predictions.npz")

    validation: Predictions | None
    test: Predictions


@dataclass(frozen=True)
class TrainingPredictions(Stored):
    """Imported predictions on the training images; a trained model computes its own from its weights.

    Attributes
    ----------
    train
        Predictions on the training images, with or without features.
    """

    FILES: ClassVar[Files] = Files(arrays="training.npz")

    train: Predictions


@dataclass(frozen=True)
class MapScores:
    """Quality of one t-SNE map; all values are NaN if the features of most images are equal to those of many others.

    Attributes
    ----------
    trustworthiness
        How many neighbours on the map are also neighbours in feature space, penalised by rank, 0 to 1.
    neighbour_preservation
        Mean share of an image's k nearest neighbours in feature space that are among its k nearest on the map.
    kl_divergence
        Loss of t-SNE, in nats.
    silhouette
        Mean silhouette coefficient of each true class on the map, -1 to 1, shape (K,); NaN for a class without points.
    seed_overlap
        Mean share of an image's k nearest neighbours on the map that are also among its k nearest on a map from a
        random start.
    neighbours
        Number k of neighbours in all of these.
    """

    trustworthiness: float
    neighbour_preservation: float
    kl_divergence: float
    silhouette: tuple[float, ...]
    seed_overlap: float
    neighbours: int

    @property
    def mean_silhouette(self) -> float:
        """Mean over the classes that have points; NaN if no class has a silhouette."""
        known = [value for value in self.silhouette if not np.isnan(value)]
        return float(np.mean(known)) if known else float("nan")


@dataclass(frozen=True)
class Embedding(Stored):
    """t-SNE maps of the test features of one model.

    Attributes
    ----------
    rows
        Rows of the test split on the maps, shape (M,); the same for every configuration of a study.
    planar, spatial
        Coordinates, shapes (M, 2) and (M, 3).
    scores
        Quality of each map, by "planar" and "spatial".
    settings
        Perplexity, seed, number of principal components, and how the points were chosen.
    """

    FILES: ClassVar[Files] = Files(arrays="maps.npz", json="about.json")

    rows: NDArray[np.int64]
    planar: NDArray[np.float32]
    spatial: NDArray[np.float32]
    scores: dict[str, MapScores]
    settings: dict[str, Any]


@dataclass(frozen=True)
class Centroids:
    """Mean feature vector of each class, and the spread of its images around it.

    Attributes
    ----------
    means
        Shape (K, D); NaN for a class without rows.
    radii
        Root mean square Euclidean distance of a class's rows to their mean, shape (K,); NaN for a class without rows.
    counts
        Number of rows of each class, shape (K,).
    covariance
        Covariance of the rows around their class's mean, the mean over the classes with rows, shape (D, D).
    """

    means: NDArray[np.float64]
    radii: NDArray[np.float64]
    counts: NDArray[np.int64]
    covariance: NDArray[np.float64]


@dataclass(frozen=True)
class Evidence(Stored):
    """Evidence on the test images of one model: centroids, nearest training images, occlusion maps.

    Attributes
    ----------
    centroids
        Of the features of the correctly classified training images.
    neighbours
        Rows of the training split of each test image's nearest training images in feature space, nearest first,
        shape (N, 5).
    neighbour_labels
        Their labels, shape (N, 5).
    neighbour_distances
        Euclidean distances in the units of the features, shape (N, 5).
    rows
        Test images with an evidence card: every image that a configuration of the study misclassifies, and all images
        on the maps; ascending, shape (A,); the same for every configuration.
    attribution
        Occlusion map of each of `rows` that the model misclassifies: above 128 where a region supports the predicted
        class, below where it supports the true class, scaled to the strongest region of the image; uint8,
        shape (A, S, S). 128 everywhere for a correctly classified image. None for an imported configuration.
    last_layer
        Weights of the layer that computes the logits from the features, shape (K, D); None for an imported
        configuration.
    """

    FILES: ClassVar[Files] = Files(arrays="evidence.npz", prefixes={"centroids": ""})

    centroids: Centroids
    neighbours: NDArray[np.int64]
    neighbour_labels: NDArray[np.int64]
    neighbour_distances: NDArray[np.float32]
    rows: NDArray[np.int64]
    attribution: NDArray[np.uint8] | None
    last_layer: NDArray[np.float32] | None


@dataclass(frozen=True)
class AttributionCheck(Stored):
    """Checks of the occlusion maps of one model on a sample of its errors; all numbers are NaN without errors.

    Attributes
    ----------
    images
        Number of errors in the sample.
    area, random_area
        Mean area under the deletion curve, 0 to 1, if the regions are covered in the order of the map, and in random
        order; see `svhnlab.analysis.attribution_check.deletion_areas`.
    difference
        `random_area` minus `area`: positive if the maps find the regions that support the predicted class.
    p_value
        Of this difference, two-sided.
    random_weights
        Mean rank correlation of the maps with those of the same network with random weights.
    """

    FILES: ClassVar[Files] = Files(json="check.json")

    images: int
    area: float
    random_area: float
    difference: Estimate
    p_value: float
    random_weights: Estimate


@dataclass(frozen=True)
class NeighbourImages(Stored):
    """Training images that the report shows next to test images.

    Attributes
    ----------
    rows
        Rows of the training split, ascending, shape (U,).
    images
        uint8, shape (U, 3, 32, 32).
    labels
        Shape (U,).
    """

    FILES: ClassVar[Files] = Files(arrays="neighbours.npz")

    rows: NDArray[np.int64]
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Epoch:
    """One epoch of a training history. Losses are mean cross-entropy in nats, accuracies are fractions."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True)
class History(Stored):
    """Training history.

    Attributes
    ----------
    best_epoch
        Epoch whose weights were kept, counted from 1; chosen on the validation split only.
    epochs
        One entry per epoch.
    """

    FILES: ClassVar[Files] = Files(json="history.json")

    best_epoch: int
    epochs: tuple[Epoch, ...]


@dataclass(frozen=True)
class RunResult:
    """One trained or imported model and all its stored results.

    Attributes
    ----------
    name
        Name of the configuration, e.g. "cnn", or the name under which its predictions were imported.
    title
        Title in the report, with the initial weights if relevant, e.g. "ResNet-18 (random start)".
    history
        One entry per epoch; empty if it was imported without.
    best_epoch
        Epoch whose weights were kept, counted from 1; chosen on the validation split only. The last one if it was
        imported.
    validation, test
        Predictions on these splits; `validation` is None if it was imported without.
    embedding
        t-SNE maps of the test features; None until they are computed.
    evidence
        Class centroids, nearest training images and occlusion maps; None until they are computed.
    settings
        All settings: model, schedule, augmentation, seed, initial weights. Of an imported model, see `imported`.
    environment
        Packages, device, threads, commit and wall time of the training, or of the import.
    key, checksum
        Name of the result in the store and the digest of its files.
    stored_bytes
        Total size of the result's files.
    ood
        Answers to out-of-distribution images; None until they are computed.
    attribution_check
        Checks of the occlusion maps; None until they are computed.
    """

    name: str
    title: str
    history: tuple[Epoch, ...]
    best_epoch: int
    validation: Predictions | None
    test: Predictions
    embedding: Embedding | None
    evidence: Evidence | None
    settings: dict[str, Any]
    environment: dict[str, Any]
    key: str
    checksum: str
    stored_bytes: int
    ood: OutOfDistribution | None = None
    attribution_check: AttributionCheck | None = None

    @property
    def imported(self) -> bool:
        """Whether its predictions were imported: then its recipe, initial weights and weights are not known."""
        return "recipe" not in self.settings


@dataclass(frozen=True)
class Repeat(Stored):
    """One training run of a configuration; repeats differ only in the seed.

    Attributes
    ----------
    seed
        Seed of the training.
    test
        Class scores on the test images; features are left out, since they take fifty times the memory.
    """

    FILES: ClassVar[Files] = Files(arrays="predictions.npz")

    seed: int
    test: ClassScores


@dataclass(frozen=True)
class RandomSplit(Stored):
    """Training of a configuration in which single images were divided at random, not photographs; otherwise the same.

    Attributes
    ----------
    configuration
        Name of the configuration.
    best_epoch, epochs
        Epoch whose weights were kept, counted from 1, and number of epochs.
    validation, test
        Class scores; the test images are those of the study, the validation images are others.
    photographs
        Number of the photograph of each validation image, shape (V,).
    """

    FILES: ClassVar[Files] = Files(arrays="predictions.npz")

    configuration: str
    best_epoch: int
    epochs: int
    validation: ClassScores
    test: ClassScores
    photographs: NDArray[np.int64]
