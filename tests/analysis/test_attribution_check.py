"""Checks of occlusion maps, on models of which the right answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from svhnlab.analysis.attribution import explain_errors
from svhnlab.analysis.attribution_check import check_attribution, deletion_areas, order_of, rank_correlations
from svhnlab.models.networks import Classifier

CPU = torch.device("cpu")


class Corner(Classifier):
    """Class 1 is supported by the brightness of the upper left corner, class 0 by nothing."""

    feature_count = 2

    def __init__(self, weight: float = 20.0) -> None:
        super().__init__(32)
        self.weight = torch.nn.Parameter(torch.tensor(weight))

    def forward_features(self, images: Tensor) -> Tensor:
        corner = self.weight * (images[:, :, :8, :8].mean(dim=(1, 2, 3)) - images.mean(dim=(1, 2, 3)))
        return torch.stack([torch.zeros_like(corner), corner], dim=1)

    def forward_head(self, features: Tensor) -> Tensor:
        return features


def bright_corners(count: int) -> np.ndarray:
    images = np.random.default_rng(0).integers(90, 110, (count, 3, 32, 32), dtype=np.uint8)
    images[:, :, :8, :8] = 250
    return images


class TestCheckAttribution:
    def test_maps_of_the_corner(self) -> None:
        """The map of a model that looks at a corner is better than a random order, an inverted map is worse."""
        images, labels, predicted = bright_corners(30), np.zeros(30, dtype=np.int64), np.ones(30, dtype=np.int64)
        model, other = Corner().eval(), Corner(0.0).eval()
        maps = explain_errors(model, images, labels, predicted, CPU)
        right = check_attribution(model, other, images, labels, predicted, maps, np.arange(30), CPU, 0)
        assert right.difference.low > 0
        assert right.p_value < 0.001
        assert right.random_weights.value == pytest.approx(0)
        inverted = 255 - maps
        wrong = check_attribution(model, other, images, labels, predicted, inverted, np.arange(30), CPU, 0)
        assert wrong.difference.high < 0

    def test_without_errors(self) -> None:
        """Without errors nothing is defined."""
        none = np.zeros(0, dtype=np.int64)
        images, maps = bright_corners(0), np.zeros((0, 16, 16), dtype=np.uint8)
        check = check_attribution(Corner(), Corner(), images, none, none, maps, none, CPU, 0)
        assert check.images == 0
        assert np.isnan(check.p_value)


class TestDeletionAreas:
    def test_direct(self) -> None:
        """If the corner is covered first, the classes are equally probable from the second step on."""
        images = bright_corners(1)
        corner = [0, 1, 8, 9]
        first = np.array([corner + [cell for cell in range(64) if cell not in corner]])
        (area,) = deletion_areas(Corner().eval(), images, np.array([0]), np.array([1]), first, CPU)
        (last,) = deletion_areas(Corner().eval(), images, np.array([0]), np.array([1]), first[:, ::-1].copy(), CPU)
        assert area < 0.6
        assert last > 0.9


class TestRankCorrelations:
    def test_constant_map(self) -> None:
        """A map without structure has a correlation of 0."""
        flat = np.full((2, 16, 16), 128, dtype=np.uint8)
        assert rank_correlations(flat, order_of(flat).reshape(2, 8, 8).repeat(2, 1).repeat(2, 2)).tolist() == [0, 0]
