"""Nearest training images, and near-duplicates among them."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.analysis.duplicates import near_duplicates
from svhnlab.analysis.neighbours import nearest_neighbours


class TestNearestNeighbours:
    def test_worked_example(self):
        """The nearest comes first, with its Euclidean distance."""
        rows, distances = nearest_neighbours([[0.0, 0], [3, 4], [10, 0]], [[0.0, 0]], k=2)
        assert rows.tolist() == [[0, 1]]
        assert distances.tolist() == [[0, 5]]
        assert (rows.dtype, distances.dtype) == (np.int64, np.float32)

    def test_against_all_distances(self):
        """The neighbours are those of the whole matrix of distances."""
        rng = np.random.default_rng(0)
        train, test = rng.random((60, 8), dtype=np.float32), rng.random((20, 8), dtype=np.float32)
        rows, distances = nearest_neighbours(train, test, k=5)
        whole = np.linalg.norm(test[:, None] - train[None], axis=2)
        np.testing.assert_array_equal(rows, np.argsort(whole, axis=1)[:, :5])
        np.testing.assert_allclose(distances, np.sort(whole, axis=1)[:, :5], rtol=1e-5)

    def test_too_few(self):
        """More neighbours than training images cannot be found."""
        with pytest.raises(ValueError, match="n_neighbors"):
            nearest_neighbours(np.zeros((3, 2)), np.zeros((1, 2)), k=5)


class TestNearDuplicates:
    def test_worked_example(self):
        """The median distance is 10: pairs nearer than 1.3 are found, the closest first."""
        found = near_duplicates("cnn", [7, 8, 9, 10, 11], [10, 1.2, 11, 0.5, 12])
        assert found.threshold == pytest.approx(1.3)
        assert found.test_rows.tolist() == [3, 1]
        assert found.train_rows.tolist() == [10, 8]
        assert found.distances.tolist() == pytest.approx([0.5, 1.2])
        assert found.run == "cnn"

    def test_none(self):
        """Images at about the same distance are no duplicates."""
        assert near_duplicates("cnn", [0, 1], [1.0, 1.1]).test_rows.shape == (0,)

    def test_most_are_copies(self):
        """Where most test images are training images, the median is 0, and copies still count."""
        found = near_duplicates("cnn", [0, 1, 2], [0, 0, 5.0])
        assert found.test_rows.tolist() == [0, 1]
