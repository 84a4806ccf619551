"""Runs side by side: tables and figures hold the numbers of the stored statistics, and only these."""

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
from tests.fixtures.fakes import TITLES, estimate, fake_study
from tests.report.helpers import words


class TestClassDifferences:
    def test_panels(self, study):
        """A panel for each augmented model; dots stand at the differences, and those that survive are filled."""
        display = ClassDifferences.from_results(study)
        panels = display.plot().axes
        assert len(panels) == len(augmentation_pairs(study)) == 2
        pair = study.statistics.pair("resnet18", "resnet18-aug")
        dots = panels[1].lines[2::2]
        assert [dot.get_xdata()[0] for dot in dots] == [own.recall.value for own in pair.classes]
        filled = [to_hex(dot.get_markerfacecolor()) == THEMES["light"].accent for dot in dots]
        assert filled == [own.p_adjusted < 0.05 for own in pair.classes]
        assert sum(filled) == 1
        lines = panels[1].lines[1::2]
        assert tuple(lines[0].get_xdata()) == pair.classes[0].recall.limits
        assert display.frame()["survives"].sum() == 2
        assert "3 (" in display.alt

    def test_named_pair(self, study):
        """Two named runs are compared as second minus first, in the order in which they are named."""
        display = ClassDifferences.from_results(study, "resnet18", "cnn")
        stored = study.statistics.pair("cnn", "resnet18")
        assert display.frame()["difference"].tolist() == [-own.recall.value for own in stored.classes]
        with pytest.raises(ValueError, match="two runs"):
            ClassDifferences.from_results(study, "cnn")

    def test_class_without_images(self, study):
        """A class without images has no dot, and does not survive."""
        pair = study.statistics.pairs[0]
        none = replace(pair.classes[0], recall=Estimate(np.nan, np.nan, np.nan), p_adjusted=1.0)
        display = ClassDifferences([replace(pair, classes=(none, *pair.classes[1:]))], TITLES, study.class_names)
        assert len(display.plot().axes[0].lines) == 1 + 2 * 9

    def test_no_pair(self):
        """Without a model in both versions the display says so."""
        display = ClassDifferences.from_results(fake_study(n_test=20, runs=["cnn", "resnet18"]))
        assert "No two runs" in display.alt
        assert words(display.plot().axes[0]) == ["No pair to compare"]


class TestClassDifferenceComment:
    def test_survivors(self):
        """Classes are named where the corrected test supports a difference, with size and p value."""
        study = fake_study(n_test=60)
        own = study.statistics.pair("cnn", "cnn-aug").classes[3].recall
        text = str(describe_class_difference(study))
        assert f"the recall differs at the 5% level for 3 ({signed_points(own.value)} points, p\xa0=\xa00.010)" in text
        assert "all classes of all pairs" in text

    def test_none(self):
        """Where no class survives, the largest measured difference is given as no more than that."""
        study = fake_study(n_test=60)
        pair = study.statistics.pair("cnn", "resnet18")
        classes = tuple(replace(own, p_adjusted=0.9, recall=estimate(-0.01 * k)) for k, own in enumerate(pair.classes))
        others = [replace(pair, classes=classes) if other is pair else other for other in study.statistics.pairs]
        study = replace(study, statistics=replace(study.statistics, pairs=tuple(others)))
        text = str(describe_class_difference(study, "cnn", "resnet18"))
        assert "for no class does the test support a difference" in text
        assert "that of 9 (−9.0 points, 95% interval −11.0 to −7.0)" in text
        assert "that of 9 (+9.0 points" in str(describe_class_difference(study, "resnet18", "cnn"))

    def test_no_pair(self):
        """Without a model in both versions the sentence says so."""
        assert "cannot be compared" in str(describe_class_difference(fake_study(n_test=20, runs=["cnn"])))
