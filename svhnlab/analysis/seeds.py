"""Training variability: a metric over several training runs that differ in the seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, t

from svhnlab.analysis.metric_registry import METRICS, metric_values
from svhnlab.analysis.metrics import CONFIDENCE
from svhnlab.store.schema import Repeat


@dataclass(frozen=True)
class Spread:
    """Distribution of a metric over several training runs.

    Attributes
    ----------
    trainings
        Number of training runs.
    mean
        Mean of the metric.
    deviation
        Sample standard deviation (n - 1 in the denominator); NaN for a single run.
    deviation_low, deviation_high
        95% interval of the standard deviation from the chi-square distribution, for a normally distributed metric; NaN
        for a single run.
    low, high
        95% interval of the mean from Student's t; NaN for a single run. It covers training variability on the same test
        images.
    """

    trainings: int
    mean: float
    deviation: float
    deviation_low: float
    deviation_high: float
    low: float
    high: float

    @property
    def limits(self) -> tuple[float, float]:
        """Lower and upper bound of the mean's interval."""
        return self.low, self.high


def metric_over_seeds(repeats: Sequence[Repeat], metric: str) -> list[float]:
    """Compute a metric on the test images for each training run of a configuration.

    Examples
    --------
    >>> from svhnlab.store.schema import ClassScores
    >>> logits = np.array([[2, 0], [0, 2], [2, 0]], dtype=np.float32)
    >>> labels = {0: np.array([0, 1, 0]), 1: np.array([0, 1, 1])}
    >>> repeats = [Repeat(seed, ClassScores(labels[seed], logits)) for seed in labels]
    >>> [round(value, 3) for value in metric_over_seeds(repeats, "accuracy")]
    [1.0, 0.667]
    """
    return [
        metric_values(repeat.test.labels, repeat.test.probabilities, {metric: METRICS[metric]})[metric]
        for repeat in repeats
    ]


def spread_over_seeds(values: Sequence[float]) -> Spread:
    """Summarise a metric over training runs that differ only in the seed.

    Parameters
    ----------
    values
        One value for each run, at least one.

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6, 1-25.

    Examples
    --------
    >>> spread = spread_over_seeds([0.90, 0.91, 0.92])
    >>> round(spread.mean, 3), round(spread.deviation, 3), round(spread.low, 3), round(spread.high, 3)
    (0.91, 0.01, 0.885, 0.935)
    """
    numbers = np.asarray(values, dtype=np.float64)
    n, mean = len(numbers), float(numbers.mean())
    if n == 1:
        return Spread(1, mean, *[np.nan] * 5)
    tail = (1 - CONFIDENCE) / 2
    deviation = float(numbers.std(ddof=1))
    lowest, highest = (deviation * float(np.sqrt((n - 1) / chi2.ppf(share, n - 1))) for share in (1 - tail, tail))
    half = float(t.ppf(1 - tail, n - 1)) * deviation / float(np.sqrt(n))
    return Spread(n, mean, deviation, lowest, highest, mean - half, mean + half)
