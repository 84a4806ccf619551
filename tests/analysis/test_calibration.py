"""Calibration and selective prediction against hand-computed values and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svhnlab.analysis.bootstrap import resampled_sums
from svhnlab.analysis.calibration import (
    BINS,
    CURVE_POINTS,
    area_under_risk_coverage,
    calibrate,
    calibration_gaps,
    confidence_bins,
    expected_calibration_error,
    log_losses,
    reliability_bins,
    risk_coverage,
)
from svhnlab.store.schema import ClassScores
from tests.fixtures.fake_runs import fake_predictions

images = st.lists(st.tuples(st.floats(0.1, 1), st.booleans()), min_size=1, max_size=60)


def error_of(confidence, right, resamples=300):
    gaps = calibration_gaps(confidence, right)
    draws = resampled_sums({"gaps": gaps}, resamples, 0)["gaps"]
    return expected_calibration_error(gaps.sum(axis=0), draws, len(gaps), np.full(resamples, len(gaps)))


class TestConfidenceBins:
    def test_edges(self):
        """A bin includes its upper edge; a confidence of 1 is in the last bin, and every value is in a bin."""
        assert confidence_bins([0, 1e-9, 1 / 15, 1 / 15 + 1e-9, 0.5, 1]).tolist() == [0, 0, 0, 1, 7, 14]


class TestExpectedCalibrationError:
    def test_worked_example(self):
        """Two of four correct at 0.9 and one of one at 0.55: (4 · |0.5 - 0.9| + 1 · |1 - 0.55|) / 5 = 0.41."""
        found = error_of([0.9, 0.9, 0.9, 0.9, 0.55], [True, True, False, False, True])
        assert found.value == pytest.approx(0.41)

    @given(images)
    @settings(max_examples=40)
    def test_laws(self, pairs):
        """The error is between 0 and 1; the interval contains it and is not below 0."""
        confidence, right = (np.array(x) for x in zip(*pairs, strict=True))
        found = error_of(confidence, right)
        assert 0 <= found.low <= found.value <= found.high
        assert found.value <= 1

    def test_covers_calibrated_and_uncalibrated_models(self):
        """The coverage of the interval is close to its nominal level.

        The plain percentile interval covers the true error in none of the calibrated samples.
        """
        rng = np.random.default_rng(0)
        for shift in (0.0, 0.1):
            held = 0
            for i in range(60):
                confidence = rng.uniform(0.4, 1, 300)
                right = rng.random(300) < confidence - shift
                gaps = calibration_gaps(confidence, right)
                found = expected_calibration_error(
                    gaps.sum(axis=0), resampled_sums({"g": gaps}, 300, i)["g"], len(gaps), np.full(300, len(gaps))
                )
                held += found.low <= shift <= found.high
            assert held >= 50


class TestReliabilityBins:
    def test_worked_example(self):
        """All bins are returned; an empty bin is undefined, the others have mean confidence and accuracy."""
        bins = reliability_bins([0.5, 0.52, 0.99], [True, False, True])
        assert len(bins) == BINS
        assert sum(b.images for b in bins) == 3
        assert bins[7].confidence == pytest.approx(0.51)
        assert bins[7].accuracy.value == 0.5
        assert bins[7].accuracy.low < 0.5 < bins[7].accuracy.high
        assert np.isnan([bins[0].confidence, *bins[0].accuracy.limits]).all()
        assert (bins[0].lower, bins[-1].upper) == (0, 1)

    @given(images)
    @settings(max_examples=40)
    def test_gives_the_error(self, pairs):
        """The weighted gaps of the bins sum to the expected calibration error."""
        confidence, right = (np.array(x) for x in zip(*pairs, strict=True))
        gaps = [
            b.images * abs(b.accuracy.value - b.confidence) for b in reliability_bins(confidence, right) if b.images
        ]
        assert sum(gaps) / len(right) == pytest.approx(error_of(confidence, right, 10).value)


class TestRiskCoverage:
    def test_worked_example(self):
        """Correct, wrong, correct by descending confidence: no error among 1, one among 2, one among 3."""
        np.testing.assert_allclose(risk_coverage([0.7, 0.9, 0.8], [True, True, False]), [0, 1 / 2, 1 / 3])

    def test_equal_confidence(self):
        """Errors are spread over images of equal confidence, so their order does not matter."""
        np.testing.assert_allclose(risk_coverage([0.5, 0.5], [True, False]), [0.5, 0.5])
        np.testing.assert_allclose(risk_coverage([0.5, 0.5], [False, True]), [0.5, 0.5])

    @given(images)
    def test_full_coverage(self, pairs):
        """The risk without deferral is the error rate."""
        confidence, right = (np.array(x) for x in zip(*pairs, strict=True))
        assert risk_coverage(confidence, right)[-1] == pytest.approx(1 - right.mean())


class TestAreaUnderRiskCoverage:
    def test_worked_example(self):
        """The mean of 0, 1/2 and 1/3."""
        found = area_under_risk_coverage([0.7, 0.9, 0.8], [True, True, False], 100, 0)
        assert found.value == pytest.approx(5 / 18)
        assert found.low <= found.value <= found.high

    def test_against_resampling_images(self):
        """The multinomial over groups gives the interval of a bootstrap over single images."""
        rng = np.random.default_rng(0)
        confidence = rng.random(1000)
        right = rng.random(1000) < 0.4 + 0.6 * confidence
        found = area_under_risk_coverage(confidence, right, 4000, 0)
        rows = rng.integers(0, 1000, (2000, 1000))
        plain = [risk_coverage(confidence[row], right[row]).mean() for row in rows]
        low, high = np.quantile(plain, [0.025, 0.975])
        assert (found.low, found.high) == pytest.approx((low, high), abs=0.004)

    def test_order_of_confidence_matters(self):
        """Errors on the least confident images increase the area less than errors on the most confident ones."""
        confidence = np.linspace(0.5, 1, 50)
        doubtful, sure = confidence > 0.6, confidence < 0.9
        low, high = (area_under_risk_coverage(confidence, right, 50, 0).value for right in (doubtful, sure))
        assert low < high


class TestLogLosses:
    def test_worked_example(self):
        """Two equal probabilities have a loss of log 2, and large logits do not overflow."""
        scores = ClassScores(np.array([0, 0]), np.array([[3.0, 3.0], [2000.0, 0.0]], dtype=np.float32))
        np.testing.assert_allclose(log_losses(scores.labels, scores.probabilities), [np.log(2), 0])


class TestCalibrate:
    def test_whole(self):
        """All metrics are present; the curve has at most 400 points, the last at full coverage."""
        run = fake_predictions(np.random.default_rng(0).integers(0, 10, 900), noise=2.0)
        found = calibrate(run, 200, seed=0)
        assert len(found.coverage) == len(found.risk) <= CURVE_POINTS
        assert found.coverage[-1] == 1
        assert found.risk[-1] == pytest.approx(run.wrong.mean())
        assert (np.diff(found.coverage) > 0).all()
        assert found.aurc.low < found.aurc.value < found.aurc.high

    def test_true_labels(self):
        """The risk-coverage curve is judged against the true labels, the reliability curve against the given ones."""
        run = fake_predictions(np.random.default_rng(0).integers(0, 10, 300), noise=2.0)
        given, judged = calibrate(run, 50, 0), calibrate(run, 50, 0, judged=ClassScores(run.predicted, run.logits))
        assert judged.risk[-1] == judged.aurc.value == 0
        assert judged.bins[-1] == given.bins[-1]

    def test_single_image(self):
        """A single image is enough."""
        run = fake_predictions(np.array([3]))
        found = calibrate(run, 10, seed=0)
        assert found.coverage == (1.0,)
