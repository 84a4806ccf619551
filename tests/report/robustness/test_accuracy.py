"""Curves of the accuracy on changed images, and sentences on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.report.core.select import NotComputed
from svhnlab.report.robustness.accuracy import RobustnessCurves, describe_robustness, summarise_robustness
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain
from tests.report.robustness.conftest import with_outcomes


class TestRobustnessCurves:
    def test_panels_and_lines(self, rotated):
        """A panel for each corruption shows the stored accuracies of each model, from the unchanged image on."""
        curves = RobustnessCurves.from_study(rotated)
        figure = curves.plot()
        panel = next(ax for ax in figure.axes if ax.get_title(loc="left") == "Rotation")
        lines = [line for line in panel.lines if line.get_linestyle() != "None"]
        assert len(lines) == 4
        positions = rotated.robustness.corruptions["rotate"]
        run = rotated.robustness.runs["resnet18"]
        expected = [run.unchanged.value, *(run.accuracy[i].value for i in positions)]
        assert lines[2].get_ydata().tolist() == pytest.approx(expected)
        assert lines[2].get_xdata() == pytest.approx([0.08, 1.08, 3.08, 5.08])

    def test_numbers(self, rotated):
        """The table has each condition of each model, and the alternative names the lowest accuracy."""
        curves = RobustnessCurves.from_study(rotated, "resnet18")
        assert len(curves.frame()) == 1 + len(rotated.robustness.conditions)
        assert "100.0% without a change, and 37.5% under the change that lowers it most" in curves.alt
        assert curves.for_phone().size[0] < 4

    def test_not_computed(self):
        """A study without these results has a placeholder."""
        study = replace(fake_study(n_test=40), robustness=None)
        for source in (RobustnessCurves.from_study, describe_robustness, summarise_robustness):
            with pytest.raises(NotComputed):
                source(study)


class TestSentences:
    def test_differences(self, rotated):
        """Only significant differences are named, with the better model first."""
        text = plain(describe_robustness(rotated))
        assert "Of 84 differences between two models under single corruptions" in text
        assert "ResNet-18 with augmentation is" in text
        assert "more accurate than ResNet-18 with augmentation" not in text

    def test_sample(self, rotated):
        """A sample of the test images is called so; where all were changed, that is stated."""
        some = int(rotated.robustness.sampled.sum())
        assert f"of each of {some} test images drawn at random, without" in plain(describe_robustness(rotated))
        labels = rotated.data.test_labels[:some]
        whole = replace(rotated, data=replace(rotated.data, test_labels=labels))
        assert f"of all {some} test images, without" in plain(describe_robustness(whole))

    def test_summary(self, rotated):
        """A corruption that one model withstands is not named as one that lowers every model's accuracy."""
        assert "No corruption lowers the accuracy of every model significantly" in plain(summarise_robustness(rotated))
        runs = {name: run for name, run in rotated.runs.items() if name == "resnet18"}
        text = plain(summarise_robustness(replace(rotated, runs=runs)))
        assert text.startswith("Rotation lowers the accuracy of the model significantly")
        assert "under rotation of the highest severity, it is 37.5% on 40 test images." in text
        assert "Under 13 of 14 corruptions" in text

    def test_several_corruptions(self, rotated):
        """If several corruptions lower the accuracy of every model, the worst one is named with its accuracy."""
        conditions = rotated.robustness.conditions
        right = np.ones((1 + len(conditions), 40), dtype=bool)
        for row, one in enumerate(conditions, start=1):
            if one.corruption in {"rotate", "shift"}:
                right[row, 40 - (6 if one.corruption == "rotate" else 4) * one.severity :] = False
        text = plain(summarise_robustness(with_outcomes(rotated, dict.fromkeys(rotated.runs, right))))
        assert text.startswith("Rotation and shift lower the accuracy of every model significantly")
        assert "under rotation of the highest severity, it is 25.0%" in text
