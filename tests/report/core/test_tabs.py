"""Tabs: the same figures, tables and sentences for several configurations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from svhnlab.report import Captioned, Chapter, ConfusionMatrix, Markdown, describe_comparison
from svhnlab.report.core.markdown import escape_markdown
from svhnlab.report.core.select import augmented_runs
from svhnlab.report.core.tabs import printed_runs
from svhnlab.site.quarto.freeze import visible
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study

SETTINGS = {
    "profile": {"name": "demo"},
    "data": {"kind": "generated"},
    "split": {"protocol": "official"},
    "start": {"kind": "random"},
    "seed": 0,
    "seeds": 1,
}


def name_of(study: Study, configuration: str) -> Markdown:
    """A sentence of one configuration."""
    return Markdown("Name: {}.").format(study.runs[configuration].name)


class TestTabs:
    def test_every_configuration_has_its_own(
        self, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each trained configuration has a tab with its own labels and captions."""
        monkeypatch.chdir(tmp_path)
        text = Chapter(study).tabs(name_of, Captioned("fig-made", ConfusionMatrix, "Of {run}, *x*."))
        assert text.count("::::: {.panel-tabset}") == 1
        for name, title, in_caption, escaped in (
            ("cnn", "Two\\-layer CNN", "the two\\-layer CNN", "cnn"),
            ("resnet18-aug", *["ResNet\\-18 with augmentation"] * 2, "resnet18\\-aug"),
        ):
            assert f"### {title} {{.unnumbered}}\n\nName: {escaped}.\n\n::: {{#fig-made-{name}}}" in text
            assert f"\n\nOf {in_caption}, *x*.\n:::" in text

    def test_printed(self, study: Study) -> None:
        """The PDF has the first configuration and the most accurate other one, the website has all."""
        runs = list(study.runs.values())
        accurate = max(runs[1:], key=lambda run: np.mean(~run.test.wrong))
        assert printed_runs(runs) == [runs[0], accurate]
        assert printed_runs(runs[:1]) == runs[:1]
        text = visible(Chapter(study).tabs(name_of), html=False)
        assert [run.name for run in runs if f"Name: {escape_markdown(run.name)}." in text] == [
            runs[0].name,
            accurate.name,
        ]
        on_site = visible(Chapter(study).tabs(name_of), html=True)
        assert on_site.count("Name: ") == len(runs)

    def test_selected(self, study: Study) -> None:
        """A chapter can show some of the configurations."""
        text = Chapter(study).tabs(name_of, runs=augmented_runs)
        assert text.count("{.unnumbered}") == 2
        assert "Name: cnn." not in text

    def test_one_configuration_needs_no_tab(self) -> None:
        """A single configuration is shown without a tab."""
        study = replace(fake_study(n_test=20, runs=("cnn",)), missing=())
        assert Chapter(study).tabs(name_of) == "Name: cnn."

    def test_what_is_missing(self, study: Study) -> None:
        """The command that trains the others is below the tabs, or alone without any run or without statistics."""
        part = replace(fake_study(n_test=20, runs=("cnn", "resnet18")), settings=SETTINGS)
        text = Chapter(part).tabs(name_of)
        assert text.startswith(":::::")
        assert "svhnlab train cnn-aug resnet18-aug" in text
        bare = Chapter(replace(study, statistics=None, settings=SETTINGS))
        assert bare.tabs(lambda study, _: describe_comparison(study)).startswith("*Not computed yet")
        empty = replace(fake_study(n_test=20, runs=()), settings=SETTINGS)
        assert Chapter(empty).tabs(name_of).startswith("*Not trained yet")
