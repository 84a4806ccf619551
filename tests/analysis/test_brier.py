"""The parts of the Brier score against direct formulas, and their intervals by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss

from svhnlab.analysis.brier import brier_decomposition
from svhnlab.store.schema import BrierParts

#: Confidences with ties, so that groups of equal confidence occur.
images = st.lists(st.tuples(st.floats(0.1, 1) | st.sampled_from([0.5, 0.9]), st.booleans()), min_size=1, max_size=60)


def parts_of(confidence, correct, resamples: int = 20) -> BrierParts:
    return brier_decomposition(confidence, confidence, correct, resamples, seed=0).as_trained


class TestBrierDecomposition:
    @given(images)
    @settings(max_examples=60)
    def test_parts_add_up(self, pairs):
        """Miscalibration - discrimination + uncertainty is the Brier score, and no part is negative."""
        confidence, correct = (np.array(values) for values in zip(*pairs, strict=True))
        parts = parts_of(confidence, correct)
        assert parts.score == pytest.approx(np.square(confidence - correct).mean(), abs=1e-12)
        assert min(parts.miscalibration.value, parts.discrimination.value, parts.uncertainty) >= 0
        for part in (parts.miscalibration, parts.discrimination):
            assert 0 <= part.low <= part.value <= part.high

    def test_against_scikit_learn(self):
        """Miscalibration is the gain in scikit-learn's Brier score by its isotonic regression."""
        rng = np.random.default_rng(0)
        confidence = rng.choice(np.linspace(0.3, 1, 40), 500)
        correct = rng.random(500) < confidence**2
        recalibrated = IsotonicRegression().fit_transform(confidence, correct)
        before, after = (brier_score_loss(correct, scores) for scores in (confidence, recalibrated))
        parts = parts_of(confidence, correct)
        assert parts.score == pytest.approx(before)
        assert parts.miscalibration.value == pytest.approx(before - after)
        assert parts.discrimination.value == pytest.approx(correct.mean() * (1 - correct.mean()) - after)

    def test_calibrated_forecaster(self):
        """Correctness that is drawn from the confidence gives a miscalibration near 0; the interval includes 0."""
        rng = np.random.default_rng(1)
        confidence = rng.uniform(0.4, 1, 20_000)
        parts = parts_of(confidence, rng.random(20_000) < confidence, 200)
        assert parts.miscalibration.value < 0.001
        assert parts.miscalibration.low == 0
        assert parts.discrimination.value == pytest.approx(confidence.var(), rel=0.05)

    def test_constant_confidence(self):
        """The same confidence for every image tells nothing: the discrimination is 0."""
        parts = parts_of(np.full(10, 0.9), np.arange(10) < 6)
        assert parts.miscalibration.value == pytest.approx(0.3**2)
        assert parts.discrimination.value == 0
        assert parts.uncertainty == pytest.approx(0.24)

    def test_monotone_change(self):
        """A change of the confidence that keeps the order of the images changes only the miscalibration."""
        rng = np.random.default_rng(2)
        confidence = rng.uniform(0.4, 1, 3000)
        found = brier_decomposition(confidence**3, confidence, rng.random(3000) < confidence, 200, seed=0)
        assert found.change.miscalibration.high < 0
        assert found.change.discrimination.value == pytest.approx(0, abs=1e-12)
        assert found.change.score == pytest.approx(found.scaled.score - found.as_trained.score)

    def test_photographs(self):
        """Images of one photograph widen the intervals."""
        rng = np.random.default_rng(3)
        confidence, correct = np.repeat(rng.uniform(0.5, 1, 300), 4), np.repeat(rng.random(300) < 0.7, 4)
        alone, clustered = (
            brier_decomposition(confidence, confidence, correct, 200, 0, photographs).as_trained.miscalibration
            for photographs in (None, np.arange(1200) // 4)
        )
        assert clustered.high - clustered.low > 1.3 * (alone.high - alone.low)

    @pytest.mark.parametrize("power", [1.0, 2.0])
    def test_coverage(self, power):
        """About 95% of the intervals contain the true miscalibration, also where it is 0."""
        grid = np.linspace(0.4, 1, 100_001)
        true = np.square(grid - grid**power).mean()
        rng = np.random.default_rng(4)
        held = 0
        for i in range(60):
            confidence = rng.uniform(0.4, 1, 1000)
            correct = rng.random(1000) < confidence**power
            part = brier_decomposition(confidence, confidence, correct, 100, i).as_trained.miscalibration
            held += part.low <= true <= part.high
        assert held >= 52
