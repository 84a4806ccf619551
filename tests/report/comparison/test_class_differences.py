"""Differences in the recall of each class between two models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from svhnlab.report import (
    ClassDifferences,
    describe_class_difference,
)
from svhnlab.report.comparison.pairwise_tests import augmentation_pairs
from svhnlab.report.core.style import THEMES
from svhnlab.report.core.text import (
    signed_points,
)
from svhnlab.store.schema import Estimate
from tests.fixtures.fake_runs import TITLES
from tests.fixtures.fake_statistics import estimate
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain, words


class TestClassDifferences:
    def test_panels(self, study):
        """A panel for each pair; dots are at the differences, and those of significant ones are blue."""
        display = ClassDifferences.from_study(study)
        panels = display.plot().axes
        assert len(panels) == len(augmentation_pairs(study)) == 2
        pair = study.statistics.pair("resnet18", "resnet18-aug")
        dots = panels[1].lines[2::2]
        assert [dot.get_xdata()[0] for dot in dots] == [difference.recall.value for difference in pair.classes]
        blue = [to_hex(dot.get_color()) == THEMES["light"].accent for dot in dots]
        assert blue == [difference.p_adjusted < 0.05 for difference in pair.classes]
        assert sum(blue) == 1
        lines = panels[1].lines[1::2]
        assert tuple(lines[0].get_xdata()) == pair.classes[0].recall.limits
        assert display.frame()["survives"].sum() == 2
        assert "3 (" in display.alt

    def test_named_pair(self, study):
        """Two named configurations are compared as second minus first, in the given order."""
        display = ClassDifferences.from_study(study, "resnet18", "cnn")
        stored = study.statistics.pair("cnn", "resnet18")
        assert display.frame()["difference"].tolist() == [-difference.recall.value for difference in stored.classes]
        with pytest.raises(ValueError, match="two configurations"):
            ClassDifferences.from_study(study, "cnn")

    def test_class_without_images(self, study):
        """A class without images has no dot."""
        pair = study.statistics.pairs[0]
        none = replace(pair.classes[0], recall=Estimate(np.nan, np.nan, np.nan), p_adjusted=1.0)
        display = ClassDifferences((replace(pair, classes=(none, *pair.classes[1:])),), TITLES, study.class_names)
        assert len(display.plot().axes[0].lines) == 1 + 2 * 9

    def test_no_pair(self):
        """Without a model in both versions the display is a placeholder."""
        display = ClassDifferences.from_study(fake_study(n_test=20, runs=["cnn", "resnet18"]))
        assert "no two models" in display.alt
        assert words(display.plot().axes[0]) == ["No pair to compare"]


class TestDescribeClassDifference:
    def test_significant(self):
        """Classes are named where the difference is significant after correction, with size and p value."""
        study = fake_study(n_test=60)
        recall = study.statistics.pair("cnn", "cnn-aug").classes[3].recall
        text = plain(describe_class_difference(study))
        assert (
            "The two-layer CNN with augmentation differs significantly from the two-layer CNN in the recall of "
            f"class 3 ({signed_points(recall.value)} percentage points, p\xa0=\xa00.010)."
        ) in text

    def test_none(self):
        """If no difference is significant, nothing is claimed."""
        study = fake_study(n_test=60)
        pair = study.statistics.pair("cnn", "resnet18")
        classes = tuple(replace(c, p_adjusted=0.9, recall=estimate(-0.01 * k)) for k, c in enumerate(pair.classes))
        others = [replace(pair, classes=classes) if other is pair else other for other in study.statistics.pairs]
        study = replace(study, statistics=replace(study.statistics, pairs=tuple(others)))
        text = plain(describe_class_difference(study, "cnn", "resnet18"))
        assert text.startswith("The recall of no class differs significantly between the two-layer CNN and ResNet-18.")

    def test_no_pair(self):
        """Without a model in both versions the sentence states it."""
        assert "no two models" in str(describe_class_difference(fake_study(n_test=20, runs=["cnn"])))
