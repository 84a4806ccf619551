"""Marks of the configurations in figures."""

from __future__ import annotations

import pytest

from svhnlab.report.core.marks import run_marks
from svhnlab.report.core.style import THEMES
from tests.fixtures.fake_runs import TITLES
from tests.report.contrast import contrast_ratio


class TestRunMarks:
    @pytest.mark.parametrize("theme", list(THEMES.values()), ids=list(THEMES))
    def test_told_apart(self, theme):
        """Runs differ in more than the hue, and each contrasts with the page."""
        marks = run_marks(list(TITLES), theme)
        assert len({(mark.marker, mark.filled) for mark in marks}) == len(TITLES)
        assert len({(mark.colour, mark.line) for mark in marks}) == len(TITLES)
        assert all(contrast_ratio(mark.colour, theme.page) >= 4.5 for mark in marks)

    def test_same_look_in_every_figure(self):
        """A run that is shown without its counterpart keeps the line style that encodes augmentation."""
        (mark,) = run_marks(["resnet18-aug"], THEMES["light"])
        assert (mark.line, mark.filled) == ("-", True)
