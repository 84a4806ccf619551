"""Interval of the accuracy of a configuration that covers test sampling and training variability together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from svhnlab.analysis.bootstrap import resampled_sums
from svhnlab.analysis.metrics import CONFIDENCE
from svhnlab.store.schema import Estimate


def accuracy_over_seeds(
    correct: NDArray[np.bool_], resamples: int, seed: int, photographs: NDArray[np.int64] | None = None
) -> Estimate:
    """Estimate the expected accuracy of a configuration over trainings and images, with its 95% interval.

    Each resample draws photographs and, independently, trainings (two-way bootstrap).

    Parameters
    ----------
    correct
        Whether each of S trainings classifies each image correctly, shape (S, N).
    resamples
        Number of bootstrap resamples.
    seed
        Seed of the draws.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Returns
    -------
    Mean accuracy with its interval; the bounds are NaN for a single training.

    Notes
    -----
    The bootstrap of few trainings underestimates their variance by the factor (S - 1)/S, which is corrected by scaling
    the weights of the drawn trainings about their mean. The interval is a t interval with the standard error of the
    resamples. Its degrees of freedom are Satterthwaite's, for a sum of the variance between trainings, known with S - 1
    degrees, and that between photographs.

    References
    ----------
    A. B. Owen (2007), The pigeonhole bootstrap, Annals of Applied Statistics 1, 386-411. F. E. Satterthwaite (1946), An
    approximate distribution of estimates of variance components, Biometrics Bulletin 2, 110-114.

    Examples
    --------
    >>> correct = np.random.default_rng(0).random((3, 2_000)) < np.array([[0.89], [0.90], [0.91]])
    >>> estimate = accuracy_over_seeds(correct, resamples=500, seed=0)
    >>> round(estimate.value, 1), estimate.low < 0.89, estimate.high > 0.91
    (0.9, True, True)
    """
    trainings, images = correct.shape
    value = float(correct.mean())
    if trainings == 1:
        return Estimate(value, float("nan"), float("nan"))
    columns = {"hits": correct.T.astype(np.float64), "images": np.ones((images, 1))}
    sums = resampled_sums(columns, resamples, seed, photographs)
    accuracies = sums["hits"] / sums["images"]  # (R, S)
    drawn = np.random.default_rng([seed, 1]).multinomial(trainings, np.full(trainings, 1 / trainings), resamples)
    weights = (1 + np.sqrt(trainings / (trainings - 1)) * (drawn - 1)) / trainings
    variance = float((accuracies * weights).sum(axis=1).var(ddof=1))
    between = float(correct.mean(axis=1).var(ddof=1)) / trainings
    groups = images if photographs is None else len(np.unique(photographs))
    sampling = float(accuracies.mean(axis=1).var(ddof=1))
    if between == sampling == 0:
        return Estimate(value, value, value)
    freedom = (between + sampling) ** 2 / (between**2 / (trainings - 1) + sampling**2 / max(groups - 1, 1))
    half = float(t.ppf((1 + CONFIDENCE) / 2, freedom)) * float(np.sqrt(variance))
    return Estimate(value, max(value - half, 0.0), min(value + half, 1.0))
