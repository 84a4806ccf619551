"""Convolutions of maps that are smaller than the kernel."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from svhnlab.models.networks import build_model
from svhnlab.models.small_maps import SmallMapConv2d


def gradients(layer: nn.Conv2d, maps: torch.Tensor) -> list[torch.Tensor]:
    """Return the output and the gradients of weights, bias and maps for random gradients of the output."""
    maps = maps.clone().requires_grad_()
    output = layer(maps)
    wanted = [layer.weight, *([] if layer.bias is None else [layer.bias]), maps]
    given = torch.randn(output.shape, generator=torch.Generator().manual_seed(1))
    return [output, *torch.autograd.grad(output, wanted, given)]


class TestSmallMapConv2d:
    @pytest.mark.parametrize("bias", [False, True])
    @pytest.mark.parametrize("stride", [1, 2])
    @pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (4, 4)])
    def test_equals_the_convolution(self, size: tuple[int, int], stride: int, bias: bool) -> None:
        """Outputs and all gradients are those of torch's convolution, for small and other maps."""
        torch.manual_seed(0)
        layer = nn.Conv2d(5, 7, 3, stride=stride, padding=1, bias=bias)
        maps = torch.randn(4, 5, *size).contiguous(memory_format=torch.channels_last)
        for found, expected in zip(gradients(SmallMapConv2d.of(layer), maps), gradients(layer, maps), strict=True):
            torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)

    def test_small_maps_take_another_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only maps of more than 2 × 2 pixels are given to torch's convolution."""
        given: list[tuple[int, ...]] = []
        monkeypatch.setattr(nn.Conv2d, "forward", lambda layer, maps: given.append(maps.shape[2:]))
        layer = SmallMapConv2d(3, 3, 3, padding=1)
        for side in (1, 2, 3):
            layer(torch.zeros(1, 3, side, side))
        assert given == [(3, 3)]

    def test_other_convolutions_are_refused(self) -> None:
        """A kernel or padding for which the product would be another raises an error."""
        for other in (nn.Conv2d(3, 3, 5, padding=2), nn.Conv2d(3, 3, 3), nn.Conv2d(4, 4, 3, padding=1, groups=2)):
            with pytest.raises(ValueError, match="not a plain 3 × 3 convolution"):
                SmallMapConv2d.of(other)

    def test_resnet_starts_from_the_same_weights(self) -> None:
        """Replacing the convolutions draws no random numbers: a seed gives torchvision's weights, then the head."""
        from svhnlab.models.torchvision_import import torchvision

        torch.manual_seed(3)
        theirs = torchvision.models.resnet18().state_dict()
        after = torch.nn.Linear(512, 10)
        torch.manual_seed(3)
        model = build_model("resnet18", image_size=32, classes=10)
        for name, value in model.backbone.state_dict().items():
            assert torch.equal(value, theirs[name]), name
        assert torch.equal(model.head.weight, after.weight)
