"""Equivalence is declared as often as its level allows, checked by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from svhnlab.analysis.bootstrap import resampled_sums
from svhnlab.analysis.equivalence import equivalence_interval
from svhnlab.store.schema import EQUIVALENCE_MARGIN, Equivalence

STUDIES = 400
PHOTOGRAPHS = 600
MARGIN = 0.04


def share_declared(difference: float, rng: np.random.Generator) -> float:
    """Share of simulated studies that declare equivalence, for models whose accuracies differ by this much.

    Images of one photograph are correlated: each has its photograph's outcome with a probability of 0.6, else its own.
    """
    photographs = np.repeat(np.arange(PHOTOGRAPHS), rng.integers(1, 5, PHOTOGRAPHS))
    images = len(photographs)
    # outcomes of an image: only the second model is right, only the first, or none of these
    discordant = 0.1
    chances = [(discordant + difference) / 2, (discordant - difference) / 2, 1 - discordant]
    declared = 0
    for study in range(STUDIES):
        of_photograph = rng.choice([1.0, -1.0, 0.0], PHOTOGRAPHS, p=chances)[photographs]
        of_image = rng.choice([1.0, -1.0, 0.0], images, p=chances)
        changes = np.where(rng.random(images) < 0.6, of_photograph, of_image)
        sums = resampled_sums({"d": changes[:, None], "n": np.ones((images, 1))}, 400, study, photographs)
        declared += equivalence_interval(sums["d"][:, 0] / sums["n"][:, 0]).within(MARGIN)
    return declared / STUDIES


class TestEquivalenceInterval:
    def test_level(self) -> None:
        """At a true difference equal to the margin, about 5% of the studies declare equivalence, on either side."""
        rng = np.random.default_rng(0)
        assert share_declared(MARGIN, rng) == pytest.approx(0.05, abs=0.025)
        assert share_declared(-MARGIN, rng) == pytest.approx(0.05, abs=0.025)

    def test_power(self) -> None:
        """Models that are equally accurate are mostly found equivalent, and models twice the margin apart never."""
        rng = np.random.default_rng(1)
        assert share_declared(0, rng) > 0.9
        assert share_declared(2 * MARGIN, rng) == 0

    def test_both_bounds_count(self) -> None:
        """The whole interval has to lie inside the margin."""
        assert EQUIVALENCE_MARGIN == 0.01
        assert Equivalence(-0.009, 0.009).within()
        assert not Equivalence(-0.011, 0.001).within()
        assert not Equivalence(-0.001, 0.011).within()
        assert not Equivalence(-0.01, 0.001).within()
