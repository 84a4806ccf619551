"""A training that stops while its validation accuracy still rises is recognised."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.analysis.clusters import design_effect
from svhnlab.analysis.convergence import convergence


class TestConvergence:
    def test_rising(self) -> None:
        """Three epochs with large gains have not converged; the gain is that of the last epoch."""
        found = convergence([0.55, 0.74, 0.78], 1_000)
        assert found.epochs == 1
        assert found.gain == pytest.approx(0.04)
        assert found.standard_error == pytest.approx(np.sqrt(0.78 * 0.22 / 1_000))
        assert found.still_rising

    def test_gain_below_a_standard_error(self) -> None:
        """A gain that a sample of this size shows by chance does not count, but does with more images."""
        history = [0.55, 0.77, 0.78]
        assert not convergence(history, 1_000).still_rising
        assert convergence(history, 10_000).still_rising

    def test_photographs(self) -> None:
        """Where the images of a photograph are right or wrong together, the error is that of the photographs."""
        rng = np.random.default_rng(1)
        photographs = np.repeat(np.arange(400), 3)
        right = np.repeat(rng.random((2_000, 400)) < 0.8, 3, axis=1)
        measured = right.mean(axis=1).std()
        effect = design_effect(right[0], photographs)
        found = convergence([0.55, 0.78, 0.8], 1_200, effect)
        assert found.standard_error == pytest.approx(measured, rel=0.05)
        assert not found.still_rising
        assert convergence([0.55, 0.78, 0.8], 1_200).still_rising

    def test_many_epochs(self) -> None:
        """The last tenth of the epochs counts together, since each of them gains little."""
        slow = np.linspace(0.5, 0.9, 40)
        assert convergence(slow, 1_500).epochs == 4
        assert convergence(slow, 1_500).gain == pytest.approx(4 * 0.4 / 39)
        assert convergence(slow, 1_500).still_rising
        flat = 0.9 - 0.4 * np.exp(-np.arange(40) / 4)
        assert not convergence(flat, 1_500).still_rising

    def test_one_bad_epoch(self) -> None:
        """After an epoch that was low by chance, the last one is compared with the best before."""
        assert not convergence([0.80, 0.90, 0.85, 0.902], 1_000).still_rising

    @pytest.mark.parametrize("history", [[0.5], [0.9, 0.8], [1.0, 1.0]])
    def test_nothing_to_report(self, history: list[float]) -> None:
        """A single epoch has nothing before it; accuracies that fall or stay at 1 do not rise."""
        assert not convergence(history, 100).still_rising

    def test_noise_alone(self) -> None:
        """With independent noise around a constant accuracy, few trainings are called unconverged."""
        rng = np.random.default_rng(0)
        histories = rng.binomial(500, 0.85, (2_000, 20)) / 500
        assert np.mean([convergence(history, 500).still_rising for history in histories]) < 0.05
