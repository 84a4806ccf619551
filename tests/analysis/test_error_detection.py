"""AUROC of scores that tell errors from correct images."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from svhnlab.analysis.auroc import auroc
from svhnlab.analysis.error_detection import error_detection


def drawn(rng: np.random.Generator, photographs: int, per_photograph: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two scores, errors and photographs; images of one photograph are alike."""
    common = np.repeat(rng.normal(size=photographs), per_photograph)
    images = photographs * per_photograph
    wrong = common + rng.normal(size=images) > 1
    scores = -common[:, None] - wrong[:, None] * np.array([0.8, 0.8]) + rng.normal(size=(images, 2))
    return scores, wrong, np.repeat(np.arange(photographs), per_photograph)


class TestAuroc:
    def test_against_scikit_learn(self) -> None:
        """The value is that of scikit-learn, also with ties; the contributions have mean 0."""
        rng = np.random.default_rng(0)
        score, wrong = rng.integers(0, 6, 200).astype(float), rng.random(200) < 0.3
        value, influence = auroc(score, wrong)
        assert value == pytest.approx(roc_auc_score(wrong, -score))
        assert influence.sum() == pytest.approx(0, abs=1e-12)


class TestErrorDetection:
    def test_intervals(self) -> None:
        """About 95% of the intervals contain the true value, although images of one photograph are alike."""
        rng = np.random.default_rng(1)
        scores, wrong, _ = drawn(rng, 40_000, 3)
        truth = [auroc(column, wrong)[0] for column in scores.T]
        inside, independent, runs = np.zeros(2), 0, 300
        for _ in range(runs):
            scores, wrong, photographs = drawn(rng, 100, 3)
            found = error_detection(scores[:, 0], scores[:, 1], wrong, photographs)
            inside += [
                found.confidence.low <= truth[0] <= found.confidence.high,
                found.difference.low <= truth[1] - truth[0] <= found.difference.high,
            ]
            alone = error_detection(scores[:, 0], scores[:, 1], wrong)
            independent += alone.confidence.low <= truth[0] <= alone.confidence.high
        assert (inside / runs >= 0.91).all()
        assert (inside / runs <= 0.985).all()
        assert independent / runs < inside[0] / runs

    def test_undefined_margins(self) -> None:
        """Images without a margin are left out of both values."""
        confidence, wrong = np.array([0.9, 0.2, 0.8, 0.1]), np.array([False, True, False, False])
        found = error_detection(confidence, np.array([1.0, 2.0, 3.0, np.nan]), wrong)
        assert found.confidence.value == 1
        assert found.margin.value == 0.5

    @pytest.mark.parametrize("wrong", [[True, True], [False, False]])
    def test_one_kind_of_images(self, wrong: list[bool]) -> None:
        """Without errors, or without correct images, nothing is defined."""
        assert np.isnan(error_detection([0.1, 0.2], [1.0, 2.0], wrong).difference.value)
