"""What augmentation changes on changed images."""

from __future__ import annotations

import re
from dataclasses import replace

from svhnlab.report.core.style import THEMES
from svhnlab.report.robustness.augmentation import AugmentationGains, describe_augmentation_gains
from svhnlab.store.schema import Estimate
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain


def test_panels(rotated):
    """A panel for each model; significant differences are blue."""
    gains = AugmentationGains.from_study(rotated)
    cnn, resnet = gains.plot().axes
    assert [cnn.get_title(loc="left"), resnet.get_title(loc="left")] == ["Two-layer CNN", "ResNet-18"]
    dots = [line for line in resnet.lines if line.get_marker() == "o"]
    assert len(dots) == 15
    blue = [dot.get_color() == THEMES["light"].accent for dot in dots]
    assert blue == [one.significant for one in gains.models[1].gains]
    assert blue[11]


def test_sentences(rotated):
    """The corruptions with a significant difference are named."""
    text = plain(describe_augmentation_gains(rotated))
    assert "With augmentation, ResNet-18 is significantly more accurate under rotation" in text
    assert "Under rotation, what augmentation changes for ResNet-18 differs significantly" in text


def test_many_corruptions(rotated):
    """Of many corruptions with a significant difference, the two with the largest ones are named."""
    differences = tuple(
        replace(one, accuracy=Estimate(0.01 * i, 0.0, 0.2), p_adjusted=0.01) if one.corruption else one
        for i, one in enumerate(rotated.robustness.differences)
    )
    changed = replace(rotated, robustness=replace(rotated.robustness, differences=differences))
    text = plain(describe_augmentation_gains(changed))
    sentences = re.findall(r"accurate under 1\d of 14 corruptions, most under .*? and .*?\)\.", text)
    assert [sentence.count("percentage points") for sentence in sentences] == [2, 2]


def test_without_pairs():
    """Without a model of both kinds there is a line instead."""
    study = fake_study(n_test=40, runs=("cnn", "resnet18"))
    assert "No model is trained both" in AugmentationGains.from_study(study).alt
    assert "No model is trained both" in describe_augmentation_gains(study)
    AugmentationGains.from_study(study).plot()
