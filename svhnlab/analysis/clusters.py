"""Images from the same photograph: sums by photograph, and the design effect on the variance of a share.

Images that were cut from one photograph are not independent: they have the same light, sharpness and lettering, so
they are more often misclassified together than images from different photographs.

References
----------
L. Kish (1965), Survey sampling, Wiley, chapters 5 and 8 (design effect). J. N. K. Rao, A. J. Scott (1984), On
chi-squared tests for multiway contingency tables with cell proportions estimated from survey data, Annals of
Statistics 12, 46-60 (division of a test statistic by the design effect).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array

from svhnlab.analysis.metrics import NORMAL_QUANTILE, share_estimate
from svhnlab.store.schema import Estimate


def sum_by_photograph(values: NDArray[np.float64], photographs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum per-image values over the images of each photograph.

    Parameters
    ----------
    values
        Shape (N, V).
    photographs
        Number of the photograph of each image, shape (N,).

    Returns
    -------
    In the order of the photographs' numbers, shape (G, V).

    Examples
    --------
    >>> sum_by_photograph(np.array([[1.0], [0.0], [1.0]]), np.array([4, 4, 2])).tolist()
    [[1.0], [1.0]]
    """
    numbers, of_image = np.unique(photographs, return_inverse=True)
    membership = coo_array((np.ones(len(of_image)), (of_image, np.arange(len(of_image)))), (len(numbers), len(values)))
    return np.asarray(membership.tocsr() @ values)


def variance_ratio(residuals: ArrayLike, photographs: NDArray[np.int64] | None) -> float:
    """Compute the design effect of a sum: its variance by photograph over its variance by image, at least 1.

    Parameters
    ----------
    residuals
        Contribution of each image to the deviation of the estimate, mean 0, shape (N,).
    photographs
        Number of the photograph of each image, shape (N,); 1 is returned when None.

    Returns
    -------
    1 where all residuals are 0, or where images of one photograph vary less together than independent ones would.

    Examples
    --------
    >>> variance_ratio([1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0], np.array([0, 0, 1, 1, 2, 2, 3, 3])) > 1.9
    True
    """
    if photographs is None:
        return 1.0
    by_image = np.asarray(residuals, dtype=np.float64)
    by_photograph = sum_by_photograph(by_image[:, None], photographs)[:, 0]
    images, groups = len(by_image), len(by_photograph)
    if groups < 2 or not by_image.any():
        return 1.0
    independent = np.square(by_image).sum() * images / (images - 1)
    return max(1.0, float(np.square(by_photograph).sum() * groups / (groups - 1) / independent))


def reduce_p_value(p_value: float, effect: float) -> float:
    """Return a two-sided p-value after dividing its chi-squared statistic by a design effect (Rao and Scott).

    Examples
    --------
    >>> round(reduce_p_value(0.01, 2.0), 3), reduce_p_value(0.01, 1.0)
    (0.069, 0.01)
    """
    if effect == 1:
        return p_value
    from scipy.stats import chi2  # noqa: PLC0415  (takes a second to import)

    return float(chi2.sf(chi2.isf(p_value, 1) / effect, 1))


def design_effect(hits: ArrayLike, photographs: NDArray[np.int64] | None, members: ArrayLike | None = None) -> float:
    """Compute the design effect of a share: how much images of one photograph widen its variance.

    Parameters
    ----------
    hits
        Whether each image counts, e.g. is classified correctly, booleans, shape (N,).
    photographs
        As in `variance_ratio`.
    members
        Images that the share is taken over, booleans, shape (N,); all when None.

    Examples
    --------
    >>> correct = np.array([True, True, False, False] * 10)
    >>> round(design_effect(correct, np.arange(40) // 2), 2), design_effect(correct, None)
    (2.05, 1.0)
    """
    counted = np.asarray(hits, dtype=np.float64)
    within = np.ones(len(counted)) if members is None else np.asarray(members, dtype=np.float64)
    if not within.any():
        return 1.0
    share = (counted * within).sum() / within.sum()
    return variance_ratio(within * (counted - share), photographs)


def share_by_photograph(
    hits: ArrayLike, photographs: NDArray[np.int64] | None, members: ArrayLike | None = None
) -> Estimate:
    """Return a share of images with its 95% Wilson interval for the effective number of images.

    The effective number of images is their number divided by the `design_effect`. Parameters are those of
    `design_effect`; NaN without members.

    Examples
    --------
    >>> correct = np.array([True, True, False, False] * 10)
    >>> clustered, independent = share_by_photograph(correct, np.arange(40) // 2), share_by_photograph(correct, None)
    >>> clustered.value, round(clustered.low, 2), round(independent.low, 2)
    (0.5, 0.3, 0.35)
    """
    counted = np.asarray(hits, dtype=bool)
    within = np.ones(len(counted), dtype=bool) if members is None else np.asarray(members, dtype=bool)
    return share_estimate(int((counted & within).sum()), int(within.sum()), design_effect(counted, photographs, within))


def shares_p_value(
    hits: NDArray[np.bool_],
    members: NDArray[np.bool_],
    others: NDArray[np.bool_],
    photographs: NDArray[np.int64] | None,
) -> float:
    """Return the two-sided p-value of the hypothesis that the shares of hits of two groups of images are equal.

    That of Fisher's exact test, whose statistic is divided by the design effect of the difference.

    Parameters
    ----------
    hits
        Whether each image counts, shape (N,).
    members, others
        The two groups, neither of which is empty, shape (N,).
    photographs
        As in `variance_ratio`.

    Examples
    --------
    >>> hits, members = np.arange(100) < 15, np.arange(100) < 20
    >>> shares_p_value(hits, members, ~members, None) < 0.001
    True
    """
    from scipy.stats import fisher_exact  # noqa: PLC0415  (takes a second to import)

    counts = [[int((group & hits).sum()), int((group & ~hits).sum())] for group in (members, others)]
    shares = [hit / (hit + miss) for hit, miss in counts]
    residuals = (members * (hits - shares[0])) / members.sum() - (others * (hits - shares[1])) / others.sum()
    return reduce_p_value(float(fisher_exact(counts).pvalue), variance_ratio(residuals, photographs))


def contrast_by_photograph(terms: Sequence[tuple[float, ArrayLike, NDArray[np.int64]]]) -> Estimate:
    """Return a weighted sum of shares of images, such as a difference, with its 95% interval by photograph.

    Parameters
    ----------
    terms
        For each share its weight, whether each of its images counts (booleans, shape (N,)), and the number of the
        photograph of each (shape (N,)). Shares with a photograph in common are dependent.

    Returns
    -------
    The interval is that of the normal approximation, with the variance of the sums over photographs.

    Examples
    --------
    >>> hits, photographs = np.array([True, True, False, False] * 10), np.arange(40) // 2
    >>> same = contrast_by_photograph([(1, hits, photographs), (-1, hits, photographs)])
    >>> other = contrast_by_photograph([(1, hits, photographs), (-1, hits, photographs + 20)])
    >>> same.high, round(other.high, 2)
    (0.0, 0.31)
    """
    shares = [(weight, np.asarray(hits, dtype=np.float64), photographs) for weight, hits, photographs in terms]
    value = sum(weight * float(hits.mean()) for weight, hits, _ in shares)
    influence = np.concatenate([weight * (hits - hits.mean()) / len(hits) for weight, hits, _ in shares])
    groups = np.concatenate([photographs for _, _, photographs in shares])
    return estimate_by_photograph(value, influence, groups, (-math.inf, math.inf))[0]


def variance_of_sum(influence: NDArray[np.float64], photographs: NDArray[np.int64] | None) -> float:
    """Return the variance of the sum of contributions to an estimate, mean 0, shape (N,), by photograph.

    Examples
    --------
    >>> influence = np.array([0.1, -0.1, 0.1, -0.1])
    >>> variance_of_sum(influence, np.array([0, 0, 1, 1])), round(variance_of_sum(influence, None), 3)
    (0.0, 0.053)
    """
    sums = influence if photographs is None else sum_by_photograph(influence[:, None], photographs)[:, 0]
    return float(np.square(sums).sum() * len(sums) / max(len(sums) - 1, 1))


def estimate_by_photograph(
    value: float, influence: NDArray[np.float64], photographs: NDArray[np.int64] | None, limits: tuple[float, float]
) -> tuple[Estimate, float]:
    """Return the interval of an estimate by photograph, and the two-sided p-value of the hypothesis that it is 0.

    Both are those of the normal approximation, with the variance of the sums over photographs.

    Parameters
    ----------
    value
        The estimate.
    influence
        Contribution of each image to the deviation of the estimate, mean 0, shape (N,).
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.
    limits
        Lowest and highest possible value.

    Examples
    --------
    >>> gains = np.array([0.2, 0.1, 0.3, 0.2])
    >>> gain, p_value = estimate_by_photograph(0.2, (gains - 0.2) / 4, np.arange(4), (-1, 1))
    >>> round(gain.low, 2), round(gain.high, 2), p_value < 0.001
    (0.12, 0.28, True)
    """
    error = math.sqrt(variance_of_sum(influence, photographs))
    half = NORMAL_QUANTILE * error
    p_value = math.erfc(abs(value) / error / math.sqrt(2)) if error else float(value == 0)
    return Estimate(value, max(value - half, limits[0]), min(value + half, limits[1])), p_value
