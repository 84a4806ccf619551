"""Bootstrap over test photographs; one pass over the resamples computes every metric of every model.

A resample draws G of the G photographs of the test images with replacement, each with all its images (cluster
bootstrap), because images from one photograph are not independent. A metric needs only sums of per-image values over
the drawn images: correctly classified images of each class for recall, gaps between confidence and accuracy for the
calibration error. Multiplying the matrix of draw counts by the sums per photograph gives these sums. All models share
the resamples, so metrics of two models can be subtracted draw by draw (paired bootstrap).

The intervals cover the sampling variability of the test set, not training variability.

References
----------
B. Efron, R. J. Tibshirani (1993), An Introduction to the Bootstrap, Chapman & Hall, chapter 13 (percentile interval).
A. C. Davison, D. V. Hinkley (1997), Bootstrap Methods and Their Application, Cambridge, section 3.8 (clusters).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.clusters import sum_by_photograph
from svhnlab.analysis.metrics import CONFIDENCE
from svhnlab.store.schema import Estimate

Name = TypeVar("Name", bound=Hashable)

_CHUNK_CELLS = 4_000_000
"""Cells of the matrix of draws that are in memory at once: 32 MB as int64 plus 32 MB as float64."""
_KEPT_CELLS = 500_000_000
"""Maximum number of cells of a matrix of draws that is kept for the next call: 500 MB. SVHN's has 130 million."""


@dataclass(frozen=True)
class ClassCounts:
    """Counts from which accuracy, precision, recall and F1 are computed, for one set of images or for many.

    Attributes
    ----------
    hits
        Correctly classified images of each class, shape (..., K).
    predicted
        Images predicted as each class, shape (..., K).
    support
        Images of each true class, shape (..., K).
    """

    hits: NDArray[np.float64]
    predicted: NDArray[np.float64]
    support: NDArray[np.float64]

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """Share of correctly classified images, shape (...)."""
        return _ratio(self.hits.sum(axis=-1), self.support.sum(axis=-1))

    @property
    def precision(self) -> NDArray[np.float64]:
        """Share of correct images among those predicted as a class, shape (..., K); NaN if there are none."""
        return _ratio(self.hits, self.predicted)

    @property
    def recall(self) -> NDArray[np.float64]:
        """Share of correct images among those of a class, shape (..., K); NaN if there are none."""
        return _ratio(self.hits, self.support)

    @property
    def f1(self) -> NDArray[np.float64]:
        """Harmonic mean of precision and recall, shape (..., K); NaN for a class without images."""
        return np.where(self.support > 0, _ratio(2 * self.hits, self.predicted + self.support), np.nan)

    @property
    def macro_f1(self) -> NDArray[np.float64]:
        """Mean of `f1` over the classes with images, shape (...), as in `metrics.evaluate`."""
        return np.asarray(np.nanmean(self.f1, axis=-1))


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)


def one_hot(classes: ArrayLike, n_classes: int) -> NDArray[np.float64]:
    """One-hot encode classes, shape (N, K); the column sums are the number of images of each class.

    Examples
    --------
    >>> one_hot([2, 0], 3).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    return np.eye(n_classes)[np.asarray(classes, dtype=np.int64)]


def resampled_sums(
    values: Mapping[Name, NDArray[np.float64]],
    resamples: int,
    seed: int,
    photographs: NDArray[np.int64] | None = None,
) -> dict[Name, NDArray[np.float64]]:
    """Sum per-image values over resamples of the photographs.

    Parameters
    ----------
    values
        Arrays of shape (N, V); N >= 1 must be the same for all, V may differ. All are summed over the same resamples.
    resamples
        Number of resamples R.
    seed
        Seed of the draws.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Returns
    -------
    Sums by name, shape (R, V).

    Raises
    ------
    ValueError
        If there are no values, or the numbers of images differ or are zero.

    Examples
    --------
    >>> sums = resampled_sums({"correct": np.array([[1.0], [1.0], [0.0], [1.0]])}, resamples=3, seed=0)
    >>> (sums["correct"][:, 0] / 4).tolist()
    [0.5, 1.0, 0.75]
    """
    sizes = {len(array) for array in values.values()}
    if len(sizes) != 1 or 0 in sizes:
        raise ValueError(f"values must be of one number of images, at least one, got {sorted(sizes)}")
    columns = np.hstack([np.asarray(array, dtype=np.float64) for array in values.values()])
    if photographs is not None:
        columns = sum_by_photograph(columns, photographs)
    n = len(columns)
    draws = _kept_draws if resamples * n <= _KEPT_CELLS else _draws
    sums = np.vstack([counts.astype(np.float64) @ columns for counts in draws(n, resamples, seed)])
    ends = np.cumsum([array.shape[1] for array in values.values()])
    return dict(zip(values, np.split(sums, ends[:-1], axis=1), strict=True))


def _draws(photographs: int, resamples: int, seed: int) -> Iterator[NDArray[np.uint8]]:
    """Yield how often each photograph is in each resample, for some resamples at a time, shape (C, G)."""
    generator = np.random.default_rng(seed)
    rows = max(1, _CHUNK_CELLS // photographs)
    for start in range(0, resamples, rows):
        drawn = generator.integers(0, photographs, (min(rows, resamples - start), photographs))
        counts = np.empty(drawn.shape, dtype=np.uint8)  # a photograph is practically never drawn more than ten times
        for row, some in enumerate(drawn):
            counts[row] = np.bincount(some, minlength=photographs)
        yield counts


# Most calls of an analysis have the same draws, and drawing takes as long as summing.
@lru_cache(maxsize=1)
def _kept_draws(photographs: int, resamples: int, seed: int) -> tuple[NDArray[np.uint8], ...]:
    return tuple(_draws(photographs, resamples, seed))


def percentile_estimate(value: float, draws: ArrayLike) -> Estimate:
    """Return a metric with its percentile interval.

    Parameters
    ----------
    value
        The metric on the original images.
    draws
        The metric on each resample, shape (R,). Resamples on which it is undefined (NaN) are left out.

    Returns
    -------
    Value and bounds. An interval that does not contain the value, which is possible for a skewed metric on few images,
    is extended to the value. All three are NaN if the value is undefined.

    Examples
    --------
    >>> estimate = percentile_estimate(20.0, np.arange(41))
    >>> round(estimate.low, 3), round(estimate.high, 3)
    (1.0, 39.0)
    """
    defined = np.asarray(draws, dtype=np.float64)
    defined = defined[~np.isnan(defined)]
    if np.isnan(value) or not len(defined):
        return Estimate(float(value), float("nan"), float("nan"))
    low, high = np.quantile(defined, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(float(value), min(float(low), float(value)), max(float(high), float(value)))


def reflected_estimate(value: float, draws: ArrayLike) -> Estimate:
    """Return a metric with its reflected interval (basic bootstrap).

    The bounds are twice the value minus the percentiles of the draws. This corrects a metric whose mean over the
    resamples is higher or lower than its value on the original images.

    Parameters
    ----------
    value
        The metric on the original images.
    draws
        The metric on each resample, shape (R,).

    Returns
    -------
    Value and bounds; an interval that does not contain the value is extended to it.

    Examples
    --------
    >>> estimate = reflected_estimate(0.10, [0.11, 0.12, 0.13])
    >>> round(estimate.low, 4), round(estimate.high, 4)
    (0.0705, 0.1)
    """
    low, high = np.quantile(np.asarray(draws, dtype=np.float64), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(float(value), min(2 * value - float(high), value), max(2 * value - float(low), value))


def percentile_estimates(values: ArrayLike, draws: NDArray[np.float64]) -> tuple[Estimate, ...]:
    """Apply `percentile_estimate` to each of K metrics; `values` has shape (K,), `draws` has shape (R, K).

    Examples
    --------
    >>> percentile_estimates([0.5, 1.0], np.array([[0.4, 1.0], [0.6, 1.0]]))[1]
    Estimate(value=1.0, low=1.0, high=1.0)
    """
    return tuple(percentile_estimate(float(value), draws[:, k]) for k, value in enumerate(np.asarray(values)))
