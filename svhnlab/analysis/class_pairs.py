"""Pairs of classes that are confused in either direction, and a map of the images of two classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def confused_in_both_directions(confusion: ArrayLike, most: int) -> list[tuple[int, int]]:
    """Rank pairs of classes by the number of images of either that are predicted as the other.

    Parameters
    ----------
    confusion
        Counts, rows true and columns predicted, shape (K, K).
    most
        Maximum number of pairs.

    Returns
    -------
    Pairs with at least one confusion, the most frequent first; the class whose images are more often predicted as the
    other comes first.

    Examples
    --------
    >>> confused_in_both_directions([[8, 2, 0], [3, 5, 0], [1, 0, 9]], most=3)
    [(1, 0), (2, 0)]
    """
    counts = np.asarray(confusion)
    both = np.triu(counts + counts.T, 1)
    order = np.argsort(-both, axis=None, kind="stable")[:most]
    pairs = [divmod(int(place), len(counts)) for place in order if both.flat[place]]
    return [(i, j) if counts[i, j] >= counts[j, i] else (j, i) for i, j in pairs]


def project_pair(features: ArrayLike, margin: ArrayLike) -> NDArray[np.float64]:
    """Return a map of the images of two classes in two dimensions.

    Parameters
    ----------
    features
        Shape (M, D).
    margin
        Difference of the logits of the two classes, shape (M,). It is a linear function of the features, the one by
        which the model decides between the two.

    Returns
    -------
    Shape (M, 2): the margin, and the first principal component of what the margin does not explain of the features,
    scaled to a standard deviation of 1 (0 if nothing is left). Its sign makes the largest value positive.

    Examples
    --------
    >>> features = np.array([[0.0, 1.0], [1.0, -1.0], [2.0, -1.0], [3.0, 1.0]])
    >>> project_pair(features, features[:, 0]).round(2).tolist()
    [[0.0, 1.0], [1.0, -1.0], [2.0, -1.0], [3.0, 1.0]]
    """
    matrix, x = np.asarray(features, dtype=np.float64), np.asarray(margin, dtype=np.float64)
    matrix, centred = matrix - matrix.mean(axis=0), x - x.mean()
    spread = float(centred @ centred)
    rest = matrix - np.outer(centred, centred @ matrix / spread) if spread else matrix
    left, values, _ = np.linalg.svd(rest, full_matrices=False)
    y = left[:, 0] * values[0]
    scale = float(y.std())
    if scale > 1e-9 * max(float(np.abs(matrix).max(initial=0)), 1e-300):
        y = y / scale * np.sign(y[np.abs(y).argmax()])
    else:
        y = np.zeros(len(x))
    return np.stack([x, y], axis=1)
