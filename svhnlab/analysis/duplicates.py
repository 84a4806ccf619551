"""Test images that have a near-duplicate among the training images."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from svhnlab.store.schema import Duplicates

RELATIVE_THRESHOLD = 0.13
"""Share of the median distance to the nearest neighbour below which images count as near-duplicates."""


def near_duplicates(run: str, rows: ArrayLike, distances: ArrayLike) -> Duplicates:
    """Find test images much nearer to a training image than test images usually are.

    Parameters
    ----------
    run
        Name of the run that the features are of.
    rows
        Training row nearest to each test image, shape (N,).
    distances
        Euclidean distance to it in the units of the features, shape (N,).

    Returns
    -------
    Pairs of a distance below 0.13 times the median of `distances`, closest first, and those of distance 0.

    References
    ----------
    The rule and its constant are those of the issue "near_duplicate" of cleanlab's Datalab (version 2.9), which
    applies them within one set of images; here they are applied between test and training images.
    """
    nearest, away = np.asarray(rows, dtype=np.int64), np.asarray(distances, dtype=np.float32)
    threshold = RELATIVE_THRESHOLD * float(np.median(away))
    found = np.flatnonzero((away < threshold) | (away == 0))
    found = found[np.argsort(away[found], kind="stable")]
    return Duplicates(run=run, threshold=threshold, test_rows=found, train_rows=nearest[found], distances=away[found])
