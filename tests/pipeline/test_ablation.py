"""Ablations: every variant is trained once on the same folds of the training images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from svhnlab.config.profiles import PROFILES
from svhnlab.data.source import find_data
from svhnlab.pipeline import ablation as module
from svhnlab.pipeline.ablation import AblationSettings, fold_accuracies, fold_key, fold_rows, run_ablation
from svhnlab.pipeline.ablation_variants import UNCHANGED, variants
from svhnlab.store.store import Store
from tests.fixtures.tiny import tiny_profile

QUICK = PROFILES["quick"]


class TestVariants:
    @pytest.mark.parametrize("run", ["cnn-aug", "resnet18-aug"])
    def test_each_is_another_training(self, run: str) -> None:
        """All variants have distinct keys and titles, and the first is the unchanged recipe."""
        tried = variants(QUICK, run)
        assert tried[0].title == UNCHANGED
        assert tried[0].recipe == QUICK.recipes[run]
        assert len({fold_key(variant, "data", 0).key for variant in tried}) == len(tried)
        assert len({variant.title for variant in tried}) == len(tried)

    @pytest.mark.parametrize("run", ["cnn-aug", "resnet18-aug"])
    def test_models_classify(self, run: str) -> None:
        """Every variant's model returns logits of all classes."""
        for variant in variants(QUICK, run):
            assert variant.model(10).eval()(torch.rand(2, 3, 32, 32)).shape == (2, 10), variant.title


class TestFoldAccuracies:
    def test_trained_once(self, tmp_path: Path) -> None:
        """A stored training run is not repeated, and its accuracies are between 0 and 1."""
        variant = variants(QUICK, "cnn-aug")[0]
        variant = replace(variant, recipe=replace(variant.recipe, epochs=1, batch_size=16))
        rng = np.random.default_rng(0)
        images, labels = rng.integers(0, 256, (60, 3, 32, 32), dtype=np.uint8), np.arange(60) % 10
        store = Store(tmp_path)

        def run() -> dict[str, float]:
            return fold_accuracies(store, variant, "data", images, labels, np.arange(60), 0, torch.device("cpu"), 1)

        first = run()
        manifest = store.path(fold_key(variant, "data", 0)) / "manifest.json"
        written = manifest.stat().st_mtime_ns
        assert run() == first
        assert manifest.stat().st_mtime_ns == written
        assert set(first) == {"kept", "views", "average"}
        assert all(0 <= share <= 1 for share in first.values())

    def test_folds_share_no_image(self) -> None:
        """Held-out images are not trained on, and the folds cover every image once."""
        labels, photographs = np.arange(100) % 10, np.arange(100)
        held_out = []
        for fold in range(5):
            kept, held = fold_rows(labels, photographs, fold)
            assert not set(kept) & set(held)
            assert np.bincount(labels[held]).tolist() == [2] * 10
            held_out += held.tolist()
        assert sorted(held_out) == list(range(100))

    def test_folds_share_no_photograph(self) -> None:
        """All images from one photograph are in the same fold, and every fold has all classes."""
        rng = np.random.default_rng(0)
        photographs = np.repeat(np.arange(300), rng.integers(1, 5, 300))
        labels = rng.integers(0, 10, len(photographs))
        for fold in range(5):
            kept, held = fold_rows(labels, photographs, fold)
            assert not set(photographs[kept]) & set(photographs[held])
            assert sorted([*kept, *held]) == list(range(len(labels)))
            assert len(held) == pytest.approx(len(labels) / 5, rel=0.2)
            assert set(labels[held]) == set(range(10))


class TestRunAblation:
    def test_names_its_data(self, tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The result has the digest of the data, a row for each variant and evaluation, and a value for each fold."""
        monkeypatch.setattr(module, "variants", lambda profile, run: variants(profile, run)[:2])
        source = find_data(data_folder)
        settings = AblationSettings(tiny_profile(), ("cnn-aug",), folds=2, epochs=1, workers=1)
        found = run_ablation(settings, source, Store(tmp_path / "results"), Console(quiet=True), "cpu")
        assert found.data_digest == source.digest
        assert found.images == 400
        assert found.unit == "photograph"
        (run,) = found.runs
        assert (run.name, run.epochs) == ("cnn-aug", 1)
        assert [row.title for row in run.rows] == [
            UNCHANGED,
            "with test-time augmentation (four shifts)",
            "exponential moving average of the weights",
            "without augmentation",
        ]
        assert {len(row.accuracies) for row in run.rows} == {2}
