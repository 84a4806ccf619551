"""Ablations: variants differ from the recipe in what they say, are trained once, and are told with their chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import torch

from svhnlab.config.profiles import PROFILES
from svhnlab.errors import InputError
from svhnlab.pipeline.ablation import address_of, rows_of_fold, shares_correct
from svhnlab.pipeline.ablation_variants import AS_IT_IS, variants
from svhnlab.report.training.ablations import AblationChart, describe_ablation, show_ablation
from svhnlab.store.ablation_file import FOLDER, AblationFile, AblationRow, AblationRun, newest_ablation
from svhnlab.store.schema.measurement import Commit
from svhnlab.store.store import Store
from svhnlab.training.machine import describe_machine

QUICK = PROFILES["quick"]

ROWS = (
    AblationRow(title=AS_IT_IS, about="training", accuracies=(0.90, 0.91, 0.92)),
    AblationRow(title="without a part", about="training", accuracies=(0.85, 0.86, 0.871)),
    AblationRow(title="with another", about="training", accuracies=(0.91, 0.90, 0.92)),
    AblationRow(title="without turning", about="augmentation", accuracies=(0.80, 0.81, 0.82)),
)


def stored(rows: tuple[AblationRow, ...] = ROWS) -> AblationFile:
    run = AblationRun(name="cnn-aug", epochs=40, image_size=32, rows=rows)
    return AblationFile(
        date=datetime(2030, 1, 2, tzinfo=UTC),
        commit=Commit(sha=None, dirty=None),
        machine=describe_machine(),
        data="digits",
        images=100,
        profile="quick",
        folds=5,
        runs=(run,),
    )


class TestAblationComment:
    def test_a_note_is_told(self) -> None:
        """What was noted beside an ablation is read with it, as words and not as markup."""
        ablation = stored().model_copy(update={"note": "Since then *nothing* changed."})
        text = str(describe_ablation(ablation, AblationChart(ablation.runs[0], "training")))
        assert "Since then" not in str(describe_ablation(ablation, AblationChart(ablation.runs[0], "augmentation")))
        assert text.endswith(r"Since then \*nothing\* changed.")


class TestVariants:
    @pytest.mark.parametrize("run", ["cnn-aug", "resnet18-aug"])
    def test_each_is_another_training(self, run: str) -> None:
        """No two variants are the same training, and the first is the recipe itself."""
        tried = variants(QUICK, run)
        assert tried[0].title == AS_IT_IS
        assert tried[0].recipe == QUICK.recipes[run]
        assert len({address_of(variant, "data", 0).key for variant in tried}) == len(tried)

    @pytest.mark.parametrize("run", ["cnn-aug", "resnet18-aug"])
    def test_models_classify(self, run: str) -> None:
        """Every changed model still turns images into logits of all classes."""
        for variant in variants(QUICK, run):
            assert variant.model(10).eval()(torch.rand(2, 3, 32, 32)).shape == (2, 10), variant.title


class TestSharesCorrect:
    def test_made_once(self, tmp_path: Path) -> None:
        """A training that is stored is not made again, and its accuracies are shares."""
        variant = variants(QUICK, "cnn-aug")[0]
        variant = replace(variant, recipe=replace(variant.recipe, epochs=1, batch_size=16))
        rng = np.random.default_rng(0)
        images, labels = rng.integers(0, 256, (60, 3, 32, 32), dtype=np.uint8), np.arange(60) % 10
        store = Store(tmp_path)

        def run() -> dict[str, float]:
            return shares_correct(store, variant, "data", images, labels, 0, torch.device("cpu"), 1)

        first = run()
        manifest = store.path(address_of(variant, "data", 0)) / "manifest.json"
        made = manifest.stat().st_mtime_ns
        assert run() == first
        assert manifest.stat().st_mtime_ns == made
        assert set(first) == {"kept", "views", "average"}
        assert all(0 <= share <= 1 for share in first.values())

    def test_folds_share_no_image(self) -> None:
        """What is tested was not trained on, and the folds cover every image once."""
        labels = np.arange(100) % 10
        held_out = []
        for fold in range(5):
            chosen, held = rows_of_fold(labels, fold)
            assert not set(chosen) & set(held)
            held_out += held.tolist()
        assert sorted(held_out) == list(range(100))


class TestAblationChart:
    def test_differences_are_paired(self) -> None:
        """A change is judged by its difference fold by fold, so that hard folds do not count as chance."""
        chart = AblationChart(stored().runs[0], "training")
        lower, same = (chart.difference(row) for row in chart.variants)
        assert lower.value == pytest.approx(-0.0497, abs=1e-4)
        assert chart.real(lower)
        assert not chart.real(same)

    def test_artists_show_the_numbers(self) -> None:
        """Each variant has its dot at its difference, filled only if its interval leaves out zero."""
        chart = AblationChart(stored().runs[0], "training")
        (axes,) = chart.plot().axes
        dots = [line for line in axes.lines if line.get_marker() == "o"]
        assert [dot.get_xdata()[0] for dot in dots] == pytest.approx(chart.frame()["difference"][1:].tolist())
        colours = [dot.get_markerfacecolor() == dot.get_color() for dot in dots]
        assert colours == [True, False]
        assert [label.get_text() for label in axes.get_yticklabels()] == ["without a part", "with another"]

    def test_alternative_names_every_variant(self) -> None:
        """Who can't see the chart is told the same."""
        alt = AblationChart(stored().runs[0], "training").alt
        assert "without a part −5.0" in alt
        assert "with another" in alt


class TestShowAblation:
    def test_sentence_follows_the_numbers(self) -> None:
        """Only what is beyond chance is said to lower the accuracy."""
        text = str(show_ablation("cnn-aug", "training", "fig-x", stored()))
        assert "lower that by more than chance would: without a part" in text
        assert "1 other change cannot be told from chance" in text
        assert "raise" not in text

    def test_parts_are_told_apart(self) -> None:
        """The chapter on augmentation shows what concerns augmentation, the others the rest."""
        assert [row.title for row in AblationChart(stored().runs[0], "augmentation").variants] == ["without turning"]
        assert "turning" not in str(show_ablation("cnn-aug", "training", "fig-x", stored()))

    def test_nothing_stored_is_said(self) -> None:
        """A recipe that was not varied leads to the command that does it."""
        assert "nox -s ablation" in str(show_ablation("resnet18-aug", "training", "fig-x", stored()))


class TestNewestAblation:
    def test_newest_is_read(self, tmp_path: Path) -> None:
        """Of several files the report shows the last one."""
        folder = tmp_path / FOLDER
        folder.mkdir(parents=True)
        assert newest_ablation(tmp_path) is None
        for year, data in ((2030, "old"), (2031, "new")):
            content = stored().model_copy(update={"data": data})
            (folder / f"{year}-01-02T00-00-00Z.json").write_text(content.model_dump_json())
        found = newest_ablation(tmp_path)
        assert found is not None
        assert found.data == "new"

    def test_damaged_is_named(self, tmp_path: Path) -> None:
        """A file that is no ablation is told by its name, not drawn."""
        folder = tmp_path / FOLDER
        folder.mkdir(parents=True)
        (folder / "x.json").write_text("{}")
        with pytest.raises(InputError, match=r"x\.json"):
            newest_ablation(tmp_path)
