"""The bootstrap against binomial theory and against resampling images one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svhnlab.analysis.bootstrap import (
    ClassCounts,
    _kept_draws,
    one_hot,
    percentile_estimate,
    percentile_estimates,
    resampled_sums,
)
from svhnlab.analysis.metrics import evaluate


def counts_of(labels, predicted, k):
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    right = labels == predicted
    return ClassCounts(*(np.bincount(x, minlength=k).astype(float) for x in (labels[right], predicted, labels)))


class TestResampledSums:
    def test_every_resample_has_n_images(self):
        """A column of ones sums to the number of images in every resample."""
        sums = resampled_sums({"ones": np.ones((7, 1))}, 50, seed=0)["ones"]
        assert (sums == 7).all()

    def test_same_draws_for_all(self):
        """Arrays of different widths are summed over the same resamples, independent of chunks."""
        rng = np.random.default_rng(0)
        values = rng.random((40, 3))
        found = resampled_sums({"all": values, "last": values[:, 2:]}, 30, seed=1)
        assert found["all"].shape == (30, 3)
        np.testing.assert_allclose(found["last"][:, 0], found["all"][:, 2])

    def test_paired_across_calls(self):
        """The resamples depend only on the seed, so two calls can be compared draw by draw."""
        values = np.arange(12.0)[:, None]
        first, again, other = (resampled_sums({"x": values}, 20, seed=s)["x"] for s in (3, 3, 4))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()

    @pytest.mark.parametrize("cells", ["_CHUNK_CELLS", "_KEPT_CELLS"])
    def test_memory(self, monkeypatch, cells):
        """Small chunks, and draws that are not kept, give the same resamples."""
        values = {"x": np.random.default_rng(0).random((25, 2))}
        whole = resampled_sums(values, 33, seed=0)["x"]
        monkeypatch.setattr(f"svhnlab.analysis.bootstrap.{cells}", 100)
        _kept_draws.cache_clear()
        np.testing.assert_allclose(resampled_sums(values, 33, seed=0)["x"], whole)

    def test_binomial_theory(self):
        """The deviation of a resampled share is that of a binomial share, sqrt(p (1 - p) / n)."""
        right = np.zeros((400, 1))
        right[:300] = 1
        share = resampled_sums({"right": right}, 20_000, seed=0)["right"][:, 0] / 400
        assert share.mean() == pytest.approx(0.75, abs=0.001)
        assert share.std() == pytest.approx(np.sqrt(0.75 * 0.25 / 400), rel=0.03)

    @pytest.mark.parametrize("values", [{}, {"a": np.ones((0, 1))}, {"a": np.ones((2, 1)), "b": np.ones((3, 1))}])
    def test_refuses_unequal_images(self, values):
        """Values of different images cannot be resampled together."""
        with pytest.raises(ValueError, match="one number of images"):
            resampled_sums(values, 10, seed=0)


class TestClassCounts:
    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
    @settings(max_examples=40)
    def test_agrees_with_evaluate(self, pairs):
        """The metrics equal those of `evaluate`, which uses scikit-learn, and are undefined for the same classes."""
        labels, predicted = np.array(pairs).T
        found, expected = counts_of(labels, predicted, 4), evaluate(labels, predicted, 4)
        assert found.accuracy == pytest.approx(expected.accuracy)
        assert found.macro_f1 == pytest.approx(expected.macro_f1)
        for name in ("precision", "recall", "f1"):
            np.testing.assert_allclose(getattr(found, name), getattr(expected, name))

    def test_absent_class(self):
        """Undefined metrics are NaN, and are left out of macro-F1."""
        found = counts_of([0, 0, 1], [0, 1, 1], 3)
        assert np.isnan([found.precision[2], found.recall[2], found.f1[2]]).all()
        assert found.macro_f1 == pytest.approx(2 / 3)

    @pytest.mark.parametrize("support", [[300, 300, 1], [300, 300, 0], [1] * 10])
    def test_faultless_classifier(self, support):
        """Without an error, macro-F1 is 1 on the images and on every resample, also if one misses a class."""
        labels = np.repeat(np.arange(len(support)), support)
        column = one_hot(labels, len(support))
        draws = resampled_sums({"hits": column}, 200, seed=0)["hits"]
        np.testing.assert_array_equal(ClassCounts(draws, draws, draws).macro_f1, 1)

    def test_many_at_once(self):
        """Resamples are along the first axis; the metrics equal those computed on the resampled images."""
        rng = np.random.default_rng(0)
        labels, predicted = rng.integers(0, 3, 30), rng.integers(0, 3, 30)
        columns = {
            "hits": one_hot(labels, 3) * (labels == predicted)[:, None],
            "predicted": one_hot(predicted, 3),
            "support": one_hot(labels, 3),
        }
        sums = resampled_sums(columns, 5, seed=8)
        found = ClassCounts(**sums)
        rows = np.random.default_rng(8).integers(0, 30, (5, 30))
        for i in range(5):
            assert found.macro_f1[i] == pytest.approx(evaluate(labels[rows[i]], predicted[rows[i]], 3).macro_f1)


class TestPercentileEstimate:
    def test_percentiles(self):
        """The bounds are the 2.5th and the 97.5th percentile."""
        found = percentile_estimate(500, np.arange(1001.0))
        assert (found.value, *found.limits) == pytest.approx((500, 25, 975))

    def test_undefined(self):
        """An undefined metric has no interval; resamples on which it is undefined are left out."""
        assert np.isnan(percentile_estimate(np.nan, [1.0, 2.0]).limits).all()
        assert np.isnan(percentile_estimate(1.0, [np.nan]).limits).all()
        assert percentile_estimate(1.0, [np.nan, 1.0]).limits == (1, 1)

    @given(st.floats(-5, 5), st.lists(st.floats(-5, 5), min_size=1, max_size=30))
    def test_holds_the_value(self, value, draws):
        """For any draws, the bounds are in order and the interval contains the value."""
        found = percentile_estimate(value, draws)
        assert found.low <= found.value <= found.high

    @given(st.integers(0, 1000), st.integers(1, 40))
    @settings(max_examples=20)
    def test_swapping_flips_the_sign(self, seed, n):
        """Swapping two models negates the interval of their difference."""
        rng = np.random.default_rng(seed)
        draws = resampled_sums({"d": rng.integers(-1, 2, (n, 1)).astype(float)}, 200, seed)["d"][:, 0]
        there, back = percentile_estimate(0.5, draws), percentile_estimate(-0.5, -draws)
        assert (-back.value, -back.high, -back.low) == pytest.approx((there.value, there.low, there.high))


class TestPercentileEstimates:
    def test_by_column(self):
        """Each metric has the interval of its own column."""
        found = percentile_estimates([0.0, 10.0], np.array([[0.0, 10.0], [0.0, 12.0]]))
        assert [estimate.value for estimate in found] == [0, 10]
        assert found[0].limits == (0, 0)
        assert found[1].high > 11
