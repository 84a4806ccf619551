"""Test images with a near-duplicate among the training images."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from svhnlab.store.schema import Duplicates

RELATIVE_THRESHOLD = 0.13
"""Images are near-duplicates below this share of the median nearest-neighbour distance."""


def near_duplicates(run: str, rows: ArrayLike, distances: ArrayLike) -> Duplicates:
    """Find test images that are much closer to a training image than is usual.

    Parameters
    ----------
    run
        Configuration whose features were used.
    rows
        Nearest training row of each test image, shape (N,).
    distances
        Euclidean distance to it, in the units of the features, shape (N,).

    Returns
    -------
    Pairs with a distance of 0 or below 0.13 times the median of `distances`, closest first.

    References
    ----------
    The rule and its constant are from the "near_duplicate" issue check of cleanlab's Datalab (version 2.9), which
    applies them within one set of images; here they are applied between test and training images.

    Examples
    --------
    >>> duplicates = near_duplicates("cnn", rows=[70, 71, 72, 73], distances=[5.0, 0.25, 4.0, 6.0])
    >>> duplicates.test_rows.tolist(), duplicates.train_rows.tolist()
    ([1], [71])
    """
    nearest, distance = np.asarray(rows, dtype=np.int64), np.asarray(distances, dtype=np.float32)
    threshold = RELATIVE_THRESHOLD * float(np.median(distance))
    close = np.flatnonzero((distance < threshold) | (distance == 0))
    close = close[np.argsort(distance[close], kind="stable")]
    return Duplicates(
        run=run, threshold=threshold, test_rows=close, train_rows=nearest[close], distances=distance[close]
    )
