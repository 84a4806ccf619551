"""Errors that another model corrects, by cause."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from svhnlab.analysis.causes import CORRECT, NAMES, UNEXPLAINED
from svhnlab.analysis.error_changes import compare_errors_by_cause

CODES = arrays(np.int64, 60, elements=st.integers(CORRECT, UNEXPLAINED))


class TestCompareErrorsByCause:
    @given(CODES, CODES)
    def test_every_error_counts_once(self, first: np.ndarray, second: np.ndarray) -> None:
        """Errors of the first are corrected or remain; those of the second remain or are new."""
        changes = compare_errors_by_cause(first, second, None)
        errors, corrected, new = (
            sum(getattr(change, name) for change in changes) for name in ("errors", "corrected", "new")
        )
        assert errors == (first != CORRECT).sum()
        assert errors - corrected + new == (second != CORRECT).sum()

    def test_differing_cause(self) -> None:
        """A cause whose errors are corrected less often than the others is significant, one with the same share not."""
        first = np.repeat([0, 1, 2], [80, 80, 80])
        second = np.concatenate([np.repeat([0, CORRECT], [76, 4]), *[np.repeat([1, CORRECT], 40)] * 2])
        changes = compare_errors_by_cause(first, second, None)
        assert changes[0].share.value == pytest.approx(0.05)
        assert changes[0].p_adjusted < 0.001
        same = compare_errors_by_cause(first, np.tile([1, CORRECT], 120), None)
        assert all(change.p_adjusted == 1 for change in same[:3])

    def test_photographs(self) -> None:
        """Images from the same photograph count as dependent."""
        first = np.repeat([0, 1], 40)
        second = np.concatenate([np.repeat([0, CORRECT], [28, 12]), np.repeat([1, CORRECT], [12, 28])])
        alone = compare_errors_by_cause(first, second, None)
        together = compare_errors_by_cause(first, second, np.arange(80) // 4)
        assert alone[0].p_adjusted < 0.01 < together[0].p_adjusted
        assert together[0].share.low < alone[0].share.low

    def test_false_positives(self) -> None:
        """Where the share is the same for every cause, a difference is found in at most about 5% of the studies."""
        random = np.random.default_rng(0)
        found = 0
        for _ in range(200):
            first = random.choice([0, 1, 2, 5], 400)
            second = np.where(random.random(400) < 0.3, CORRECT, first)
            found += any(change.p_adjusted < 0.05 for change in compare_errors_by_cause(first, second, None))
        assert found <= 16  # 97.5% quantile of 200 draws with 5%

    def test_selection_by_other_models(self) -> None:
        """Errors of one model only and unexplained ones count as one cause, so their rule makes no difference."""
        random = np.random.default_rng(0)
        wrong = random.random((4, 3000)) < 0.3  # of four models, independent of any cause
        codes = np.where(random.random(3000) < 0.5, 1, UNEXPLAINED)
        others = ~wrong[1:].any(axis=0)
        first = np.where(wrong[0], np.where((codes == UNEXPLAINED) & others, NAMES.index("this-model"), codes), CORRECT)
        second = np.where(wrong[1], codes, CORRECT)
        degraded, none = (change for change in compare_errors_by_cause(first, second, None) if change.errors)
        assert none.cause == UNEXPLAINED
        assert degraded.p_adjusted > 0.05
        assert none.share.value == pytest.approx(0.7, abs=0.07)
