"""Difference between two recipes in cross-validation, with a variance that allows for overlapping training images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from svhnlab.analysis.metrics import CONFIDENCE
from svhnlab.store.schema import Estimate

ENOUGH_TRAININGS = 5
"""Trainings of a variant below which no difference is tested: with few, the variance is hardly known."""


@dataclass(frozen=True)
class FoldDifference:
    """Mean difference over held-out folds.

    Attributes
    ----------
    estimate
        Mean with its 95% interval.
    p_value
        Of the corrected resampled t-test, two-sided.
    """

    estimate: Estimate
    p_value: float


def difference_over_folds(differences: Sequence[float], folds: int) -> FoldDifference:
    """Compute mean, interval and test of a paired difference over held-out folds.

    Parameters
    ----------
    differences
        Second minus first recipe on each held-out fold, at least two.
    folds
        Number of parts into which the training images are divided; each training holds out one.

    Notes
    -----
    Trainings on different folds share training images, so their results are correlated and the usual variance of the
    mean, s²/J for J trainings, is too small. The corrected variance is (1/J + n₂/n₁) s², where n₂/n₁ is the ratio of
    held-out to training images, here 1/(`folds` - 1).

    References
    ----------
    C. Nadeau, Y. Bengio (2003), Inference for the generalization error, Machine Learning 52, 239-281 (corrected
    resampled t-test). R. R. Bouckaert, E. Frank (2004), Evaluating the replicability of significance tests for
    comparing learning algorithms, PAKDD, 3-12 (its use for cross-validation).

    Examples
    --------
    >>> found = difference_over_folds([0.010, 0.014, 0.012, 0.016, 0.008], folds=5)
    >>> round(found.estimate.value, 3), round(found.estimate.low, 4), round(found.p_value, 4)
    (0.012, 0.0061, 0.0048)
    """
    values = np.asarray(differences, dtype=np.float64)
    trainings, mean = len(values), float(values.mean())
    error = float(values.std(ddof=1) * np.sqrt(1 / trainings + 1 / (folds - 1)))
    if error == 0:
        return FoldDifference(Estimate(mean, mean, mean), float(mean == 0))
    half = float(t.ppf((1 + CONFIDENCE) / 2, trainings - 1)) * error
    p_value = 2 * float(t.sf(abs(mean) / error, trainings - 1))
    return FoldDifference(Estimate(mean, mean - half, mean + half), p_value)
