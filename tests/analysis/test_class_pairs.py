"""Confused pairs of classes, and the map of two classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.class_pairs import confused_in_both_directions, project_pair


class TestConfusedInBothDirections:
    def test_without_confusions(self) -> None:
        """Without errors there is no pair."""
        assert confused_in_both_directions(np.diag([3, 4, 5]), most=3) == []

    @given(st.lists(st.integers(0, 9), min_size=16, max_size=16))
    def test_order(self, counts: list[int]) -> None:
        """The totals of the pairs fall, and the first class is the one that is confused more often."""
        confusion = np.array(counts).reshape(4, 4)
        pairs = confused_in_both_directions(confusion, most=6)
        totals = [confusion[i, j] + confusion[j, i] for i, j in pairs]
        assert totals == sorted(totals, reverse=True)
        assert all(confusion[i, j] >= confusion[j, i] for i, j in pairs)


class TestProjectPair:
    def test_axes_are_uncorrelated(self) -> None:
        """The second axis has what the margin does not explain, scaled to a standard deviation of 1."""
        features = np.random.default_rng(0).normal(size=(50, 6))
        margin = features @ np.arange(6.0)
        points = project_pair(features, margin)
        np.testing.assert_array_equal(points[:, 0], margin)
        assert np.corrcoef(points.T)[0, 1] == pytest.approx(0, abs=1e-9)
        assert points[:, 1].std() == pytest.approx(1)

    def test_nothing_left(self) -> None:
        """Features without spread, and features that the margin explains, have no second axis."""
        assert project_pair(np.ones((3, 2)), np.zeros(3))[:, 1].tolist() == [0, 0, 0]
        assert project_pair(np.arange(4.0)[:, None], np.arange(4.0))[:, 1].tolist() == [0, 0, 0, 0]
