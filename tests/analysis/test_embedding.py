"""t-SNE maps, their scores and their alignment."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.analysis.embedding import class_silhouettes, embed
from tests.fixtures.fake_runs import fake_predictions


class TestEmbed:
    predictions = fake_predictions(np.arange(90) % 3, 3, noise=0.3)

    def embed(self, rows=None, **choice):
        """Maps of three well separated classes."""
        rows = np.arange(60) if rows is None else rows
        return embed(self.predictions.features, self.predictions.labels, rows, n_classes=3, **{"seed": 0, **choice})

    def test_maps_and_scores(self):
        """The maps preserve neighbours and classes, scores are within their ranges, and settings are recorded."""
        found = self.embed()
        assert found.planar.shape == (60, 2)
        assert found.spatial.shape == (60, 3)
        assert found.planar.dtype == np.float32
        for scores in found.scores.values():
            assert 0.95 < scores.trustworthiness <= 1
            assert 0.4 < scores.neighbour_preservation <= 1
            assert 0.4 < scores.seed_overlap <= 1
            assert scores.kl_divergence > 0
            assert len(scores.silhouette) == 3
            assert all(0.8 < value <= 1 for value in scores.silhouette)
            assert scores.neighbours == 15
        assert found.settings["perplexity"] == pytest.approx(59 / 3)
        assert (found.settings["points"], found.settings["images"]) == (60, 90)

    def test_perplexity(self):
        """With enough points the perplexity is 30."""
        assert self.embed(rows=np.arange(91) % 90).settings["perplexity"] == 30

    def test_repeats_on_given_rows(self, monkeypatch):
        """The same seed and rows give bit-identical maps and scores, on one core and on several."""
        rows = np.arange(5, 35)
        first = self.embed(rows=rows)
        monkeypatch.setattr("os.cpu_count", lambda: 1)
        again = self.embed(rows=rows)
        np.testing.assert_array_equal(first.rows, rows)
        np.testing.assert_array_equal(first.planar, again.planar)
        np.testing.assert_array_equal(first.spatial, again.spatial)
        assert first.scores == again.scores

    def test_other_start(self):
        """The seed affects only the second map: another seed gives the same map and another overlap."""
        rng = np.random.default_rng(0)
        features, labels = rng.normal(size=(60, 16)), np.arange(60) % 3
        first, other = (embed(features, labels, np.arange(60), seed=seed, n_classes=3) for seed in (0, 1))
        np.testing.assert_array_equal(first.planar, other.planar)
        assert first.scores["spatial"].seed_overlap < 1
        assert first.scores["spatial"].seed_overlap != other.scores["spatial"].seed_overlap

    def test_few_points(self):
        """Ten points make a map, with fewer neighbours."""
        found = self.embed(rows=np.arange(10))
        assert found.scores["planar"].neighbours == 4
        assert np.isfinite(found.spatial).all()

    @pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
    def test_equal_features(self):
        """Features that are all equal give a map of finite numbers, which has no scores."""
        found = embed(np.ones((20, 8)), np.arange(20) % 2, np.arange(20), seed=0, n_classes=2)
        assert np.isfinite(found.planar).all()
        assert np.isfinite(found.spatial).all()
        for scores in found.scores.values():
            assert np.isnan([scores.neighbour_preservation, scores.kl_divergence, scores.trustworthiness]).all()
            assert np.isnan(scores.mean_silhouette)

    def test_most_features_equal(self):
        """A network that gives one value to 30 of 40 images has no scores; with 10 of 40, it has."""
        features = np.random.default_rng(0).normal(size=(40, 8))
        for collapsed, defined in ((30, False), (10, True)):
            features[:collapsed] = features[0]
            found = embed(features, np.arange(40) % 2, np.arange(40), seed=0, n_classes=2)
            assert np.isfinite(found.scores["planar"].kl_divergence) == defined
            features = np.random.default_rng(0).normal(size=(40, 8))

    def test_too_few(self):
        """Too few points or features are an error."""
        with pytest.raises(ValueError, match="at least 10"):
            embed(np.zeros((4, 3)), np.zeros(4), np.arange(4), seed=0, n_classes=1)
        with pytest.raises(ValueError, match="at least 3"):
            self.embed(components=2)


class TestClassSilhouettes:
    def test_worked_example(self):
        """Two pairs on a line: (b - a) / max(a, b) by hand."""
        values = class_silhouettes([[0.0], [1.0], [10.0], [11.0]], [0, 0, 2, 2], 3)
        assert values[0] == pytest.approx(((10.5 - 1) / 10.5 + (9.5 - 1) / 9.5) / 2)
        assert values[2] == pytest.approx(values[0])
        assert np.isnan(values[1])

    def test_one_class(self):
        """The silhouette of a single class is undefined."""
        assert np.isnan(class_silhouettes([[0.0], [1.0], [2.0]], [1, 1, 1], 2)).all()
