"""Temperature scaling on synthetic logits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp

from svhnlab.analysis.metric_registry import CALIBRATION, metric_values, resample
from svhnlab.analysis.temperature import (
    GRID,
    RANGE,
    fit_temperature,
    scaled_probabilities,
    temperature_grid,
    temperature_scaling,
    underconfidence,
)
from svhnlab.store.schema import ClassScores, TemperatureScaling


def scores_of(temperature: float, n: int, seed: int, spread: float = 2.0) -> ClassScores:
    """Scores that are calibrated after division by the temperature: labels are drawn from the probabilities."""
    rng = np.random.default_rng(seed)
    logits = spread * rng.normal(size=(n, 5))
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return ClassScores(labels, (temperature * logits).astype(np.float32))


def judged(test: ClassScores, temperature: float) -> tuple[TemperatureScaling, dict]:
    """The temperature scaling of test images, and the metrics without it."""
    before, after = (
        resample(test.labels, {"cnn": probabilities}, resamples=200, seed=0)["cnn"]
        for probabilities in (test.probabilities, scaled_probabilities(test, temperature))
    )
    return temperature_scaling(temperature, 100, test, before, after), before.estimates(CALIBRATION)


class TestFitTemperature:
    @pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
    def test_recovers_the_temperature(self, temperature: float) -> None:
        """The temperature by which calibrated logits were multiplied is found again."""
        assert fit_temperature(scores_of(temperature, 8000, seed=1)) == pytest.approx(temperature, rel=0.05)

    def test_smallest_log_loss(self) -> None:
        """No temperature on a grid has a smaller log loss."""
        scores = scores_of(1.7, 300, seed=2)
        logits = scores.logits.astype(np.float64)

        def loss(temperature: float) -> float:
            scaled = logits / temperature
            return float((logsumexp(scaled, axis=1) - scaled[np.arange(300), scores.labels]).mean())

        found = loss(fit_temperature(scores))
        assert found <= min(loss(temperature) for temperature in np.geomspace(0.2, 10, 200)) + 1e-9

    def test_without_errors(self) -> None:
        """If all images are classified correctly, the log loss has no minimum; the temperature stays in its range."""
        labels = np.arange(20) % 2
        scores = ClassScores(labels, 5 * np.eye(2, dtype=np.float32)[labels])
        assert RANGE[0] <= fit_temperature(scores) < 0.2


class TestTemperatureScaling:
    def test_calibrates_other_images(self) -> None:
        """A temperature fitted on some images calibrates others; the differences have the right sign."""
        temperature = fit_temperature(scores_of(0.4, 4000, seed=3))
        found, before = judged(scores_of(0.4, 4000, seed=4), temperature)
        assert before["ece"].value > 0.2
        assert found.metrics["ece"].value < 0.03
        assert found.underconfidence.low < 0 < found.underconfidence.high
        assert all(difference.high < 0 for difference in found.differences.values())

    def test_predicted_classes_stay(self) -> None:
        """Scaling keeps the predicted classes and the accuracy; bins contain all images."""
        test = scores_of(3.0, 500, seed=5)
        scaled = scaled_probabilities(test, 3.0)
        np.testing.assert_array_equal(scaled.argmax(axis=1), test.predicted)
        found, _ = judged(test, 3.0)
        assert sum(part.images for part in found.bins) == 500
        values = metric_values(test.labels, scaled, CALIBRATION)
        assert {name: estimate.value for name, estimate in found.metrics.items()} == pytest.approx(values)

    def test_underconfidence(self) -> None:
        """Accuracy minus mean confidence is positive if the logits are too small, negative if they are too large."""
        for temperature, sign in ((0.4, 1), (3.0, -1)):
            test = scores_of(temperature, 2000, seed=6)
            found = underconfidence(resample(test.labels, {"cnn": test.probabilities}, resamples=200, seed=0)["cnn"])
            assert found.value == pytest.approx((~test.wrong).mean() - test.confidence.mean())
            assert sign * found.low > 0
            assert sign * found.high > 0


class TestTemperatureGrid:
    @pytest.mark.parametrize("fitted", [0.1, 1.0, 1.03, 6.0])
    def test_has_both_temperatures(self, fitted: float) -> None:
        """The grid is ascending, from 1/4 to 4, and contains 1 and the fitted temperature, even outside this range."""
        grid = temperature_grid(scores_of(1.0, 20, seed=7), fitted)
        temperatures = [at.temperature for at in grid]
        assert temperatures == sorted({*GRID, fitted})
        assert {0.25, 1.0, 4.0} < set(temperatures)

    def test_agrees_with_temperature_scaling(self) -> None:
        """At the fitted temperature, metrics and bins are those of the temperature scaling."""
        test = scores_of(2.0, 400, seed=8)
        found, before = judged(test, 1.9)
        at = {point.temperature: point for point in found.grid}
        assert at[1.9].metrics == {name: estimate.value for name, estimate in found.metrics.items()}
        assert at[1.0].metrics == {name: estimate.value for name, estimate in before.items()}
        for part, images, correct, confidence in zip(
            found.bins, at[1.9].images, at[1.9].correct, at[1.9].confidence, strict=True
        ):
            assert part.images == images
            if images:
                assert part.accuracy.value == correct / images
                assert part.confidence == pytest.approx(confidence)
            else:
                assert np.isnan(confidence)
