"""Initial weights from pretraining on generated digits, which is computed once and stored."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file

from svhnlab.config.initial_weights import RANDOM
from svhnlab.config.recipes import PRETRAINING, Pretraining
from svhnlab.pipeline.initial_weights import choose_weights
from svhnlab.pipeline.task import TrainingTask
from svhnlab.store.keys import StudySpec, pretraining_key
from svhnlab.store.required import required_results
from tests.fixtures.tiny import tiny_pipeline


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Pretraining:
    """Pretraining of one epoch on 64 digits."""
    recipe = replace(PRETRAINING.recipe, epochs=1, batch_size=32)
    settings = Pretraining(images=64, validation=20, seed=5, recipe=recipe)
    for module in ("svhnlab.store.keys", "svhnlab.pipeline.pretraining"):
        monkeypatch.setattr(f"{module}.PRETRAINING", settings)
    return settings


class TestChooseWeights:
    def test_pretraining_is_part_of_the_start(self, short: Pretraining, monkeypatch: pytest.MonkeyPatch) -> None:
        """A different pretraining gives different keys."""

        def start() -> object:
            return choose_weights(
                "generated", ["resnet18"], allow_random=False, trained_from_random=lambda: False, say=print
            )

        first = start()
        monkeypatch.setattr("svhnlab.store.keys.PRETRAINING", replace(short, seed=6))
        assert start() != first


class TestStudyPipeline:
    def test_run_starts_from_the_stored_weights(
        self, short: Pretraining, tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The pretraining is stored and listed with the study's results, and runs start from its weights."""
        # the analysis, which takes most of the time, does not depend on the start
        monkeypatch.setattr("svhnlab.pipeline.study.stored_analysis", lambda store, spec, say: spec.analysis(()))
        pipeline = tiny_pipeline(tmp_path / "results", data_folder)
        recipes = {name: replace(recipe, epochs=1) for name, recipe in pipeline.spec.profile.recipes.items()}
        start = choose_weights(
            "generated", ["resnet18"], allow_random=False, trained_from_random=lambda: False, say=print
        )
        pipeline.spec = replace(
            pipeline.spec, profile=replace(pipeline.spec.profile, recipes=recipes), initial_weights=start
        )
        pipeline.run(("resnet18",))

        stored = pipeline.store.find(pretraining_key())
        assert stored is not None
        needed = required_results(pipeline.store, pipeline.spec.record())
        assert [need.stored is not None for need in needed if need.address.kind == "pretraining"] == [True]
        weights = load_file(stored.file("weights.safetensors"))
        begun = pipeline.run_trainer().build_model(TrainingTask(pipeline.spec, "resnet18")).backbone
        for name, value in begun.state_dict().items():
            assert value.equal(weights[name]), name

    def test_small_network_needs_none(
        self, short: Pretraining, tmp_path: Path, cnn_results: Path, data_folder: Path
    ) -> None:
        """Without a pretrained model there is no pretraining."""
        pipeline = tiny_pipeline(shutil.copytree(cnn_results, tmp_path / "results"), data_folder)
        start = choose_weights(
            "generated", ["resnet18"], allow_random=False, trained_from_random=lambda: False, say=print
        )
        pipeline.spec = replace(pipeline.spec, initial_weights=start)
        pipeline.run(("cnn",))
        assert pipeline.store.find(pretraining_key()) is None


class TestStudySpec:
    def test_other_starts_have_no_pretraining(self, tmp_path: Path, data_folder: Path) -> None:
        """A study with random initial weights does not list the pretraining."""
        spec: StudySpec = tiny_pipeline(tmp_path / "results", data_folder).spec
        assert spec.with_initial_weights(RANDOM).pretraining == []
