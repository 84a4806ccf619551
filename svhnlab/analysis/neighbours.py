"""Nearest training images in feature space."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.neighbors import NearestNeighbors


def nearest_neighbours(
    train_features: ArrayLike, test_features: ArrayLike, k: int = 5
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Find the training images that lie nearest to each test image.

    Parameters
    ----------
    train_features, test_features
        From the same model, shapes (T, D) and (N, D).
    k
        How many; 1 to T.

    Returns
    -------
    rows
        Rows of `train_features`, nearest first, shape (N, k).
    distances
        Euclidean, in the units of the features, shape (N, k).

    Raises
    ------
    ValueError
        If there are fewer than `k` training images.
    """
    # Every pair is compared: trees do not pay with hundreds of dimensions, and the answer is exact.
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(np.asarray(train_features))
    distances, rows = search.kneighbors(np.asarray(test_features))
    return rows.astype(np.int64), distances.astype(np.float32)
