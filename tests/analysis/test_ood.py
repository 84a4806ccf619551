"""Scores of out-of-distribution images against direct formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import mahalanobis

from svhnlab.analysis.centroids import class_centroids
from svhnlab.analysis.ood import ScoredImages, compare_kinds, ood_scores
from svhnlab.store.schema import ClassScores


def scored(values: list[float], first: int = 0) -> ScoredImages:
    scores = np.asarray(values, dtype=np.float64)
    return ScoredImages({"confidence": scores, "energy": scores}, first + np.arange(len(scores)))


class TestOodScores:
    def test_formulas(self) -> None:
        """Energy, distance to the tenth neighbour and Mahalanobis distance are those of their definitions."""
        rng = np.random.default_rng(0)
        labels = np.arange(60) % 3
        known = rng.normal(size=(60, 4)).astype(np.float32) + labels[:, None]
        features, logits = rng.normal(size=(5, 4)).astype(np.float32), rng.normal(size=(5, 3)).astype(np.float32)
        centroids = class_centroids(known, labels, 3)
        scores = ood_scores(ClassScores(np.zeros(5, dtype=np.int64), logits), features, known, centroids)
        assert scores["energy"] == pytest.approx(np.log(np.exp(logits.astype(float)).sum(axis=1)))
        unit, others = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (features, known))
        apart = np.sort(np.linalg.norm(unit[:, None] - others[None], axis=2), axis=1)
        assert scores["neighbours"] == pytest.approx(-apart[:, 9], abs=1e-4)
        inverse = np.linalg.inv(centroids.covariance)
        nearest = [min(mahalanobis(one, mean, inverse) ** 2 for mean in centroids.means) for one in features]
        assert scores["mahalanobis"] == pytest.approx(-np.array(nearest))

    def test_features_without_spread(self) -> None:
        """Equal features and a class without a centroid give defined scores."""
        known = np.ones((4, 3), dtype=np.float32)
        centroids = class_centroids(known, [0, 0, 0, 0], 2)
        scores = ood_scores(
            ClassScores(np.zeros(2, dtype=np.int64), np.zeros((2, 2), dtype=np.float32)),
            np.zeros((2, 3), dtype=np.float32),
            known,
            centroids,
        )
        assert all(np.isfinite(values).all() for values in scores.values())


class TestCompareKinds:
    def test_rate_is_that_of_the_definition(self) -> None:
        """The threshold keeps 95% of the test images, and equal scores reach it."""
        kind = compare_kinds(scored(list(range(100))), {"a": scored([4, 5, 6, 3], 100)}, resamples=50, seed=0)["a"]
        assert kind.scores["energy"].fpr.value == 0.5
        assert kind.scores["energy"].fpr.low <= 0.5 <= kind.scores["energy"].fpr.high

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.lists(st.floats(0, 1), min_size=1, max_size=20))
    def test_bounds(self, known: list[float], new: list[float]) -> None:
        """Shares lie in their range inside their interval; equal scores do not differ."""
        kind = compare_kinds(scored(known), {"a": scored(new, len(known))}, resamples=5, seed=0)["a"]
        for share in (kind.confidence, kind.above_median, *(one.auroc for one in kind.scores.values())):
            assert -1e-9 <= share.low <= share.value + 1e-9
            assert share.value - 1e-9 <= share.high <= 1 + 1e-9
        assert kind.scores["energy"].difference.value == 0
        assert kind.scores["energy"].p_value == 1

    def test_images_of_one_photograph_widen_the_interval(self) -> None:
        """Intervals are by photograph: twice the same images say no more."""
        rng = np.random.default_rng(0)
        known, new = rng.normal(1, 1, 60), rng.normal(0, 1, 40)
        once = compare_kinds(scored(list(known)), {"a": scored(list(new), 60)}, resamples=5, seed=0)["a"]
        inside = ScoredImages({"confidence": np.tile(known, 2)}, np.tile(np.arange(60), 2))
        outside = ScoredImages({"confidence": np.tile(new, 2)}, np.tile(np.arange(60, 100), 2))
        twice = compare_kinds(inside, {"a": outside}, resamples=5, seed=0)["a"]
        assert twice.change.low == pytest.approx(once.change.low)
        assert twice.scores["confidence"].auroc.low == pytest.approx(once.scores["confidence"].auroc.low)
