"""Models of torchvision and timm as classifiers."""

from __future__ import annotations

import sys

import pytest
import torch

from svhnlab.errors import InputError
from svhnlab.models.networks import Classifier, build_model, imagenet_weights
from svhnlab.models.torchvision_import import torchvision


def build(name: str, size: int = 32) -> Classifier:
    torch.manual_seed(0)
    return build_model(name, image_size=size, classes=5)


class TestTorchvision:
    @pytest.mark.parametrize(("name", "size"), [("mobilenet_v3_small", 32), ("vit_b_16", 64)])
    def test_features_and_logits(self, name: str, size: int) -> None:
        """The logits are those of the new layer on the features, at any image size that the model supports."""
        model = build(f"torchvision/{name}", size).eval()
        features = model.forward_features(torch.rand(2, 3, 32, 32))
        assert features.shape == (2, model.feature_count)
        assert torch.equal(model.forward_head(features), model.head(features))
        assert model.last_layer().shape == (5, model.feature_count)

    def test_pretrained(self) -> None:
        """A state_dict of torchvision's model fits; only its classifier is left out."""
        state = torchvision.models.mobilenet_v3_small(weights=None).state_dict()
        model = build("torchvision/mobilenet_v3_small")
        model.load_pretrained(state, "the weights")
        kept = model.backbone.state_dict()
        assert all(torch.equal(value, state[name]) for name, value in kept.items())
        assert set(state) - set(kept) == {"classifier.3.weight", "classifier.3.bias"}
        with pytest.raises(InputError, match="the weights does not fit torchvision's mobilenet_v3_small"):
            model.load_pretrained({"a": torch.zeros(1)}, "the weights")
        assert imagenet_weights("torchvision/mobilenet_v3_small").url.endswith(".pth")

    @pytest.mark.parametrize(
        ("name", "size", "words"),
        [
            ("resnet19", 32, "torchvision has no model 'resnet19'; choose from alexnet"),
            ("squeezenet1_1", 64, "has no linear classifier to replace"),
            ("maxvit_t", 64, "can't be used at an image size of 64 pixels"),
            ("googlenet", 64, "does not have one vector of features per image"),
        ],
    )
    @pytest.mark.filterwarnings("ignore:The default weight initialization")
    def test_refused(self, name: str, size: int, words: str) -> None:
        """A model that can't be used is refused when it is built, with the reason."""
        with pytest.raises(InputError, match=words):
            build(f"torchvision/{name}", size)


class TestTimm:
    def test_features_and_logits(self) -> None:
        """The features are those of the model's own pooling and head."""
        timm = pytest.importorskip("timm", reason="timm is not installed")
        model = build("timm/resnet10t").eval()
        features = model.forward_features(torch.rand(2, 3, 32, 32))
        assert features.shape == (2, model.feature_count)
        model.load_pretrained(timm.create_model("resnet10t").state_dict(), "the weights")
        with pytest.raises(InputError, match="timm has no model 'resnet10tt'"):
            build("timm/resnet10tt")

    def test_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without timm, one line says how to get it."""
        monkeypatch.setitem(sys.modules, "timm", None)
        monkeypatch.delitem(sys.modules, "svhnlab.models.timm_models", raising=False)
        with pytest.raises(InputError, match="run `pip install timm`"):
            build("timm/resnet10t")
