"""Neural collapse and similarity of features on synthetic features."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.analysis.centroids import class_centroids
from svhnlab.analysis.neural_collapse import linear_cka, neural_collapse
from svhnlab.store.schema import Centroids, NeuralCollapse, Predictions


def collapse_of(noise: float, corners: np.ndarray, n: int = 600) -> NeuralCollapse:
    """Neural collapse of features that are a corner plus noise; the last layer is the nearest corner."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % len(corners)
    features = corners[labels] + noise * rng.normal(size=(n, corners.shape[1]))
    logits = -np.square(features[:, None] - corners[None]).sum(axis=2)
    test = Predictions(labels, logits.astype(np.float32), features.astype(np.float32), np.arange(n))
    return neural_collapse(class_centroids(features, labels, len(corners)), test, corners)


class TestNeuralCollapse:
    def test_collapsed_simplex(self) -> None:
        """Features at the corners of a simplex are collapsed in every sense."""
        found = collapse_of(0.0, np.eye(4))
        assert [found.within_between, found.norm_variation, found.angle_deviation, found.duality] == pytest.approx(
            4 * [0], abs=1e-6
        )
        assert found.agreement.value == 1

    def test_within_between(self) -> None:
        """For K corners at distance 1 and isotropic noise, NC1 is (K - 1) times the variance of the noise."""
        found = collapse_of(0.1, np.eye(4), n=20_000)
        assert found.within_between == pytest.approx(3 * 0.01, rel=0.03)

    def test_known_covariances(self) -> None:
        """NC1 is the trace of W times the pseudo-inverse of B over K; noise in other directions has no effect."""
        means = np.array([[3.0, 0, 0, 0], [-3, 0, 0, 0], [0, 1, 0, 0], [0, -1, 0, 0]])
        within = np.diag([0.5, 0.2, 100.0, 100.0])
        between = means.T @ means / 4
        expected = np.trace(within @ np.linalg.pinv(between)) / 4
        assert expected == pytest.approx((0.5 / 4.5 + 0.2 / 0.5) / 4)
        centroids = Centroids(means, np.full(4, np.sqrt(np.trace(within))), np.full(4, 9), within)
        test = Predictions(np.arange(4), np.eye(4, dtype=np.float32), means.astype(np.float32), np.arange(4))
        assert neural_collapse(centroids, test, means).within_between == pytest.approx(expected)

    def test_against_the_definition(self) -> None:
        """The value is that of the covariance matrices of equally frequent classes; the scale changes nothing."""
        rng = np.random.default_rng(3)
        labels = np.arange(400) % 4
        features = 3 * rng.normal(size=(4, 6))[labels] + rng.normal(size=(400, 6)) @ rng.normal(size=(6, 6))
        means = np.array([features[labels == k].mean(axis=0) for k in range(4)])
        within = np.cov((features - means[labels]).T, bias=True)
        between = np.cov(means.T, bias=True)
        expected = np.trace(within @ np.linalg.pinv(between, rcond=1e-9)) / 4
        test = Predictions(labels, np.eye(4, dtype=np.float32)[labels], features.astype(np.float32), np.arange(400))
        found = neural_collapse(class_centroids(features, labels, 4), test, means)
        assert found.within_between == pytest.approx(expected)
        scaled = neural_collapse(class_centroids(50 * features, labels, 4), test, means)
        assert scaled.within_between == pytest.approx(expected)

    def test_unequal_corners(self) -> None:
        """Centroids of unequal length or with unequal angles are not collapsed."""
        found = collapse_of(0.0, np.diag([1.0, 1.0, 3.0]))
        assert found.norm_variation > 0.1
        assert found.angle_deviation > 0.05

    def test_last_layer(self) -> None:
        """Scale, and a vector that is the same for all classes, do not matter; opposite weights are at distance 2."""
        corners, labels = np.eye(4), np.arange(40) % 4
        test = Predictions(labels, corners[labels].astype(np.float32), corners[labels], np.arange(40))
        centroids = class_centroids(corners[labels], labels, 4)
        for weights, distance in (
            (5 * corners + [1, 2, 3, 4], 0),
            (-corners, 2),
            (corners[[1, 0, 3, 2]], 8**0.5 / 3**0.5),
        ):
            found = neural_collapse(centroids, test, weights).duality
            assert found == pytest.approx(distance, abs=1e-9)

    def test_single_centroid(self) -> None:
        """Without a second centroid only the agreement is defined."""
        labels = np.zeros(4, dtype=np.int64)
        features = np.ones((4, 2), dtype=np.float32)
        found = neural_collapse(
            class_centroids(features, labels, 2),
            Predictions(labels, features * [1, 0], features, np.arange(4)),
            np.eye(2),
        )
        assert np.isnan([found.within_between, found.duality]).all()
        assert found.agreement.value == 1


class TestLinearCKA:
    def test_invariance(self) -> None:
        """Rotation, scale and shift do not matter; independent features are nearly unlike each other."""
        rng = np.random.default_rng(1)
        features = rng.normal(size=(2000, 6))
        rotation = np.linalg.qr(rng.normal(size=(6, 6)))[0]
        assert linear_cka(features, 3 * features @ rotation + 1) == pytest.approx(1)
        assert linear_cka(features, rng.normal(size=(2000, 9))) < 0.02

    def test_against_kernels(self) -> None:
        """The value is that of the centred Gram matrices."""
        rng = np.random.default_rng(2)
        one, two = rng.normal(size=(40, 3)), rng.normal(size=(40, 5))
        centre = np.eye(40) - 1 / 40
        first, second = (centre @ features @ features.T @ centre for features in (one, two))
        expected = (first * second).sum() / (np.linalg.norm(first) * np.linalg.norm(second))
        assert linear_cka(one, two) == pytest.approx(expected)

    def test_constant_features(self) -> None:
        """If all features of a model are equal, the similarity is undefined."""
        assert np.isnan(linear_cka(np.ones((5, 2)), np.eye(5)))
