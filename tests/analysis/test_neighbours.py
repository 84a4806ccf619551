"""Nearest training images."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.analysis.neighbours import nearest_neighbours


class TestNearestNeighbours:
    def test_worked_example(self):
        """Neighbours are sorted by Euclidean distance, nearest first."""
        rows, distances = nearest_neighbours([[0.0, 0], [3, 4], [10, 0]], [[0.0, 0]], k=2)
        assert rows.tolist() == [[0, 1]]
        assert distances.tolist() == [[0, 5]]
        assert (rows.dtype, distances.dtype) == (np.int64, np.float32)

    def test_against_all_distances(self):
        """The neighbours match those from the full distance matrix."""
        rng = np.random.default_rng(0)
        train, test = rng.random((60, 8), dtype=np.float32), rng.random((20, 8), dtype=np.float32)
        rows, distances = nearest_neighbours(train, test, k=5)
        whole = np.linalg.norm(test[:, None] - train[None], axis=2)
        np.testing.assert_array_equal(rows, np.argsort(whole, axis=1)[:, :5])
        np.testing.assert_allclose(distances, np.sort(whole, axis=1)[:, :5], rtol=1e-5)

    def test_too_few(self):
        """More neighbours than training images are an error."""
        with pytest.raises(ValueError, match="n_neighbors"):
            nearest_neighbours(np.zeros((3, 2)), np.zeros((1, 2)), k=5)
