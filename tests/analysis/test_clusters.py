"""Intervals and tests of images that come several from one photograph, checked where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binomtest

from svhnlab.analysis.bootstrap import percentile_estimate, resampled_sums
from svhnlab.analysis.clusters import (
    contrast_by_photograph,
    design_effect,
    reduce_p_value,
    share_by_photograph,
    sum_by_photograph,
    variance_ratio,
)
from svhnlab.analysis.paired import mcnemar_by_photograph, paired_p_value
from svhnlab.analysis.slices import compare_slices

PHOTOGRAPHS = 300
STUDIES = 600


def clustered(
    rng: np.random.Generator, share: float, correlation: float, shape: tuple[int, ...] = ()
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return outcomes of images of one photograph with this correlation, and their photographs.

    An image has its photograph's outcome with a probability of the root of the correlation, else its own.
    """
    photographs = np.repeat(np.arange(PHOTOGRAPHS), rng.integers(1, 5, PHOTOGRAPHS))
    common = rng.random((*shape, PHOTOGRAPHS))[..., photographs]
    own = rng.random((*shape, len(photographs)))
    shared = rng.random((*shape, len(photographs))) < np.sqrt(correlation)
    return np.where(shared, common, own) < share, photographs


class TestSumByPhotograph:
    @given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
    def test_totals(self, photographs: list[int]) -> None:
        """Each photograph has the sum of its images, in the order of the numbers."""
        values = np.arange(2.0 * len(photographs)).reshape(-1, 2)
        numbers = np.array(photographs)
        expected = [values[numbers == number].sum(axis=0) for number in np.unique(numbers)]
        assert np.allclose(sum_by_photograph(values, numbers), expected)


class TestContrastByPhotograph:
    def test_difference_of_independent_shares(self) -> None:
        """With one image per photograph, the interval is that of two independent proportions."""
        first, second = np.arange(200) < 150, np.arange(100) < 60
        found = contrast_by_photograph([(1, first, np.arange(200)), (-1, second, 200 + np.arange(100))])
        expected = 1.959964 * np.sqrt(0.75 * 0.25 / 200 + 0.6 * 0.4 / 100)
        assert found.value == pytest.approx(0.15)
        assert found.high - found.value == pytest.approx(expected, rel=0.01)

    def test_common_photographs(self) -> None:
        """Shares of the same images are dependent: only images on which they differ count."""
        hits = np.arange(200) % 2 == 0
        other = hits | (np.arange(200) < 20)
        same = contrast_by_photograph([(1, other, np.arange(200)), (-1, hits, np.arange(200))])
        apart = contrast_by_photograph([(1, other, np.arange(200)), (-1, hits, 200 + np.arange(200))])
        assert same.value == apart.value == pytest.approx(0.05)
        assert same.high - same.low < 0.5 * (apart.high - apart.low)


class TestDesignEffect:
    def test_identical_images(self) -> None:
        """If all images of a photograph have one outcome, the effect is about the number of images per photograph."""
        rng = np.random.default_rng(0)
        photographs = np.repeat(np.arange(2_000), 3)
        correct = np.repeat(rng.random(2_000) < 0.9, 3)
        assert design_effect(correct, photographs) == pytest.approx(3, rel=0.02)

    def test_independent_images(self) -> None:
        """Without correlation there is hardly an effect; it is never below 1."""
        rng = np.random.default_rng(0)
        effects = []
        for _ in range(50):
            correct, photographs = clustered(rng, 0.9, 0)
            effects.append(design_effect(correct, photographs))
        assert min(effects) == 1
        assert np.mean(effects) < 1.1

    def test_correlation(self) -> None:
        """The effect is 1 + (m - 1) r, with m the mean number of images in the photograph of an image (Kish)."""
        rng = np.random.default_rng(1)
        effects = []
        for _ in range(200):
            correct, photographs = clustered(rng, 0.8, 0.3)
            sizes = np.bincount(photographs)
            effects.append(design_effect(correct, photographs) - 0.3 * ((sizes**2).sum() / sizes.sum() - 1))
        assert np.mean(effects) == pytest.approx(1, abs=0.03)

    def test_undefined(self) -> None:
        """Without members, without errors, or with a single photograph there is no effect."""
        photographs = np.array([0, 0, 1])
        assert design_effect([True] * 3, photographs) == 1
        assert design_effect([True, False, True], photographs, [False] * 3) == 1
        assert variance_ratio([1.0, -1.0], np.array([4, 4])) == 1
        assert np.isnan(share_by_photograph([True] * 3, photographs, [False] * 3).value)


class TestCoverage:
    """The true share is known, so the intervals can be counted that contain it."""

    def test_share(self) -> None:
        """95% of Wilson's intervals for the effective number of images contain the share, of the others fewer."""
        rng = np.random.default_rng(2)
        hits = np.zeros(2)
        for _ in range(STUDIES):
            correct, photographs = clustered(rng, 0.85, 0.4)
            for i, numbers in enumerate((photographs, None)):
                estimate = share_by_photograph(correct, numbers)
                hits[i] += estimate.low <= 0.85 <= estimate.high
        by_photograph, by_image = hits / STUDIES
        assert 0.93 <= by_photograph <= 0.975
        assert by_image < 0.91

    def test_bootstrap(self) -> None:
        """95% of the intervals from drawn photographs contain the share."""
        rng = np.random.default_rng(3)
        hits = 0
        for study in range(STUDIES):
            correct, photographs = clustered(rng, 0.8, 0.4)
            columns = {"hits": correct[:, None].astype(float), "images": np.ones((len(correct), 1))}
            drawn = resampled_sums(columns, 400, study, photographs)
            estimate = percentile_estimate(correct.mean(), (drawn["hits"] / drawn["images"])[:, 0])
            hits += estimate.low <= 0.8 <= estimate.high
        assert 0.925 <= hits / STUDIES <= 0.97


class TestSizeOfTests:
    """Where two models are equally good, a test at the 5% level rejects in about 5% of the studies."""

    def test_paired(self) -> None:
        """The test by photograph keeps its level; that by image rejects too often."""
        rng = np.random.default_rng(4)
        p_values = []
        for _ in range(STUDIES):
            pair, photographs = clustered(rng, 0.8, 0.5, (2,))
            p_values.append([paired_p_value(*pair, numbers) for numbers in (photographs, None)])
        by_photograph, by_image = (np.array(p_values) < 0.05).mean(axis=0)
        assert 0.025 <= by_photograph <= 0.07
        assert by_image > 0.08

    def test_slices(self) -> None:
        """A property of the photograph that has nothing to do with the errors gives few underperforming slices."""
        rng = np.random.default_rng(5)
        rejected = np.zeros(2)
        for _ in range(200):
            wrong, photographs = clustered(rng, 0.2, 0.5)
            light = rng.random(PHOTOGRAPHS)[photographs]
            for i, numbers in enumerate((photographs, None)):
                slices = compare_slices({"light": light}, {"cnn": wrong}, numbers)["cnn"]
                rejected[i] += min(part.p_adjusted for part in slices) < 0.05
        by_photograph, by_image = rejected / 200
        assert by_photograph <= 0.08
        assert by_image > 2 * by_photograph


class TestMcnemarByPhotograph:
    @given(st.integers(0, 40), st.integers(0, 40))
    def test_single_images(self, only_first: int, only_second: int) -> None:
        """If each photograph has one image, it is the exact McNemar test."""
        changes = [-1] * only_first + [1] * only_second
        expected = binomtest(only_first, len(changes)).pvalue if changes else 1
        assert mcnemar_by_photograph(changes) == pytest.approx(expected, rel=1e-9)

    @given(st.lists(st.integers(-4, 4), min_size=1, max_size=10))
    def test_all_sign_changes(self, changes: list[int]) -> None:
        """The p-value is the share of all sign changes with a sum at least as far from 0."""
        signs = 2 * (np.arange(2 ** len(changes))[:, None] >> np.arange(len(changes)) & 1) - 1
        sums = np.abs(signs @ np.array(changes))
        assert mcnemar_by_photograph(changes) == pytest.approx((sums >= abs(sum(changes))).mean(), rel=1e-9)

    def test_order_does_not_matter(self) -> None:
        """Exchanging the models does not change the p-value; no discordant image gives 1."""
        assert mcnemar_by_photograph([3, -1, 2, 0]) == mcnemar_by_photograph([-3, 1, -2, 0])
        assert mcnemar_by_photograph([0, 0]) == 1

    def test_many_photographs(self) -> None:
        """Thousands of photographs take no longer than a moment, and the sum of the distribution stays 1."""
        changes = np.random.default_rng(0).integers(-3, 4, 13_068)
        assert 0 < mcnemar_by_photograph(changes) <= 1


class TestReducePValue:
    def test_bounds(self) -> None:
        """A design effect of 1 changes nothing; a larger one raises the p-value."""
        assert reduce_p_value(0.03, 1) == 0.03
        assert 0.03 < reduce_p_value(0.03, 1.5) < reduce_p_value(0.03, 3) < 1
        assert reduce_p_value(1.0, 2) == 1
