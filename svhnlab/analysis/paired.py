"""Two models on the same test images: whether the difference is real, and what these images could have shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import binom, binomtest

from svhnlab.analysis.bootstrap import ClassCounts, percentile_estimate, percentile_estimates
from svhnlab.store.schema import ClassDifference, Estimate, Interaction, PairedComparison

ALPHA = 0.05
"""Largest probability, of seeing a difference where there is none, that a test may have to call it real."""

POWER = 0.8
"""Probability with which a test finds the difference that it is said to detect."""


@dataclass(frozen=True)
class RunCounts:
    """What comparing runs needs to know about one of them.

    Attributes
    ----------
    right
        Whether each test image is right, booleans, shape (N,).
    counts
        Of the test images, shape (K,).
    draws
        Of the resamples, shape (R, K); the same resamples for every run.
    """

    right: NDArray[np.bool_]
    counts: ClassCounts
    draws: ClassCounts


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided p value of the exact McNemar test.

    If two models are equally good, an image that only one of them gets right is as likely to be the first's as
    the second's: a binomial test of the discordant images against one half. 1 where there are none.

    Parameters
    ----------
    only_first, only_second
        Images that only the first, and only the second model gets right.

    References
    ----------
    Q. McNemar (1947), Note on the sampling error of the difference between correlated proportions or percentages,
    Psychometrika 12, 153-157. T. G. Dietterich (1998), Approximate statistical tests for comparing supervised
    classification learning algorithms, Neural Computation 10, 1895-1923.
    """
    discordant = int(only_first) + int(only_second)
    return float(binomtest(int(only_first), discordant).pvalue) if discordant else 1.0


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Correct the p values of one family of tests for their number.

    Returns
    -------
    Adjusted p values in the order given: calling all below 5% real is wrong about any of them in at most 5% of the
    families without a difference. Empty for none.

    References
    ----------
    S. Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6,
    65-70.
    """
    if not len(p_values):
        return np.empty(0)
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    # The smallest times all, the next times all but one, …; never smaller than the one before.
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted


def mcnemar_power(images: int, difference: float, disagreement: float, alpha: float = ALPHA) -> float:
    """Probability that the exact McNemar test finds a difference of accuracy.

    Parameters
    ----------
    images
        Number of test images.
    difference
        True difference of the two accuracies, 0 to `disagreement`.
    disagreement
        Probability that exactly one of the two models gets an image right, above 0, at most 1.
    alpha
        Of the two-sided test.

    Notes
    -----
    The number of discordant images is binomial, and given it the number that only one model gets right is, too;
    the power is the mean over the former of the exact power given it.

    References
    ----------
    P. A. Lachenbruch (1992), On the sample size for studies based upon McNemar's test, Statistics in Medicine 11,
    1521-1525.
    """
    # Numbers of discordant images outside these have a probability that does not matter.
    low, high = binom.ppf([1e-9, 1 - 1e-9], images, disagreement)
    discordant = np.arange(low, high + 1)
    # Largest number in the lower tail for which the test still says "different"; -1 where there is none.
    critical = binom.ppf(alpha / 2, discordant, 0.5)
    critical -= binom.cdf(critical, discordant, 0.5) > alpha / 2
    share = (1 + difference / disagreement) / 2
    found = binom.cdf(critical, discordant, 1 - share) + binom.cdf(critical, discordant, share)
    return float(np.sum(binom.pmf(discordant, images, disagreement) * found))


def minimum_detectable_difference(images: int, disagreement: float) -> float:
    """Smallest difference of accuracy that the exact McNemar test would find with a power of 80%, at level 5%.

    Parameters
    ----------
    images
        Number of test images.
    disagreement
        Share of the images that exactly one of the two models gets right, as observed. Where it is smaller than a
        difference needs, models are assumed to differ on just the images that make the difference.

    Returns
    -------
    The difference, 0 to 1; NaN where the images are too few for any.

    References
    ----------
    R. J. Connett, J. A. Smith, R. B. McHugh (1987), Sample size and power for pair-matched case-control studies,
    Statistics in Medicine 6, 53-59, give the approximation for many images; here the power is exact
    (`mcnemar_power`).
    """

    def shortfall(difference: float) -> float:
        return mcnemar_power(images, difference, max(disagreement, difference)) - POWER

    if shortfall(1.0) < 0:
        return float("nan")
    return float(brentq(shortfall, 1e-9, 1.0, xtol=1e-6))


def compare_pairs(labels: ArrayLike, runs: Mapping[str, RunCounts]) -> tuple[PairedComparison, ...]:
    """Compare every pair of runs on the same test images.

    Parameters
    ----------
    labels
        True classes, shape (N,).
    runs
        By name of the run, all with the same resamples.

    Returns
    -------
    Every pair in the order of the runs, differences second minus first. P values are corrected by Holm's method for
    all pairs, those of the classes for all classes of all pairs. A class without images has a difference of NaN and
    a p value of 1.
    """
    true = np.asarray(labels)
    pairs = list(combinations(runs, 2))
    discordant = [_discordant_by_class(true, runs[first], runs[second]) for first, second in pairs]
    p_values = [mcnemar(*counts.sum(axis=0)) for counts in discordant]
    adjusted = holm(p_values)
    class_adjusted = iter(holm([mcnemar(*own) for counts in discordant for own in counts]))
    compared = []
    for i, (first, second) in enumerate(pairs):
        a, b = runs[first], runs[second]
        only_first, only_second = (int(count) for count in discordant[i].sum(axis=0))
        recall = percentile_estimates(b.counts.recall - a.counts.recall, b.draws.recall - a.draws.recall)
        compared.append(
            PairedComparison(
                first=first,
                second=second,
                accuracy=accuracy_difference(a, b),
                macro_f1=percentile_estimate(
                    float(b.counts.macro_f1 - a.counts.macro_f1), b.draws.macro_f1 - a.draws.macro_f1
                ),
                only_first=only_first,
                only_second=only_second,
                p_value=p_values[i],
                p_adjusted=float(adjusted[i]),
                minimum_detectable_difference=minimum_detectable_difference(
                    len(true), (only_first + only_second) / len(true)
                ),
                classes=tuple(ClassDifference(estimate, float(next(class_adjusted))) for estimate in recall),
            )
        )
    return tuple(compared)


def _discordant_by_class(labels: NDArray[np.int64], first: RunCounts, second: RunCounts) -> NDArray[np.int64]:
    """Images of each class that only the first, and only the second run gets right, shape (K, 2)."""
    n_classes = len(first.counts.support)
    only = (first.right & ~second.right, second.right & ~first.right)
    return np.stack([np.bincount(labels[mask], minlength=n_classes) for mask in only], axis=1)


def accuracy_difference(first: RunCounts, second: RunCounts) -> Estimate:
    """Accuracy of the second run minus that of the first, with its paired bootstrap interval."""
    return percentile_estimate(
        float(second.counts.accuracy - first.counts.accuracy), second.draws.accuracy - first.draws.accuracy
    )


def interaction(
    small: RunCounts, small_augmented: RunCounts, deep: RunCounts, deep_augmented: RunCounts
) -> Interaction:
    """Ask whether augmentation helps one model more than the other.

    Parameters
    ----------
    small, small_augmented
        The CNN without and with augmentation.
    deep, deep_augmented
        ResNet-18 without and with augmentation.
    """
    gain = [b.counts.accuracy - a.counts.accuracy for a, b in ((small, small_augmented), (deep, deep_augmented))]
    drawn = [b.draws.accuracy - a.draws.accuracy for a, b in ((small, small_augmented), (deep, deep_augmented))]
    return Interaction(
        small=accuracy_difference(small, small_augmented),
        deep=accuracy_difference(deep, deep_augmented),
        difference=percentile_estimate(float(gain[1] - gain[0]), drawn[1] - drawn[0]),
    )
