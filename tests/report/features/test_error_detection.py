"""Confidence and margin as scores that detect errors."""

from __future__ import annotations

import pytest

from svhnlab.report.features.error_detection import ErrorDetectionTable, describe_error_detection
from svhnlab.store.schema import UNDEFINED, ErrorDetection, Estimate
from tests.report.helpers import with_runs


class TestErrorDetection:
    def test_cells(self, study):
        """Both values are shares of pairs; the difference is in percentage points."""
        row = ErrorDetectionTable.from_study(study).cells().iloc[0]
        assert row["Confidence"] == "88.0% (86.0–90.0)"
        assert row["Margin"] == "85.0% (83.0–87.0)"
        assert row["Difference"] == "−3.0 (−5.0 to −1.0)"

    @pytest.mark.parametrize(
        ("low", "high", "verdict"),
        [
            (-0.05, -0.01, "the confidence tells errors from correct images better than the margin"),
            (0.01, 0.05, "the margin tells errors from correct images better than the confidence"),
            (-0.01, 0.01, "the 95% interval of the difference includes zero"),
        ],
    )
    def test_interval_decides(self, study, low, high, verdict):
        """One score is called better only if the interval of the difference excludes zero."""
        scores = study.statistics.runs["cnn"].error_detection
        difference = Estimate((low + high) / 2, low, high)
        changed = with_runs(study, error_detection=ErrorDetection(scores.confidence, scores.margin, difference))
        text = str(describe_error_detection(changed))
        assert f"For all 4 models, {verdict}." in text
        assert "88.0% (95% interval 86.0% to 90.0%) of the pairs" in str(describe_error_detection(changed, "cnn"))

    def test_no_errors(self, study):
        """Without errors nothing is compared."""
        changed = with_runs(study, error_detection=ErrorDetection(UNDEFINED, UNDEFINED, UNDEFINED))
        assert "cannot be compared" in str(describe_error_detection(changed))
