"""The bias of a random split, checked by simulation where it is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from svhnlab.analysis.random_split import SplitOutcome, compare_splits


def outcomes(
    rng: np.random.Generator, photographs: NDArray[np.int64], share: float, luck: NDArray
) -> NDArray[np.bool_]:
    """Return which images are right: each photograph has its own luck, which images of it share half of the time."""
    own = rng.random(len(photographs))
    return np.where(rng.random(len(photographs)) < 0.5, luck[photographs], own) < share


class TestCompareSplits:
    def test_coverage(self) -> None:
        """About 95% of the intervals contain the true bias, also where the validation parts share photographs."""
        rng = np.random.default_rng(0)
        studies, held, held_differences = 400, 0, 0
        test = np.repeat(np.arange(300), 2)
        for _ in range(studies):
            luck, luck_of_test = rng.random(300), rng.random(300)
            parts = [np.sort(rng.choice(300, 150, replace=False)).repeat(2) for _ in range(2)]
            first, second = (
                SplitOutcome(outcomes(rng, part, share, luck), outcomes(rng, test, 0.8, luck_of_test), part)
                for part, share in zip(parts, (0.82, 0.87), strict=True)
            )
            accuracies = compare_splits(first, second, test)
            bias, difference = accuracies[2], accuracies[1].difference
            held += bias.low <= 0.05 <= bias.high
            held_differences += difference.low <= 0.07 <= difference.high
        assert held / studies == pytest.approx(0.95, abs=0.025)
        assert held_differences / studies == pytest.approx(0.95, abs=0.025)

    def test_values(self) -> None:
        """The bias is the difference of the differences; accuracies are those of the images."""
        rows = np.arange(100)
        first = SplitOutcome(rows < 80, rows < 78, rows)
        second = SplitOutcome(rows < 90, rows < 79, rows)
        by_photograph, by_image, bias = compare_splits(first, second, rows)
        assert (by_photograph.validation.value, by_image.test.value) == (0.8, 0.79)
        assert by_photograph.difference.value == pytest.approx(0.02)
        assert by_image.difference.value == pytest.approx(0.11)
        assert bias.value == pytest.approx(0.09)
        assert bias.low < 0.09 < bias.high
