"""Nearest training images in feature space."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def nearest_neighbours(
    train_features: ArrayLike, test_features: ArrayLike, k: int = 5
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Find the nearest training images of each test image.

    Parameters
    ----------
    train_features, test_features
        From the same model, shapes (T, D) and (N, D).
    k
        Number of neighbours, 1 to T.

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

    Examples
    --------
    >>> rows, distances = nearest_neighbours([[0.0, 0.0], [3.0, 4.0], [1.0, 0.0]], [[0.0, 0.0]], k=2)
    >>> rows.tolist(), distances.tolist()
    ([[0, 2]], [[0.0, 1.0]])
    """
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415 (takes long; reports do not need it)

    # Brute force: search trees are no faster in hundreds of dimensions.
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(np.asarray(train_features))
    distances, rows = search.kneighbors(np.asarray(test_features))
    return rows.astype(np.int64), distances.astype(np.float32)


def majority_class(labels: ArrayLike) -> NDArray[np.int64]:
    """Return the most frequent class among the neighbours of each image, shape (N,); of equal ones the nearest.

    Parameters
    ----------
    labels
        Classes of the neighbours, nearest first, shape (N, k).

    Examples
    --------
    >>> majority_class([[1, 2, 2], [3, 1, 2]]).tolist()
    [2, 3]
    """
    classes = np.asarray(labels, dtype=np.int64)
    votes = (classes[:, :, None] == classes[:, None, :]).sum(axis=2)
    return classes[np.arange(len(classes)), votes.argmax(axis=1)]
