"""Layers, preprocessing and cost of the models."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from svhnlab.config.architectures import ARCHITECTURES
from svhnlab.models.networks import Classifier, TwoLayerCNN, build_model, multiply_adds


@pytest.fixture(params=list(ARCHITECTURES))
def model(request: pytest.FixtureRequest) -> Classifier:
    torch.manual_seed(0)
    return build_model(request.param, image_size=32, classes=7).eval()


class TestBuildModel:
    def test_cnn_has_exactly_two_convolutions(self) -> None:
        """The CNN has two convolution layers."""
        model = build_model("cnn", image_size=32, classes=10)
        assert sum(isinstance(module, nn.Conv2d) for module in model.modules()) == 2

    def test_resnet_is_torchvisions(self) -> None:
        """Weights of torchvision's ResNet-18 fit: same names and shapes, except the classifier."""
        from svhnlab.models.torchvision_import import torchvision

        theirs = {
            name: value.shape
            for name, value in torchvision.models.resnet18().state_dict().items()
            if not name.startswith("fc.")
        }
        ours = build_model("resnet18", image_size=32, classes=10).backbone.state_dict()
        assert {name: value.shape for name, value in ours.items()} == theirs


class TestForward:
    def test_head_of_features_is_the_forward_pass(self, model: Classifier) -> None:
        """The head of the features gives the logits."""
        images = torch.rand(3, 3, 32, 32)
        features = model.forward_features(images)
        assert features.shape == (3, model.feature_count)
        logits = model(images)
        assert logits.shape == (3, 7)
        torch.testing.assert_close(model.forward_head(features), logits)

    def test_last_layer(self, model: Classifier) -> None:
        """The logits are the product of features and weights of the last layer, plus a constant per class."""
        features = torch.rand(5, model.feature_count)
        offset = model.forward_head(features) - features @ model.last_layer().T
        torch.testing.assert_close(offset, offset[:1].expand(5, -1), atol=1e-4, rtol=1e-4)

    def test_exposure_and_contrast_do_not_matter(self, model: Classifier) -> None:
        """A darker or paler photograph gives nearly the same input."""
        images = torch.rand(2, 3, 32, 32)
        torch.testing.assert_close(model.preprocess(0.5 * images + 0.2), model.preprocess(images), atol=0.5, rtol=0)
        torch.testing.assert_close(model.preprocess(images - 0.3), model.preprocess(images), atol=1e-5, rtol=0)

    def test_plain_image_is_zero(self, model: Classifier) -> None:
        """An image without contrast does not cause a division by zero."""
        assert torch.allclose(model.preprocess(torch.full((1, 3, 32, 32), 0.7)), torch.zeros(1), atol=1e-4)

    def test_larger_image_size_resizes(self) -> None:
        """The network's input has the recipe's resolution."""
        model = build_model("resnet18", image_size=48, classes=10)
        assert model.preprocess(torch.rand(2, 3, 32, 32)).shape == (2, 3, 48, 48)

    def test_memory_layout_does_not_matter(self, model: Classifier) -> None:
        """Logits do not depend on the memory layout of images and weights."""
        images = torch.rand(3, 3, 32, 32)
        expected = model(images)
        channels_last = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        found = channels_last(images.contiguous(memory_format=torch.channels_last))
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


class TestForInference:
    def test_same_features_and_logits(self, model: Classifier) -> None:
        """A model with trained batch norms gives the same numbers within rounding, and is left as it was."""
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                for values in (module.weight, module.bias, module.running_mean, module.running_var):
                    nn.init.uniform_(values, 0.5, 1.5)
        images = torch.rand(3, 3, 32, 32)
        before = {name: value.clone() for name, value in model.state_dict().items()}
        features = model.forward_features(images)
        torch.testing.assert_close(model.for_inference().forward_features(images), features, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(model.for_inference()(images), model(images), atol=1e-4, rtol=1e-4)
        for name, value in model.state_dict().items():
            torch.testing.assert_close(value, before[name])

    def test_no_batch_norm_remains(self) -> None:
        """Every batch norm of a ResNet-18 becomes part of the convolution before it."""
        model = build_model("resnet18", image_size=32, classes=10).for_inference()
        assert not any(isinstance(module, nn.BatchNorm2d) for module in model.modules())


class TestDropout:
    def test_drops_the_share_and_keeps_the_mean(self) -> None:
        """In training, half of the features are zero and the others doubled, differently for each image."""
        torch.manual_seed(0)
        dropout = TwoLayerCNN(32, 10).dropout.train()
        dropped = dropout(torch.ones(200, 500))
        assert set(dropped.unique().tolist()) == {0.0, 2.0}
        assert dropped.mean().item() == pytest.approx(1.0, abs=0.02)  # six standard errors
        assert not torch.equal(dropped[0], dropped[1])

    def test_does_nothing_in_evaluation(self) -> None:
        """There is no dropout in predictions."""
        features = torch.rand(4, 5)
        assert torch.equal(TwoLayerCNN(32, 10).dropout.eval()(features), features)


class TestMultiplyAdds:
    def test_small_network_by_hand(self) -> None:
        """The count is the sum over layers of kernel size times channels times positions."""
        first, second = 32 * 32 * 5 * 5 * 3 * 32, 16 * 16 * 5 * 5 * 32 * 64
        linear = 64 * 8 * 8 * 256 + 256 * 10
        assert multiply_adds(build_model("cnn", image_size=32, classes=10)) == first + second + linear

    def test_resnet_as_published(self) -> None:
        """At 224 pixels and with 1,000 classes, the count is that of torchvision's documentation."""
        model = build_model("resnet18", image_size=224, classes=1000)
        assert multiply_adds(model) == pytest.approx(1.81e9, rel=0.005)

    def test_model_is_left_as_it_was(self) -> None:
        """Counting changes neither the mode nor the statistics of batch norm."""
        model = build_model("resnet18", image_size=32, classes=10).train()
        before = {name: value.clone() for name, value in model.state_dict().items()}
        multiply_adds(model)
        assert model.training
        for name, value in model.state_dict().items():
            torch.testing.assert_close(value, before[name])


class TestShrink:
    def test_larger_images_are_averaged(self) -> None:
        """A pattern of single pixels becomes grey: the reduction has antialiasing."""
        pattern = (torch.arange(64)[:, None] + torch.arange(64)) % 2
        reduced = TwoLayerCNN(32, 10).shrink(pattern.float().expand(1, 3, 64, 64))
        assert reduced.shape == (1, 3, 32, 32)
        assert (reduced - 0.5).abs().max() < 0.05

    def test_others_are_unchanged(self) -> None:
        """Images of the input's size or smaller ones are not changed before they are standardised."""
        images = torch.rand(2, 3, 32, 32)
        assert TwoLayerCNN(32, 10).shrink(images) is images
        assert TwoLayerCNN(64, 10).shrink(images) is images
