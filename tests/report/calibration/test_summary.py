"""The main findings on calibration and deferral."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.report import summarise_confidence
from svhnlab.store.schema import Estimate, Study
from tests.report.helpers import plain, with_runs


class TestSummariseConfidence:
    @pytest.mark.parametrize(
        ("gap", "words"),
        [
            (0.12, "All 4 models are underconfident: the mean confidence is lower than the accuracy."),
            (-0.12, "All 4 models are overconfident: the mean confidence is higher than the accuracy."),
            (0.01, "Neither over- nor underconfidence is detected in all 4 models."),
        ],
    )
    def test_interval_decides(self, study: Study, gap: float, words: str) -> None:
        """A side is named only if the interval of accuracy minus mean confidence excludes zero."""
        changed = with_runs(study, underconfidence=Estimate(gap, gap - 0.02, gap + 0.02))
        assert plain(summarise_confidence(changed)).startswith(words)

    def test_deferral(self, study: Study) -> None:
        """The accuracy on the rest is stated where some images are deferred, and only there."""
        deferral = replace(
            study.statistics.runs["cnn"].deferral, threshold=0.8, rate=0.2, accuracy=Estimate(0.95, 0.94, 0.96)
        )
        text = plain(summarise_confidence(with_runs(study, deferral=deferral)))
        assert "When the least certain 20.0% of the test images are deferred to a person, the accuracy" in text
        assert text.endswith("on the rest is 95.0%.")
        for other in (None, replace(deferral, rate=1.0), replace(deferral, threshold=None)):
            assert "deferred" not in summarise_confidence(with_runs(study, deferral=other))
