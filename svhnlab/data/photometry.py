"""How bright and how contrasted the images are, and which of them to show."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from svhnlab.errors import InputError
from svhnlab.results import ImageStatistics

LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in the luma of ITU-R BT.601."""

_LEVELS = 256


def image_statistics(
    images: NDArray[np.uint8],
    labels: NDArray[np.integer[Any]],
    n_classes: int = 10,
    chunk: int = 2048,
) -> ImageStatistics:
    """Count, and measure colour, brightness and contrast.

    Parameters
    ----------
    images
        uint8, shape (N, 3, H, W), N at least one.
    labels
        Classes 0 to `n_classes` - 1, shape (N,).
    n_classes
        Number of classes K.
    chunk
        How many images are worked on at once; it bounds the memory and does not change the result.

    Returns
    -------
    ImageStatistics
        Channel mean and deviation are exact up to float64: they come from the histogram of the pixel values.
    """
    histogram = np.zeros((3, _LEVELS), dtype=np.int64)
    brightness = np.empty(len(images), dtype=np.float32)
    contrast = np.empty(len(images), dtype=np.float32)
    for start in range(0, len(images), chunk):
        part = images[start : start + chunk]
        for channel in range(3):
            histogram[channel] += np.bincount(part[:, channel].ravel(), minlength=_LEVELS)
        luma = np.einsum("c,nchw->nhw", LUMA_WEIGHTS / (_LEVELS - 1), part).reshape(len(part), -1)
        brightness[start : start + chunk] = luma.mean(axis=1)
        contrast[start : start + chunk] = luma.std(axis=1)
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


def sample_per_class(
    labels: NDArray[np.integer[Any]], per_class: int, seed: int, n_classes: int = 10
) -> NDArray[np.int64]:
    """Choose some images of each class by chance.

    Parameters
    ----------
    labels
        Classes 0 to `n_classes` - 1, shape (N,).
    per_class
        How many images S of each class.
    seed
        Decides which.
    n_classes
        Number of classes K.

    Returns
    -------
    indices
        Positions in `labels`, int64, shape (K, S), no position twice.

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
                f"Class {k} has {len(members)} images, fewer than the {per_class} to be shown; add images of it."
            )
        chosen[k] = generator.choice(members, per_class, replace=False)
    return chosen
