"""Configurations of ``study.toml`` change or add recipes, and their keys follow from the recipes."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.config.configurations import (
    ConfigurationTable,
    RunSettings,
    configured,
    known_configurations,
    with_overrides,
)
from svhnlab.config.initial_weights import RANDOM, InitialWeights
from svhnlab.config.profiles import PROFILES, SplitSettings
from svhnlab.config.recipes import Augmentation
from svhnlab.errors import InputError
from svhnlab.store.keys import StudySpec

QUICK = PROFILES["quick"]


def tables(**values: dict[str, Any]) -> dict[str, ConfigurationTable]:
    return {name.replace("_", "-"): ConfigurationTable(**settings) for name, settings in values.items()}


def spec(given_tables: dict[str, ConfigurationTable], **values: Any) -> StudySpec:
    profile = configured(QUICK, given_tables)
    runs = known_configurations(given_tables)
    return StudySpec(profile, "custom", "x", "0" * 64, SplitSettings(), RANDOM, 0, runs=runs, **values)


class TestConfigured:
    def test_built_in(self) -> None:
        """A table changes the keys it has, and no other configuration."""
        profile = configured(QUICK, tables(cnn={"epochs": 7}))
        assert profile.recipes["cnn"] == replace(QUICK.recipes["cnn"], epochs=7)
        assert profile.recipes["cnn-aug"] == QUICK.recipes["cnn-aug"]
        assert configured(QUICK, tables(cnn={})).recipes == QUICK.recipes

    def test_added(self) -> None:
        """An added configuration has the schedule of its model in the profile, without augmentation by default."""
        added = tables(deep={"model": "resnet18"}, other={"model": "timm/resnet10t", "augmentation": True})
        recipes = configured(QUICK, added).recipes
        assert recipes["deep"] == QUICK.recipes["resnet18"]
        assert recipes["other"] == replace(QUICK.recipes["resnet18-aug"], model="timm/resnet10t")
        assert known_configurations(added) == ("cnn", "cnn-aug", "resnet18", "resnet18-aug", "deep", "other")

    def test_augmentation(self) -> None:
        """It is switched on or off, or has the built-in strengths except those that are given."""
        changed = configured(
            QUICK,
            tables(
                cnn={"augmentation": {"rotation": 3}}, cnn_aug={"augmentation": False}, resnet18={"augmentation": True}
            ),
        )
        assert changed.recipes["cnn"].augmentation == Augmentation(rotation=3)
        assert changed.recipes["cnn-aug"] == QUICK.recipes["cnn"]
        assert changed.recipes["resnet18"] == QUICK.recipes["resnet18-aug"]

    @given(st.sampled_from(["epochs", "batch_size", "image_size", "learning_rate", "weight_decay", "warmup"]))
    def test_every_setting_is_part_of_the_key(self, setting: str) -> None:
        """Another value of a setting gives another key of its configuration, and of no other one."""
        value = {"epochs": 3, "batch_size": 96, "image_size": 96}.get(setting, 0.123)
        plain, changed = spec({}), spec(tables(cnn={setting: value}))
        assert asdict(changed.recipe("cnn"))[setting] == value
        assert changed.run("cnn").key != plain.run("cnn").key
        assert changed.run("cnn-aug").key == plain.run("cnn-aug").key


class TestStudySpec:
    def test_title_seeds_and_weights(self) -> None:
        """They are those of the configuration, else those of the study; titles and seeds are not part of the key."""
        added = tables(mine={"model": "torchvision/resnet34"})
        plain = spec(added)
        assert (plain.title("mine"), plain.seeds_of("mine")) == ("mine (random start)", 1)
        own = spec(added, run_settings={"mine": RunSettings("My model", 3, InitialWeights("file", "abc"))})
        assert own.title("mine") == "My model (custom weights)"
        assert [key.inputs["seed"] for key in own.trainings("mine")] == [0, 1, 2]
        assert list(own.seed_statistics) == ["mine"]
        assert len(own.trainings("cnn")) == 1
        assert own.run("mine").inputs["start"]["digest"] == "abc"
        assert own.run("cnn").key == plain.run("cnn").key

    def test_record(self) -> None:
        """A study without own configurations has the record of earlier versions."""
        assert not {"configurations", "set"} & set(spec({}).record()["settings"])
        recorded = spec({}, tables={"cnn": {"epochs": 3}}, overrides=("epochs=3",)).record()["settings"]
        assert (recorded["configurations"], recorded["set"]) == ({"cnn": {"epochs": 3}}, ["epochs=3"])


class TestWithOverrides:
    def test_all_configurations(self) -> None:
        """A setting on the command line overrides that of the file, in every configuration."""
        changed = with_overrides(tables(cnn={"epochs": 7, "warmup": 0.5}), ("cnn", "cnn-aug"), ["epochs=3"])
        assert changed["cnn"] == ConfigurationTable(epochs=3, warmup=0.5)
        assert changed["cnn-aug"] == ConfigurationTable(epochs=3)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("epochs", "write KEY=VALUE, where KEY is one of image_size, epochs"),
            ("model=cnn", "write KEY=VALUE"),
            ("epochs=many", "'many' is not a value as in study.toml"),
            ("epochs=0", "--set epochs: input should be greater than or equal to 1"),
        ],
    )
    def test_refused(self, text: str, words: str) -> None:
        """A setting that is unknown, or has an invalid value, is an error that says what to write."""
        with pytest.raises(InputError, match=words):
            with_overrides({}, ("cnn",), [text])
