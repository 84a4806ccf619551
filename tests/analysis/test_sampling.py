"""Selection of points for the maps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.sampling import choose_points, stratified


class TestStratified:
    @given(st.lists(st.integers(0, 4), min_size=1, max_size=80), st.data())
    def test_keeps_shares(self, labels, data):
        """Every class is drawn in proportion, up to the rounding of all classes (half a row each)."""
        labels = np.array(labels)
        size = data.draw(st.integers(0, len(labels)))
        classes = len(np.unique(labels))
        rows = stratified(labels, size, np.random.default_rng(0))
        assert len(rows) == size == len(set(rows.tolist()))
        assert (np.diff(rows) > 0).all()
        for label in np.unique(labels):
            own = labels == label
            most = 0.5 + own.mean() * (classes - 2) / 2  # half a row, plus its share of the others' rounding
            assert abs((labels[rows] == label).sum() - own.sum() * size / len(labels)) <= most + 1e-9


class TestChoosePoints:
    labels = np.repeat(np.arange(4), 50)

    def test_all_images_when_they_fit(self):
        """If the budget covers all images, all are chosen."""
        rows, rule = choose_points(self.labels, np.zeros(200, bool), 200, most=200, seed=0)
        assert rows.tolist() == list(range(200))
        assert rule == "All test images are shown."

    @pytest.mark.parametrize("errors", [0, 30, 75])
    def test_all_errors_when_they_fit(self, errors):
        """If the errors fit into three quarters of the budget, all are chosen; the rest keeps the class shares."""
        wrong = np.zeros(200, bool)
        wrong[:errors] = True
        rows, rule = choose_points(self.labels, wrong, 100, most=100, seed=0)
        assert len(rows) == 100
        assert set(range(errors)) <= set(rows.tolist())
        drawn = np.bincount(self.labels[rows[~wrong[rows]]], minlength=4)
        expected = np.bincount(self.labels[~wrong], minlength=4) * (100 - errors) / (200 - errors)
        assert (np.abs(drawn - expected) <= 1).all()
        assert f"All {errors} images that at least one model gets wrong" in rule

    def test_more_errors_get_more_places(self):
        """A map that may grow contains all errors, and a quarter of other images."""
        wrong = np.zeros(200, bool)
        wrong[:90] = True
        rows, rule = choose_points(self.labels, wrong, 100, most=150, seed=0)
        assert len(rows) == 120
        assert set(range(90)) <= set(rows.tolist())
        assert rule.startswith("All 90 images that at least one model gets wrong")

    def test_all_errors_though_others_are_few(self):
        """If there are too few other images for a quarter, all images are chosen."""
        wrong = np.arange(200) >= 20
        rows, _ = choose_points(self.labels, wrong, 100, most=400, seed=0)
        assert rows.tolist() == list(range(200))

    def test_sample_when_many_errors(self):
        """Above the limit, errors are sampled too: classes and errors keep their shares, and the rule states this."""
        wrong = np.arange(200) % 5 < 2
        rows, rule = choose_points(self.labels, wrong, 100, most=100, seed=0)
        assert len(rows) == 100
        assert np.bincount(self.labels[rows]).tolist() == [25, 25, 25, 25]
        assert wrong[rows].sum() == 40
        wrong[:] = True
        rows, rule = choose_points(self.labels, wrong, 100, most=100, seed=0)
        assert len(rows) == 100
        assert rule.startswith("Of 200 images a sample of 100")

    def test_one_sentence(self):
        """The rule is one complete sentence."""
        for errors in (0, 60, 120):
            _, rule = choose_points(self.labels, np.arange(200) < errors, 100, most=100, seed=0)
            assert rule.endswith(".")
            assert rule.count(".") == 1

    def test_seed_decides(self):
        """The same seed gives the same points, another seed different ones."""
        wrong = np.zeros(200, bool)
        first, again, other = (choose_points(self.labels, wrong, 50, most=50, seed=s)[0] for s in (1, 1, 2))
        assert first.tolist() == again.tolist() != other.tolist()
