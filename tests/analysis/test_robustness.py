"""Statistics of predictions on changed images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.paired import holm, mcnemar_by_photograph, paired_p_value
from svhnlab.analysis.robustness import choose_images, compare_runs, evaluate_runs, least_change

STEPS = {"blur": [1, 2, 3], "inverted": [4]}


def outcomes(count: int, *accuracies: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.random((len(accuracies), count)) < np.array(accuracies)[:, None]


class TestChooseImages:
    @given(st.integers(1, 60), st.integers(0, 30), st.integers(0, 2**20))
    def test_sample_is_not_chosen_by_errors(self, sample, more, seed):
        """The sample does not depend on which images are errors; the rest are shown images, errors first."""
        shown = np.arange(20, 50)
        wrong = np.arange(50) % 3 == 0
        rows, sampled = choose_images(wrong, shown, sample=sample, most=sample + more, seed=seed)
        others, same = choose_images(~wrong, shown, sample=sample, most=sample + more, seed=seed)
        assert (rows[sampled] == others[same]).all()
        assert sampled.sum() == min(sample, 50)
        assert (np.diff(rows) > 0).all()
        rest = rows[~sampled]
        assert set(rest) <= set(shown)
        left = np.setdiff1d(shown, rows)
        assert wrong[rest].all() or not wrong[left].any()


class TestEvaluateRuns:
    def test_direct_formulas(self):
        """Accuracies, corruption errors and shares are those computed directly."""
        runs = {
            "cnn": outcomes(200, 0.9, 0.8, 0.7, 0.6, 0.5),
            "resnet18": outcomes(200, 0.9, 0.85, 0.8, 0.75, 0.6, seed=1),
        }
        results = evaluate_runs(runs, STEPS, "cnn", resamples=300, seed=0)
        right, weak = runs["resnet18"], runs["cnn"]
        result = results["resnet18"]
        assert result.unchanged.value == right[0].mean()
        assert [one.value for one in result.accuracy] == pytest.approx(right[1:].mean(axis=1).tolist())
        assert result.mean.value == pytest.approx((right[1:4].mean() + right[4].mean()) / 2)
        assert result.mean.low < result.mean.value < result.mean.high
        ratios = [(~right[1:4]).sum() / (~weak[1:4]).sum(), (~right[4]).sum() / (~weak[4]).sum()]
        assert [one.value for one in result.errors.by_corruption.values()] == pytest.approx(ratios)
        assert result.errors.mean.value == pytest.approx(np.mean(ratios))
        assert results["cnn"].errors.mean.limits == (1, 1)
        blurred = result.interventions[0]
        assert blurred.repaired.value == right[1][~right[0]].mean()
        assert blurred.broken.value == (~right[1])[right[0]].mean()
        assert result.any_broken.value == (~right[1:]).any(axis=0)[right[0]].mean()
        p = [paired_p_value(one[0], row, None) for one in runs.values() for row in one[1:]]
        assert [one.p_adjusted for run in results.values() for one in run.interventions] == holm(p).tolist()

    def test_perfect_models(self):
        """Without errors, ratios and shares of errors are undefined."""
        right = np.ones((5, 20), dtype=bool)
        result = evaluate_runs({"cnn": right}, STEPS, "cnn", resamples=50, seed=0)["cnn"]
        assert np.isnan(result.errors.mean.value)
        assert np.isnan(result.interventions[0].repaired.value)
        assert result.interventions[0].broken.value == 0


class TestCompareRuns:
    def test_direct_formulas(self):
        """Differences are those of mean accuracies; tests sum over images of a photograph and severities."""
        runs = {
            name: outcomes(150, 0.9, 0.8, 0.7, level, level, seed=i)
            for i, (name, level) in enumerate([("a", 0.4), ("b", 0.9)])
        }
        photographs = np.arange(150) // 3
        blur, inverted, mean = compare_runs(runs, STEPS, resamples=200, seed=0, photographs=photographs)
        change = runs["b"].astype(int) - runs["a"].astype(int)
        assert blur.accuracy.value == pytest.approx(change[1:4].mean())
        assert mean.accuracy.value == pytest.approx((change[1:4].mean() + change[4].mean()) / 2)
        assert blur.beyond.value == pytest.approx(change[1:4].mean() - change[0].mean())
        sums = [
            (change[rows] - base).sum(axis=0).reshape(50, 3).sum(axis=1) for rows, base in ((range(1, 4), 0), ([4], 0))
        ]
        expected = holm([mcnemar_by_photograph(one) for one in sums])
        assert [blur.p_adjusted, inverted.p_adjusted] == pytest.approx(expected.tolist())
        assert inverted.significant
        assert inverted.significant_beyond

    def test_single_run(self):
        """A single configuration has no pairs."""
        assert compare_runs({"cnn": outcomes(9, 0.5, 0.5, 0.5, 0.5, 0.5)}, STEPS, resamples=10, seed=0) == ()


@given(st.integers(1, 5), st.integers(0, 2**32))
def test_least_change_is_the_first(severities, seed):
    """The outcome differs at the severity found, and at none before."""
    right = np.random.default_rng(seed).random((1 + severities, 12)) < 0.8
    for image, first in enumerate(least_change(right)):
        before = right[1 : first if first else None, image]
        assert (before == right[0, image]).all()
        assert not first or right[first, image] != right[0, image]
