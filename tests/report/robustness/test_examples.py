"""A test image under each corruption."""

from __future__ import annotations

import numpy as np

from svhnlab.data.corruptions import corrupt
from svhnlab.report.robustness.examples import CorruptionExamples, changed_images, describe_change
from tests.fixtures.fakes import fake_study


def test_pictures():
    """The pictures are those that the models classified."""
    study = fake_study(n_test=40)
    versions = changed_images(study, 7)
    conditions = study.robustness.conditions
    assert len(versions) == 1 + len(conditions)
    assert (versions[0] == study.data.test_images[7]).all()
    rows = np.arange(40)
    one = conditions[10]
    all_images = study.data.test_images
    together = corrupt(all_images, one.corruption, one.strength, seed=0, numbers=rows, others=all_images)
    assert (versions[11] == together[7]).all()


def test_examples():
    """Each corruption has its pictures and strengths."""
    examples = CorruptionExamples.from_study(fake_study(n_test=40))
    assert examples.strengths["Gaussian blur"] == "0.4 px, 0.7 px, 1 px"
    assert examples.strengths["Inversion"] == ""
    assert len(examples.images["Rotation"]) == 3
    assert "blurred by 1 px" in examples.alt
    (axes,) = examples.plot().axes
    assert "Rotation" in [text.get_text() for text in axes.texts]


def test_direction():
    """The phrase names the direction in which this image is changed."""
    study = fake_study(n_test=40)
    condition = next(one for one in study.robustness.conditions if one.corruption == "shift")
    phrases = {describe_change(condition, 0, row) for row in range(20)}
    assert phrases == {"shifted to the right by 1 px", "shifted to the left by 1 px"}
