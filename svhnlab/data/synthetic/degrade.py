"""Camera effects on photographs: exposure, blur, sharpening, noise, compression; cropping and resizing of digits."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft

from svhnlab.data.synthetic.layout import MARGIN, Layouts
from svhnlab.data.synthetic.parameters import SIDE, Appearance

_LUMA_TO_RGB = np.array([[1.0, 0.0, 1.402], [1.0, -0.344136, -0.714136], [1.0, 1.772, 0.0]], dtype=np.float32)

_Boxes = list[tuple[int, int, int]]  # first row, first column and side of each crop of a photograph in pixels


def degrade(
    picture: NDArray[np.float32], layouts: Layouts, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Appearance]:
    """Apply camera effects to whole photographs, and cut out the digits.

    Parameters
    ----------
    picture
        Planes of relative luma, blue and red difference, shape (P, 3, H, W); a photograph smaller than H × W pixels is
        at the upper left.
    layouts
        Sizes and crops of the photographs.
    rng
        Random generator.

    Returns
    -------
    images
        uint8, shape (N, 3, 32, 32), red, green, blue: the crops of the photographs in their order, of each from left to
        right.
    taken
        What the camera did to each photograph.
    """
    boxes = [
        [(top, left, side) for (top, left), side in zip(corners, sides, strict=True) if side]
        for corners, sides in zip(layouts.corner.tolist(), layouts.side.tolist(), strict=True)
    ]
    # colour noise comes before blur: optics and interpolation smooth it
    tinge = rng.lognormal(np.log(0.035), 0.5, (len(picture), 1, 1, 1)).astype(np.float32)
    picture[:, 1:] += tinge * rng.standard_normal(picture[:, 1:].shape, dtype=np.float32)
    picture, blur, sharpening = _blur(picture, rng)
    contrast, brightness = _expose(picture, boxes, rng)
    count = len(picture)
    rgb = np.einsum("cp,nphw->nchw", _LUMA_TO_RGB, picture)
    grain = rng.lognormal(np.log(0.007), 0.6, (count, 1, 1, 1)).astype(np.float32)
    rgb += grain * rng.standard_normal(rgb.shape, dtype=np.float32)
    levels = np.clip(rgb * 255 + 0.5, 0, 255).astype(np.uint8)
    pixels = np.ascontiguousarray(levels.transpose(0, 2, 3, 1))
    quality = rng.integers(45, 96, count)
    corner = rng.integers(0, MARGIN + 1, (count, 2))
    crops: list[NDArray[np.uint8]] = []
    for row in range(count):
        height, width = layouts.size[row]
        photograph = pixels[row, corner[row, 0] : height, corner[row, 1] : width]
        moved = [(top - int(corner[row, 0]), left - int(corner[row, 1]), side) for top, left, side in boxes[row]]
        crops += _compress_and_crop(photograph, int(quality[row]), moved)
    taken = Appearance(blur, sharpening, contrast, brightness, grain.ravel().astype(np.float64), quality)
    return np.stack(crops).transpose(0, 3, 1, 2), taken


def _blur(
    picture: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Blur more along a random direction than across it, and sharpen some photographs as cameras do.

    Returns the photographs, the standard deviation of their blur in pixels (the geometric mean of both directions), and
    the strength of the sharpening, both of shape (P,).
    """
    count, _, *size = picture.shape
    row, column = np.meshgrid(fft.fftfreq(size[0]), fft.rfftfreq(size[1]), indexing="ij")
    angle = rng.uniform(0, np.pi, (count, 1, 1))
    along = np.cos(angle) * column + np.sin(angle) * row
    across = np.cos(angle) * row - np.sin(angle) * column
    sigma = np.clip(rng.lognormal(np.log(0.72), 0.35, (count, 1, 1)), 0.3, 1.8)
    motion = np.where(rng.random((count, 1, 1)) < 0.15, rng.uniform(0.3, 1.6, (count, 1, 1)), 0.0)
    transfer = np.exp(-2 * np.pi**2 * ((sigma**2 + motion**2) * along**2 + sigma**2 * across**2))
    sharpness = np.where(rng.random((count, 1, 1)) < 0.5, rng.uniform(0, 1.2, (count, 1, 1)), 0.0)
    transfer *= 1 + sharpness * (1 - np.exp(-2 * np.pi**2 * 1.5**2 * (along**2 + across**2)))
    # wrap-around from the opposite side stays within the margin
    spectrum = fft.rfft2(picture) * transfer.astype(np.float32)[:, None]
    blurred = np.asarray(fft.irfft2(spectrum, s=size), dtype=np.float32)
    return blurred, np.sqrt(sigma * np.hypot(sigma, motion)).ravel(), sharpness.ravel()


def _expose(
    picture: NDArray[np.float32], boxes: list[_Boxes], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Set the mean brightness and contrast of each photograph's crops to values of photographs, in place.

    Returns the luma difference between digits and background, and the brightness, both of shape (P,).
    """
    count = len(picture)
    mean, deviation = np.empty(count), np.empty(count)
    for row, crops in enumerate(boxes):
        lumas = [picture[row, 0, top : top + side, left : left + side] for top, left, side in crops]
        mean[row] = np.mean([luma.mean() for luma in lumas])
        deviation[row] = np.mean([luma.std() for luma in lumas])
    brightness = np.clip(rng.normal(0.45, 0.16, count), 0.1, 0.93)
    contrast = np.clip(rng.lognormal(np.log(0.115), 0.38, count), 0.035, 0.33)
    scale = (contrast / deviation).astype(np.float32)
    offset = (brightness - mean * scale).astype(np.float32)
    picture[:, 0] *= scale[:, None, None]
    picture[:, 0] += offset[:, None, None]
    # dark and hazy photographs have weak colours
    cast = rng.normal([0.013, -0.006], [0.022, 0.012], (count, 2)).astype(np.float32)
    picture[:, 1:] *= np.clip(brightness * 1.8, 0.3, 1.2).astype(np.float32)[:, None, None, None]
    picture[:, 1:] += cast[:, :, None, None]
    return scale.astype(np.float64), brightness


def _compress_and_crop(photograph: NDArray[np.uint8], quality: int, boxes: _Boxes) -> list[NDArray[np.uint8]]:
    """Return the crops of one photograph, each of shape (32, 32, 3), after a JPEG round trip and resizing."""
    buffer = BytesIO()
    Image.fromarray(photograph).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as image:
        return [
            np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, (left, top, left + side, top + side)))
            for top, left, side in boxes
        ]
