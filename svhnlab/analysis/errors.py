"""Error analysis: misclassified images, confused classes, and errors that models share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform


@dataclass(frozen=True)
class ConfusedPair:
    """How often images of one class are predicted as another.

    Attributes
    ----------
    true, predicted
        The two classes.
    count
        Number of images of class `true` that were predicted as `predicted`.
    share
        `count` divided by the number of images of class `true`.
    """

    true: int
    predicted: int
    count: int
    share: float


@dataclass(frozen=True)
class Agreement:
    """Errors of M models on the same N images.

    Attributes
    ----------
    wrong
        Booleans, shape (M, N).
    wrong_in_all
        Rows of the images that every model misclassifies, ascending, shape (A,).
    images_by_errors
        Number of images that exactly j models misclassify, for j = 0 to M, shape (M + 1,).
    shared_errors
        Number of images that two models both misclassify, shape (M, M); each model's errors on the diagonal.
    """

    wrong: NDArray[np.bool_]
    wrong_in_all: NDArray[np.int64]
    images_by_errors: NDArray[np.int64]
    shared_errors: NDArray[np.int64]


def order_by_confusion(confusion: NDArray[np.int64]) -> NDArray[np.int64]:
    """Order classes so that those that are confused with each other are adjacent.

    Parameters
    ----------
    confusion
        Images by true class (rows) and predicted class, shape (K, K), K at least two.

    Returns
    -------
    The classes in the new order, shape (K,): the leaves of an average-linkage tree, in the order with the smallest sum
    of distances between neighbours. The similarity of two classes is the sum of the shares of each that is predicted
    as the other.

    References
    ----------
    Z. Bar-Joseph, D. K. Gifford, T. S. Jaakkola (2001), Fast optimal leaf ordering for hierarchical clustering,
    Bioinformatics 17, S22-S29.

    Examples
    --------
    >>> order = order_by_confusion(np.array([[7, 0, 2, 1], [0, 9, 0, 1], [3, 0, 7, 0], [0, 2, 0, 8]])).tolist()
    >>> order in ([2, 0, 3, 1], [1, 3, 0, 2])
    True
    """
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    similarity = shares + shares.T
    np.fill_diagonal(similarity, 0)
    distance = 1 - similarity / max(similarity.max(), 1e-12)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), "average", optimal_ordering=True)
    return leaves_list(tree).astype(np.int64)


def rank_errors(labels: ArrayLike, predicted: ArrayLike, score: ArrayLike) -> NDArray[np.int64]:
    """Return the rows of the misclassified images, highest score first; ties in row order.

    Parameters
    ----------
    labels, predicted
        True and predicted classes, shape (N,).
    score
        Score to rank by, for example the probability of the predicted class, shape (N,). Images without a score (NaN)
        come last.

    Examples
    --------
    >>> rank_errors(labels=[0, 1, 2, 3], predicted=[0, 7, 7, 7], score=[0.9, 0.6, np.nan, 0.8]).tolist()
    [3, 1, 2]
    """
    rows = np.flatnonzero(np.asarray(labels) != np.asarray(predicted))
    order = np.argsort(-np.asarray(score, dtype=np.float64)[rows], kind="stable")
    return rows[order].astype(np.int64)


def confused_pairs(confusion: ArrayLike) -> list[ConfusedPair]:
    """Rank ordered pairs of classes by the number of images of the first that are predicted as the second.

    Parameters
    ----------
    confusion
        Counts, rows true and columns predicted, shape (K, K).

    Returns
    -------
    Pairs with at least one image, sorted by count and then share (both descending), then by class number.

    Examples
    --------
    >>> for pair in confused_pairs([[8, 2, 0], [0, 5, 0], [1, 0, 9]]):
    ...     print(pair.true, pair.predicted, pair.count, pair.share)
    0 1 2 0.2
    2 0 1 0.1
    """
    counts = np.asarray(confusion)
    support = counts.sum(axis=1)
    pairs = [
        ConfusedPair(int(i), int(j), int(counts[i, j]), float(counts[i, j] / support[i]))
        for i, j in np.argwhere(counts)
        if i != j
    ]
    return sorted(pairs, key=lambda pair: (-pair.count, -pair.share, pair.true, pair.predicted))


def compare_errors(labels: ArrayLike, predicted: ArrayLike) -> Agreement:
    """Compute which errors models share.

    Parameters
    ----------
    labels
        True classes, shape (N,), N >= 1.
    predicted
        Predicted classes, one row per model, shape (M, N), M >= 1.

    Examples
    --------
    >>> agreement = compare_errors(labels=[0, 1, 2, 3], predicted=[[0, 7, 7, 7], [0, 1, 7, 5]])
    >>> agreement.wrong_in_all.tolist(), agreement.images_by_errors.tolist()
    ([2, 3], [1, 1, 2])
    >>> agreement.shared_errors.tolist()
    [[3, 2], [2, 2]]
    """
    guess = np.asarray(predicted)
    wrong = guess != np.asarray(labels)
    return Agreement(
        wrong=wrong,
        wrong_in_all=np.flatnonzero(wrong.all(axis=0)).astype(np.int64),
        images_by_errors=np.bincount(wrong.sum(axis=0), minlength=len(guess) + 1).astype(np.int64),
        shared_errors=wrong.astype(np.int64) @ wrong.astype(np.int64).T,
    )
