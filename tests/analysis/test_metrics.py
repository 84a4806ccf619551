"""Accuracy, F1 and confusion against hand-computed values."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.analysis.metrics import evaluate, share_estimate, wilson_interval


class TestEvaluate:
    def test_worked_example(self):
        """Hand-computed values for six images of three classes."""
        found = evaluate([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2], n_classes=3)
        assert found.n == 6
        assert found.accuracy == pytest.approx(4 / 6)
        assert found.errors == 2
        np.testing.assert_array_equal(found.confusion, [[2, 1, 0], [0, 1, 1], [0, 0, 1]])
        np.testing.assert_allclose(found.precision, [1, 1 / 2, 1 / 2])
        np.testing.assert_allclose(found.recall, [2 / 3, 1 / 2, 1])
        np.testing.assert_allclose(found.f1, [0.8, 0.5, 2 / 3])
        assert found.macro_f1 == pytest.approx((0.8 + 0.5 + 2 / 3) / 3)
        np.testing.assert_allclose(found.confusion_share[0], [2 / 3, 1 / 3, 0])

    def test_class_without_images(self):
        """A class without images is left out of macro-F1, also if it is predicted; its shares are undefined."""
        found = evaluate([0, 1], [0, 1], n_classes=3)
        assert found.support.tolist() == [1, 1, 0]
        assert (found.macro_f1, found.classes_with_images) == (1, 2)
        assert np.isnan(found.confusion_share[2]).all()
        found = evaluate([0, 1, 1], [0, 1, 2], n_classes=3)
        assert found.macro_f1 == pytest.approx((1 + 2 / 3) / 2)
        assert found.precision[2] == 0
        assert np.isnan([found.recall[2], found.f1[2]]).all()

    def test_undefined_is_none_in_json(self):
        """JSON has no NaN: an undefined metric is null."""
        rows = evaluate([0, 0], [0, 0], n_classes=2).as_dict()["per_class"]
        assert [rows[1][name] for name in ("precision", "recall", "f1")] == [None, None, None]
        json.dumps(rows, allow_nan=False)

    @pytest.mark.parametrize(("labels", "predicted"), [([], []), ([0], [0, 1]), ([0], [3]), ([-1], [0])])
    def test_refuses_nonsense(self, labels, predicted):
        """Empty arrays, different shapes and invalid classes are errors."""
        with pytest.raises(ValueError, match="must"):
            evaluate(labels, predicted, n_classes=3)

    def test_as_dict_is_json(self):
        """The dictionary contains plain numbers under the names that the command line prints."""
        found = evaluate([0, 1, 1], [0, 1, 0], n_classes=2)
        again = json.loads(json.dumps(found.as_dict(["cat", "dog"])))
        assert set(again) >= {"accuracy", "macro_f1", "n", "per_class", "confusion"}
        assert again["confusion"] == [[1, 0], [1, 1]]
        assert again["per_class"][1]["class"] == "dog"
        assert again["per_class"][1]["recall"] == 0.5
        assert found.as_dict()["per_class"][1]["class"] == 1

    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
    def test_laws(self, pairs):
        """Counts add up, accuracy is the diagonal's share, and its interval contains it."""
        labels, predicted = np.array(pairs).T
        found = evaluate(labels, predicted, n_classes=5)
        assert found.confusion.sum() == found.n == len(pairs)
        np.testing.assert_array_equal(found.confusion.sum(axis=1), found.support)
        assert found.accuracy == pytest.approx((labels == predicted).mean())
        low, high = found.accuracy_interval
        assert 0 <= low <= found.accuracy + 1e-12
        assert found.accuracy - 1e-12 <= high <= 1


class TestWilsonInterval:
    def test_worked_example(self):
        """8 of 10: centre (p + z²/2n)/(1 + z²/n) = 0.7167, half width 0.2266 with z = 1.96."""
        assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)

    @pytest.mark.parametrize(
        ("successes", "n", "limits"),
        [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0, 0.1611)), (1, 29, (0.0061, 0.1718))],
    )
    def test_newcombe(self, successes, n, limits):
        """R. G. Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3."""
        assert wilson_interval(successes, n) == pytest.approx(limits, abs=5e-5)

    @given(st.integers(1, 2000), st.data())
    def test_symmetry(self, n, data):
        """Swapping successes and failures mirrors the interval."""
        k = data.draw(st.integers(0, n))
        low, high = wilson_interval(k, n)
        assert wilson_interval(n - k, n) == pytest.approx((1 - high, 1 - low))


class TestShareEstimate:
    @given(st.integers(1, 500), st.data())
    def test_holds_the_share(self, n, data):
        """The interval contains the share, including 0 and 1."""
        k = data.draw(st.integers(0, n))
        found = share_estimate(k, n)
        assert found.value == k / n
        assert 0 <= found.low <= found.value <= found.high <= 1

    def test_of_nothing(self):
        """A share of zero images is undefined."""
        assert np.isnan([share_estimate(0, 0).value, *share_estimate(0, 0).limits]).all()
