"""Deferral: a threshold from the validation images, judged on the test images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.analysis.deferral import confidence_threshold, defer
from svhnlab.store.schema import ClassScores
from tests.fixtures.fake_runs import fake_predictions

images = st.lists(st.tuples(st.floats(0.1, 1), st.booleans()), min_size=1, max_size=60)


class TestConfidenceThreshold:
    def test_worked_example(self):
        """If only the least confident of four images is wrong, the others are kept."""
        assert confidence_threshold([0.9, 0.8, 0.7, 0.3], [True, True, True, False], 0.95) == 0.7

    def test_good_enough(self):
        """An accuracy of 95 of 100 is 95%: nothing is deferred, not even less confident test images."""
        assert confidence_threshold(np.linspace(0.5, 1, 100), np.arange(100) > 4, 0.95) == 0

    def test_never_good_enough(self):
        """If the most confident image is wrong and the target is never reached, there is no threshold."""
        assert confidence_threshold([0.9, 0.8], [False, True], 0.95) is None

    def test_equal_confidence_stays_together(self):
        """Images of equal confidence are deferred together."""
        assert confidence_threshold([0.9, 0.8, 0.8], [True, True, False], 0.95) == 0.9

    @given(images, st.floats(0, 1))
    def test_keeps_the_promise(self, pairs, target):
        """The images that are kept have the target accuracy."""
        confidence, right = (np.array(x) for x in zip(*pairs, strict=True))
        threshold = confidence_threshold(confidence, right, target)
        if threshold is not None:
            assert right[confidence >= threshold].mean() >= target - 1e-9


def two_classes(n: int, seed: int) -> ClassScores:
    return fake_predictions(np.random.default_rng(seed).integers(0, 10, n), noise=2.0, seed=seed)


class TestDefer:
    def test_chosen_on_validation_judged_on_test(self):
        """The threshold depends on the validation images only; share and accuracy are those of the test images."""
        validation, test, photographs = two_classes(400, 1), two_classes(600, 2), np.arange(600) // 2
        found = defer(validation, test, photographs)
        assert found.target == 0.95
        assert found.threshold == confidence_threshold(validation.confidence, ~validation.wrong, 0.95)
        kept = test.confidence >= found.threshold
        assert found.rate == pytest.approx(1 - kept.mean())
        assert found.accuracy == share_by_photograph(~test.wrong, photographs, kept)
        assert 0 < found.rate < 1

    def test_below_the_label_noise(self):
        """A target that allows fewer errors than there are wrong labels is refused."""
        scores = two_classes(200, 1)
        assert not defer(scores, scores, label_noise=0.05).refused
        found = defer(scores, scores, label_noise=0.06)
        assert found.refused
        assert found.threshold is None
        assert np.isnan([found.rate, *found.accuracy.limits]).all()

    def test_never_reached(self):
        """A model whose most confident validation image is wrong defers every test image."""
        scores = ClassScores(np.array([0]), np.array([[0.0, 3.0]], dtype=np.float32))
        found = defer(scores, scores)
        assert (found.threshold, found.rate, found.refused) == (None, 1.0, False)
