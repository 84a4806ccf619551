"""Model and augmentation as a 2 by 2 design."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report import (
    InteractionChart,
    describe_interaction,
)
from svhnlab.report.core.select import NotComputed
from svhnlab.store.schema import Estimate
from tests.fixtures.fake_statistics import estimate
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain, with_statistics, words


class TestInteractionChart:
    def test_numbers(self, study):
        """The left panel shows the four accuracies, the right one both effects and their difference."""
        display = InteractionChart.from_study(study)
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
        """The names of two equally accurate models do not overlap."""
        same = estimate(0.9)
        display = InteractionChart(study.statistics.interaction, {"A": (same, same), "B": (same, same)}, 200)
        left = display.plot().axes[0]
        heights = [text.xy[1] for text in left.texts]
        assert abs(heights[0] - heights[1]) > 0.1 * np.diff(left.get_ylim())

    def test_partial_study(self):
        """Without all four configurations there is no interaction; the error names the missing ones."""
        with pytest.raises(NotComputed) as error:
            InteractionChart.from_study(fake_study(n_test=20, runs=["cnn", "cnn-aug"]))
        assert error.value.configurations == ("resnet18", "resnet18-aug")


class TestDescribeInteraction:
    @pytest.mark.parametrize(
        ("difference", "words"),
        [
            (
                Estimate(0.03, 0.01, 0.05),
                "3.0 percentage points more favourable for ResNet-18 than for the two-layer CNN.",
            ),
            (
                Estimate(-0.03, -0.05, -0.01),
                "3.0 percentage points more favourable for the two-layer CNN than for ResNet-18.",
            ),
            (Estimate(0.03, -0.01, 0.07), "includes zero, so no interaction is claimed."),
        ],
    )
    def test_verdict(self, difference, words):
        """An interval that excludes zero names the model, one that includes it names none."""
        study = fake_study(n_test=60)
        interaction = replace(study.statistics.interaction, difference=difference)
        text = plain(describe_interaction(with_statistics(study, interaction=interaction)))
        assert words in text
        assert "does more" not in text

    def test_partial_study(self):
        """Without all four configurations there is no sentence either."""
        with pytest.raises(NotComputed):
            describe_interaction(fake_study(n_test=20, runs=["cnn", "cnn-aug"]))
