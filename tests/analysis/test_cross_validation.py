"""The corrected t-test over folds keeps its level, checked by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from svhnlab.analysis.cross_validation import difference_over_folds

FOLDS = 5


def correlated_differences(rng: np.random.Generator, studies: int, trainings: int = FOLDS) -> np.ndarray:
    """Differences over folds with mean 0 and a correlation of 1 / FOLDS, the share of images that is held out."""
    share = 1 / FOLDS
    common = rng.standard_normal((studies, 1))
    own = rng.standard_normal((studies, trainings))
    return np.sqrt(share) * common + np.sqrt(1 - share) * own


class TestDifferenceOverFolds:
    def test_level(self) -> None:
        """Recipes that are equally good differ significantly in 5% of the studies; without correction, in far more."""
        differences = correlated_differences(np.random.default_rng(0), 4_000)
        rejected = [difference_over_folds(row, FOLDS).p_value < 0.05 for row in differences]
        assert np.mean(rejected) == pytest.approx(0.05, abs=0.01)
        assert np.mean(ttest_1samp(differences, 0, axis=1).pvalue < 0.05) > 0.1

    def test_coverage(self) -> None:
        """The interval covers the true difference in 95% of the studies, also if not all folds are held out."""
        for trainings in (3, FOLDS):
            differences = correlated_differences(np.random.default_rng(1), 4_000, trainings)
            estimates = [difference_over_folds(row, FOLDS).estimate for row in differences]
            assert np.mean([each.low <= 0 <= each.high for each in estimates]) == pytest.approx(0.95, abs=0.01)

    def test_variance(self) -> None:
        """The interval is that of the formula of Nadeau and Bengio."""
        values = [0.01, 0.03, 0.02, 0.04, 0.00]
        found = difference_over_folds(values, FOLDS).estimate
        half = 2.776445 * np.std(values, ddof=1) * np.sqrt(1 / 5 + 1 / 4)
        assert found.high - found.value == pytest.approx(half, rel=1e-5)

    def test_equal_differences(self) -> None:
        """Differences that are all equal have no variance; only those of zero are not significant."""
        assert difference_over_folds([0.0, 0.0], FOLDS).p_value == 1
        assert difference_over_folds([0.5, 0.5], FOLDS).p_value == 0
