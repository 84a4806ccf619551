"""Class centroids in feature space, and the distances of images to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist
from scipy.stats import rankdata

from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.store.schema import Centroids, Estimate

_PERMUTED_AT_ONCE = 4_000_000  # numbers


@dataclass(frozen=True)
class Distances:
    """Distances of images to the class centroids.

    Attributes
    ----------
    to_all
        Distance to each centroid, shape (N, K); NaN where undefined.
    to_true, to_predicted
        Distance to the centroid of the true and of the predicted class, shape (N,).
    nearest
        Class with the nearest centroid, shape (N,); -1 if no distance is defined.
    to_nearest
        Distance to the nearest centroid, shape (N,).
    nearest_other
        Class other than the true one with the nearest centroid, shape (N,); -1 if no distance is defined.
    margin
        Distance to the centroid of `nearest_other` minus `to_true`, shape (N,): positive if the image is closest to its
        true class.
    scale_free
        Whether distances are in units of each class's RMS radius instead of units of the features.
    """

    to_all: NDArray[np.float64]
    to_true: NDArray[np.float64]
    to_predicted: NDArray[np.float64]
    nearest: NDArray[np.int64]
    to_nearest: NDArray[np.float64]
    nearest_other: NDArray[np.int64]
    margin: NDArray[np.float64]
    scale_free: bool


def class_centroids(features: ArrayLike, labels: ArrayLike, n_classes: int, keep: ArrayLike | None = None) -> Centroids:
    """Compute the mean features of each class, their RMS radius, and the covariance within the classes.

    Parameters
    ----------
    features
        Shape (N, D).
    labels
        True classes, integers from 0 to `n_classes` - 1, shape (N,).
    n_classes
        Number of classes K.
    keep
        Rows to use, booleans of shape (N,), for example the correctly classified ones; all by default.

    Returns
    -------
    Centroids in the units of the features. Centroid and radius of a class without rows are NaN. Every class with rows
    has the same weight in the covariance.

    Examples
    --------
    >>> centroids = class_centroids([[0, 0], [2, 0], [5, 5]], labels=[0, 0, 1], n_classes=2)
    >>> centroids.means.tolist(), centroids.radii.tolist(), centroids.counts.tolist()
    ([[1.0, 0.0], [5.0, 5.0]], [1.0, 0.0], [2, 1])
    """
    matrix, classes = np.asarray(features, dtype=np.float64), np.asarray(labels)
    if keep is not None:
        mask = np.asarray(keep, dtype=bool)
        matrix, classes = matrix[mask], classes[mask]
    means = np.full((n_classes, matrix.shape[1]), np.nan)
    radii = np.full(n_classes, np.nan)
    counts = np.bincount(classes, minlength=n_classes).astype(np.int64)
    covariance = np.zeros((matrix.shape[1], matrix.shape[1]))
    filled = np.flatnonzero(counts)
    for k in filled:
        members = matrix[classes == k]
        means[k] = members.mean(axis=0)
        members -= means[k]
        radii[k] = np.sqrt(np.square(members).sum(axis=1).mean())
        covariance += members.T @ members / (counts[k] * len(filled))
    return Centroids(means, radii, counts, covariance)


def centroid_distances(
    features: ArrayLike,
    labels: ArrayLike,
    predicted: ArrayLike,
    centroids: Centroids,
    *,
    scale_free: bool = False,
) -> Distances:
    """Compute the Euclidean distances of images to all class centroids.

    Parameters
    ----------
    features
        Shape (N, D), from the same model as the centroids.
    labels, predicted
        True and predicted classes, shape (N,).
    centroids
        See `class_centroids`.
    scale_free
        Divide each distance by the RMS radius of the centroid's class. Features of different models differ in scale, so
        only scale-free distances can be compared between models. NaN for a class of radius 0.

    Examples
    --------
    >>> centroids = class_centroids([[0.0], [2.0], [9.0], [11.0]], labels=[0, 0, 1, 1], n_classes=2)
    >>> distances = centroid_distances([[8.0]], labels=[0], predicted=[1], centroids=centroids)
    >>> distances.to_all.tolist(), distances.nearest.tolist(), distances.margin.tolist()
    ([[7.0, 2.0]], [1], [-5.0])
    """
    matrix = np.asarray(features, dtype=np.float64)
    true, guess = np.asarray(labels), np.asarray(predicted)
    to_all = cdist(matrix, centroids.means)
    if scale_free:
        to_all = to_all / np.where(centroids.radii > 0, centroids.radii, np.nan)
    row = np.arange(len(matrix))
    filled = np.where(np.isnan(to_all), np.inf, to_all)
    nearest = filled.argmin(axis=1)
    defined = np.isfinite(filled[row, nearest])
    others = filled.copy()
    others[row, true] = np.inf
    rival = others.argmin(axis=1)
    to_rival = others[row, rival]
    to_true, to_predicted = to_all[row, true], to_all[row, guess]
    return Distances(
        to_all=to_all,
        to_true=to_true,
        to_predicted=to_predicted,
        nearest=np.where(defined, nearest, -1),
        to_nearest=np.where(defined, filled[row, nearest], np.nan),
        nearest_other=np.where(np.isfinite(to_rival), rival, -1),
        margin=np.where(np.isfinite(to_rival), to_rival, np.nan) - to_true,
        scale_free=scale_free,
    )


def nearest_centroid_shares(
    features: ArrayLike,
    labels: ArrayLike,
    predicted: ArrayLike,
    centroids: Centroids,
    photographs: NDArray[np.int64] | None = None,
) -> tuple[Estimate, Estimate]:
    """Compute the accuracy of the nearest-centroid classifier, and its agreement with the model's errors.

    Parameters
    ----------
    features, labels, predicted, centroids
        As in `centroid_distances`.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Returns
    -------
    accuracy
        Share of the images whose nearest centroid is that of their true class.
    of_errors
        Share of the errors whose nearest centroid is that of the predicted class; NaN without errors.

    Examples
    --------
    >>> centroids = class_centroids([[0.0], [2.0], [9.0], [11.0]], labels=[0, 0, 1, 1], n_classes=2)
    >>> accuracy, of_errors = nearest_centroid_shares([[1.0], [8.0], [7.0]], [0, 0, 1], [0, 1, 1], centroids)
    >>> round(accuracy.value, 3), of_errors.value
    (0.667, 1.0)
    """
    true, guess = np.asarray(labels), np.asarray(predicted)
    nearest = centroid_distances(features, true, guess, centroids).nearest
    wrong = true != guess
    return (
        share_by_photograph(nearest == true, photographs),
        share_by_photograph(nearest == guess, photographs, wrong),
    )


def centroid_separation(centroids: Centroids) -> NDArray[np.float64]:
    """Compute the distance of each pair of centroids divided by the mean RMS radius of the two classes, shape (K, K).

    NaN if a class has no rows or both radii are 0.

    Examples
    --------
    >>> centroids = class_centroids([[0.0], [2.0], [9.0], [11.0]], labels=[0, 0, 1, 1], n_classes=2)
    >>> centroid_separation(centroids).tolist()
    [[0.0, 9.0], [9.0, 0.0]]
    """
    scale = (centroids.radii[:, None] + centroids.radii[None, :]) / 2
    return cdist(centroids.means, centroids.means) / np.where(scale > 0, scale, np.nan)


def centroid_confusion(
    centroids: Centroids, confusion_share: ArrayLike, seed: int, permutations: int = 9_999
) -> tuple[float, float]:
    """Test whether classes with nearby centroids are confused more often.

    Parameters
    ----------
    centroids
        Of K classes.
    confusion_share
        Share of the images of each true class (rows) that is predicted as each class (columns), shape (K, K); rows
        of NaN for classes without images.
    seed, permutations
        Seed and number of the permutations of the test.

    Returns
    -------
    correlation
        Spearman's rank correlation of `centroid_separation` and the share over ordered pairs of different classes.
        Classes without a centroid or images are left out. NaN for fewer than three classes, or if all distances or
        all shares are equal.
    p_value
        Two-sided, from Mantel's test, which permutes whole classes because pairs that share a class are not
        independent. NaN if the correlation is NaN.

    References
    ----------
    N. Mantel (1967), The detection of disease clustering and a generalized regression approach, Cancer Research 27,
    209-220.

    Examples
    --------
    >>> centroids = class_centroids([[0.0], [1.0], [3.0], [4.0], [9.0], [10.0]], [0, 0, 1, 1, 2, 2], n_classes=3)
    >>> share = [[0.90, 0.08, 0.02], [0.09, 0.87, 0.04], [0.01, 0.03, 0.96]]
    >>> correlation, p_value = centroid_confusion(centroids, share, seed=0)
    >>> round(correlation, 2)
    -0.96
    """
    separation, share = centroid_separation(centroids), np.asarray(confusion_share, dtype=np.float64)
    kept = np.flatnonzero(~np.isnan(np.diag(separation)) & ~np.isnan(share).any(axis=1))
    k = len(kept)
    off = ~np.eye(k, dtype=bool)
    if k < 3:
        return float("nan"), float("nan")
    ranks = []
    for matrix in (separation, share):
        ranked = np.zeros((k, k))
        ranked[off] = rankdata(matrix[np.ix_(kept, kept)][off])
        ranked[off] -= ranked[off].mean()
        ranks.append(ranked)
    scale = np.sqrt(np.square(ranks[0]).sum() * np.square(ranks[1]).sum())
    if scale == 0:
        return float("nan"), float("nan")
    correlation = float((ranks[0] * ranks[1]).sum() / scale)
    generator = np.random.default_rng(seed)
    orders = generator.permuted(np.tile(np.arange(k), (permutations, 1)), axis=1)
    # All permuted matrices of 200 classes at once would need gigabytes.
    chunks = np.array_split(orders, -(-permutations * k**2 // _PERMUTED_AT_ONCE))
    permuted = np.concatenate(
        [np.einsum("ij,pij->p", ranks[0], ranks[1][some[:, :, None], some[:, None, :]]) for some in chunks]
    )
    permuted /= scale
    # The tolerance counts correlations that are equal up to rounding.
    as_extreme = int((np.abs(permuted) >= abs(correlation) - 1e-12).sum())
    return correlation, (1 + as_extreme) / (1 + permutations)
