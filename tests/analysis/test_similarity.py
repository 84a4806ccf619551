"""Similarity of configurations and of seeds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from svhnlab.analysis.neural_collapse import linear_cka
from svhnlab.analysis.seeds_and_images import accuracy_over_seeds
from svhnlab.analysis.similarity import RESAMPLES, pair_similarities, seed_statistics
from svhnlab.store.schema import Predictions
from tests.fixtures.fake_runs import fake_predictions


@pytest.fixture(scope="module")
def tests() -> list[Predictions]:
    """Predictions of three models for the same images."""
    labels = np.random.default_rng(0).integers(0, 5, 200)
    return [fake_predictions(labels, 5, noise=2.5 + i, seed=i) for i in range(3)]


class TestPairSimilarities:
    def test_pairs(self, tests: list[Predictions]) -> None:
        """Every pair in the order of the configurations, with its kappa."""
        named = dict(zip(("a", "b", "c"), tests, strict=True))
        found = pair_similarities(named, seed=0)
        assert [(pair.first, pair.second) for pair in found] == [("a", "b"), ("a", "c"), ("b", "c")]
        for pair in found:
            wrong = (named[pair.first].wrong, named[pair.second].wrong)
            assert pair.kappa.value == pytest.approx(cohen_kappa_score(*wrong))
            assert pair.kappa.low < pair.kappa.value < pair.kappa.high
            assert pair.cka == linear_cka(named[pair.first].features, named[pair.second].features)

    def test_single_configuration(self, tests: list[Predictions]) -> None:
        """A single configuration has no pair."""
        assert pair_similarities({"a": tests[0]}, seed=0) == ()


class TestSeedStatistics:
    def test_means_over_pairs(self, tests: list[Predictions]) -> None:
        """Kappa is the mean over the pairs of trainings; the accuracy is that over seeds and images."""
        photographs = np.arange(200) // 2
        found = seed_statistics(tests, [test.features for test in tests], 3, photographs)
        kappas = [cohen_kappa_score(one.wrong, other.wrong) for one, other in combinations(tests, 2)]
        assert found.kappa.value == pytest.approx(np.mean(kappas))
        ckas = [linear_cka(one.features, other.features) for one, other in combinations(tests, 2)]
        assert found.cka == pytest.approx(np.mean(ckas))
        of_two = seed_statistics(tests, [test.features for test in tests[:2]], 3, photographs)
        assert (of_two.kappa.value, of_two.cka) == pytest.approx((kappas[0], ckas[0]))
        assert of_two.accuracy == found.accuracy
        correct = np.array([~test.wrong for test in tests])
        assert found.accuracy == accuracy_over_seeds(correct, RESAMPLES, 3, photographs)
