"""What several trainings of the same model tell about the chance in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, t

from svhnlab.analysis.headline import HeadlineMetric, headline_values
from svhnlab.analysis.metrics import CONFIDENCE
from svhnlab.store.schema import Repeat


@dataclass(frozen=True)
class Spread:
    """A figure over several trainings.

    Attributes
    ----------
    trainings
        How many.
    mean
        Of the figure.
    deviation
        Standard deviation of the sample (n - 1 in the denominator); NaN for a single training.
    deviation_low, deviation_high
        95% interval of the standard deviation by the chi-square distribution, for a figure that varies normally; NaN
        for a single training.
    low, high
        95% interval of the mean by Student's t; NaN for a single training. It covers the chance in training, on the
        same test images.
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
        """Both bounds of the mean's interval."""
        return self.low, self.high


def metric_over_seeds(repeats: Sequence[Repeat], metric: HeadlineMetric) -> list[float]:
    """Compute one headline metric on the test images for each training of a configuration."""
    return [headline_values(repeat.test.labels, repeat.test.probabilities)[metric] for repeat in repeats]


def spread_over_seeds(values: Sequence[float]) -> Spread:
    """Summarise a figure of trainings that differ in their seed alone.

    Parameters
    ----------
    values
        One for each training, at least one.

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6, 1-25.
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
