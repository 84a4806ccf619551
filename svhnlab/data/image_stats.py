"""Statistics of pixel values, properties of single images, and samples of images by class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import laplace

from svhnlab.errors import InputError
from svhnlab.image_rows import ImageArray, chunk_length
from svhnlab.store.schema import ImageStatistics

LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in the luma of ITU-R BT.601."""

BORDER = 1 / 8
"""Width of the left and of the right border of an image, as a share of its width."""

PROPERTIES = ("brightness", "contrast", "sharpness", "saturation", "neighbours")
"""Names of the properties that `image_properties` measures."""

_LEVELS = 256


def luma_of(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the luma of each pixel of images of shape (N, 3, H, W), 0 to 1, shape (N, H, W)."""
    return np.asarray(np.einsum("c,nchw->nhw", LUMA_WEIGHTS / (_LEVELS - 1), images))


def _brightness_and_contrast(luma: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean and the standard deviation of the luma of each image, both of shape (N,)."""
    return luma.mean(axis=(1, 2)), luma.std(axis=(1, 2))


def image_statistics(
    images: ImageArray,
    labels: NDArray[np.integer[Any]],
    n_classes: int,
    chunk: int | None = None,
) -> ImageStatistics:
    """Count images per class, and measure colour, brightness and contrast.

    Parameters
    ----------
    images
        uint8, shape (N, 3, H, W), N at least one.
    labels
        Classes 0 to `n_classes` - 1, shape (N,).
    n_classes
        Number of classes K.
    chunk
        Number of images processed at once, by default 2,048 of 32 pixels; limits memory use and does not affect the
        result.

    Returns
    -------
    ImageStatistics
        Channel means and standard deviations are exact in float64, because they are computed from histograms.
    """
    histogram = np.zeros((3, _LEVELS), dtype=np.int64)
    brightness = np.empty(len(images), dtype=np.float32)
    contrast = np.empty(len(images), dtype=np.float32)
    chunk = chunk or chunk_length(images)
    for start in range(0, len(images), chunk):
        part = images[start : start + chunk]
        for channel in range(3):
            histogram[channel] += np.bincount(part[:, channel].ravel(), minlength=_LEVELS)
        brightness[start : start + chunk], contrast[start : start + chunk] = _brightness_and_contrast(luma_of(part))
    values = np.arange(_LEVELS) / (_LEVELS - 1)
    shares = histogram / histogram.sum(axis=1, keepdims=True)
    mean = shares @ values
    variance = (shares * (values - mean[:, np.newaxis]) ** 2).sum(axis=1)
    return ImageStatistics(
        counts=np.bincount(labels, minlength=n_classes).astype(np.int64),
        channel_mean=mean,
        channel_std=np.sqrt(variance),
        brightness=brightness,
        contrast=contrast,
    )


def image_properties(images: ImageArray, chunk: int | None = None) -> dict[str, NDArray[np.float32]]:
    """Measure image properties that may make a class hard to recognise.

    Parameters
    ----------
    images
        uint8, shape (N, 3, H, W); pixel values are scaled to 0-1.
    chunk
        Number of images processed at once, by default 2,048 of 32 pixels; limits memory use and does not affect the
        result.

    Returns
    -------
    Values by name, each of shape (N,):

    brightness
        Mean luma, 0 to 1.
    contrast
        Standard deviation of the luma, 0 to 0.5.
    sharpness
        Variance of the Laplacian of the luma (squared luma); small for blurred images, but also for low-contrast ones.
    saturation
        Mean HSV saturation of the pixels, 0 to 1: (max - min) / max of red, green and blue, or 0 for black.
    neighbours
        Edges beside the central object, such as strokes of neighbouring digits: share of the vertical gradient
        (absolute luma differences between each pixel and the one below it) in the left and the right eighth of the
        width, 0 to 1; 0 for an image without a gradient. It is 0.25 for evenly spread edges and smaller for a single
        central object; narrow objects have larger values than wide ones. Vertical differences are used because neither
        side lighting nor the vertical edge of a sign contributes to them.

    References
    ----------
    J. L. Pech-Pacheco, G. Cristóbal, J. Chamorro-Martínez, J. Fernández-Valdivia (2000), Diatom autofocusing in
    brightfield microscopy: a comparative study, ICPR, 314-317 (variance of the Laplacian).
    """
    values = {name: np.empty(len(images), dtype=np.float32) for name in PROPERTIES}
    chunk = chunk or chunk_length(images)
    for start in range(0, len(images), chunk):
        part = images[start : start + chunk]
        rows = slice(start, start + len(part))
        luma = luma_of(part)
        values["brightness"][rows], values["contrast"][rows] = _brightness_and_contrast(luma)
        values["sharpness"][rows] = laplace(luma, mode="nearest", axes=(1, 2)).var(axis=(1, 2))
        values["saturation"][rows] = _saturation(part)
        values["neighbours"][rows] = _border_share(luma)
    return values


def _saturation(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    highest = images.max(axis=1).astype(np.float64)
    spread = highest - images.min(axis=1)
    share = np.divide(spread, highest, out=np.zeros_like(spread), where=highest > 0)
    return np.asarray(share.mean(axis=(1, 2)))


def _border_share(luma: NDArray[np.float64]) -> NDArray[np.float64]:
    by_column = np.abs(np.diff(luma, axis=1)).sum(axis=1)
    width = luma.shape[2]
    outer = max(1, round(BORDER * width))
    whole = by_column.sum(axis=1)
    border = whole - by_column[:, outer : width - outer].sum(axis=1)
    return np.divide(border, whole, out=np.zeros_like(whole), where=whole > 0).clip(0, 1)


def sample_per_class(labels: NDArray[np.integer[Any]], per_class: int, seed: int, n_classes: int) -> NDArray[np.int64]:
    """Sample images of each class at random.

    Parameters
    ----------
    labels
        Classes 0 to `n_classes` - 1, shape (N,).
    per_class
        Number S of images per class.
    seed
        Random seed.
    n_classes
        Number of classes K.

    Returns
    -------
    indices
        Positions in `labels`, int64, shape (K, S), sampled without replacement.

    Raises
    ------
    InputError
        If a class has fewer than S images.
    """
    generator = np.random.default_rng(seed)
    chosen = np.empty((n_classes, per_class), dtype=np.int64)
    for k in range(n_classes):
        members = np.flatnonzero(labels == k)
        if len(members) < per_class:
            raise InputError(
                f"Class {k} has {len(members)} images, but {per_class} are needed; add images of this class."
            )
        chosen[k] = generator.choice(members, per_class, replace=False)
    return chosen
