"""The metric registry: values against direct formulas, and general properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, log_loss

from svhnlab.analysis.metric_registry import HEADLINE, METRICS, metric_values, resample
from svhnlab.store.schema import ClassScores


def made_up(n: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels (N,) and probabilities (N, K) with better-than-chance accuracy."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    logits = rng.normal(size=(n, k)) + 1.5 * np.eye(k)[labels]
    return labels, ClassScores(labels, logits.astype(np.float32)).probabilities


class TestValues:
    def test_against_scikit_learn(self) -> None:
        """Macro-F1 and log loss are those of scikit-learn; the Brier score is the mean squared distance."""
        labels, probabilities = made_up(500, 4, 0)
        values = metric_values(labels, probabilities)
        predicted = probabilities.argmax(axis=1)
        assert values["accuracy"] == pytest.approx((predicted == labels).mean())
        assert values["macro_f1"] == pytest.approx(f1_score(labels, predicted, average="macro"))
        assert values["log_loss"] == pytest.approx(log_loss(labels, probabilities))
        assert values["brier_score"] == pytest.approx(((probabilities - np.eye(4)[labels]) ** 2).sum(axis=1).mean())

    def test_adaptive_ece(self) -> None:
        """Adaptive ECE is the mean gap over bins with equal numbers of images, however narrow the bins are."""
        labels, probabilities = made_up(600, 3, 1)
        confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
        bins = np.array_split(np.argsort(confidence), 15)
        expected = sum(len(rows) * abs(correct[rows].mean() - confidence[rows].mean()) for rows in bins) / len(labels)
        assert metric_values(labels, probabilities)["adaptive_ece"] == pytest.approx(expected)

    def test_equal_confidences_share_a_bin(self) -> None:
        """If all confidences are equal, the error is the gap between confidence and accuracy."""
        labels = np.arange(100) % 2
        probabilities = np.tile([0.7, 0.3], (100, 1))
        assert metric_values(labels, probabilities)["adaptive_ece"] == pytest.approx(0.2)

    @given(st.integers(1, 60), st.integers(2, 5), st.integers(0, 2**16))
    def test_ranges(self, n: int, k: int, seed: int) -> None:
        """Every metric lies in its range, and none is undefined."""
        values = metric_values(*made_up(n, k, seed))
        for name, value in values.items():
            lowest, highest = METRICS[name].range
            assert lowest - 1e-12 <= value <= highest + 1e-12

    def test_probability_zero_of_the_true_class(self) -> None:
        """The log loss stays finite."""
        assert np.isfinite(metric_values(np.array([1]), np.array([[1.0, 0.0]]))["log_loss"])


class TestResample:
    def test_intervals_contain_their_values(self) -> None:
        """The interval of every metric of every configuration contains its value."""
        labels, probabilities = made_up(400, 3, 2)
        other = made_up(400, 3, 3)[1]
        for sums in resample(labels, {"a": probabilities, "b": other}, resamples=200, seed=0).values():
            for estimate in sums.estimates().values():
                assert estimate.low <= estimate.value <= estimate.high

    def test_some_metrics(self) -> None:
        """Metrics computed separately equal those computed together, draw by draw."""
        labels, probabilities = made_up(200, 3, 4)
        everything = resample(labels, {"a": probabilities}, resamples=50, seed=1)["a"]
        headline = resample(labels, {"a": probabilities}, resamples=50, seed=1, metrics=HEADLINE)["a"]
        assert headline.estimates(HEADLINE) == everything.estimates(HEADLINE)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_direction(metric) -> None:
    """Perfect predictions have the best possible value."""
    labels = np.arange(50) % 3
    best, worst = np.eye(3)[labels], np.eye(3)[(labels + 1) % 3]
    sign = 1 if metric.higher_is_better else -1
    good, bad = (metric_values(labels, array)[metric.name] for array in (best, worst))
    assert sign * good > sign * bad
