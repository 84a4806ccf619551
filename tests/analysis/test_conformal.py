"""Conformal prediction sets: coverage on exchangeable and on shifted synthetic data."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.analysis.conformal import prediction_sets, set_threshold, sets_of
from svhnlab.store.schema import ClassScores


def drawn(rng: np.random.Generator, images: int, signal: float = 1.5, per_photograph: int = 1) -> ClassScores:
    """Scores of a model with errors; images of one photograph have part of their noise in common."""
    labels = rng.integers(0, 4, images)
    noise = rng.normal(size=(images, 4)) + np.repeat(rng.normal(size=(images // per_photograph, 4)), per_photograph, 0)
    return ClassScores(labels, (noise + signal * np.eye(4)[labels]).astype(np.float32))


class TestThreshold:
    @pytest.mark.parametrize(("images", "kept"), [(9, 9), (19, 18), (29, 27), (100, 91)])
    def test_finite_sample_correction(self, images: int, kept: int) -> None:
        """Of n validation images, the smallest whole number above 0.9 (n + 1) reach the threshold."""
        scores = drawn(np.random.default_rng(0), images)
        of_truth = scores.probabilities[np.arange(images), scores.labels]
        assert (of_truth >= set_threshold(scores)).sum() == kept

    def test_too_few_images(self) -> None:
        """With eight images no threshold guarantees 90%, so each set contains all classes."""
        scores = drawn(np.random.default_rng(0), 8)
        assert set_threshold(scores) == 0
        assert sets_of(scores.probabilities, 0).all()


class TestPredictionSets:
    def test_coverage_of_exchangeable_images(self) -> None:
        """Over many draws of exchangeable images the mean coverage is (n + 1)^-1 times the rank, at least the level."""
        rng = np.random.default_rng(1)
        coverage = [prediction_sets(drawn(rng, 99), drawn(rng, 200)).coverage.value for _ in range(400)]
        assert np.mean(coverage) == pytest.approx(0.9, abs=0.006)

    @pytest.mark.parametrize("per_photograph", [1, 4])
    def test_difference_without_shift(self, per_photograph: int) -> None:
        """Without a shift, about 95% of the intervals of the difference contain 0, also with several images each."""
        rng, runs, contained = np.random.default_rng(2), 300, 0
        photographs = np.arange(400) // per_photograph
        for _ in range(runs):
            found = prediction_sets(
                drawn(rng, 400, per_photograph=per_photograph),
                drawn(rng, 400, per_photograph=per_photograph),
                photographs,
                photographs,
            )
            contained += found.difference.low <= 0 <= found.difference.high
        assert 0.91 <= contained / runs <= 0.99

    def test_shift(self) -> None:
        """Test images on which the model is worse are covered less often."""
        rng = np.random.default_rng(3)
        found = prediction_sets(drawn(rng, 2000), drawn(rng, 2000, signal=0.5))
        assert found.difference.high < 0

    def test_parts(self) -> None:
        """Sizes add up to the images, and the parts by class to the whole."""
        rng = np.random.default_rng(4)
        test = drawn(rng, 300)
        found = prediction_sets(drawn(rng, 200), test)
        members = sets_of(test.probabilities, found.threshold)
        assert found.sizes == tuple(np.bincount(members.sum(axis=1), minlength=5))
        assert found.mean_size == pytest.approx(members.sum() / 300)
        counts = np.bincount(test.labels, minlength=4)
        assert (counts * [share.value for share in found.class_coverage]).sum() == pytest.approx(
            300 * found.coverage.value
        )
        assert (counts * found.class_size).sum() == pytest.approx(300 * found.mean_size)

    def test_absent_class(self) -> None:
        """A class without test images has no coverage."""
        test = drawn(np.random.default_rng(5), 50)
        kept = test.labels != 2
        found = prediction_sets(test, ClassScores(test.labels[kept], test.logits[kept]))
        assert np.isnan(found.class_coverage[2].value)
        assert np.isnan(found.class_size[2])
