"""Tests of the pairs of classes that are confused more often than chance."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from svhnlab.analysis.look_alikes import look_alike_pairs


class TestLookAlikePairs:
    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 2**32 - 1))
    def test_random_errors_give_no_pair(self, seed: int) -> None:
        """Errors that fall on the other classes by their frequency are not more frequent than chance."""
        rng = np.random.default_rng(seed)
        labels = rng.choice(10, 2000, p=np.linspace(2, 1, 10) / 15)
        wrong = rng.random(2000) < 0.15
        guess = rng.choice(10, 2000, p=np.linspace(2, 1, 10) / 15)
        predicted = np.where(wrong, guess, labels)
        found = look_alike_pairs(labels, predicted[None], 10, None, np.ones(2000, dtype=bool))
        assert len(found) <= 1  # 5 % of the time there may be one

    def test_pair_in_either_direction(self) -> None:
        """A pair is found whichever of its classes is predicted, among random errors."""
        rng = np.random.default_rng(1)
        labels = rng.integers(0, 10, 2000)
        predicted = np.where(rng.random(2000) < 0.1, rng.integers(0, 10, 2000), labels)
        predicted[(labels == 7) & (rng.random(2000) < 0.3)] = 1
        found = look_alike_pairs(labels, predicted[None], 10, np.arange(2000) // 2, np.ones(2000, dtype=bool))
        assert found == ((1, 7),)

    def test_models_are_not_independent(self) -> None:
        """The same errors of four models are no more evidence than those of one."""
        rng = np.random.default_rng(2)
        labels = rng.integers(0, 10, 300)
        predicted = np.where(rng.random(300) < 0.2, rng.integers(0, 10, 300), labels)
        sound = np.ones(300, dtype=bool)
        once = look_alike_pairs(labels, predicted[None], 10, None, sound)
        assert look_alike_pairs(labels, np.tile(predicted, (4, 1)), 10, None, sound) == once

    def test_two_classes_and_no_errors(self) -> None:
        """Two classes can only be confused with each other, and without errors there is no pair."""
        labels = np.arange(200) % 2
        predicted = np.where(np.arange(200) < 40, 1 - labels, labels)
        for guess in (predicted, labels):
            assert look_alike_pairs(labels, guess[None], 2, None, np.ones(200, dtype=bool)) == ()
