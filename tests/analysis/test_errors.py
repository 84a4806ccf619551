"""Ranking of errors and agreement of models."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.errors import compare_errors, confused_pairs, rank_errors


class TestRankErrors:
    def test_most_confident_first(self):
        """Only errors are ranked, by descending score; ties in row order."""
        rows = rank_errors([0, 1, 2, 0, 1], [1, 1, 0, 2, 0], [0.5, 0.99, 0.9, 0.5, 0.7])
        assert rows.tolist() == [2, 4, 0, 3]

    def test_none(self):
        """Without errors the ranking is empty."""
        assert rank_errors([0, 1], [0, 1], [1, 1]).tolist() == []


class TestConfusedPairs:
    def test_order_and_shares(self):
        """Pairs are sorted by count, then by share of the class."""
        pairs = confused_pairs([[8, 2, 0], [2, 2, 0], [3, 0, 7]])
        assert [(pair.true, pair.predicted, pair.count) for pair in pairs] == [(2, 0, 3), (1, 0, 2), (0, 1, 2)]
        assert [pair.share for pair in pairs] == [0.3, 0.5, 0.2]

    def test_diagonal(self):
        """Correctly classified images are not a confused pair."""
        assert confused_pairs(np.diag([3, 0, 2])) == []


class TestCompareErrors:
    def test_worked_example(self):
        """Two models on four images: one wrong in both, one only in the first."""
        found = compare_errors([0, 0, 1, 1], [[0, 1, 0, 1], [0, 1, 1, 1]])
        assert found.wrong_in_all.tolist() == [1]
        assert found.images_by_errors.tolist() == [2, 1, 1]
        assert found.shared_errors.tolist() == [[2, 1], [1, 1]]

    @given(st.integers(1, 4), st.integers(1, 30), st.integers(0, 1000))
    def test_laws(self, models, images, seed):
        """Each image is counted once, and shared errors never exceed a model's own."""
        rng = np.random.default_rng(seed)
        found = compare_errors(rng.integers(0, 3, images), rng.integers(0, 3, (models, images)))
        assert found.images_by_errors.sum() == images
        assert found.images_by_errors[-1] == len(found.wrong_in_all)
        own = np.diag(found.shared_errors)
        assert (found.shared_errors <= np.minimum(own[:, None], own[None, :])).all()
