"""Alignment of maps of the same points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from svhnlab.analysis.map_alignment import align


class TestAlign:
    @given(
        st.integers(2, 3),
        st.integers(0, 2**32 - 1),
        st.booleans(),
        st.lists(st.floats(-100, 100), min_size=3, max_size=3),
    )
    def test_turns_mirrors_and_shifts_do_not_matter(self, dimensions, seed, mirrored, shift):
        """A rotated, reflected and translated map is aligned with the reference."""
        rng = np.random.default_rng(seed)
        reference = rng.normal(size=(30, dimensions))
        turn, _ = np.linalg.qr(rng.normal(size=(dimensions, dimensions)))
        if mirrored:
            turn[:, 0] *= -1
        other = reference @ turn + shift[:dimensions]
        aligned = align({"one": reference, "two": other}, "one")
        np.testing.assert_allclose(aligned["one"], reference - reference.mean(axis=0), atol=1e-12)
        np.testing.assert_allclose(aligned["two"], aligned["one"], atol=1e-9)

    @given(st.integers(0, 2**32 - 1))
    def test_distances_stay(self, seed):
        """Alignment preserves all distances within a map, so its scores stay valid."""
        first, second = np.random.default_rng(seed).normal(size=(2, 12, 3))
        turned = align({"one": first, "two": 5 * second}, "one")["two"]
        np.testing.assert_allclose(pdist(turned), pdist(5 * second))

    def test_other_points(self):
        """Maps of other images cannot be aligned."""
        with pytest.raises(ValueError, match="same points"):
            align({"one": np.zeros((4, 2)), "two": np.zeros((5, 2))}, "one")
