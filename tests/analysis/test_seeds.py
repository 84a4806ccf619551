"""Metrics over several training runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.seeds import metric_over_seeds, spread_over_seeds
from tests.fixtures.fake_runs import fake_repeat

# Additional hours of sleep of ten patients with one drug over another: A. R. Cushny, A. R. Peebles (1905), the example
# of Student (1908).
SLEEP = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]


class TestSpreadOverSeeds:
    def test_student(self):
        """Mean, deviation and interval are those of Student's own example (interval 0.70 to 2.46)."""
        found = spread_over_seeds(SLEEP)
        assert found.trainings == 10
        assert found.mean == pytest.approx(1.58)
        assert found.deviation == pytest.approx(1.229995, abs=1e-6)
        assert found.limits == pytest.approx((0.7001142, 2.4598858), abs=1e-6)

    def test_single(self):
        """A single run has a mean, but no deviation and no interval."""
        found = spread_over_seeds([0.9])
        assert found.mean == 0.9
        assert np.isnan([found.deviation, found.deviation_low, found.deviation_high, *found.limits]).all()

    def test_interval_of_the_deviation(self):
        """With n = 3, the interval is 0.52 to 6.28 times the deviation, as in chi-square tables."""
        found = spread_over_seeds([0.0, 1.0, 2.0])
        assert found.deviation == pytest.approx(1.0)
        assert (found.deviation_low, found.deviation_high) == pytest.approx((0.5207, 6.2847), abs=1e-4)

    @given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
    def test_order(self, values):
        """Both intervals contain their value."""
        found = spread_over_seeds(values)
        assert found.low <= found.mean <= found.high
        assert found.deviation_low <= found.deviation <= found.deviation_high


class TestMetricOverSeeds:
    def test_each_training(self):
        """Each run has its own value, in the given order."""
        repeats = [fake_repeat(0, 0.8), fake_repeat(1, 0.9)]
        assert metric_over_seeds(repeats, "accuracy") == [0.8, 0.9]
        # one in ten wrong, all to the next class: every class has precision and recall 0.9
        assert metric_over_seeds(repeats[1:], "macro_f1") == pytest.approx([0.9], abs=1e-3)
        confidence = np.exp(4) / (np.exp(4) + 9)
        assert metric_over_seeds(repeats, "ece") == pytest.approx([confidence - 0.8, 0.9 - confidence])
