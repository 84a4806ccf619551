"""Runs side by side: tables and figures hold the numbers of the stored statistics, and only these."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report import (
    InteractionChart,
    describe_interaction,
)
from svhnlab.store.schema import Estimate
from tests.fixtures.fakes import estimate, fake_study
from tests.report.helpers import words


class TestInteractionChart:
    def test_numbers(self, study):
        """The left panel holds the four accuracies, the right one both effects and their difference."""
        display = InteractionChart.from_results(study)
        left, right = display.plot().axes
        statistics = study.statistics
        lines = [list(line.get_ydata()) for line in left.lines if line.get_marker() != "None"]
        assert lines == [
            [statistics.runs[name].accuracy.value for name in (plain, plain + "-aug")] for plain in ("cnn", "resnet18")
        ]
        assert words(right) == ["+1.0", "+4.0", "+3.0"]
        assert [dot.get_xdata()[0] for dot in right.lines[2::2]] == [0.01, 0.04, 0.03]
        assert "the second minus the first +3.0 (+1.5 to +4.5)" in display.alt

    def test_equal_models(self, study):
        """The names of two models that are equally good do not cover each other."""
        same = estimate(0.9)
        display = InteractionChart(study.statistics.interaction, {"A": (same, same), "B": (same, same)}, 200)
        left = display.plot().axes[0]
        heights = [text.xy[1] for text in left.texts]
        assert abs(heights[0] - heights[1]) > 0.1 * np.diff(left.get_ylim())

    def test_partial_study(self):
        """Without all four runs there is no interaction, and the display says so."""
        display = InteractionChart.from_results(fake_study(n_test=20, runs=["cnn", "cnn-aug"]))
        assert "all four runs" in display.alt
        assert display.frame().empty
        assert words(display.plot().axes[0]) == ["Needs all four runs"]


class TestInteractionComment:
    @pytest.mark.parametrize(
        ("difference", "words"),
        [
            (
                Estimate(0.03, 0.01, 0.05),
                "3.0 percentage points more favourable for ResNet\\-18 (random start) than for Two\\-layer CNN.",
            ),
            (
                Estimate(-0.03, -0.05, -0.01),
                "3.0 percentage points more favourable for Two\\-layer CNN than for ResNet\\-18 (random start).",
            ),
            (Estimate(0.03, -0.01, 0.07), "holds zero, and no interaction is claimed."),
        ],
    )
    def test_verdict(self, difference, words):
        """An interval that leaves out zero names the model, one that holds it names none."""
        study = fake_study(n_test=60)
        found = replace(study.statistics.interaction, difference=difference)
        text = str(describe_interaction(replace(study, statistics=replace(study.statistics, interaction=found))))
        assert words in text
        assert "does more" not in text

    def test_partial_study(self):
        """Without all four runs the sentence says what it needs."""
        assert "all four runs" in str(describe_interaction(fake_study(n_test=20, runs=["cnn", "cnn-aug"])))
