"""Selection of initial weights, and loading them into every pretrained model."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from svhnlab.config.architectures import ARCHITECTURES, CONFIGURATIONS, Architecture
from svhnlab.config.initial_weights import IMAGENET, RANDOM, InitialWeights
from svhnlab.config.recipes import PRETRAINING
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.models.networks import Classifier, build_model
from svhnlab.models.pretrained import imagenet_path
from svhnlab.models.torchvision_import import torchvision
from svhnlab.pipeline.initial_weights import choose_weights, load_initial_weights
from svhnlab.pipeline.study import StudyPipeline
from svhnlab.store.store import Store
from tests.fixtures.tiny import tiny_pipeline

RESNET_FILE = str(ARCHITECTURES["resnet18"].imagenet_file)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests from reading or writing the user's torch cache."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the download of the ImageNet weights fail."""

    def refuse(weights: object) -> dict:
        raise SvhnlabError("The ImageNet weights could not be downloaded.")

    monkeypatch.setattr("svhnlab.pipeline.initial_weights.imagenet_state", refuse)


class Tiny(Classifier):
    """Additional architecture with its own weights: a head on the mean colour."""

    feature_count = 3

    def __init__(self, image_size: int, classes: int) -> None:
        super().__init__(image_size)
        self.mix = nn.Linear(3, 3)
        self.head = nn.Linear(3, classes)

    def forward_features(self, images: Tensor) -> Tensor:
        return self.mix(self.preprocess(images).mean(dim=(2, 3)))

    def forward_head(self, features: Tensor) -> Tensor:
        return self.head(features)


class Entry:
    """Stand-in for an entry of torchvision's weights enum."""

    url = "https://example.org/tiny-12345678.pth"

    def get_state_dict(self, **options: object) -> dict[str, Tensor]:
        return {"weight": torch.full((3, 3), 2.0), "bias": torch.zeros(3)}


class TinyPretrained(Tiny):
    """The same, with pretrained weights."""

    imagenet_weights = Entry()

    def load_pretrained(self, state: dict[str, Tensor], origin: str) -> None:
        self.mix.load_state_dict(state)


def add_architecture(patch: pytest.MonkeyPatch, network: str, **options: str) -> str:
    """Register an additional pretrained architecture, and return the name of its run."""
    architecture = Architecture(
        "Tiny", f"{__name__}:{network}", "a linear layer", "a layer", {}, pretrained=True, **options
    )
    patch.setitem(ARCHITECTURES, "tiny", architecture)
    patch.setitem(CONFIGURATIONS, "tiny", ("tiny", False))
    return "tiny"


def pipeline_of(run: str, weights: InitialWeights, results: Path, data: Path) -> StudyPipeline:
    """A tiny study of one run."""
    pipeline = tiny_pipeline(results, data)
    recipe = replace(pipeline.spec.recipe("cnn"), model=CONFIGURATIONS[run][0])
    profile = replace(pipeline.spec.profile, recipes={**pipeline.spec.profile.recipes, run: recipe})
    pipeline.spec = replace(pipeline.spec, profile=profile, initial_weights=weights, runs=(run,))
    return pipeline


class TestLoadInitialWeights:
    def test_weights_that_are_not_applied(
        self, tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A model that cannot load its initial weights is not trained from random weights instead."""
        torch.save(torchvision.models.resnet18().state_dict(), tmp_path / "w.pth")
        run = add_architecture(monkeypatch, "Tiny")
        pipeline = pipeline_of(run, InitialWeights("file", "d1g3st"), tmp_path / "results", data_folder)
        pipeline.weights_files = {"d1g3st": tmp_path / "w.pth"}
        with pytest.raises(InputError, match=r"Tiny.*load_pretrained"):
            pipeline.run((run,))
        assert not list(tmp_path.glob("results/run/*"))

    def test_imagenet_weights_are_the_models_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An additional architecture starts from its own torchvision weights, not from ResNet-18's."""
        add_architecture(monkeypatch, "TinyPretrained", imagenet_file="tiny-12345678.pth")
        model = build_model("tiny", image_size=32, classes=4)
        load_initial_weights(model, IMAGENET, Store(tmp_path), {})
        assert torch.equal(model.mix.weight, torch.full((3, 3), 2.0))

    def test_random_weights_stay(self, tmp_path: Path) -> None:
        """With random initial weights, the model is unchanged."""
        model = build_model("cnn", image_size=32, classes=4)
        before = {name: value.clone() for name, value in model.state_dict().items()}
        load_initial_weights(model, RANDOM, Store(tmp_path), {})
        assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


class TestChooseWeights:
    def choose(
        self, option: str | None, *models: str, allow_random: bool = False, trained: bool = False
    ) -> tuple[InitialWeights, list[str]]:
        said: list[str] = []
        chosen = choose_weights(
            option,
            models or ("resnet18",),
            allow_random=allow_random,
            trained_from_random=lambda: trained,
            say=said.append,
        )
        return chosen, said

    def test_none_is_random(self) -> None:
        """`--weights none` needs no network."""
        assert self.choose("none") == (RANDOM, [])

    def test_file_counts_by_content(self, tmp_path: Path) -> None:
        """A different file at the same path gives a different digest."""
        path = tmp_path / "w.pth"
        path.write_bytes(b"one")
        first, _ = self.choose(str(path))
        path.write_bytes(b"two")
        second, _ = self.choose(str(path))
        assert first.kind == second.kind == "file"
        assert first.digest != second.digest

    def test_missing_file(self, tmp_path: Path) -> None:
        """A path without a file is an input error."""
        with pytest.raises(InputError, match="no such file"):
            self.choose(str(tmp_path / "w.pth"))

    def test_cached_weights_are_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """If the weights are in torch's cache, nothing is downloaded."""
        name = f"resnet18-{hashlib.sha256(b'weights').hexdigest()[:8]}.pth"
        imagenet_path(name).parent.mkdir(parents=True)
        imagenet_path(name).write_bytes(b"weights")
        monkeypatch.setitem(ARCHITECTURES, "resnet18", replace(ARCHITECTURES["resnet18"], imagenet_file=name))
        assert self.choose(None) == (IMAGENET, [])

    def test_other_file_in_the_cache_is_not_imagenet(self) -> None:
        """A cached file with the wrong hash is reported."""
        imagenet_path(RESNET_FILE).parent.mkdir(parents=True)
        imagenet_path(RESNET_FILE).write_bytes(b"other weights")
        with pytest.raises(SvhnlabError, match="SHA-256"):
            self.choose(None)
        chosen, said = self.choose(None, allow_random=True)
        assert chosen == RANDOM
        assert "SHA-256" in said[0]

    @pytest.mark.usefixtures("unreachable")
    def test_demo_continues_and_reports_it(self) -> None:
        """Without the ImageNet weights the demo uses random weights and reports it."""
        chosen, said = self.choose(None, allow_random=True)
        assert chosen == RANDOM
        assert "random initial weights" in said[0]

    @pytest.mark.usefixtures("unreachable")
    def test_other_profiles_stop(self) -> None:
        """Other profiles do not fall back to random weights."""
        with pytest.raises(SvhnlabError):
            self.choose(None)

    @pytest.mark.usefixtures("unreachable")
    def test_trained_demo_does_not_download_again(self) -> None:
        """A second demo run is a cache hit and does not wait for a slow network."""
        chosen, said = self.choose(None, allow_random=True, trained=True)
        assert chosen == RANDOM
        assert "Keeping the random initial weights" in said[0]

    def test_model_without_imagenet_weights(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A model without ImageNet weights is an error before anything is downloaded or trained."""
        add_architecture(monkeypatch, "Tiny")
        with pytest.raises(InputError, match="no ImageNet weights for Tiny"):
            self.choose("imagenet", "tiny")

    def test_generated_digits_fit_one_architecture(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An architecture other than the pretrained one is an error."""
        add_architecture(monkeypatch, "Tiny")
        with pytest.raises(InputError, match="do not fit Tiny"):
            self.choose("generated", PRETRAINING.recipe.model, "tiny")


def test_weights_are_part_of_a_key() -> None:
    """Kind and digest are both part of a key."""
    assert RANDOM.as_dict() != IMAGENET.as_dict() != replace(IMAGENET, digest="x").as_dict()
