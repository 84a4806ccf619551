"""Paired tests of two models on the same test images, and their power."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import binom

from svhnlab.analysis.bootstrap import ClassCounts, percentile_estimate, percentile_estimates
from svhnlab.analysis.clusters import sum_by_photograph, variance_ratio
from svhnlab.analysis.equivalence import equivalence_interval
from svhnlab.store.schema import ALPHA, ClassDifference, Estimate, Interaction, PairedComparison

POWER = 0.8
"""Power of the test at the minimum detectable difference."""


@dataclass(frozen=True)
class RunCounts:
    """Correctness and class counts of one configuration.

    Attributes
    ----------
    correct
        Whether each test image is classified correctly, booleans, shape (N,).
    counts
        Counts on the test images, shape (K,).
    draws
        Counts on the resamples, shape (R, K); the resamples are the same for every configuration.
    """

    correct: NDArray[np.bool_]
    counts: ClassCounts
    draws: ClassCounts


def mcnemar_by_photograph(differences: ArrayLike) -> float:
    """Compute the two-sided p-value of the McNemar test for images that come several from one photograph.

    If two models are equally good, the difference of a photograph is as likely to favour the first model as the second.
    The p-value is exact for this null hypothesis: the share of all 2^G sign changes of the G photographs in which the
    sum of the differences is at least as far from 0 as observed. If each photograph has one image, it is the exact
    McNemar test: a binomial test of the discordant images against one half.

    Parameters
    ----------
    differences
        For each photograph, the number of its images that only the second model classifies correctly minus the number
        that only the first does, shape (G,).

    References
    ----------
    Q. McNemar (1947), Note on the sampling error of the difference between correlated proportions or percentages,
    Psychometrika 12, 153-157. T. G. Dietterich (1998), Approximate statistical tests for comparing supervised
    classification learning algorithms, Neural Computation 10, 1895-1923. R. A. Fisher (1935), The design of
    experiments, Oliver and Boyd, section 21 (sign changes). N. A. Obuchowski (1998), On the comparison of correlated
    proportions for clustered data, Statistics in Medicine 17, 1495-1507 (the problem, and a test for many clusters).

    Examples
    --------
    >>> round(mcnemar_by_photograph([1] * 14 + [-1] * 4), 4), mcnemar_by_photograph([2, 2, 2])
    (0.0309, 0.25)
    """
    changes = np.asarray(differences, dtype=np.int64)
    sizes = np.bincount(np.abs(changes))
    # Distribution of the sum of the photographs whose difference is positive, from 0 to the sum of all sizes.
    distribution = np.ones(1)
    for size in range(1, len(sizes)):
        of_size = np.zeros(size * int(sizes[size]) + 1)
        of_size[::size] = binom.pmf(np.arange(sizes[size] + 1), sizes[size], 0.5)
        distribution = np.convolve(distribution, of_size)
    total = len(distribution) - 1
    sums = 2 * np.arange(total + 1) - total
    return min(1.0, float(distribution[np.abs(sums) >= abs(int(changes.sum()))].sum()))


def paired_p_value(first: ArrayLike, second: ArrayLike, photographs: NDArray[np.int64] | None) -> float:
    """Compute the p-value of the McNemar test of two outcomes on the same images.

    Parameters
    ----------
    first, second
        Outcome of each image, e.g. whether a model classifies it correctly, booleans, shape (N,).
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Examples
    --------
    >>> round(paired_p_value([1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1], None), 3)
    0.031
    >>> paired_p_value([1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1], np.array([0, 1, 1, 1, 2, 2, 2]))
    0.5
    """
    return sign_change_p_value(np.asarray(second).astype(np.int64) - np.asarray(first).astype(np.int64), photographs)


def sign_change_p_value(changes: NDArray[np.int64], photographs: NDArray[np.int64] | None) -> float:
    """Compute the p-value of `mcnemar_by_photograph` from the difference of each image.

    Parameters
    ----------
    changes
        Whole numbers, shape (N,).
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Examples
    --------
    >>> sign_change_p_value(np.array([1, 1, 2, 2]), np.array([0, 0, 1, 2]))
    0.25
    """
    if photographs is not None:
        changes = sum_by_photograph(changes[:, None].astype(np.float64), photographs)[:, 0].astype(np.int64)
    return mcnemar_by_photograph(changes)


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Adjust the p-values of a family of tests for multiple testing (Holm).

    Returns
    -------
    Adjusted p-values in the given order. Rejecting all below 5% keeps the family-wise error rate at 5%.

    References
    ----------
    S. Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6,
    65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(4).tolist()
    [0.03, 0.06, 0.06]
    """
    if not len(p_values):
        return np.empty(0)
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    # The smallest p-value is multiplied by the number of tests m, the next by m - 1, ...; the result is non-decreasing.
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted


def mcnemar_power(images: int, difference: float, disagreement: float, alpha: float = ALPHA) -> float:
    """Compute the power of the exact McNemar test for a difference in accuracy.

    Parameters
    ----------
    images
        Number of test images.
    difference
        True difference between the two accuracies, 0 to `disagreement`.
    disagreement
        Probability that exactly one of the two models classifies an image correctly, above 0, at most 1.
    alpha
        Significance level of the two-sided test.

    Notes
    -----
    The number of discordant images is binomial. Given this number, the number of them that the first model classifies
    correctly is also binomial. The power is the mean of the conditional power over the number of discordant images.

    References
    ----------
    P. A. Lachenbruch (1992), On the sample size for studies based upon McNemar's test, Statistics in Medicine 11,
    1521-1525.

    Examples
    --------
    >>> round(mcnemar_power(1000, difference=0.03, disagreement=0.1), 2)
    0.83
    """
    # Numbers of discordant images outside these bounds have negligible probability.
    low, high = binom.ppf([1e-9, 1 - 1e-9], images, disagreement)
    discordant = np.arange(low, high + 1)
    # Largest number in the lower tail for which the test rejects; -1 if there is none.
    critical = binom.ppf(alpha / 2, discordant, 0.5)
    critical -= binom.cdf(critical, discordant, 0.5) > alpha / 2
    share = (1 + difference / disagreement) / 2
    rejected = binom.cdf(critical, discordant, 1 - share) + binom.cdf(critical, discordant, share)
    return float(np.sum(binom.pmf(discordant, images, disagreement) * rejected))


def minimum_detectable_difference(images: int, disagreement: float) -> float:
    """Compute the smallest difference in accuracy that the exact McNemar test detects with 80% power at the 5% level.

    Parameters
    ----------
    images
        Number of test images.
    disagreement
        Observed share of the images that exactly one of the two models classifies correctly. If it is smaller than the
        difference, all discordant images are assumed to favour the same model.

    Returns
    -------
    The difference, 0 to 1; NaN if there are too few images to detect any difference.

    References
    ----------
    R. J. Connett, J. A. Smith, R. B. McHugh (1987), Sample size and power for pair-matched case-control studies,
    Statistics in Medicine 6, 53-59, give the large-sample approximation; here the power is exact (`mcnemar_power`).

    Examples
    --------
    >>> round(minimum_detectable_difference(1000, disagreement=0.1), 3)
    0.029
    """

    def shortfall(difference: float) -> float:
        return mcnemar_power(images, difference, max(disagreement, difference)) - POWER

    if shortfall(1.0) < 0:
        return float("nan")
    return float(brentq(shortfall, 1e-9, 1.0, xtol=1e-6))


def compare_pairs(
    labels: ArrayLike, runs: Mapping[str, RunCounts], photographs: NDArray[np.int64] | None = None
) -> tuple[PairedComparison, ...]:
    """Compare every pair of configurations on the same test images.

    Parameters
    ----------
    labels
        True classes, shape (N,).
    runs
        By configuration, all with the same resamples.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Returns
    -------
    Every pair in the order of the configurations; differences are second minus first. P-values are adjusted by Holm's
    method over all pairs, those of the classes over all classes of all pairs. A class without images has a difference
    of NaN and a p-value of 1.

    Examples
    --------
    >>> from svhnlab.analysis.metric_registry import resample
    >>> labels = np.arange(100) % 2
    >>> wrong = {"cnn": np.arange(100) < 20, "resnet18": np.arange(100) < 5}
    >>> scores = {name: np.eye(2)[labels ^ errors] for name, errors in wrong.items()}
    >>> sums = resample(labels, scores, resamples=200, seed=0)
    >>> runs = {name: RunCounts(~wrong[name], sums[name].observed.counts, sums[name].draws.counts) for name in wrong}
    >>> (pair,) = compare_pairs(labels, runs)
    >>> round(pair.accuracy.value, 2), pair.only_first, pair.only_second, pair.significant
    (0.15, 0, 15, True)
    """
    true = np.asarray(labels)
    pairs = [(runs[first], runs[second]) for first, second in combinations(runs, 2)]
    p_values = [paired_p_value(a.correct, b.correct, photographs) for a, b in pairs]
    adjusted = holm(p_values)
    of_class = [true == k for k in range(len(pairs[0][0].counts.support))] if pairs else []
    class_adjusted = iter(
        holm([paired_p_value(a.correct & k, b.correct & k, photographs) for a, b in pairs for k in of_class])
    )
    compared = []
    for i, (first, second) in enumerate(combinations(runs, 2)):
        a, b = pairs[i]
        only_first, only_second = int((a.correct & ~b.correct).sum()), int((b.correct & ~a.correct).sum())
        change = b.correct.astype(np.float64) - a.correct
        effect = variance_ratio(change - change.mean(), photographs)
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
                    round(len(true) / effect), (only_first + only_second) / len(true)
                ),
                classes=tuple(ClassDifference(estimate, float(next(class_adjusted))) for estimate in recall),
                equivalence=equivalence_interval(b.draws.accuracy - a.draws.accuracy),
            )
        )
    return tuple(compared)


def accuracy_difference(first: RunCounts, second: RunCounts) -> Estimate:
    """Compute the difference in accuracy, second minus first, with its paired bootstrap interval.

    Examples
    --------
    >>> from svhnlab.analysis.metric_registry import resample
    >>> labels = np.array([0, 1, 0, 1])
    >>> scores = {"cnn": np.eye(2)[[0, 1, 1, 1]], "resnet18": np.eye(2)[labels]}
    >>> sums = resample(labels, scores, resamples=200, seed=0)
    >>> cnn, resnet18 = (
    ...     RunCounts(array.argmax(axis=1) == labels, sums[name].observed.counts, sums[name].draws.counts)
    ...     for name, array in scores.items()
    ... )
    >>> difference = accuracy_difference(cnn, resnet18)
    >>> difference.value, difference.low
    (0.25, 0.0)
    """
    return percentile_estimate(
        float(second.counts.accuracy - first.counts.accuracy), second.draws.accuracy - first.draws.accuracy
    )


def interaction(
    small: RunCounts, small_augmented: RunCounts, deep: RunCounts, deep_augmented: RunCounts
) -> Interaction:
    """Estimate the interaction of model and augmentation: the difference between its effects on the two models.

    Parameters
    ----------
    small, small_augmented
        The CNN without and with augmentation.
    deep, deep_augmented
        ResNet-18 without and with augmentation.

    Examples
    --------
    >>> from svhnlab.analysis.bootstrap import ClassCounts
    >>> def counts(hits: int) -> RunCounts:
    ...     observed = ClassCounts(*(np.array([float(n)]) for n in (hits, 100, 100)))
    ...     draws = ClassCounts(*(np.array([[float(n)]]) for n in (hits, 100, 100)))
    ...     return RunCounts(np.arange(100) < hits, observed, draws)
    >>> effect = interaction(counts(80), counts(85), counts(90), counts(92))
    >>> round(effect.small.value, 2), round(effect.deep.value, 2), round(effect.difference.value, 2)
    (0.05, 0.02, -0.03)
    """
    models = ((small, small_augmented), (deep, deep_augmented))
    gain = [augmented.counts.accuracy - plain.counts.accuracy for plain, augmented in models]
    drawn = [augmented.draws.accuracy - plain.draws.accuracy for plain, augmented in models]
    return Interaction(
        small=accuracy_difference(small, small_augmented),
        deep=accuracy_difference(deep, deep_augmented),
        difference=percentile_estimate(float(gain[1] - gain[0]), drawn[1] - drawn[0]),
    )
