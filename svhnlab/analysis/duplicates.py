"""Test images with a near-duplicate among the training images, and test images that show the same picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.neighbours import nearest_neighbours
from svhnlab.data.image_stats import LUMA_WEIGHTS
from svhnlab.data.photographs import match_pairs
from svhnlab.store.schema import Duplicates, RepeatedImages

RELATIVE_THRESHOLD = 0.13
"""Images are near-duplicates below this share of the median nearest-neighbour distance."""
SAME_PICTURE = 0.98
"""Concordance correlation of the overlap from which two images show the same picture.

Of 4,434 training images of SVHN, three pairs reach it that are not adjacent: the three crops of a photograph that is in
the file twice. The best match of two different pictures is 0.965.
"""
SHIFTS = range(-6, 7)
"""Shifts in pixels that are tried in both directions."""
CANDIDATES = 5
"""Number of nearest images with which each image is compared."""
COARSE_MATCH = 0.5
"""Concordance correlation of reduced images below which two images are not compared; the pairs above have 0.75."""


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


def repeated_images(images: NDArray[np.uint8]) -> RepeatedImages:
    """Find images of one set that show the same picture up to a small shift, wherever they are in their file.

    Each image is compared with its nearest others among the reduced, standardised images if brightness and contrast are
    similar, and with the next image of the file. No model is needed.

    Parameters
    ----------
    images
        uint8, shape (N, 3, 32, 32).

    Returns
    -------
    Pairs whose overlap matches for a shift of at most 6 pixels in each direction; see `SAME_PICTURE`.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 256, (50, 3, 32, 32), dtype=np.uint8)
    >>> images[40, :, 2:] = images[3, :, :-2]
    >>> repeated = repeated_images(images)
    >>> repeated.first_rows.tolist(), repeated.second_rows.tolist()
    ([3], [40])
    """
    rows = np.arange(len(images))
    adjacent = np.stack([rows[:-1], rows[1:]], axis=1)
    pairs = np.unique(np.concatenate([_similar_pairs(images), adjacent]), axis=0)
    match = match_pairs(images, pairs[:, 0], pairs[:, 1], SHIFTS, SHIFTS)
    same = np.flatnonzero(match >= SAME_PICTURE)
    same = same[np.argsort(-match[same], kind="stable")]
    return RepeatedImages(pairs[same, 0], pairs[same, 1], match[same])


def _similar_pairs(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return pairs of images that may show the same picture, the lower row first, shape (P, 2)."""
    n, _, height, width = images.shape
    # 8 by 8 pixels, which a small shift hardly changes
    blocks = images.reshape(n, 3, 8, height // 8, 8, width // 8).mean(axis=(3, 5), dtype=np.float32)
    luma = np.einsum("nchw,c->nhw", blocks, LUMA_WEIGHTS.astype(np.float32)).reshape(n, -1)
    mean, contrast = luma.mean(axis=1), luma.std(axis=1)
    patterns = (luma - mean[:, None]) / np.maximum(contrast, 1)[:, None]  # plain images have no pattern
    nearest, _ = nearest_neighbours(patterns, patterns, k=min(CANDIDATES + 1, n))
    pairs = np.stack([np.repeat(np.arange(n), nearest.shape[1]), nearest.ravel()], axis=1)
    first, second = pairs[pairs[:, 0] != pairs[:, 1]].T
    covariance = (patterns[first] * patterns[second]).mean(axis=1) * contrast[first] * contrast[second]
    spread = contrast[first] ** 2 + contrast[second] ** 2 + (mean[first] - mean[second]) ** 2
    similar = 2 * covariance >= COARSE_MATCH * spread
    return np.sort(np.stack([first[similar], second[similar]], axis=1), axis=1)
