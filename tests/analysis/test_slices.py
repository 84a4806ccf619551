"""Slices by image properties, and the tests on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.metrics import wilson_interval
from svhnlab.analysis.slices import MOST_PROPERTIES, column_properties, compare_slices, quantile_slices


class TestColumnProperties:
    def test_texts(self):
        """Frequent texts are properties, most frequent first; rare ones and a text of nearly all images are not."""
        camera = np.repeat(["phone", "scanner", "film"], [40, 50, 5])
        found = column_properties({"camera": camera, "place": np.array(["here"] * 94 + ["there"])})
        assert list(found) == ["camera: scanner", "camera: phone"]
        assert found["camera: phone"].tolist() == (camera == "phone").tolist()

    def test_limit(self):
        """As many properties as fit a page, in the order of the columns."""
        columns = {f"c{k}": np.arange(20.0) for k in range(30)}
        assert list(column_properties(columns)) == [f"c{k}" for k in range(MOST_PROPERTIES)]


class TestQuantileSegments:
    def test_quintiles(self):
        """A hundred different values make five slices of twenty, bounded by values that occur."""
        found = quantile_slices(np.arange(100.0))
        assert [(low, high, int(own.sum())) for low, high, own in found] == [
            (0, 19, 20),
            (19, 39, 20),
            (39, 59, 20),
            (59, 79, 20),
            (79, 99, 20),
        ]

    def test_ties(self):
        """Equal values are not split, so ties give fewer slices."""
        found = quantile_slices([0, 0, 0, 0, 1])
        assert [(low, high, own.tolist()) for low, high, own in found] == [
            (0, 0, [True] * 4 + [False]),
            (0, 1, [False] * 4 + [True]),
        ]

    def test_constant(self):
        """A constant property has one slice."""
        assert len(quantile_slices(np.ones(10))) == 1

    @given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=50))
    def test_laws(self, values):
        """Each image is in exactly one slice, within its bounds, and no slice is empty."""
        x = np.array(values)
        found = quantile_slices(x)
        assert 1 <= len(found) <= 5
        np.testing.assert_array_equal(np.sum([own for _, _, own in found], axis=0), 1)
        for low, high, own in found:
            assert own.any()
            assert low <= x[own].min()
            assert x[own].max() <= high


class TestWeakSegments:
    dark = np.arange(100.0)

    def test_finds_the_underperforming_slice(self):
        """If only the darkest fifth has errors, only that slice underperforms."""
        (found,) = compare_slices({"brightness": self.dark}, {"cnn": self.dark < 12}).values()
        assert [part.underperforming for part in found] == [True, False, False, False, False]
        blurred = found[0]
        assert (blurred.images, blurred.errors, blurred.rest) == (20, 12, 0)
        assert blurred.rate.value == 0.6
        assert blurred.rate.limits == wilson_interval(12, 20)
        assert blurred.p_adjusted == pytest.approx(5 * blurred.p_value)

    def test_fewer_errors(self):
        """A slice with fewer errors than the rest does not underperform, however small the p-value."""
        (found,) = compare_slices({"brightness": self.dark}, {"cnn": self.dark >= 20}).values()
        assert found[0].p_adjusted < 0.05
        assert not found[0].underperforming

    def test_tea_tasting(self):
        """Fisher's tea tasting: 3 of 4 against 1 of 4 has a two-sided p-value of 0.486."""
        found = compare_slices({"milk": [0] * 4 + [1] * 4}, {"lady": np.array([1, 1, 1, 0, 1, 0, 0, 0], bool)})["lady"]
        assert found[0].p_value == pytest.approx(0.4857, abs=1e-4)

    def test_one_family(self):
        """More runs and properties give larger adjusted p-values: the correction covers all tests."""
        alone = compare_slices({"a": self.dark}, {"x": self.dark < 12})["x"][0]
        together = compare_slices({"a": self.dark, "b": -self.dark}, {"x": self.dark < 12, "y": self.dark < 0})["x"][0]
        assert together.p_value == alone.p_value
        # 20 tests; the opposite slice of the negated property has the same p-value.
        assert together.p_adjusted == pytest.approx(20 * alone.p_value)

    def test_constant_property(self):
        """A constant property has no slices in the comparison."""
        found = compare_slices({"a": np.ones(100), "b": self.dark}, {"x": self.dark < 5})["x"]
        assert {part.name for part in found} == {"b"}

    def test_nothing_varies(self):
        """Without slices, every run has an empty tuple."""
        assert compare_slices({"a": [1.0]}, {"x": [True], "y": [False]}) == {"x": (), "y": ()}
