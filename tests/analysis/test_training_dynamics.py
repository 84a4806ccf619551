"""Scores of the training labels, against direct formulas."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.training_dynamics import (
    SCORES,
    detect_label_errors,
    dynamics_scores,
    knn_shapley,
    review_training_labels,
)
from svhnlab.store.schema import TrainingDynamics


def dynamics(margin: list[list[float]]) -> TrainingDynamics:
    values = np.array(margin, dtype=np.float16).T
    confidence = 1 / (1 + np.exp(-values.astype(np.float32)))
    return TrainingDynamics(confidence.astype(np.float16), values, np.zeros((values.shape[1], 2), np.float16))


def payoff(coalition: tuple[int, ...], order: list[int], matches: list[bool], k: int) -> float:
    """Share of the k nearest members of a coalition that have the label of an image."""
    nearest = [row for row in order if row in coalition][:k]
    return sum(matches[row] for row in nearest) / k


class TestDynamicsScores:
    def test_forgetting(self) -> None:
        """An event is an epoch without the label after one with it; a label that is never predicted counts as E."""
        found = dynamics_scores(dynamics([[1, 1, 1, 1], [1, -1, 1, -1], [-1, -1, -1, 1], [-1, -1, -1, -1]]))
        assert found["forgetting"].tolist() == [0, 2, 0, 4]
        assert found["correctness"].tolist() == [1, 0.5, 0.25, 0]

    def test_moments(self) -> None:
        """Confidence, variability and margin are moments over the epochs."""
        found = dynamics_scores(dynamics([[0, 2, 4, -2]]))
        assert found["margin"].tolist() == [1]
        shares = 1 / (1 + np.exp(-np.array([0.0, 2, 4, -2])))
        assert found["confidence"][0] == pytest.approx(shares.mean(), abs=1e-3)
        assert found["variability"][0] == pytest.approx(shares.std(), abs=1e-3)

    def test_one_epoch(self) -> None:
        """After a single epoch nothing is forgotten, and nothing varies."""
        found = dynamics_scores(dynamics([[1], [-1]]))
        assert found["forgetting"].tolist() == [0, 1]
        assert found["variability"].tolist() == [0, 0]
        assert found.keys() | {"value"} == SCORES.keys()


class TestReviewTrainingLabels:
    def test_ranked_by_margin(self) -> None:
        """As many as confident learning estimates are suspected, those with the lowest margin in the mean logits."""
        rng = np.random.default_rng(0)
        truth = np.arange(300) % 3
        labels = truth.copy()
        labels[:9] = (truth[:9] + 1) % 3
        trainings = [
            TrainingDynamics(np.ones((1, 300)), np.ones((1, 300)), 3 * np.eye(3)[truth] + rng.normal(size=(300, 3)))
            for _ in range(2)
        ]
        found = review_training_labels(labels, trainings, np.arange(9))
        logits = np.mean([one.logits for one in trainings], axis=0)
        others = np.where(np.eye(3, dtype=bool)[labels], -np.inf, logits).max(axis=1)
        margin = logits[np.arange(300), labels] - others
        np.testing.assert_allclose(found.quality, 1 / (1 + np.exp(-margin)), rtol=1e-5)
        assert found.suspected.tolist() == np.argsort(margin)[: len(found.suspected)].tolist()
        assert (margin[found.suspected] < 0).all()
        assert found.precision is not None
        assert found.precision > 0.7
        assert found.true_positives == np.isin(found.suspected, np.arange(9)).sum()

    def test_unknown_errors(self) -> None:
        """Without known errors nothing is counted; without any, the average precision is undefined."""
        dynamics = TrainingDynamics(np.ones((1, 4)), np.ones((1, 4)), 4 * np.eye(2)[[0, 1, 0, 1]])
        assert review_training_labels([0, 1, 0, 1], [dynamics]).precision is None
        none = review_training_labels([0, 1, 0, 1], [dynamics], np.zeros(0, dtype=np.int64))
        assert none.suspected.tolist() == []
        assert np.isnan(none.average_precision)


class TestKnnShapley:
    @given(data=st.data(), count=st.integers(1, 5), k=st.integers(1, 6))
    def test_definition(self, data: st.DataObject, count: int, k: int) -> None:
        """With all neighbours it is the Shapley value: the mean contribution over all coalitions."""
        order = data.draw(st.permutations(range(count)))
        labels = data.draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
        matches = [label == 0 for label in labels]
        expected = [
            sum(
                (payoff((*others, row), order, matches, k) - payoff(others, order, matches, k))
                / (count * comb(count - 1, size))
                for size in range(count)
                for others in combinations([other for other in range(count) if other != row], size)
            )
            for row in range(count)
        ]
        np.testing.assert_allclose(knn_shapley([order], labels, [0], k), expected, atol=1e-6)

    @given(seed=st.integers(0, 1000))
    def test_truncated(self, seed: int) -> None:
        """With only the nearest R neighbours each value differs by at most 1/R."""
        rng = np.random.default_rng(seed)
        order = np.stack([rng.permutation(40) for _ in range(3)])
        labels, query_labels = rng.integers(0, 3, 40), rng.integers(0, 3, 3)
        exact = knn_shapley(order, labels, query_labels)
        assert np.abs(exact - knn_shapley(order[:, :10], labels, query_labels)).max() <= 1 / 10


class TestDetectLabelErrors:
    def test_direction(self) -> None:
        """A score that is high for wrong labels is turned around."""
        wrong = np.arange(20) < 4
        scores = {name: (direction * wrong).astype(np.float32) for name, direction in SCORES.items()}
        for found in detect_label_errors(scores, wrong).values():
            assert found.auroc.value == found.average_precision == 1

    def test_interval_by_photograph(self) -> None:
        """Images that are repeated within their photograph do not narrow the interval."""
        rng = np.random.default_rng(0)
        wrong = rng.random(200) < 0.2
        values = {"margin": (rng.normal(size=200) - wrong).astype(np.float32)}
        once = detect_label_errors(values, wrong)["margin"].auroc
        repeated = {"margin": np.repeat(values["margin"], 3)}
        again = detect_label_errors(repeated, np.repeat(wrong, 3), np.repeat(np.arange(200), 3))["margin"].auroc
        assert again.value == pytest.approx(once.value)
        assert again.low == pytest.approx(once.low)

    @pytest.mark.parametrize("wrong", [np.zeros(4, bool), np.ones(4, bool)])
    def test_undefined(self, wrong: np.ndarray) -> None:
        """Without wrong labels, or without correct ones, there is nothing to tell apart."""
        found = detect_label_errors({"margin": np.arange(4, dtype=np.float32)}, wrong)["margin"]
        assert np.isnan([found.auroc.value, found.average_precision]).all()
