"""Cohen's kappa of the errors of two models."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from svhnlab.analysis.error_consistency import error_consistency


class TestErrorConsistency:
    def test_agrees_with_scikit_learn(self) -> None:
        """The value is scikit-learn's, and the mean over several pairs under one name."""
        rng = np.random.default_rng(0)
        wrong = rng.random((3, 500)) < np.array([[0.1], [0.2], [0.3]])
        wrong[:, :40] = True
        pairs = {"one": (wrong[0], wrong[1]), "two": (wrong[[0, 0]], wrong[[1, 2]])}
        found = error_consistency(pairs, 100, 0)
        single = [cohen_kappa_score(wrong[0], wrong[j]) for j in (1, 2)]
        assert found["one"].value == pytest.approx(single[0])
        assert found["two"].value == pytest.approx(np.mean(single))

    def test_extremes(self) -> None:
        """Equal errors have a kappa of 1; without any error it is undefined."""
        wrong, none = np.arange(50) < 10, np.zeros(50, dtype=bool)
        found = error_consistency({"equal": (wrong, wrong), "none": (none, none)}, 200, 0)
        assert found["equal"].value == found["equal"].low == 1
        assert np.isnan(found["none"].value)

    def test_coverage(self) -> None:
        """With correlated images of a photograph, the interval contains the true kappa in about 95% of the studies."""
        rng = np.random.default_rng(1)
        photographs = np.repeat(np.arange(300), 3)
        # kappa of two models that share their errors with a probability of 0.5 and are independent otherwise
        hits = 0
        for study in range(300):
            easy = np.repeat(rng.random(300), 3)  # difficulty, shared by all images of a photograph and by both models
            common = rng.random(900) < 0.5
            shared = easy < 0.2
            one, other = (np.where(common, shared, rng.random(900) < 0.2) for _ in range(2))
            estimate = error_consistency({"pair": (one, other)}, 300, study, photographs)["pair"]
            hits += estimate.low <= 0.5 <= estimate.high
        assert hits / 300 == pytest.approx(0.95, abs=0.035)
