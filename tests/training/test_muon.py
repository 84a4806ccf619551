"""Muon updates the kernels of small convolutions with orthogonal matrices, and AdamW everything else."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from svhnlab.config.profiles import PROFILES
from svhnlab.models.networks import build_model
from svhnlab.training.loop import make_optimizer
from svhnlab.training.muon import RATE, MuonAdamW, has_muon, orthogonalised

RECIPE = PROFILES["demo"].recipes["resnet18"]


class TestOrthogonalised:
    @pytest.mark.parametrize("shape", [(64, 576), (128, 64), (32, 32)])
    def test_singular_values(self, shape: tuple[int, int]) -> None:
        """All singular values become about 1, whatever the scale of the matrix, and the shape stays."""
        matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        for scale in (1e-6, 1.0, 1e6):
            update = orthogonalised(scale * matrix)
            assert update.shape == shape
            values = torch.linalg.svdvals(update)
            assert values.max() < 1.3
            assert values[: int(0.9 * len(values))].min() > 0.6

    def test_directions_stay(self) -> None:
        """An orthogonal matrix stays as it is, up to the scale of its singular values."""
        square, _ = torch.linalg.qr(torch.randn(32, 32, generator=torch.Generator().manual_seed(1)))
        cosine = nn.functional.cosine_similarity(orthogonalised(3 * square).flatten(), square.flatten(), dim=0)
        assert cosine > 0.99

    def test_zero(self) -> None:
        """A gradient of zero gives an update of zero."""
        assert not orthogonalised(torch.zeros(4, 8)).any()


class TestMuonAdamW:
    def step(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        for number, weight in enumerate(model.parameters()):
            weight.grad = torch.randn(weight.shape, generator=torch.Generator().manual_seed(number))
        optimizer.step()

    def test_other_weights_are_those_of_adamw(self) -> None:
        """Only the kernels of small convolutions differ from AdamW, by the orthogonal update and the weight decay."""
        torch.manual_seed(0)
        one = build_model("resnet18", image_size=32, classes=10)
        other, before = copy.deepcopy(one), copy.deepcopy(one)
        self.step(one, make_optimizer(one, RECIPE))
        self.step(other, make_optimizer(other, replace(RECIPE, muon=False)))
        kernels = 0
        for name, weight in one.named_parameters():
            if not has_muon(weight):
                torch.testing.assert_close(weight, other.get_parameter(name))
                continue
            kernels += 1
            assert "layer1" in name or "layer2" in name
            start, rate = before.get_parameter(name), RECIPE.learning_rate
            change = (weight - start * (1 - rate * RECIPE.weight_decay)).detach().flatten(1)
            length = change.norm() / (RATE * rate * max(1.0, change.shape[0] / change.shape[1]) ** 0.5)
            assert 0.7 < length / min(change.shape) ** 0.5 < 1.3
        assert kernels == 9  # 4 in the first stage, 5 with the shortcut in the second

    def test_resumed(self) -> None:
        """A stored state continues with the same weights."""
        torch.manual_seed(0)
        one = nn.Conv2d(16, 8, 3)
        other = copy.deepcopy(one)

        def optimizer_of(model: nn.Module) -> MuonAdamW:
            groups = [{"params": [model.bias]}, {"params": [model.weight], "muon": True}]
            return MuonAdamW(groups, lr=0.01, weight_decay=0.1)

        whole = optimizer_of(one)
        self.step(one, whole)
        other.load_state_dict(one.state_dict())
        resumed = optimizer_of(other)
        resumed.load_state_dict(copy.deepcopy(whole.state_dict()))
        for _ in range(2):
            self.step(one, whole)
            self.step(other, resumed)
        for name, weight in one.named_parameters():
            assert torch.equal(weight, other.get_parameter(name))

    def test_frozen_kernel(self) -> None:
        """A kernel without a gradient stays."""
        model = nn.Conv2d(16, 8, 3)
        before = model.weight.clone()
        MuonAdamW([{"params": [model.weight], "muon": True}], lr=0.01).step()
        assert torch.equal(model.weight, before)


def test_which_weights() -> None:
    """Large kernels, those of few channels, and matrices are left to AdamW."""
    shapes = {(128, 128, 3, 3): True, (256, 128, 3, 3): False, (64, 3, 7, 7): False, (64, 64): False, (64,): False}
    assert {shape: has_muon(torch.zeros(shape)) for shape in shapes} == shapes
