"""The classifier two-sample test, checked where it is known whether the sets differ."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from svhnlab.analysis.two_sample import ALL, clustered_auc, compare_features, compare_sets


class TestClusteredAuc:
    def test_value(self) -> None:
        """The area is that of scikit-learn, with ties."""
        rng = np.random.default_rng(0)
        first, second = rng.integers(0, 5, 40), rng.integers(1, 6, 30)
        expected = roc_auc_score(np.repeat([0, 1], [40, 30]), np.concatenate([first, second]))
        assert clustered_auc(first, second).value == pytest.approx(expected)

    def test_coverage_by_photograph(self) -> None:
        """Where the sets do not differ, 95% of the intervals contain one half; those by image fewer."""
        rng = np.random.default_rng(1)
        held = np.zeros(2)
        for _ in range(400):
            photographs = [np.repeat(np.arange(80), rng.integers(1, 5, 80)) for _ in range(2)]
            scores = [rng.normal(0, 1, 80)[of] + rng.normal(0, 0.5, len(of)) for of in photographs]
            for i, groups in enumerate((photographs, (None, None))):
                area = clustered_auc(*scores, *groups)
                held[i] += area.low <= 0.5 <= area.high
        by_photograph, by_image = held / 400
        assert 0.92 <= by_photograph <= 0.98
        assert by_image < 0.9


class TestCompareSets:
    def test_same_distribution(self) -> None:
        """Two parts of one distribution do not differ detectably."""
        rng = np.random.default_rng(2)
        first, second = ({"a": rng.normal(0, 1, n), "b": rng.normal(0, 1, n)} for n in (600, 400))
        areas = compare_sets(first, second, np.arange(600) // 2, np.arange(400) // 2)
        assert list(areas) == ["a", "b", ALL]
        assert all(area.low <= 0.5 <= area.high for area in areas.values())

    def test_other_spread(self) -> None:
        """A difference in spread alone, or between two properties, is found by the classifier of all of them."""
        rng = np.random.default_rng(3)
        first = {"a": rng.normal(0, 1, 900), "b": rng.normal(0, 1, 900)}
        second = {"a": rng.normal(0, 2, 900), "b": rng.normal(0, 1, 900)}
        areas = compare_sets(first, second, np.arange(900), np.arange(900))
        assert areas["a"].low < 0.5 < areas["a"].high
        assert areas[ALL].low > 0.55

    def test_photographs_do_not_leak(self) -> None:
        """The photograph itself, which a classifier could memorise, does not separate the sets."""
        rng = np.random.default_rng(4)
        photographs = np.repeat(np.arange(60), 10)
        first, second = ({"a": rng.normal(0, 1, 60)[photographs]} for _ in range(2))
        area = compare_sets(first, second, photographs, photographs)[ALL]
        assert area.low <= 0.5


def images_of_photographs(rng: np.random.Generator, count: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Features of images in photographs of one to four, half of whose variance is that of the photograph."""
    photographs = np.repeat(np.arange(count), rng.integers(1, 5, count))
    features = rng.normal(0, 1, (count, 12))[photographs] + rng.normal(0, 1, (len(photographs), 12))
    features[:, 0] += shift
    return features, photographs


class TestCompareFeatures:
    def test_false_alarms(self) -> None:
        """Where both sets are from one distribution, the area is one half and few tests find a difference."""
        rng = np.random.default_rng(5)
        areas = []
        for _ in range(10):
            (first, of_first), (second, of_second) = images_of_photographs(rng, 60), images_of_photographs(rng, 150)
            areas.append(compare_features(first, second, of_first, of_second))
        assert np.mean([area.value for area in areas]) == pytest.approx(0.5, abs=0.05)
        assert sum(area.low > 0.5 for area in areas) <= 2

    def test_planted_shift(self) -> None:
        """A shift of one feature among twelve is found."""
        rng = np.random.default_rng(6)
        (first, of_first), (second, of_second) = images_of_photographs(rng, 150), images_of_photographs(rng, 300, 0.7)
        assert compare_features(first, second, of_first, of_second).low > 0.5
