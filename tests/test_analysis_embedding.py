"""Choice of points and t-SNE maps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from svhnlab.analysis.embedding import align, class_silhouettes, embed
from svhnlab.analysis.sampling import choose_points, stratified
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
        rows, rule = choose_points(self.labels, np.zeros(200, bool), 200, most=200, seed=0)
        assert rows.tolist() == list(range(200))
        assert rule == "All test images are shown."

    @pytest.mark.parametrize("errors", [0, 30, 75])
    def test_all_errors_when_they_fit(self, errors):
        """Errors that fit into three quarters of the budget are all there, the rest keeps the shares of the classes."""
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
        """No error is left off a map that may grow, and a quarter of it shows other images."""
        wrong = np.zeros(200, bool)
        wrong[:90] = True
        rows, rule = choose_points(self.labels, wrong, 100, most=150, seed=0)
        assert len(rows) == 120
        assert set(range(90)) <= set(rows.tolist())
        assert rule.startswith("All 90 images that at least one model gets wrong")

    def test_all_errors_though_others_are_few(self):
        """With more errors than a quarter of others can be found for, all images are there."""
        wrong = np.arange(200) >= 20
        rows, _ = choose_points(self.labels, wrong, 100, most=400, seed=0)
        assert rows.tolist() == list(range(200))

    def test_sample_when_many_errors(self):
        """Errors beyond the limit are sampled: classes and errors keep their shares, and the rule says so."""
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
        """The rule is one sentence that can stand in a text."""
        for errors in (0, 60, 120):
            _, rule = choose_points(self.labels, np.arange(200) < errors, 100, most=100, seed=0)
            assert rule.endswith(".")
            assert rule.count(".") == 1

    def test_seed_decides(self):
        """The same seed gives the same points, another seed others."""
        wrong = np.zeros(200, bool)
        first, again, other = (choose_points(self.labels, wrong, 50, most=50, seed=s)[0] for s in (1, 1, 2))
        assert first.tolist() == again.tolist() != other.tolist()


class TestEmbed:
    predictions = fake_predictions(np.arange(90) % 3, 3, noise=0.3)

    def embed(self, rows=None, **choice):
        """Maps of three well separated classes."""
        rows = np.arange(60) if rows is None else rows
        return embed(self.predictions.features, self.predictions.labels, rows, n_classes=3, **{"seed": 0, **choice})

    def test_maps_and_scores(self):
        """The maps keep neighbours and classes, the scores are in their ranges, and settings say how it was made."""
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
        """The same seed and rows give the same maps and scores, to the last bit, on one core and on many."""
        rows = np.arange(5, 35)
        first = self.embed(rows=rows)
        monkeypatch.setattr("os.cpu_count", lambda: 1)
        again = self.embed(rows=rows)
        np.testing.assert_array_equal(first.rows, rows)
        np.testing.assert_array_equal(first.planar, again.planar)
        np.testing.assert_array_equal(first.spatial, again.spatial)
        assert first.scores == again.scores

    def test_other_start(self):
        """The seed moves the second map alone: another seed gives the same map, and another overlap."""
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
        """A network whose features are all equal still gets a map of finite numbers."""
        found = embed(np.ones((20, 8)), np.arange(20) % 2, np.arange(20), seed=0, n_classes=2)
        assert np.isfinite(found.planar).all()
        assert np.isfinite(found.spatial).all()

    def test_too_few(self):
        """A handful of points, or of features, makes no map."""
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
        """A single class has nothing to lie apart from."""
        assert np.isnan(class_silhouettes([[0.0], [1.0], [2.0]], [1, 1, 1], 2)).all()


class TestAlign:
    @given(
        st.integers(2, 3),
        st.integers(0, 2**32 - 1),
        st.booleans(),
        st.lists(st.floats(-100, 100), min_size=3, max_size=3),
    )
    def test_turns_mirrors_and_shifts_do_not_matter(self, dimensions, seed, mirrored, shift):
        """However a map is turned, mirrored and shifted, it comes to lie on the reference."""
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
        """No distance within a map changes, so that its scores hold after it was turned."""
        first, second = np.random.default_rng(seed).normal(size=(2, 12, 3))
        turned = align({"one": first, "two": 5 * second}, "one")["two"]
        np.testing.assert_allclose(pdist(turned), pdist(5 * second))

    def test_other_points(self):
        """Maps of other images cannot be aligned."""
        with pytest.raises(ValueError, match="same points"):
            align({"one": np.zeros((4, 2)), "two": np.zeros((5, 2))}, "one")
