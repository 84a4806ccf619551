"""Sentences on the models and their training, from the settings stored with each run."""

from __future__ import annotations

from typing import Any

import pytest

from svhnlab.config.architectures import ARCHITECTURES
from svhnlab.config.profiles import PROFILES
from svhnlab.report import describe_network, describe_training
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain, with_settings


def study_of(configuration: str, *, recipe: dict[str, Any] | None = None, **settings: Any) -> Study:
    """A study of one configuration with other settings."""
    study = fake_study(n_test=20, runs=(configuration,))
    stored = study.runs[configuration].settings["recipe"]
    return with_settings(study, configuration, recipe={**stored, **(recipe or {})}, **settings)


class TestDescribeNetwork:
    def test_layers_and_size(self) -> None:
        """Layers come from the registry, sizes from what is stored."""
        text = describe_network(study_of("cnn"), "cnn")
        assert ARCHITECTURES["cnn"].layers in text
        assert "1,105,098 parameters" in text
        assert "It starts from random weights." in text

    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("random", "**Here it starts from random weights**"),
            ("imagenet", "ImageNet"),
            ("file", "weights from a file"),
        ],
    )
    def test_start(self, kind: str, words: str) -> None:
        """A random start is named where pretrained weights could be expected."""
        text = describe_network(study_of("resnet18", start={"kind": kind}), "resnet18")
        assert words in text
        assert ("fine-tuned" in text) == (kind != "random")

    def test_unknown_model(self) -> None:
        """A model that is unknown to this version is described only by its size."""
        text = describe_network(study_of("cnn", recipe={"model": "other"}), "cnn")
        assert text.startswith("The model has 1,105,098 parameters")


class TestDescribeTraining:
    def test_older_runs(self) -> None:
        """An older version recorded neither Muon nor test-time augmentation, and used neither."""
        study = study_of("cnn")
        recipe = study.runs["cnn"].settings["recipe"]
        older = {name: value for name, value in recipe.items() if name not in ("muon", "test_shift")}
        assert older != recipe
        unrecorded = with_settings(study, "cnn", recipe=older)
        assert unrecorded.runs["cnn"].recipe == {**recipe, "muon": False, "test_shift": 0}
        text = describe_training(unrecorded, "cnn")
        assert "AdamW" in text and "Muon" not in text and "test-time" not in text

    def test_settings(self) -> None:
        """Rate, batch and smoothing are those of the recipe; without smoothing none is mentioned."""
        text = plain(describe_training(study_of("cnn"), "cnn"))
        recipe = PROFILES["demo"].recipes["cnn"]
        assert (
            f"a peak of {recipe.learning_rate:g}, batches of {recipe.batch_size} images and [label smoothing]" in text
        )
        assert "of 0.1." in text
        without = describe_training(study_of("cnn", recipe={"label_smoothing": 0.0}), "cnn")
        assert "smoothing" not in without
        assert "images." in without

    def test_optimizer(self) -> None:
        """Muon is named where the recipe has it; recipes of older versions do not say."""
        assert "Muon" in describe_training(study_of("cnn", recipe={"muon": True}), "cnn")
        assert "Muon" not in describe_training(study_of("cnn", recipe={"muon": False}), "cnn")
        assert "Muon" not in describe_training(study_of("cnn", recipe={}), "cnn")

    @pytest.mark.parametrize(
        ("shift", "words"),
        [(1, "averaged over each image and four copies of it, shifted by 1 pixel."), (2, "shifted by 2 pixels.")],
    )
    def test_test_time_augmentation(self, shift: int, words: str) -> None:
        """Test-time augmentation is described as set in the recipe."""
        assert words in describe_training(study_of("cnn", recipe={"test_shift": shift}), "cnn")
        assert "averaged" not in describe_training(study_of("cnn", recipe={"test_shift": 0}), "cnn")
