"""Error consistency: whether two models misclassify the same images more often than their accuracies imply.

References
----------
R. Geirhos, K. Meding, F. A. Wichmann (2020), Beyond accuracy: quantifying trial-by-trial behaviour of CNNs and humans
by measuring error consistency, Advances in Neural Information Processing Systems 33. J. Cohen (1960), A coefficient of
agreement for nominal scales, Educational and Psychological Measurement 20, 37-46.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.bootstrap import percentile_estimate, resampled_sums
from svhnlab.store.schema import Estimate

Name = TypeVar("Name", bound=Hashable)
#: Booleans of two models, or of several pairs of models: shape (N,) or (P, N), whether each image is misclassified.
WrongOfPair = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def error_consistency(
    pairs: Mapping[Name, WrongOfPair], resamples: int, seed: int, photographs: NDArray[np.int64] | None = None
) -> dict[Name, Estimate]:
    """Compute Cohen's kappa of the errors of pairs of models, with intervals from a bootstrap of photographs.

    Kappa is 1 if two models misclassify the same images, and 0 if they agree on right and wrong only as often as
    independent models of their accuracies would.

    Parameters
    ----------
    pairs
        Errors of both models on the same images, by name; for several pairs under one name, their mean is returned.
    resamples
        Number of bootstrap resamples, the same for all pairs.
    seed
        Seed of the draws.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Returns
    -------
    By name; NaN if it is undefined, e.g. if neither model has an error.

    Examples
    --------
    >>> one, other = np.arange(100) < 20, (np.arange(100) >= 10) & (np.arange(100) < 30)
    >>> kappa = error_consistency({"pair": (one, other)}, resamples=500, seed=0)["pair"]
    >>> round(kappa.value, 3), kappa.low < 0.375 < kappa.high
    (0.375, True)
    """
    columns = {}
    for name, (first, second) in pairs.items():
        one, other = np.atleast_2d(first).T, np.atleast_2d(second).T
        columns[name] = np.hstack([one & other, one, other, np.ones_like(one)]).astype(np.float64)
    draws = resampled_sums(columns, resamples, seed, photographs)
    return {
        name: percentile_estimate(float(_mean_kappa(values.sum(axis=0))), _mean_kappa(draws[name]))
        for name, values in columns.items()
    }


def _mean_kappa(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean kappa over P pairs from sums of shape (..., 4 P): both wrong, first wrong, second wrong, images."""
    both, first, second, images = np.split(sums, 4, axis=-1)
    p, q = first / images, second / images
    observed = 1 - p - q + 2 * both / images
    expected = p * q + (1 - p) * (1 - q)
    defined = expected < 1
    kappa = np.divide(observed - expected, 1 - expected, out=np.full(expected.shape, np.nan), where=defined)
    return np.asarray(kappa.mean(axis=-1))
