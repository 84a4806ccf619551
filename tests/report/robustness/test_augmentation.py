"""What augmentation changes on changed images."""

from __future__ import annotations

from svhnlab.report.core.style import THEMES
from svhnlab.report.robustness.augmentation import AugmentationGains, describe_augmentation_gains
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


def test_without_pairs():
    """Without a model of both kinds there is a line instead."""
    study = fake_study(n_test=40, runs=("cnn", "resnet18"))
    assert "No model is trained both" in AugmentationGains.from_study(study).alt
    assert "No model is trained both" in describe_augmentation_gains(study)
    AugmentationGains.from_study(study).plot()
