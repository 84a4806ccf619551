"""Changes of images: blur, noise, contrast, shifts, covered sides and others, of whole batches.

NumPy, SciPy and Pillow are used rather than torch: predictions and the pictures of the report come from the same code,
and reports are rendered without torch. Random parts (noise, directions, pasted digits) depend on the seed and the
number of the image, so an image is changed in the same way in every batch, and at every strength.

Each change takes pixels, 0 to 1, of shape (N, 3, H, W), a strength, and the source of random numbers; see
:mod:`svhnlab.config.corruptions` for the strengths.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pkgutil import resolve_name

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter1d

from svhnlab.config.corruptions import CORRUPTIONS
from svhnlab.config.recipes import REFERENCE_SIDE
from svhnlab.image_rows import ImageArray

Pixels = NDArray[np.float32]

#: Standard deviation in pixels of the blur whose difference from the image is added to sharpen it (unsharp mask).
UNSHARP_SIGMA = 1.0
#: Columns of a pasted digit that are nearest to the image, as a share of its width: the middle half shows the digit.
DIGIT_EDGES = (1 / 4, 3 / 4)


@dataclass(frozen=True)
class Draws:
    """Random numbers of single images.

    Attributes
    ----------
    seed
        Seed of the study.
    numbers
        Number of each image, its row in `others`, shape (N,).
    others
        Images that are pasted in, uint8, shape (D, 3, H, W).
    """

    seed: int
    numbers: NDArray[np.int64]
    others: ImageArray

    def directions(self) -> NDArray[np.int64]:
        """Return +1 or -1 for each image, shape (N,)."""
        return directions(self.seed, self.numbers)

    def noise(self, shape: tuple[int, ...]) -> Pixels:
        """Return standard normal noise of a shape for each image."""
        drawn = [
            np.random.default_rng([self.seed, n]).standard_normal(shape, np.float32) for n in self.numbers.tolist()
        ]
        return np.stack(drawn)

    def partners(self, place: int) -> Pixels:
        """Return another image for each image, as pixels; another `place` gives another one."""
        steps = _hash(self.seed + 1 + place, self.numbers) % np.uint64(max(1, len(self.others) - 1))
        rows = (self.numbers + 1 + steps.astype(np.int64)) % len(self.others)
        return _pixels(self.others[rows])


def _hash(seed: int, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a well-mixed 64-bit number for each image (the finaliser of splitmix64, Steele et al. 2014)."""
    mixed = numbers.astype(np.uint64) + np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def directions(seed: int, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the direction, +1 or -1, in which shifts, rotations and scalings change each image, shape (N,)."""
    return 1 - 2 * (_hash(seed, numbers) >> np.uint64(63)).astype(np.int64)


def corrupt(
    images: NDArray[np.uint8],
    name: str,
    strength: float,
    *,
    seed: int,
    numbers: NDArray[np.int64],
    others: ImageArray,
) -> NDArray[np.uint8]:
    """Change images.

    Parameters
    ----------
    images
        uint8, shape (N, 3, H, W).
    name
        A key of :data:`svhnlab.config.corruptions.CORRUPTIONS`.
    strength
        Strength in the unit of the corruption; pixels are those of an image of 32 pixels, and scale with the image.
    seed
        Seed of the random parts.
    numbers
        Number of each image, its row in `others`, shape (N,).
    others
        Images that are pasted in, uint8, shape (D, 3, H, W).

    Returns
    -------
    uint8, the shape of `images`.
    """
    change = resolve_name(CORRUPTIONS[name].function)
    changed: Pixels = change(_pixels(images), strength, Draws(seed, numbers, others))
    return np.rint(255 * changed.clip(0, 1)).astype(np.uint8)


def _pixels(images: NDArray[np.uint8]) -> Pixels:
    return images.astype(np.float32) / np.float32(255)


def _scaled(length: float, pixels: Pixels) -> float:
    """Return a length that is given for images of 32 pixels, in pixels of these images."""
    return length * pixels.shape[3] / REFERENCE_SIDE


def blur(pixels: Pixels, sigma: float, draws: Draws) -> Pixels:
    """Convolve with a Gaussian of a standard deviation in pixels; border pixels are repeated."""
    if not sigma:
        return pixels
    down, across = (_gaussian(side, _scaled(sigma, pixels)) for side in pixels.shape[2:])
    return np.asarray(down @ pixels @ across.T)


def _gaussian(side: int, sigma: float) -> Pixels:
    return np.asarray(gaussian_filter1d(np.eye(side), sigma, axis=0, mode="nearest").astype(np.float32))


def sharpen(pixels: Pixels, amount: float, draws: Draws) -> Pixels:
    """Add the difference from the blurred image, times an amount (unsharp mask)."""
    return pixels + np.float32(amount) * (pixels - blur(pixels, UNSHARP_SIGMA, draws))


def noise(pixels: Pixels, deviation: float, draws: Draws) -> Pixels:
    """Add independent normal noise of a standard deviation (pixels 0 to 1) to every value."""
    return pixels + np.float32(deviation) * draws.noise(pixels.shape[1:])


def jpeg(pixels: Pixels, quality: float, draws: Draws) -> Pixels:
    """Compress each image as JPEG of a quality, 1 to 95, and read it again."""
    changed = np.empty_like(pixels)
    for i, image in enumerate(np.rint(255 * np.moveaxis(pixels, 1, -1)).astype(np.uint8)):
        file = BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=int(quality))
        changed[i] = np.moveaxis(np.asarray(Image.open(file), dtype=np.float32), -1, 0) / 255
    return changed


def contrast(pixels: Pixels, factor: float, draws: Draws) -> Pixels:
    """Multiply the difference of each channel from its mean by a factor."""
    mean = pixels.mean(axis=(2, 3), keepdims=True)
    return mean + np.float32(factor) * (pixels - mean)


def brighten(pixels: Pixels, amount: float, draws: Draws) -> Pixels:
    """Add an amount to the value (the largest of red, green and blue) and keep hue and saturation."""
    value = pixels.max(axis=1, keepdims=True)
    wanted = (value + np.float32(amount)).clip(0, 1)
    return np.where(value > 0, pixels * (wanted / np.where(value > 0, value, 1)), wanted)


def darken(pixels: Pixels, amount: float, draws: Draws) -> Pixels:
    """Subtract an amount from the value and keep hue and saturation."""
    return brighten(pixels, -amount, draws)


def invert(pixels: Pixels, amount: float, draws: Draws) -> Pixels:
    """Replace each value by 1 minus the value."""
    return 1 - pixels


def shift(pixels: Pixels, distance: float, draws: Draws) -> Pixels:
    """Move each image by a number of whole pixels to the right or to the left; border pixels are repeated."""
    columns = np.arange(pixels.shape[3])
    return _by_direction(
        pixels,
        draws,
        lambda part, sign: part[..., (columns - sign * int(_scaled(distance, pixels))).clip(0, len(columns) - 1)],
    )


def scale(pixels: Pixels, share: float, draws: Draws) -> Pixels:
    """Enlarge each image about its centre by a share of its side, or make it smaller by it; borders are repeated."""
    return _by_direction(pixels, draws, lambda part, sign: _warp(part, np.eye(2) / (1 + sign * share)))


def rotate(pixels: Pixels, degrees: float, draws: Draws) -> Pixels:
    """Turn each image about its centre by an angle, clockwise or anticlockwise; border pixels are repeated."""

    def turned(part: Pixels, sign: int) -> Pixels:
        cos, sin = np.cos(np.deg2rad(degrees)), sign * np.sin(np.deg2rad(degrees))
        return _warp(part, np.array([[cos, -sin], [sin, cos]]))

    return _by_direction(pixels, draws, turned)


def _by_direction(pixels: Pixels, draws: Draws, change: Callable[[Pixels, int], Pixels]) -> Pixels:
    """Change the images of each direction, +1 and -1."""
    changed = np.empty_like(pixels)
    signs = draws.directions()
    for sign in np.unique(signs).tolist():
        changed[signs == sign] = change(pixels[signs == sign], sign)
    return changed


def _warp(pixels: Pixels, matrix: NDArray[np.float64]) -> Pixels:
    """Sample images at positions that a 2 × 2 matrix maps from (row, column) about the centre, bilinearly."""
    height, width = pixels.shape[2:]
    centre = np.array([height - 1, width - 1])[:, None, None] / 2
    at = np.einsum("ij,jhw->ihw", matrix, np.indices((height, width)) - centre) + centre
    at = at.clip(0, np.array([height - 1, width - 1])[:, None, None])
    low = np.minimum(np.floor(at).astype(np.int64), np.array([height - 2, width - 2])[:, None, None])
    (down, across), (y, x) = (at - low).astype(np.float32), low
    upper = pixels[..., y, x] * (1 - across) + pixels[..., y, x + 1] * across
    lower = pixels[..., y + 1, x] * (1 - across) + pixels[..., y + 1, x + 1] * across
    return np.asarray(upper * (1 - down) + lower * down)


def cover_sides(pixels: Pixels, width: float, draws: Draws) -> Pixels:
    """Replace a number of columns at the left and at the right by the mean colour of the image."""
    changed = pixels.copy()
    mean = pixels.mean(axis=(2, 3), keepdims=True)
    columns, width = np.arange(pixels.shape[3]), _scaled(width, pixels)
    changed[..., (columns < width) | (columns >= len(columns) - width)] = mean
    return changed


def paste_sides(pixels: Pixels, width: float, draws: Draws) -> Pixels:
    """Replace a number of columns at the left and at the right by the nearest part of digits of two other images."""
    columns, count = pixels.shape[3], int(_scaled(width, pixels))
    changed = pixels.copy()
    left_edge, right_edge = (round(share * columns) for share in DIGIT_EDGES)
    changed[..., :count] = draws.partners(0)[..., right_edge - count : right_edge]
    changed[..., columns - count :] = draws.partners(1)[..., left_edge : left_edge + count]
    return changed
