"""Label-preserving augmentation of whole batches, on the device of the batch.

Each transform takes pixels, 0 to 1, of shape (N, 3, H, W) and a random generator on the same device, and draws
parameters for every image. Images are never flipped, because a flipped digit, letter or sign has a different meaning.
Cutout follows DeVries & Taylor (2017); the others are the usual geometric and photometric transforms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from svhnlab.config.recipes import REFERENCE_SIDE, Augmentation

Transform = Callable[[Tensor, torch.Generator], Tensor]


def _uniform(images: Tensor, generator: torch.Generator, low: float, high: float, *shape: int) -> Tensor:
    sample = torch.rand((len(images), *shape), generator=generator, device=images.device, dtype=images.dtype)
    return sample * (high - low) + low


def affine(
    images: Tensor,
    generator: torch.Generator,
    rotation: float,
    translation: float,
    scale: float,
    shear: float,
) -> Tensor:
    """Rotate and shear (degrees), translate (share of the side) and scale (share); border pixels are repeated."""
    angle = torch.deg2rad(_uniform(images, generator, -rotation, rotation))
    skew = torch.tan(torch.deg2rad(_uniform(images, generator, -shear, shear)))
    zoom = 1 + _uniform(images, generator, -scale, scale)
    # the coordinates of affine_grid go from -1 to 1
    offset = 2 * _uniform(images, generator, -translation, translation, 2)
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    matrix = torch.stack(
        [
            torch.stack([cos, cos * skew - sin, offset[:, 0]], dim=1),
            torch.stack([sin, sin * skew + cos, offset[:, 1]], dim=1),
        ],
        dim=1,
    )
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


def colour(images: Tensor, generator: torch.Generator, brightness: float, contrast: float, saturation: float) -> Tensor:
    """Change brightness, contrast (about the image's mean) and saturation."""
    grey = images.mean(dim=1, keepdim=True)
    images = grey + (images - grey) * _uniform(images, generator, 1 - saturation, 1 + saturation, 1, 1, 1)
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    images = mean + (images - mean) * _uniform(images, generator, 1 - contrast, 1 + contrast, 1, 1, 1)
    return (images + _uniform(images, generator, -brightness, brightness, 1, 1, 1)).clamp(0, 1)


def invert(images: Tensor, generator: torch.Generator, probability: float) -> Tensor:
    """Invert images with the given probability, because house numbers can be light on dark or dark on light."""
    chosen = _uniform(images, generator, 0, 1, 1, 1, 1) < probability
    return torch.where(chosen, 1 - images, images)


def cutout(images: Tensor, generator: torch.Generator, side: int, probability: float) -> Tensor:
    """Replace a random square of ``side`` pixels by the image's mean colour, with the given probability."""
    height, width = images.shape[-2:]
    top = torch.floor(_uniform(images, generator, 0, height - side + 1, 1, 1))
    left = torch.floor(_uniform(images, generator, 0, width - side + 1, 1, 1))
    rows = torch.arange(height, device=images.device).view(1, height, 1)
    columns = torch.arange(width, device=images.device).view(1, 1, width)
    covered = (rows >= top) & (rows < top + side) & (columns >= left) & (columns < left + side)
    covered &= _uniform(images, generator, 0, 1, 1, 1) < probability
    return torch.where(covered.unsqueeze(1), images.mean(dim=(2, 3), keepdim=True), images)


def transforms(settings: Augmentation) -> dict[str, Transform]:
    """Return the transforms by name, in the order in which they are applied, with the strengths in the settings.

    The side of the cutout is for images of 32 pixels, and is as much larger on larger images.
    """

    def cut(images: Tensor, generator: torch.Generator) -> Tensor:
        side = round(settings.cutout * images.shape[-1] / REFERENCE_SIDE)
        return cutout(images, generator, side, settings.cutout_probability)

    return {
        "affine": lambda images, generator: affine(
            images, generator, settings.rotation, settings.translation, settings.scale, settings.shear
        ),
        "colour": lambda images, generator: colour(
            images, generator, settings.brightness, settings.contrast, settings.saturation
        ),
        "inversion": lambda images, generator: invert(images, generator, settings.inversion),
        "cutout": cut,
    }


def augment(images: Tensor, generator: torch.Generator, settings: Augmentation) -> Tensor:
    """Apply all transforms in turn to a batch of pixels, 0 to 1, shape (N, 3, H, W)."""
    for transform in transforms(settings).values():
        images = transform(images, generator)
    return images


def preview(images: Tensor, settings: Augmentation, *, variants: int, seed: int) -> dict[str, Tensor]:
    """Return examples of each transform with probability 1, and of all combined as in training.

    Parameters
    ----------
    images
        uint8, shape (S, 3, H, W).
    variants
        Number V of random variants of each image.
    seed
        Seed of the random numbers.

    Returns
    -------
    Images by name of the transform ("affine", ..., "all together"): uint8, shape (S, V, 3, H, W).
    """
    certain: dict[str, Any] = dict.fromkeys(
        ["inversion", *(name for name in vars(settings) if name.endswith("_probability"))], 1.0
    )
    always = replace(settings, **certain)
    named: dict[str, Transform] = {
        **transforms(always),
        "all together": lambda batch, generator: augment(batch, generator, settings),
    }
    repeated = images.repeat_interleave(variants, dim=0).float() / 255
    shape = (len(images), variants, *images.shape[1:])
    outcome = {}
    for position, (name, transform) in enumerate(named.items()):
        generator = torch.Generator().manual_seed(seed + position)
        pixels = transform(repeated, generator).clamp(0, 1) * 255
        outcome[name] = pixels.round().to(torch.uint8).view(shape)
    return outcome
