"""The forms for phones of the chapter's figures."""

from __future__ import annotations

from svhnlab.report import AugmentationGains, CorruptionExamples, LeastChanges, RepairChart, RobustnessCurves
from svhnlab.store.schema import Study


def test_one_screen(study: Study) -> None:
    """Each fits the screen of a phone, 390 by 844 pixels; all together are at most four screens."""
    shown = (CorruptionExamples, RobustnessCurves, AugmentationGains, RepairChart, LeastChanges)
    heights = [96 * one.from_study(study).for_phone().size[1] for one in shown]
    assert max(heights) <= 844
    assert sum(heights) <= 4 * 844
