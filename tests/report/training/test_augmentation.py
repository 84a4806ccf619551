"""Tabs for all runs, and the sentences that are filled from data and settings."""

from __future__ import annotations

from dataclasses import replace

from svhnlab.report import (
    AugmentationGrid,
    describe_transforms,
)
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import words


class TestTransformsComment:
    def test_strengths(self, study: Study) -> None:
        """Each strength that is not zero is told with its own number, a new one by its name."""
        text = str(describe_transforms(study))
        assert "turned by up to 8°" in text
        assert "covered by a square of 8 by 8 pixels with a probability of 50%" in text
        run = study.runs["cnn-aug"]
        own = {"rotation": 0.0, "blur": 1.5, "blur_probability": 0.3}
        settings = {**run.settings, "recipe": {**run.settings["recipe"], "augmentation": own}}
        text = str(describe_transforms(replace(study, runs={"cnn-aug": replace(run, settings=settings)})))
        assert text == "At every epoch anew, an image is changed in blur by 1.5 with a probability of 30%."

    def test_none(self) -> None:
        """Without a run that augments the sentence says so."""
        assert "No run" in str(describe_transforms(fake_study(n_test=20, runs=("cnn",))))


class TestAugmentationGrid:
    def test_rows(self, study):
        """Each transform has a named row, and originals stand at the left of their outcomes."""
        display = AugmentationGrid.from_results(study.augmentation, n_originals=2)
        ax = display.plot()
        assert words(ax)[:5] == ["Moves", "Colour", "Inversion", "Cutout", "All"]
        assert words(ax).count("Original") == 2
        assert "moves, colour, inversion, cutout and all" in display.alt
