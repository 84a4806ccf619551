"""Tabs for all runs, and the sentences that are filled from data and settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from svhnlab.report import (
    Captioned,
    Chapter,
    ConfusionMatrix,
    Markdown,
)
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study


class TestTabs:
    def test_every_run_has_its_own(self, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each stored run has a tab with its own labels and captions, so that a further run needs no other text."""
        monkeypatch.chdir(tmp_path)
        parts = (
            lambda run: Markdown(f"About {run.name}."),
            Captioned("fig-made", lambda run: ConfusionMatrix.from_results(run, study.class_names), "Of {run}, {x}."),
        )
        text = str(Chapter(study).tabs(*parts))
        assert text.count("::::: {.panel-tabset}") == 1
        for name, title in (("cnn", "Two\\-layer CNN"), ("resnet18-aug", "ResNet\\-18 with augmentation")):
            assert f"### {title} {{.unnumbered}}\n\nAbout {name}.\n\n::: {{#fig-made-{name}}}" in text
            assert f"\n\nOf {title}, {{x}}.\n:::" in text

    def test_one_run_needs_no_tab(self, study: Study) -> None:
        """A single run is shown without a tab."""
        text = str(Chapter(study).tabs(lambda run: Markdown(run.name), runs=("cnn",)))
        assert text == "cnn"

    def test_what_is_missing(self, study: Study) -> None:
        """Below the tabs stands how to make the missing runs; without any run or without statistics that is all."""
        settings = {
            "profile": {"name": "demo"},
            "data": {"kind": "generated"},
            "split": {"protocol": "official"},
            "start": {"kind": "random"},
            "seed": 0,
            "seeds": 1,
        }
        part = fake_study(n_test=20, runs=("cnn", "resnet18"))
        text = str(Chapter(replace(part, settings=settings)).tabs(lambda run: Markdown(run.name)))
        assert "svhnlab train cnn-aug resnet18-aug" in text
        bare = Chapter(replace(study, statistics=None, settings=settings))
        assert "statistics are not made" in str(bare.tabs(lambda run: Markdown(run.name), analysed=True))
        empty = replace(fake_study(n_test=20, runs=()), settings=settings)
        assert str(Chapter(empty).tabs(lambda run: Markdown(run.name))).startswith("*Not trained yet")
