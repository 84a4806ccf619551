"""Augmentation changes pixels, preserves labels, and depends only on its seed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from svhnlab.config.recipes import Augmentation
from svhnlab.models.networks import build_model
from svhnlab.training.augmentation import augment, invert, preview, transforms

STRENGTH = Augmentation()
NONE = Augmentation(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(64, 3, 32, 32, generator=generator(5))


class TestAugment:
    def test_same_seed_same_pixels(self, images: torch.Tensor) -> None:
        """A resumed training has the same images as an uninterrupted one."""
        first, second = (augment(images, generator(1), STRENGTH) for _ in range(2))
        assert torch.equal(first, second)
        assert not torch.equal(first, augment(images, generator(2), STRENGTH))

    def test_pixels_stay_in_range(self, images: torch.Tensor) -> None:
        """Pixels stay between 0 and 1."""
        found = augment(images, generator(), STRENGTH)
        assert found.shape == images.shape
        assert found.min() >= 0
        assert found.max() <= 1

    def test_standardisation_undoes_brightness_and_most_contrast(self, images: torch.Tensor) -> None:
        """A network's input hardly depends on brightness and contrast, unless pixels are clipped."""
        model = build_model("cnn", image_size=32, classes=10)
        pale = 0.35 + 0.3 * images
        pale += 0.05 * torch.rand(64, 3, 1, 1, generator=generator(6))  # colours differ
        plain = model.preprocess(pale)

        def change(settings: Augmentation) -> float:
            changed = model.preprocess(transforms(settings)["colour"](pale, generator(7)))
            return float((changed - plain).square().mean().sqrt())

        assert change(replace(NONE, brightness=STRENGTH.brightness)) < 1e-4
        assert change(replace(NONE, contrast=STRENGTH.contrast)) < 0.35 * STRENGTH.contrast

    @pytest.mark.parametrize("name", list(transforms(STRENGTH)))
    def test_every_transform_does_something(self, images: torch.Tensor, name: str) -> None:
        """Every transform changes some images."""
        changed = transforms(STRENGTH)[name](images, generator()) != images
        assert changed.flatten(1).any(dim=1).float().mean() > 0.1

    def test_zero_strength_changes_nothing(self, images: torch.Tensor) -> None:
        """With zero strength nothing changes."""
        torch.testing.assert_close(augment(images, generator(), NONE), images, atol=1e-5, rtol=0)

    def test_nothing_is_flipped(self) -> None:
        """Images are not flipped: a square at the top left stays at the top left."""
        images = torch.zeros(256, 3, 32, 32)
        images[:, :, 4:10, 4:10] = 1
        moved = transforms(STRENGTH)["affine"](images, generator()).mean(dim=1)
        positions = torch.arange(32.0)
        weight = moved.sum(dim=(1, 2))
        column = (moved.sum(dim=1) * positions).sum(dim=1) / weight
        row = (moved.sum(dim=2) * positions).sum(dim=1) / weight
        assert column.max() < 16
        assert row.max() < 16

    def test_images_differ_in_their_parameters(self) -> None:
        """Each image of a batch draws its own transform."""
        same = torch.rand(1, 3, 32, 32, generator=generator(3)).repeat(8, 1, 1, 1)
        found = augment(same, generator(), STRENGTH)
        assert len({tuple(image.flatten()[:50].tolist()) for image in found}) == 8


class TestInvert:
    def test_full_probability_inverts_all(self, images: torch.Tensor) -> None:
        """Inversion with probability 1 swaps light and dark exactly."""
        torch.testing.assert_close(invert(images, generator(), 1.0), 1 - images)


class TestPreview:
    def test_shows_each_transform_and_all_together(self) -> None:
        """There are examples of every transform and of all combined."""
        images = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8, generator=generator())
        found = preview(images, STRENGTH, variants=2, seed=0)
        assert list(found) == [*transforms(STRENGTH), "all together"]
        assert all(value.shape == (3, 2, 3, 32, 32) for value in found.values())
        assert torch.equal(found["inversion"][:, 0], 255 - images)


class TestTransforms:
    def test_cutout_is_as_much_larger(self) -> None:
        """The square covers the same share of images of another size."""
        cut = transforms(Augmentation(cutout=8, cutout_probability=1.0))["cutout"]
        for side in (32, 64, 224):
            pixels = torch.zeros(1, 3, side, side)
            pixels[:, 0] = torch.linspace(0, 1, side * side).view(side, side)
            changed = cut(pixels, generator()) != pixels
            assert changed[0, 0].float().mean().item() == pytest.approx(1 / 16, abs=1e-3)
