"""Accuracy of the configurations."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.report import (
    AccuracyChart,
    ModelComparison,
)
from svhnlab.report.core.select import NotComputed
from svhnlab.report.core.text import (
    percent,
    share_with_interval,
)
from tests.fixtures.fakes import fake_study
from tests.report.helpers import words


class TestModelComparison:
    def test_cells(self, study):
        """Every metric has the interval of the stored statistics, and the errors agree with the predictions."""
        display = ModelComparison.from_study(study)
        cells = display.cells()
        statistics = study.statistics.runs["resnet18"]
        assert cells["Run"].tolist() == [run.title for run in study.runs.values()]
        assert display.frame()["errors"].iloc[2] == study.runs["resnet18"].test.wrong.sum()
        assert cells["Accuracy"].iloc[2] == share_with_interval(statistics.accuracy)
        assert cells["Macro-F1"].iloc[2] == share_with_interval(statistics.macro_f1)
        assert cells["ECE"].iloc[2] == "5.0% (4.0–6.0)"

    def test_true_labels(self, study):
        """Where the true labels are known, a column has the accuracy against them, with its interval by photograph."""
        display = ModelComparison.from_study(study)
        right = study.runs["cnn"].test.predicted == study.data.true_labels
        expected = share_by_photograph(right, study.data.photographs["test"])
        assert display.cells()["Against true labels"].iloc[0] == share_with_interval(expected)
        assert display.frame()["accuracy_against_true_labels_lower"].iloc[0] == expected.low
        assert f"Against the true labels: Two-layer CNN {percent(expected.value)}" in display.alt
        assert "Errors" not in display.cells()
        photographs = ModelComparison.from_study(fake_study(n_test=40, kind="official")).cells()
        assert "Against true labels" not in photographs
        assert "Errors" in photographs

    def test_named(self, study):
        """Only the named runs are shown."""
        assert len(ModelComparison.from_study(study, "cnn", "cnn-aug").frame()) == 2

    def test_numbers_stay_on_a_line(self, study):
        """A number and its interval stay on one line and are aligned to the right."""
        lines = ModelComparison.from_study(study).markdown().splitlines()
        assert "\u00a0(" in lines[2]
        assert "–\u2060" in lines[2]
        assert lines[1].endswith(":|")

    def test_without_statistics(self):
        """Without statistics nothing is computed instead."""
        with pytest.raises(NotComputed, match="statistics"):
            ModelComparison.from_study(fake_study(n_test=20, with_embedding=False))


class TestAccuracyChart:
    def test_chart(self, study):
        """Dots are at the accuracies, and lines span the intervals."""
        display = AccuracyChart.from_study(study)
        ax = display.plot()
        frame = display.frame()
        assert list(ax.lines[0].get_xdata()) == frame["accuracy"].tolist()
        spans = [segment[:, 0].tolist() for segment in ax.collections[0].get_segments()]
        assert spans == [list(pair) for pair in zip(frame["lower"], frame["upper"], strict=True)]
        assert words(ax) == [percent(value) for value in frame["accuracy"]]
        assert "200 test images" in ax.get_xlabel()

    def test_draws_on_given_axes(self, study):
        """A display can be drawn onto existing axes."""
        ax = Figure().add_subplot()
        assert AccuracyChart.from_study(study).plot(ax) is ax
        assert ax.lines

    def test_narrow(self, study):
        """On a phone the same dots and lines are below the titles, which need no space at the side."""
        display = AccuracyChart.from_study(study)
        wide, narrow = display.plot(), display.for_phone().plot()
        assert display.for_phone().alt == display.alt
        assert list(narrow.lines[0].get_xdata()) == list(wide.lines[0].get_xdata())
        assert words(narrow) == words(wide) + list(display.titles)
        assert not narrow.get_yticks().size
        assert narrow.get_xlabel() == wide.get_xlabel().replace("; ", ";\n")
