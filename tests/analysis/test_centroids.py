"""Distances to class centroids against hand-computed values."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.centroids import (
    centroid_confusion,
    centroid_distances,
    centroid_separation,
    class_centroids,
    nearest_centroid_shares,
)
from svhnlab.store.schema import Centroids

# Class 0 around (0, 0) with RMS radius 1, class 1 around (6, 0) with RMS radius 2, class 2 empty.
FEATURES = np.array([[-1.0, 0], [1, 0], [6, 2], [6, -2]])
LABELS = np.array([0, 0, 1, 1])


class TestClassCentroids:
    def test_worked_example(self):
        """Means and root mean square radii of two classes of two points."""
        found = class_centroids(FEATURES, LABELS, 2)
        np.testing.assert_allclose(found.means, [[0, 0], [6, 0]])
        np.testing.assert_allclose(found.radii, [1, 2])
        assert found.counts.tolist() == [2, 2]
        np.testing.assert_allclose(found.covariance, [[0.5, 0], [0, 2]])

    def test_keep(self):
        """Rows that are not kept do not affect a centroid."""
        found = class_centroids(FEATURES, LABELS, 2, keep=[True, False, True, True])
        np.testing.assert_allclose(found.means[0], [-1, 0])
        assert found.counts.tolist() == [1, 2]

    def test_empty_class(self):
        """The centroid of a class without rows is NaN."""
        found = class_centroids(FEATURES, LABELS, 3)
        assert np.isnan(found.means[2]).all()
        assert np.isnan(found.radii[2])
        assert found.counts[2] == 0
        assert np.trace(found.covariance) == pytest.approx(np.square(found.radii[:2]).mean())


class TestCentroidDistances:
    def measure(self, scale_free: bool, n_classes: int = 2):
        """Distances of an error at (4, 0) and a correct image at (0, 3), both of class 0."""
        centroids = class_centroids(FEATURES, LABELS, n_classes)
        return centroid_distances(
            [[4.0, 0], [0, 3]], labels=[0, 0], predicted=[1, 0], centroids=centroids, scale_free=scale_free
        )

    def test_raw(self):
        """An error at (4, 0) is at distance 4 from its true class and 2 from the predicted class."""
        found = self.measure(scale_free=False)
        assert found.to_true.tolist() == [4, 3]
        assert found.to_predicted.tolist() == [2, 3]
        assert found.nearest.tolist() == [1, 0]
        assert found.to_nearest.tolist() == [2, 3]
        assert found.nearest_other.tolist() == [1, 1]
        np.testing.assert_allclose(found.margin, [-2, np.sqrt(45) - 3])

    def test_scale_free(self):
        """In class radii, the same error is at distance 4 from its true class and 1 from the other."""
        found = self.measure(scale_free=True)
        assert found.to_true.tolist() == [4, 3]
        assert found.to_predicted.tolist() == [1, 3]
        assert found.margin[0] == -3

    def test_empty_class_is_never_nearest(self):
        """The undefined centroid of an empty class is ignored."""
        found = self.measure(scale_free=False, n_classes=3)
        assert np.isnan(found.to_all[:, 2]).all()
        assert found.nearest.tolist() == [1, 0]

    def test_radius_zero(self):
        """A class with a single image has radius 0, so its scale-free distance is undefined."""
        centroids = class_centroids([[0.0], [1], [5]], [0, 0, 1], 2)
        found = centroid_distances([[4.0]], [1], [0], centroids, scale_free=True)
        assert np.isnan(found.to_true[0])
        assert found.nearest[0] == 0

    @given(st.floats(0.01, 1000), st.integers(0, 10_000))
    def test_scale_free_law(self, factor, seed):
        """Scaling all features scales raw distances and leaves scale-free distances unchanged."""
        rng = np.random.default_rng(seed)
        features, labels, predicted = rng.normal(size=(30, 4)), np.arange(30) % 3, rng.integers(0, 3, 30)
        results = {}
        for scale in (1.0, factor):
            centroids = class_centroids(scale * features, labels, 3)
            for free in (False, True):
                results[scale, free] = centroid_distances(
                    scale * features, labels, predicted, centroids, scale_free=free
                ).margin
        np.testing.assert_allclose(results[factor, False], factor * results[1.0, False], rtol=1e-6, atol=1e-9 * factor)
        np.testing.assert_allclose(results[factor, True], results[1.0, True], rtol=1e-6, atol=1e-9)

    def test_positive_margin(self):
        """The margin of an image that lies nearest to its own class is positive, whatever class is predicted."""
        centroids = class_centroids(FEATURES, LABELS, 2)
        for predicted in (LABELS, 1 - np.asarray(LABELS)):
            assert (centroid_distances(FEATURES, LABELS, predicted, centroids).margin > 0).all()

    def test_margin_needs_another_class(self):
        """Without another centroid there is no margin."""
        found = centroid_distances([[1.0, 0]], [0], [0], class_centroids(FEATURES, LABELS, 3, np.asarray(LABELS) == 0))
        assert np.isnan(found.margin[0])
        assert found.nearest_other.tolist() == [-1]


class TestNearestCentroidShares:
    def test_worked_example(self):
        """The image at (4, 0) is nearest to class 1, that at (2.5, 0) to class 0, though not in class radii."""
        centroids = class_centroids(FEATURES, LABELS, 2)
        accuracy, of_errors = nearest_centroid_shares([[4.0, 0], [2.5, 0]], [0, 0], [1, 0], centroids)
        assert accuracy.value == 0.5
        assert of_errors.value == 1
        assert of_errors.low < 1

    def test_without_errors(self):
        """Without errors, the share of errors is undefined."""
        centroids = class_centroids(FEATURES, LABELS, 2)
        _, of_errors = nearest_centroid_shares(FEATURES, LABELS, LABELS, centroids)
        assert np.isnan([of_errors.value, *of_errors.limits]).all()


def on_a_line(places, radii=None):
    """Centroids of classes on a line."""
    means = np.array(places, dtype=float)[:, None]
    radii = np.ones(len(means)) if radii is None else np.array(radii, dtype=float)
    return Centroids(means, radii, np.ones(len(means), dtype=np.int64), np.zeros((means.shape[1],) * 2))


class TestCentroidSeparation:
    def test_worked_example(self):
        """A distance of 6 with radii 1 and 2 is four mean radii."""
        found = centroid_separation(class_centroids(FEATURES, LABELS, 3))
        np.testing.assert_allclose(found[:2, :2], [[0, 4], [4, 0]])
        assert np.isnan(found[2]).all()

    @given(st.floats(0.01, 1000))
    def test_scale_free(self, factor):
        """Scaling all features changes nothing."""
        np.testing.assert_allclose(
            centroid_separation(class_centroids(factor * FEATURES, LABELS, 2)),
            centroid_separation(class_centroids(FEATURES, LABELS, 2)),
        )


class TestCentroidConfusion:
    def test_close_is_confused(self):
        """Confusion that decreases with distance has a correlation of -1 and a small p-value."""
        places = np.array([0, 1, 3, 7, 15, 31, 63.0])
        centroids = on_a_line(places)
        share = 1 / (1 + np.abs(places[:, None] - places[None]))
        correlation, p_value = centroid_confusion(centroids, share, seed=0, permutations=999)
        assert correlation == pytest.approx(-1)
        assert p_value < 0.01

    def test_chance(self):
        """Confusion that is independent of distance gives p-values spread over 0 to 1."""
        rng = np.random.default_rng(0)
        p_values = [
            centroid_confusion(on_a_line(rng.random(8)), rng.random((8, 8)), seed=i, permutations=199)[1]
            for i in range(60)
        ]
        assert np.mean(p_values) == pytest.approx(0.5, abs=0.12)
        assert min(p_values) >= 1 / 200

    def test_absent_classes_are_left_out(self):
        """A class without images or centroid changes nothing."""
        places = [0.0, 1, 3, 7, 20]
        share = np.random.default_rng(0).random((5, 5))
        expected = centroid_confusion(on_a_line(places), share, seed=0)
        wider = np.full((7, 7), np.nan)
        wider[:5, :5] = share
        wider[:5, 5:] = 0
        wider[6] = 0.1
        found = centroid_confusion(on_a_line([*places, 2, np.nan]), wider, seed=0)
        assert found == pytest.approx(expected)

    def test_memory(self):
        """The permutations of 200 classes take no gigabytes."""
        rng = np.random.default_rng(0)
        tracemalloc.start()
        centroid_confusion(on_a_line(rng.random(200)), rng.random((200, 200)), seed=0, permutations=1_000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 150e6

    def test_undefined(self):
        """With two classes, or without any confusion, the correlation is undefined."""
        assert np.isnan(centroid_confusion(on_a_line([0, 1]), np.eye(2), seed=0)).all()
        assert np.isnan(centroid_confusion(on_a_line([0, 1, 5]), np.eye(3), seed=0)).all()
