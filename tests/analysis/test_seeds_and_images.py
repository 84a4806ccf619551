"""The interval over seeds and images covers the expected accuracy, checked by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from svhnlab.analysis.bootstrap import percentile_estimate, resampled_sums
from svhnlab.analysis.seeds_and_images import accuracy_over_seeds

ACCURACY = 0.85
PHOTOGRAPHS = 300
STUDIES = 300


def simulated(
    rng: np.random.Generator, seeds: int, between_seeds: float
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which images each training classifies correctly, and the photographs of the images.

    The difficulty of an image has a part of its photograph, a part of its own and one of the training; trainings also
    differ as a whole. The expected accuracy over trainings and images is `ACCURACY`.
    """
    photographs = np.repeat(np.arange(PHOTOGRAPHS), rng.integers(1, 5, PHOTOGRAPHS))
    images = len(photographs)
    difficulty = 0.7 * rng.standard_normal(PHOTOGRAPHS)[photographs] + 0.5 * rng.standard_normal(images)
    trainings = between_seeds * rng.standard_normal((seeds, 1)) + 0.5 * rng.standard_normal((seeds, images))
    scale = np.sqrt(0.7**2 + 0.5**2 + 0.5**2 + between_seeds**2)
    return (difficulty + trainings) / scale < norm.ppf(ACCURACY), photographs


class TestAccuracyOverSeeds:
    @pytest.mark.parametrize("seeds", [3, 5])
    @pytest.mark.parametrize("between_seeds", [0.0, 0.05, 0.2])
    def test_coverage(self, seeds: int, between_seeds: float) -> None:
        """About 95% of the intervals contain the expected accuracy, whichever source of variance is larger."""
        rng = np.random.default_rng(0)
        hits = 0
        for study in range(STUDIES):
            correct, photographs = simulated(rng, seeds, between_seeds)
            estimate = accuracy_over_seeds(correct, 200, study, photographs)
            hits += estimate.low <= ACCURACY <= estimate.high
        assert hits / STUDIES == pytest.approx(0.95, abs=0.04)

    def test_one_source_is_not_enough(self) -> None:
        """If trainings differ much, an interval that covers test sampling alone misses the expected accuracy often."""
        rng = np.random.default_rng(0)
        hits = 0
        for study in range(STUDIES):
            correct, photographs = simulated(rng, 1, 0.2)
            columns = {"hits": correct.T.astype(float), "images": np.ones((correct.shape[1], 1))}
            sums = resampled_sums(columns, 200, study, photographs)
            estimate = percentile_estimate(float(correct.mean()), (sums["hits"] / sums["images"])[:, 0])
            hits += estimate.low <= ACCURACY <= estimate.high
        assert hits / STUDIES < 0.7

    def test_single_training(self) -> None:
        """A single training says nothing about the variability between trainings."""
        estimate = accuracy_over_seeds(np.ones((1, 10), dtype=bool), 50, 0)
        assert estimate.value == 1
        assert np.isnan(estimate.low)

    @pytest.mark.parametrize("seeds", [2, 3, 7])
    def test_perfect(self, seeds: int) -> None:
        """Trainings without an error have an interval of no width."""
        estimate = accuracy_over_seeds(np.ones((seeds, 10), dtype=bool), 50, 0)
        assert estimate.limits == (1, 1)
