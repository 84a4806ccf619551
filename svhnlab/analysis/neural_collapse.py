"""Geometry of the features: neural collapse of the classes, and similarity of the features of two models.

References
----------
V. Papyan, X. Y. Han, D. L. Donoho (2020), Prevalence of neural collapse during the terminal phase of deep learning
training, Proceedings of the National Academy of Sciences 117, 24652-24663. S. Kornblith, M. Norouzi, H. Lee,
G. Hinton (2019), Similarity of neural network representations revisited, ICML, 3519-3529.
"""

from __future__ import annotations

from itertools import combinations
from math import nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.centroids import centroid_distances
from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.store.schema import Centroids, NeuralCollapse, Predictions


def neural_collapse(
    centroids: Centroids,
    test: Predictions,
    last_layer: NDArray[np.floating] | None,
    photographs: NDArray[np.int64] | None = None,
) -> NeuralCollapse:
    """Measure how close the features are to neural collapse.

    Parameters
    ----------
    centroids
        Of the correctly classified training images. Classes without a centroid are left out.
    test
        Predictions of the same model on the N test images.
    last_layer
        Weights of the layer that computes the logits from the features, shape (K, D); when None the duality is NaN.
    photographs
        Number of the photograph of each test image, shape (N,); when None each image is its own.

    Notes
    -----
    Neural collapse is defined on training images, and all measures except the agreement are those of the training
    features; the agreement is measured on the test images. Every class has the same weight. A vector that is added to
    the weights of every class changes no probability, so the mean over the classes is subtracted from the last layer.

    Examples
    --------
    >>> from svhnlab.analysis.centroids import class_centroids
    >>> corners = np.array([[1.0, 0.0], [-0.5, 0.75**0.5], [-0.5, -(0.75**0.5)]])
    >>> labels = np.arange(30) % 3
    >>> test = Predictions(labels, corners[labels] @ corners.T, corners[labels], np.arange(30))
    >>> collapse = neural_collapse(class_centroids(corners[labels], labels, 3), test, corners)
    >>> round(collapse.within_between, 6), round(collapse.norm_variation, 6), round(collapse.angle_deviation, 6)
    (0.0, 0.0, 0.0)
    >>> round(collapse.duality, 6)
    0.0
    """
    predicted = test.predicted
    assert test.features is not None
    nearest = centroid_distances(test.features, test.labels, predicted, centroids).nearest
    agreement = share_by_photograph(nearest == predicted, photographs)
    defined = np.isfinite(centroids.radii)
    means = centroids.means[defined]
    if len(means) < 2:
        return NeuralCollapse(nan, nan, nan, nan, agreement)
    centred = means - means.mean(axis=0)
    norms = np.linalg.norm(centred, axis=1)
    if not norms.all():
        return NeuralCollapse(nan, nan, nan, nan, agreement)
    directions = centred / norms[:, None]
    cosines = [float(directions[i] @ directions[j]) for i, j in combinations(range(len(means)), 2)]
    return NeuralCollapse(
        within_between=_within_between(centred, centroids.covariance),
        norm_variation=float(norms.std() / norms.mean()),
        angle_deviation=float(np.abs(np.array(cosines) + 1 / (len(means) - 1)).mean()),
        duality=nan if last_layer is None else _distance_of_directions(centred, last_layer[defined]),
        agreement=agreement,
    )


def _distance_of_directions(centred: NDArray[np.float64], last_layer: NDArray[np.floating]) -> float:
    """Return the distance between centroids and weights, both centred and scaled to the norm 1; 0 to 2."""
    weights = np.asarray(last_layer, dtype=np.float64)
    weights = weights - weights.mean(axis=0)
    scale = np.linalg.norm(weights)
    return float(np.linalg.norm(weights / scale - centred / np.linalg.norm(centred))) if scale else nan


def _within_between(centred: NDArray[np.float64], covariance: NDArray[np.float64]) -> float:
    """Return tr(W B+) / K for the covariances W within and B between K classes; B+ is the pseudo-inverse of B.

    The rank of B is at most K - 1. With the singular values s and right singular vectors v of the centred means, B has
    the eigenvalues s^2 / K, so the result is the sum of v' W v / s^2.

    Parameters
    ----------
    centred
        Centroids minus their mean, shape (K, D).
    covariance
        W, shape (D, D).
    """
    _, scales, directions = np.linalg.svd(centred, full_matrices=False)
    rank = min(np.linalg.matrix_rank(centred), len(centred) - 1)
    within = np.einsum("rd,de,re->r", directions[:rank], covariance, directions[:rank], optimize=True)
    return float((within / np.square(scales[:rank])).sum())


def linear_cka(first: ArrayLike, second: ArrayLike) -> float:
    """Return the linear centred kernel alignment of two sets of features of the same images, 0 to 1.

    Rotating or scaling the features of either model does not change it.

    Parameters
    ----------
    first, second
        Shapes (N, D) and (N, E).

    Returns
    -------
    NaN if all features of a model are equal.

    Examples
    --------
    >>> features = np.random.default_rng(0).normal(size=(50, 3))
    >>> round(linear_cka(features, 2 * features[:, ::-1] + 1), 6)
    1.0
    """
    one, two = (np.asarray(features, dtype=np.float64) for features in (first, second))
    one, two = one - one.mean(axis=0), two - two.mean(axis=0)
    scale = float(np.linalg.norm(one.T @ one) * np.linalg.norm(two.T @ two))
    return float(np.square(two.T @ one).sum() / scale) if scale else nan
