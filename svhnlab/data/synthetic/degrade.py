"""Camera effects: exposure, blur, sharpening, noise, compression and resizing."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft

SIDE = 32  # height and width of a finished picture in pixels
MARGIN = 4  # native pixels around a picture, for blur and the grid of JPEG blocks
# Sides in pixels of the original crop before resizing to 32, and their frequencies: most numbers are small.
NATIVE_SIZES = np.array([10, 12, 14, 16, 19, 22, 26, 32, 40, 50])
NATIVE_SHARES = np.array([0.04, 0.08, 0.11, 0.13, 0.15, 0.15, 0.13, 0.1, 0.07, 0.04])

_LUMA_TO_RGB = np.array([[1.0, 0.0, 1.402], [1.0, -0.344136, -0.714136], [1.0, 1.772, 0.0]], dtype=np.float32)


def degrade(picture: NDArray[np.float32], native: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Apply camera effects to painted pictures.

    Parameters
    ----------
    picture
        Planes of relative luma and of blue- and red-difference chroma, shape (N, 3, S, S) with S = native + 2 MARGIN.
    native
        Side in pixels of the crop that the finished picture shows.
    rng
        Random generator.

    Returns
    -------
    uint8, shape (N, 3, 32, 32), red, green, blue.
    """
    # chroma noise is added before the blur, because optics and interpolation smooth it
    tinge = rng.lognormal(np.log(0.035), 0.5, (len(picture), 1, 1, 1)).astype(np.float32)
    picture[:, 1:] += tinge * rng.standard_normal(picture[:, 1:].shape, dtype=np.float32)
    picture = _blur(picture, rng)
    _expose(picture, native, rng)
    count = len(picture)
    rgb = np.einsum("cp,nphw->nchw", _LUMA_TO_RGB, picture)
    grain = rng.lognormal(np.log(0.007), 0.6, (count, 1, 1, 1)).astype(np.float32)
    rgb += grain * rng.standard_normal(rgb.shape, dtype=np.float32)
    levels = np.clip(rgb * 255 + 0.5, 0, 255).astype(np.uint8)
    pixels = np.ascontiguousarray(levels.transpose(0, 2, 3, 1))
    quality = rng.integers(45, 96, count)
    corner = rng.integers(0, MARGIN + 1, (count, 2))
    result = np.empty((count, SIDE, SIDE, 3), dtype=np.uint8)
    for row in range(count):
        result[row] = _compress_and_resize(
            pixels[row], int(quality[row]), (int(corner[row, 0]), int(corner[row, 1])), native
        )
    return result.transpose(0, 3, 1, 2)


def _blur(picture: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Blur more along a random direction than across it, and sharpen some pictures as cameras do."""
    count, _, size, _ = picture.shape
    row, column = np.meshgrid(fft.fftfreq(size), fft.rfftfreq(size), indexing="ij")
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
    return np.asarray(fft.irfft2(spectrum, s=(size, size)), dtype=np.float32)


def _expose(picture: NDArray[np.float32], native: int, rng: np.random.Generator) -> None:
    """Set brightness and contrast of each picture's centre to values typical of photographs, in place."""
    count = len(picture)
    middle = picture[:, 0, MARGIN : MARGIN + native, MARGIN : MARGIN + native]
    mean, deviation = middle.mean(axis=(1, 2)), middle.std(axis=(1, 2))
    brightness = np.clip(rng.normal(0.45, 0.16, count), 0.1, 0.93)
    contrast = np.clip(rng.lognormal(np.log(0.115), 0.38, count), 0.035, 0.33)
    scale = (contrast / deviation).astype(np.float32)
    offset = (brightness - mean * scale).astype(np.float32)
    picture[:, 0] *= scale[:, None, None]
    picture[:, 0] += offset[:, None, None]
    # dark and hazy pictures have weak colours
    cast = rng.normal([0.013, -0.006], [0.022, 0.012], (count, 2)).astype(np.float32)
    picture[:, 1:] *= np.clip(brightness * 1.8, 0.3, 1.2).astype(np.float32)[:, None, None, None]
    picture[:, 1:] += cast[:, :, None, None]


def _compress_and_resize(
    pixels: NDArray[np.uint8], quality: int, corner: tuple[int, int], native: int
) -> NDArray[np.uint8]:
    """Return one picture, shape (32, 32, 3), after a JPEG round trip and resizing.

    The grid of JPEG blocks starts at the corner (row, column), from 0 to MARGIN.
    """
    buffer = BytesIO()
    Image.fromarray(pixels[corner[0] :, corner[1] :]).save(buffer, "JPEG", quality=quality)
    top, left = MARGIN - corner[0], MARGIN - corner[1]
    with Image.open(buffer) as image:
        resized = image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, (left, top, left + native, top + native))
    return np.asarray(resized)
