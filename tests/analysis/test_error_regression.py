"""Tests of the regression of errors, against simulations with known coefficients."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from svhnlab.analysis.error_regression import fit_logistic, odds_ratios


def clustered(rng: np.random.Generator, groups: int, slope: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Groups of four observations with the same x and a common random effect: x, outcome, group."""
    group = np.repeat(np.arange(groups), 4)
    x = rng.normal(size=groups)[group]
    # a copied outcome is the strongest dependence with a known marginal probability
    first = rng.random(groups) < expit(-1 + slope * x[::4])
    copied = rng.random(len(group)) < 0.6
    outcome = np.where(copied, first[group], rng.random(len(group)) < expit(-1 + slope * x))
    return x, outcome, group


class TestFitLogistic:
    def test_coefficients_are_those_of_scikit_learn(self) -> None:
        """Without a penalty, both maximise the same likelihood."""
        rng = np.random.default_rng(0)
        x = rng.normal(size=(500, 3))
        y = rng.random(500) < expit(x @ [1.0, -0.5, 0.0] - 0.3)
        fit = fit_logistic(np.hstack([np.ones((500, 1)), x]), y, np.arange(500))
        reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x, y)
        assert fit is not None
        np.testing.assert_allclose(fit.coefficients[1:], reference.coef_[0], atol=1e-4)
        np.testing.assert_allclose(fit.coefficients[0], reference.intercept_[0], atol=1e-4)

    def test_intervals_cover_the_truth(self) -> None:
        """About 95 % of the intervals by group contain the true slope; those that ignore the groups contain fewer."""
        rng = np.random.default_rng(1)
        by_group, by_row = [], []
        for _ in range(400):
            x, outcome, group = clustered(rng, 150, slope=0.5)
            columns = np.stack([np.ones(len(x)), x], axis=1)
            for groups, covered in ((group, by_group), (np.arange(len(x)), by_row)):
                fit = fit_logistic(columns, outcome, groups)
                assert fit is not None
                covered.append(abs(fit.coefficients[1] - 0.5) < 1.96 * fit.errors[1])
        assert np.mean(by_group) == pytest.approx(0.95, abs=0.03)
        assert np.mean(by_row) < 0.9

    @pytest.mark.parametrize("kind", ["collinear", "separated"])
    def test_none_without_a_maximum(self, kind: str) -> None:
        """Collinear columns and columns that separate the outcomes have no finite estimates."""
        x = np.linspace(-1, 1, 100)
        columns = np.stack([np.ones(100), x, 2 * x if kind == "collinear" else x**2], axis=1)
        outcome = x > 0 if kind == "separated" else np.arange(100) % 3 == 0
        assert fit_logistic(columns, outcome, np.arange(100)) is None


class TestOddsRatios:
    def test_known_effects(self) -> None:
        """Ratios per standard deviation are recovered for several models, and class and model do not disturb them."""
        rng = np.random.default_rng(2)
        n = 4000
        blur, width = rng.lognormal(size=n).astype(np.float32), rng.lognormal(size=n).astype(np.float32)
        slant, hollow = rng.normal(0, 10, n).astype(np.float32), (rng.random(n) < 0.2).astype(np.float32)
        classes = rng.integers(0, 3, n)
        score = 0.7 * np.log(blur) / np.log(blur).std() + 1.0 * hollow - 2 + 0.5 * classes
        score += 0.4 * (np.abs(slant) - np.abs(slant).mean()) / np.abs(slant).std()
        wrong = rng.random((2, n)) < expit(score + np.array([[0.0], [0.5]]))
        parameters = {
            "blur": blur,
            "width": width,
            "slant": slant,
            "hollow": hollow,
            "outlined": np.zeros(n, np.float32),
        }
        found = {one.parameter: one for one in odds_ratios(parameters, wrong, classes, np.arange(n) // 2)}
        assert list(found) == ["blur", "width", "slant", "hollow"]
        for name, effect in {"blur": 0.7, "width": 0.0, "slant": 0.4, "hollow": 1.0}.items():
            ratio = found[name].ratio
            assert ratio.low < ratio.value < ratio.high
            assert ratio.low * 0.97 < np.exp(effect) < ratio.high * 1.03
            assert (found[name].p_adjusted < 0.05) == (effect != 0)
            assert found[name].p_adjusted >= found[name].p_value
        assert found["hollow"].is_binary
        assert "logarithm" in found["blur"].unit
        assert "magnitude" in found["slant"].unit

    def test_too_few_errors(self) -> None:
        """With fewer than five errors per coefficient nothing is estimated."""
        blur = np.random.default_rng(3).lognormal(size=100).astype(np.float32)
        wrong = np.arange(100) < 8
        assert odds_ratios({"blur": blur}, wrong[None], np.zeros(100, dtype=np.int64), np.arange(100)) == ()
