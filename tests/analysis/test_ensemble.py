"""Averages of several models against direct formulas."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.analysis.ensemble import average_probabilities, compare_average
from svhnlab.analysis.paired import paired_p_value


class TestCompareAverage:
    def test_differences(self) -> None:
        """The average is compared with the most accurate member, and with the mean accuracy of all."""
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 4, 300)
        members = {
            name: (scores := rng.random((300, 4)) + bias * np.eye(4)[labels]) / scores.sum(axis=1, keepdims=True)
            for name, bias in (("a", 0.2), ("b", 0.6), ("c", 0.3))
        }
        photographs = np.arange(300) // 3
        average = compare_average(labels, members, resamples=100, seed=0, photographs=photographs)
        correct = {name: one.argmax(axis=1) == labels for name, one in members.items()}
        own = average_probabilities(list(members.values())).argmax(axis=1) == labels
        assert average.members == ("a", "b", "c")
        assert average.best == "b"
        assert average.metrics["accuracy"].value == pytest.approx(own.mean())
        assert average.over_best.value == pytest.approx(own.mean() - correct["b"].mean())
        assert average.over_mean.value == pytest.approx(own.mean() - np.mean([one.mean() for one in correct.values()]))
        assert average.p_value == paired_p_value(correct["b"], own, photographs)

    def test_equal_members(self) -> None:
        """The average of equal models is the model, and nothing is significant."""
        labels = np.arange(40) % 2
        one = 0.6 * np.eye(2)[labels] + 0.2
        average = compare_average(labels, {"a": one, "b": one}, resamples=20, seed=0)
        assert (average.over_best.value, average.over_mean.value, average.p_value) == (0, 0, 1)
