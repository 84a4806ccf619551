"""Results on the features of a model: maps, centroids, neighbours, and occlusion maps with their check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from svhnlab.store.schema.estimate import Estimate
from svhnlab.store.schema.files import Files, Stored


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
