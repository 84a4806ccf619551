"""Phrases that sentences share."""

from __future__ import annotations

from dataclasses import replace

from svhnlab.report.core.words import by_model, capitalized, named
from tests.fixtures.fakes import fake_run


class TestNamed:
    def test_article(self):
        """A model that is named by a common noun has an article, one with a proper name has none."""
        assert named(fake_run("cnn-aug", n_test=10)) == "the two\\-layer CNN with augmentation"
        assert named(fake_run("resnet18", n_test=10)) == "ResNet\\-18 (random start)"

    def test_unknown_model(self):
        """A model of another version is named by its title, escaped."""
        run = fake_run("cnn", n_test=10)
        recipe = {**run.settings["recipe"], "model": "other"}
        assert named(replace(run, title="A*B", settings={**run.settings, "recipe": recipe})) == "A\\*B"


class TestCapitalized:
    def test_first_letter(self):
        """Only the first letter changes, and text is escaped."""
        assert capitalized("the CNN*") == "The CNN\\*"
        assert capitalized("") == ""


class TestByModel:
    def test_range(self):
        """Equal values are written once."""
        assert by_model([0.1, 0.3, 0.2]) == "10.0% to 30.0%"
        assert by_model([0.1, 0.1]) == "10.0%"
