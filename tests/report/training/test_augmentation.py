"""Augmentation: examples and strengths of the transforms."""

from __future__ import annotations

import pytest

from svhnlab.report import AugmentationGrid, describe_transforms
from svhnlab.report.core.select import NotComputed
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain, with_settings, words


class TestDescribeTransforms:
    def test_strengths(self, study: Study) -> None:
        """Each nonzero strength is described with its value, an unknown one by its name."""
        text = plain(describe_transforms(study))
        assert "rotated by up to 8°" in text
        assert "covered by a square of 8 by 8 pixels with a probability of 50%" in text
        recipe = study.runs["cnn-aug"].settings["recipe"]
        strengths = {"rotation": 0.0, "blur": 1.5, "blur_probability": 0.3}
        other = with_settings(study, "cnn-aug", recipe={**recipe, "augmentation": strengths})
        text = describe_transforms(other)
        assert text == "In each epoch, every image is randomly changed in blur by 1.5 with a probability of 30%."

    def test_standardisation(self, study: Study) -> None:
        """The text names those changes that the standardisation of each image undoes, if the recipe has them."""
        text = plain(describe_transforms(study))
        assert "the change in brightness acts only through pixels that it clips at black or white and" in text
        assert "most of the change in contrast is removed." in text
        recipe = study.runs["cnn-aug"].settings["recipe"]
        strengths = {**recipe["augmentation"], "brightness": 0.0}
        text = plain(describe_transforms(with_settings(study, "cnn-aug", recipe={**recipe, "augmentation": strengths})))
        assert "by which most of the change in contrast is removed." in text

    def test_none(self) -> None:
        """Without a configuration with augmentation there is nothing to describe."""
        with pytest.raises(NotComputed, match="augmentation"):
            describe_transforms(fake_study(n_test=20, runs=("cnn",)))


class TestAugmentationGrid:
    def test_rows(self, study):
        """Each transform has a named row, and originals are at the left of their variants."""
        display = AugmentationGrid.from_study(study, n_originals=2)
        ax = display.plot()
        assert words(ax)[:5] == ["Moves", "Colour", "Inversion", "Cutout", "All"]
        assert words(ax).count("Original") == 2
        assert "moves, colour, inversion, cutout and all" in display.alt
