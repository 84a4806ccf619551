"""Marks of the configurations in figures."""

from __future__ import annotations

import pytest

from svhnlab.report.core.marks import explain_markers, run_marks
from svhnlab.report.core.style import THEMES
from tests.fixtures.fake_runs import TITLES
from tests.fixtures.fakes import fake_study
from tests.report.contrast import contrast_ratio


class TestRunMarks:
    @pytest.mark.parametrize("theme", list(THEMES.values()), ids=list(THEMES))
    def test_told_apart(self, theme):
        """Runs differ in more than the hue, and each contrasts with the page."""
        marks = run_marks(list(TITLES), theme)
        assert len({(mark.marker, mark.filled) for mark in marks}) == len(TITLES)
        assert len({(mark.colour, mark.line) for mark in marks}) == len(TITLES)
        assert all(contrast_ratio(mark.colour, theme.page) >= 4.5 for mark in marks)

    def test_many_models(self):
        """More models than hues differ in the marker."""
        marks = run_marks([f"model-{i}" for i in range(12)], THEMES["light"])
        assert len({(mark.marker, mark.colour) for mark in marks}) == 12

    def test_only_beside_the_augmented_version(self):
        """Markers are filled where no version with augmentation is there, as of imported models."""
        assert all(mark.filled and mark.line == "-" for mark in run_marks(["forest", "cnn"], THEMES["light"]))

    def test_same_look_in_every_figure(self):
        """A run that is shown without its counterpart keeps the line style that encodes augmentation."""
        (mark,) = run_marks(["resnet18-aug"], THEMES["light"])
        assert (mark.line, mark.filled) == ("-", True)


class TestExplainMarkers:
    def test_pair(self):
        """Hollow markers are explained where there are some."""
        assert "hollow" in explain_markers(fake_study(n_test=20))
        assert explain_markers(fake_study(n_test=20, runs=("cnn", "resnet18"))) == ""
