"""Choice of points and t-SNE maps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.embedding import choose_points, embed, stratified
from tests.fakes import fake_predictions


class TestStratified:
    @given(st.lists(st.integers(0, 4), min_size=1, max_size=80), st.data())
    def test_keeps_shares(self, labels, data):
        """Every class is drawn in proportion, within one row."""
        labels = np.array(labels)
        size = data.draw(st.integers(0, len(labels)))
        rows = stratified(labels, size, np.random.default_rng(0))
        assert len(rows) == size == len(set(rows.tolist()))
        assert (np.diff(rows) > 0).all()
        for label in np.unique(labels):
            own = labels == label
            assert abs((labels[rows] == label).sum() - own.sum() * size / len(labels)) <= 1 + 1e-9


class TestChoosePoints:
    labels = np.repeat(np.arange(4), 50)

    def test_all_images_when_they_fit(self):
        """A budget that holds all images leaves none out."""
        rows, rule = choose_points(self.labels, np.zeros(200, bool), 200, seed=0)
        assert rows.tolist() == list(range(200))
        assert rule == "All images."

    def test_all_errors_when_few(self):
        """Errors that fit into half of the budget are all there."""
        wrong = np.zeros(200, bool)
        wrong[:30] = True
        rows, rule = choose_points(self.labels, wrong, 100, seed=0)
        assert len(rows) == 100
        assert set(range(30)) <= set(rows.tolist())
        assert "All 30 errors" in rule

    def test_plain_sample_when_many_errors(self):
        """Errors that would fill the map are sampled like all else, and the rule says so."""
        wrong = np.zeros(200, bool)
        wrong[:120] = True
        rows, rule = choose_points(self.labels, wrong, 100, seed=0)
        assert np.bincount(self.labels[rows]).tolist() == [25, 25, 25, 25]
        assert "errors" not in rule

    def test_seed_decides(self):
        """The same seed gives the same points, another seed others."""
        wrong = np.zeros(200, bool)
        first, again, other = (choose_points(self.labels, wrong, 50, seed=s)[0] for s in (1, 1, 2))
        assert first.tolist() == again.tolist() != other.tolist()


class TestEmbed:
    predictions = fake_predictions(np.arange(90) % 3, 3, noise=0.3)

    def embed(self, **choice):
        """Maps of three well separated classes."""
        return embed(self.predictions.features, self.predictions.labels, self.predictions.wrong, seed=0, **choice)

    def test_maps_and_scores(self):
        """The map keeps neighbours, and scores and settings say how it was made."""
        found = self.embed(points=60)
        assert found.planar.shape == (60, 2)
        assert found.spatial.shape == (60, 3)
        assert found.planar.dtype == np.float32
        for which in ("planar", "spatial"):
            assert 0.7 < found.scores[which]["trustworthiness"] <= 1
            assert found.scores[which]["kl_divergence"] > 0
        assert found.settings["perplexity"] == pytest.approx(59 / 3)
        assert found.settings["points"] == 60
        assert found.settings["images"] == 90
        assert "stratified" in found.settings["sampling"]

    def test_repeats_on_given_rows(self):
        """The same seed and rows give the same maps, to the last bit."""
        rows = np.arange(5, 35)
        first, again = self.embed(rows=rows), self.embed(rows=rows)
        np.testing.assert_array_equal(first.rows, rows)
        np.testing.assert_array_equal(first.planar, again.planar)
        np.testing.assert_array_equal(first.spatial, again.spatial)

    def test_too_few(self):
        """A handful of points makes no map."""
        with pytest.raises(ValueError, match="at least 10"):
            embed(np.zeros((4, 3)), np.zeros(4), np.zeros(4, bool), seed=0)
