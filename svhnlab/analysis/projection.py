"""Positions on a t-SNE map for images that are not on it: regression by nearest neighbours in feature space."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

NEIGHBOURS = 5
"""Neighbours that determine the position of an image."""
_BLOCK = 2048  # images at a time; limits memory


def nearest_mapped(
    features: ArrayLike, rows: ArrayLike, k: int = NEIGHBOURS
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the nearest images on a map for every image, in feature space.

    Parameters
    ----------
    features
        Shape (N, D).
    rows
        Images on the map, shape (M,), without repetitions.
    k
        Number of neighbours; fewer are found if the map has fewer other images.

    Returns
    -------
    neighbours
        Positions in `rows`, nearest first, shape (N, k). An image on the map is not its own neighbour.
    distances
        Euclidean, shape (N, k).

    Examples
    --------
    >>> neighbours, distances = nearest_mapped([[0.0], [1.0], [5.0]], [0, 2], k=1)
    >>> neighbours.ravel().tolist(), distances.ravel().tolist()
    ([1, 0, 0], [5.0, 1.0, 5.0])
    """
    # Distances do not change when all features are moved; rounding errors are smaller around the mean.
    every = np.asarray(features, dtype=np.float32)
    every = every - every.mean(axis=0)
    chosen = np.asarray(rows, dtype=np.int64)
    mapped = every[chosen]
    k = min(k, len(chosen) - 1)
    place = np.full(len(every), -1)
    place[chosen] = np.arange(len(chosen))
    squares = np.square(mapped).sum(axis=1)
    found = np.empty((len(every), k), dtype=np.int64)
    distances = np.empty((len(every), k))
    for start in range(0, len(every), _BLOCK):
        block = every[start : start + _BLOCK]
        products = block @ mapped.T
        order = squares - 2 * products  # as the squared distances, up to a number for each image
        itself = place[start : start + _BLOCK]
        known = np.flatnonzero(itself >= 0)
        order[known, itself[known]] = np.inf
        nearest = np.argpartition(order, k - 1, axis=1)[:, :k] if k else np.empty((len(block), 0), dtype=np.int64)
        exact = np.linalg.norm((block[:, None] - mapped[nearest]).astype(np.float64), axis=2)
        ranks = np.argsort(exact, axis=1, kind="stable")
        found[start : start + _BLOCK] = np.take_along_axis(nearest, ranks, axis=1)
        distances[start : start + _BLOCK] = np.take_along_axis(exact, ranks, axis=1)
    return found, distances


def place_on_map(
    coordinates: ArrayLike, rows: ArrayLike, neighbours: ArrayLike, distances: ArrayLike
) -> NDArray[np.float64]:
    """Return a position for every image: that on the map, or else the weighted mean of its neighbours' positions.

    The weights are inverse to the distances in feature space. An image with the same features as some neighbours gets
    the mean of their positions.

    Parameters
    ----------
    coordinates
        Of the images on the map, shape (M, d).
    rows
        These images, shape (M,).
    neighbours, distances
        See `nearest_mapped`, shape (N, k).

    Returns
    -------
    Shape (N, d).

    Examples
    --------
    >>> place_on_map([[0.0], [10.0]], [0, 2], [[1, 0], [0, 1], [0, 1]], [[4, 9], [1, 3], [4, 9]]).ravel().tolist()
    [0.0, 2.5, 10.0]
    """
    known = np.asarray(coordinates, dtype=np.float64)
    far = np.asarray(distances, dtype=np.float64)
    equal = far == 0
    inverse = 1 / np.where(equal, 1, far)
    weights = np.where(equal.any(axis=1, keepdims=True), equal, inverse)
    weights = weights / weights.sum(axis=1, keepdims=True)
    placed = np.einsum("nk,nkd->nd", weights, known[np.asarray(neighbours)])
    placed[np.asarray(rows)] = known
    return np.asarray(placed)
