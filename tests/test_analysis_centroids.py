"""Distances to class centroids, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.centroids import centroid_distances, class_centroids

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

    def test_keep(self):
        """Rows that are not kept do not move a centroid."""
        found = class_centroids(FEATURES, LABELS, 2, keep=[True, False, True, True])
        np.testing.assert_allclose(found.means[0], [-1, 0])
        assert found.counts.tolist() == [1, 2]

    def test_empty_class(self):
        """A class without rows has no centroid, and says so by NaN."""
        found = class_centroids(FEATURES, LABELS, 3)
        assert np.isnan(found.means[2]).all()
        assert np.isnan(found.radii[2])
        assert found.counts[2] == 0


class TestCentroidDistances:
    def measure(self, scale_free: bool, n_classes: int = 2):
        """Distances of an error at (4, 0) and a right image at (0, 3), both of class 0."""
        centroids = class_centroids(FEATURES, LABELS, n_classes)
        return centroid_distances(
            [[4.0, 0], [0, 3]], labels=[0, 0], predicted=[1, 0], centroids=centroids, scale_free=scale_free
        )

    def test_raw(self):
        """An error at (4, 0) lies 4 from its own class and 2 from the one it was taken for."""
        found = self.measure(scale_free=False)
        assert found.to_true.tolist() == [4, 3]
        assert found.to_predicted.tolist() == [2, 3]
        assert found.margin.tolist() == [2, 0]
        assert found.nearest.tolist() == [1, 0]
        assert found.to_nearest.tolist() == [2, 3]
        np.testing.assert_allclose(found.rival_margin, [2, 3 - np.sqrt(45)])

    def test_scale_free(self):
        """In class radii the same error is 4 from its own class and 1 from the other."""
        found = self.measure(scale_free=True)
        assert found.to_true.tolist() == [4, 3]
        assert found.to_predicted.tolist() == [1, 3]
        assert found.margin[0] == 3

    def test_empty_class_is_never_nearest(self):
        """The undefined centroid of an empty class takes no part."""
        found = self.measure(scale_free=False, n_classes=3)
        assert np.isnan(found.to_all[:, 2]).all()
        assert found.nearest.tolist() == [1, 0]

    def test_radius_zero(self):
        """A class of a single image has no scale, so its scale-free distance is undefined."""
        centroids = class_centroids([[0.0], [1], [5]], [0, 0, 1], 2)
        found = centroid_distances([[4.0]], [1], [0], centroids, scale_free=True)
        assert np.isnan(found.to_true[0])
        assert found.nearest[0] == 0

    @given(st.floats(0.01, 1000), st.integers(0, 10_000))
    def test_scale_free_law(self, factor, seed):
        """Scaling all features changes raw distances by the factor and scale-free ones not at all."""
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

    def test_right_images_have_margin_zero(self):
        """Predicted and true centroid are the same for a right image."""
        centroids = class_centroids(FEATURES, LABELS, 2)
        found = centroid_distances(FEATURES, LABELS, LABELS, centroids)
        assert found.margin == pytest.approx(0)
        assert (found.rival_margin < 0).all()
