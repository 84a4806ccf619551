"""Tabs for all runs, and the sentences that are filled from data and settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.config.architectures import ARCHITECTURES
from svhnlab.config.profiles import PROFILES
from svhnlab.report import (
    describe_network,
    describe_training,
)
from tests.fixtures.fakes import fake_run


class TestNetworkComment:
    def test_layers_and_size(self) -> None:
        """Layers come from the registry, sizes from what is stored."""
        text = str(describe_network(fake_run("cnn", n_test=20)))
        assert ARCHITECTURES["cnn"].layers in text
        assert "1,105,098 parameters" in text
        assert "It starts from random numbers." in text

    @pytest.mark.parametrize(
        ("kind", "words"),
        [("random", "**Here it starts from random numbers**"), ("imagenet", "ImageNet"), ("file", "own file")],
    )
    def test_start(self, kind: str, words: str) -> None:
        """A random start is never silent where other weights could be meant."""
        run = fake_run("resnet18", n_test=20)
        text = str(describe_network(replace(run, settings={**run.settings, "start": {"kind": kind}})))
        assert words in text
        assert ("fine-tuned" in text) == (kind != "random")

    def test_unknown_model(self) -> None:
        """A run of a model that this version does not know is told by its size alone."""
        run = fake_run("cnn", n_test=20)
        recipe = {**run.settings["recipe"], "model": "other"}
        text = str(describe_network(replace(run, settings={**run.settings, "recipe": recipe})))
        assert text.startswith("That makes 1,105,098 parameters")


class TestTrainingComment:
    def test_settings(self) -> None:
        """Rate, batch and smoothing are those of the recipe; no smoothing is not spoken of."""
        run = fake_run("cnn", n_test=20)
        environment = {**run.environment, "training_seconds": 58.0}
        text = str(describe_training(replace(run, environment=environment)))
        recipe = PROFILES["demo"].recipes["cnn"]
        assert f"peak of {recipe.learning_rate:g}, {recipe.batch_size} images a step" in text
        assert "by 10%" in text
        settings = {**run.settings, "recipe": {**run.settings["recipe"], "label_smoothing": 0.0}}
        assert "smoothed" not in str(describe_training(replace(run, environment=environment, settings=settings)))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"test_shift": 1}, "It is tested on each image and four"),
            ({"test_shift": 2}, "shifted by 2 pixels."),
        ],
    )
    def test_what_is_tested(self, changes: dict[str, float], words: str) -> None:
        """On which views of an image a training is tested is said as it was set."""
        run = fake_run("cnn", n_test=20)
        settings = {**run.settings, "recipe": {**run.settings["recipe"], **changes}}
        environment = {**run.environment, "training_seconds": 58.0}
        assert words in str(describe_training(replace(run, environment=environment, settings=settings)))
