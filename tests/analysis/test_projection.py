"""Positions on a map for images that are not on it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsRegressor

from svhnlab.analysis import projection
from svhnlab.analysis.projection import nearest_mapped, place_on_map


class TestPlaceOnMap:
    @given(st.integers(0, 10**6), st.integers(8, 40), st.integers(1, 12))
    def test_properties(self, seed: int, total: int, dimensions: int) -> None:
        """Images on the map keep their position; the others are where a regression by neighbours puts them.

        They lie between their neighbours, and neither the order of the images nor a shift of all features matters.
        """
        rng = np.random.default_rng(seed)
        features = rng.normal(size=(total, dimensions))
        rows = rng.permutation(total)[:7]
        coordinates = rng.normal(size=(7, 2)) * 50
        others = np.setdiff1d(np.arange(total), rows)
        neighbours, distances = nearest_mapped(features, rows)
        placed = place_on_map(coordinates, rows, neighbours, distances)
        np.testing.assert_array_equal(placed[rows], coordinates)
        regression = KNeighborsRegressor(5, weights="distance").fit(features[rows], coordinates)
        np.testing.assert_allclose(placed[others], regression.predict(features[others]), rtol=1e-3, atol=1e-3)
        around = coordinates[neighbours[others]]
        assert (placed[others] >= around.min(axis=1) - 1e-9).all()
        assert (placed[others] <= around.max(axis=1) + 1e-9).all()
        order = rng.permutation(total)
        moved = nearest_mapped(features[order] + 3, np.argsort(order)[rows])
        again = place_on_map(coordinates, np.argsort(order)[rows], *moved)
        np.testing.assert_allclose(again, placed[order], rtol=1e-2, atol=1e-2)

    def test_equal_features(self) -> None:
        """An image with the features of images on the map gets the mean of their positions."""
        features = np.array([[0.0], [0.0], [9.0], [0.0]])
        neighbours, distances = nearest_mapped(features, [0, 1, 2], k=3)
        assert place_on_map([[2.0], [4.0], [50.0]], [0, 1, 2], neighbours, distances)[3].tolist() == [3.0]


class TestNearestMapped:
    def test_blocks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The result does not depend on how many images are compared at a time."""
        features = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
        whole = nearest_mapped(features, np.arange(0, 30, 3))
        monkeypatch.setattr(projection, "_BLOCK", 7)
        for one, other in zip(whole, nearest_mapped(features, np.arange(0, 30, 3)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6)

    def test_not_its_own_neighbour(self) -> None:
        """An image on the map is not among its own neighbours, and a small map gives fewer of them."""
        neighbours, distances = nearest_mapped([[0.0], [1.0], [3.0]], [0, 1, 2])
        assert neighbours.tolist() == [[1, 2], [0, 2], [1, 0]]
        assert distances.tolist() == [[1.0, 3.0], [1.0, 2.0], [2.0, 3.0]]
