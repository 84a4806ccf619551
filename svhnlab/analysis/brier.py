"""Brier score of the confidence and its parts: miscalibration, discrimination and uncertainty.

The confidence is a forecast of the event that the predicted class is the true one. It is recalibrated by isotonic
regression of the correctness on the confidence. This decomposition needs no bins, its parts are not negative, and they
add up to the score exactly.

References
----------
T. Dimitriadis, T. Gneiting, A. I. Jordan (2021), Stable reliability diagrams for probabilistic classifiers, Proceedings
of the National Academy of Sciences 118, e2016191118. A. H. Murphy (1973), A new vector partition of the probability
score, Journal of Applied Meteorology 12, 595-600.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from svhnlab.analysis.bootstrap import one_hot, reflected_estimate, resampled_sums
from svhnlab.store.schema import BrierDecomposition, BrierParts, Estimate

GROUPS = 50
"""Groups of images by confidence in the resamples."""
MAX_RESAMPLES = 2_000
"""Maximum number of resamples: the regression of each takes 20 µs."""


def brier_decomposition(
    as_trained: ArrayLike,
    scaled: ArrayLike,
    correct: ArrayLike,
    resamples: int,
    seed: int,
    photographs: NDArray[np.int64] | None = None,
) -> BrierDecomposition:
    """Divide the Brier scores of two confidences of the same predictions, without and with temperature scaling.

    Parameters
    ----------
    as_trained, scaled
        Probability of the predicted class, shape (N,).
    correct
        Whether the predicted class is the true class, booleans, shape (N,).
    resamples, seed
        Number, at most `MAX_RESAMPLES`, and seed of the bootstrap resamples.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Notes
    -----
    Isotonic regression fits the noise, too, so miscalibration and discrimination are biased upwards, and on a resample
    by about the same amount again. The intervals are reflected for this reason, as that of the expected calibration
    error. In the resamples, the images are in up to 50 groups of about equal size by confidence, and the regression is
    that of the groups; the intervals are extended to the values, which are computed without groups.

    Examples
    --------
    >>> confidence, correct = np.repeat([0.9, 0.6], 50), np.arange(100) % 10 < 6
    >>> parts = brier_decomposition(confidence, np.full(100, 0.6), correct, resamples=100, seed=0)
    >>> round(parts.as_trained.miscalibration.value, 3), round(parts.as_trained.score, 3)
    (0.045, 0.285)
    >>> round(parts.scaled.miscalibration.value, 3), round(parts.scaled.score, 3)
    (0.0, 0.24)
    """
    hits = np.asarray(correct, dtype=np.float64)
    confidences = [np.asarray(confidence, dtype=np.float64) for confidence in (as_trained, scaled)]
    columns = dict(enumerate(_columns(confidence, hits) for confidence in confidences))
    sums = resampled_sums(columns, min(resamples, MAX_RESAMPLES), seed, photographs)
    values = np.array([_exact_parts(confidence, hits) for confidence in confidences])  # (2, 2)
    grouped = np.array([_parts(own.sum(axis=0, keepdims=True))[0] for own in columns.values()])
    draws = np.array([_parts(own) for own in sums.values()])  # (2, R, 2)
    uncertainty = float(hits.mean() * (1 - hits.mean()))
    before, after = (_with_intervals(values[i].clip(0), grouped[i], draws[i], uncertainty, lowest=0.0) for i in (0, 1))
    change = _with_intervals(values[1] - values[0], grouped[1] - grouped[0], draws[1] - draws[0], 0.0, lowest=-1.0)
    return BrierDecomposition(before, after, change)


def _exact_parts(confidence: NDArray[np.float64], hits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return miscalibration and discrimination; images of equal confidence are one group."""
    _, group, images = np.unique(confidence, return_inverse=True, return_counts=True)
    squares = np.square(confidence - hits).sum()
    return _parts(np.concatenate([images, np.bincount(group, weights=hits), [squares]])[None])[0]


def _columns(confidence: NDArray[np.float64], hits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return membership in the groups, correctness in its group, and squared difference, shape (N, 2 G + 1)."""
    n = len(hits)
    groups = min(n, GROUPS)
    rank = np.searchsorted(np.sort(confidence), confidence, side="left")
    membership = one_hot(rank * groups // n, groups)
    return np.hstack([membership, membership * hits[:, None], np.square(confidence - hits)[:, None]])


def _parts(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return miscalibration and discrimination, shape (R, 2).

    Parameters
    ----------
    sums
        Images of each of G groups by ascending confidence, hits of each, and squared differences, shape (R, 2 G + 1).
    """
    images, hits = np.split(sums[:, :-1], 2, axis=1)
    total = images.sum(axis=1)
    share = hits.sum(axis=1) / total
    weights = np.maximum(images, np.finfo(np.float64).tiny)  # a group may be empty in a resample
    fitted = np.array(
        [isotonic_regression(y, weights=weight).x for y, weight in zip(hits / weights, weights, strict=True)]
    )
    # Each fitted value is the mean of its block, so the score of a block is its variance.
    recalibrated = (images * fitted * (1 - fitted)).sum(axis=1) / total
    return np.column_stack([sums[:, -1] / total, share * (1 - share)]) - recalibrated[:, None]


def _with_intervals(
    values: NDArray[np.float64],
    grouped: NDArray[np.float64],
    draws: NDArray[np.float64],
    uncertainty: float,
    lowest: float,
) -> BrierParts:
    """Return the parts with the reflected intervals of the parts in groups, extended to the values."""
    parts = []
    for value, in_groups, drawn in zip(values.tolist(), grouped.tolist(), draws.T, strict=True):
        low, high = reflected_estimate(in_groups, drawn).limits
        parts.append(Estimate(value, max(min(low, value), lowest), max(high, value)))
    miscalibration, discrimination = parts
    return BrierParts(miscalibration, discrimination, uncertainty)
