"""Alignment of maps of the same points, for the report; without the imports that computing maps needs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes


def align(maps: Mapping[str, NDArray[np.floating]], reference: str) -> dict[str, NDArray[np.float64]]:
    """Align maps of the same points with a reference map by rotation and reflection.

    t-SNE determines a map only up to translation, rotation and reflection. Each map is centred and multiplied by the
    orthogonal matrix that minimises the squared distances of its points to those of the reference (orthogonal
    Procrustes). The scale is kept, so distances within a map and its scores do not change.

    Parameters
    ----------
    maps
        Coordinates by name, each of shape (M, d), all of the same points in the same order.
    reference
        Name of the reference map, which is only centred.

    Returns
    -------
    Coordinates by name, float64, centred.

    Raises
    ------
    ValueError
        If the maps have different shapes.

    References
    ----------
    P. Schönemann (1966), A generalized solution of the orthogonal Procrustes problem, Psychometrika 31, 1-10.

    Examples
    --------
    >>> points = np.array([[0.0, 0.0], [2.0, 0.0], [1.0, 3.0]])
    >>> aligned = align({"cnn": points, "resnet18": points[:, ::-1]}, "cnn")
    >>> bool(np.allclose(aligned["resnet18"], aligned["cnn"]))
    True
    """
    centred = {name: np.asarray(points, dtype=np.float64) - np.mean(points, axis=0) for name, points in maps.items()}
    target = centred[reference]
    if any(points.shape != target.shape for points in centred.values()):
        raise ValueError("maps can be aligned only when they show the same points in as many dimensions")
    return {
        name: target if name == reference else points @ orthogonal_procrustes(points, target)[0]
        for name, points in centred.items()
    }
