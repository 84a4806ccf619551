"""Pairs of classes that models confuse more often than the frequency of the classes explains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from svhnlab.analysis.clusters import reduce_p_value, variance_ratio
from svhnlab.analysis.paired import holm
from svhnlab.store.schema import ALPHA


def look_alike_pairs(
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    n_classes: int,
    photographs: NDArray[np.int64] | None,
    sound: NDArray[np.bool_],
) -> tuple[tuple[int, int], ...]:
    """Find the pairs of classes that are confused more often than chance.

    By chance, the errors of a class fall on the other classes in proportion to the frequency with which these are
    predicted. The errors on a pair, in both directions, are compared with this by a Poisson test, whose statistic is
    divided by the design effect by photograph, with Holm's correction for all pairs.

    Parameters
    ----------
    labels
        Shape (N,).
    predicted
        Predicted classes of M configurations, shape (M, N). Counts are means over the configurations, since their
        errors on one image are not independent.
    n_classes
        Number of classes K.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.
    sound
        Images whose labels are not in doubt, booleans, shape (N,); only these count.

    Returns
    -------
    The pairs in ascending order, the smaller class first.

    Examples
    --------
    >>> labels = np.repeat(np.arange(4), 100)
    >>> predicted = np.where(np.arange(400) % 100 < 12, (labels + np.arange(400) % 3 + 1) % 4, labels)
    >>> look_alike_pairs(labels, predicted[None], 4, None, np.ones(400, dtype=bool))
    ()
    >>> predicted[20:50] = 1
    >>> predicted[120:150] = 0
    >>> look_alike_pairs(labels, predicted[None], 4, None, np.ones(400, dtype=bool))
    ((0, 1),)
    """
    errors = (predicted != labels) & sound
    count = np.zeros((n_classes, n_classes))
    np.add.at(count, (np.broadcast_to(labels, predicted.shape)[errors], predicted[errors]), 1 / len(predicted))
    frequency = np.bincount(predicted.ravel(), minlength=n_classes) / predicted.size
    by_class = count.sum(axis=1, keepdims=True) / np.maximum(1 - frequency, 1e-9)[:, None]
    expected = by_class * frequency
    one, other = np.triu_indices(n_classes, k=1)
    found = count[one, other] + count[other, one]
    chance = expected[one, other] + expected[other, one]
    # the probability of at least `found` events, also for fractions
    p_values = np.where(found > 0, 2 * gammainc(np.maximum(found, 1e-9), chance), 1.0).clip(0, 1)
    for pair in np.flatnonzero((p_values < ALPHA) & (found > chance)):
        same = {int(one[pair]), int(other[pair])}
        of_pair = errors & np.isin(labels, list(same)) & np.isin(predicted, list(same))
        share = of_pair.mean(axis=0)
        p_values[pair] = reduce_p_value(float(p_values[pair]), variance_ratio(share - share.mean(), photographs))
    significant = (holm(p_values.tolist()) < ALPHA) & (found > chance)
    return tuple((int(one[pair]), int(other[pair])) for pair in np.flatnonzero(significant))
