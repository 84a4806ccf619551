"""Measures of an image that may explain an error, and the values beyond which errors are twice as frequent.

A measure explains errors only where it raises their rate, and how far it has to deviate for that differs between data.
So the thresholds are calibrated on the errors of the study. Errors and thresholds are those of the same images: the
rates beyond a threshold are somewhat higher than on new images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve, laplace
from scipy.special import ndtr

from svhnlab.analysis.clusters import sum_by_photograph
from svhnlab.analysis.paired import holm
from svhnlab.data.image_stats import luma_of
from svhnlab.image_rows import ImageArray, chunk_length
from svhnlab.store.schema import ALPHA, Threshold


@dataclass(frozen=True)
class Measure:
    """A measure of an image, or a parameter of the generator.

    Attributes
    ----------
    cause
        The cause that it is evidence for.
    title
        Name for readers, in the middle of a sentence.
    above
        Whether high values are affected; else low ones.
    """

    cause: str
    title: str
    above: bool


MEASURES: dict[str, Measure] = {
    "sides": Measure("ambiguous", "structures at the sides", above=True),
    "ends": Measure("ambiguous", "structures at the upper or lower edge", above=True),
    "sharpness": Measure("degraded", "relative sharpness", above=False),
    "contrast": Measure("degraded", "contrast", above=False),
    "noise": Measure("degraded", "relative noise", above=True),
}
"""Measures of `measure_images`, by name."""

PARAMETERS: dict[str, Measure] = {
    "neighbours": Measure("ambiguous", "area of other digits", above=True),
    "cut_off": Measure("ambiguous", "part of the digit outside the image", above=True),
    "blur": Measure("degraded", "blur", above=True),
    "contrast": Measure("degraded", "contrast", above=False),
    "noise": Measure("degraded", "noise", above=True),
}
"""Parameters of the generator that these measures estimate, by name."""

TAILS = (0.025, 0.05, 0.1, 0.2)
"""Shares of the images with the most extreme values for which a threshold is tried."""

RISK = 2.0
"""Smallest ratio of the error rates on the two sides of a threshold."""

FEWEST = 30
"""Smallest number of photographs beyond a threshold."""

# Second differences along both axes: zero for edges along an axis and for smooth shading (J. Immerkær, 1996, Fast noise
# variance estimation, Computer Vision and Image Understanding 64, 300-302). The norm of the mask is 1.
_NOISE_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]) / 6
_MEDIAN_TO_STD = 1.4826  # of the absolute values of a normal distribution


def measure_images(images: ImageArray, chunk: int | None = None) -> dict[str, NDArray[np.float32]]:
    """Measure ambiguity and quality of images.

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

    sides
        Share of the vertical gradient (absolute luma differences between each pixel and the one below it) in the left
        and the right third of the width; high if neighbouring digits are visible.
    ends
        Standard deviation of the luma along the upper or the lower edge (mean of two rows, without the outer fifths),
        whichever is larger, divided by the contrast; high if a digit is cut off there.
    sharpness
        Variance of the Laplacian of the luma divided by the variance of the luma; unlike the variance of the Laplacian,
        it does not depend on the contrast.
    contrast
        Standard deviation of the luma.
    noise
        Standard deviation of the noise, estimated from second differences, divided by the contrast.

    Values are 0 for an image of one colour.

    Examples
    --------
    >>> blank = np.zeros((1, 3, 32, 32), dtype=np.uint8)
    >>> stroke = blank.copy()
    >>> stroke[:, :, 8:24, 14:18] = 255
    >>> {name: round(float(values[0]), 2) for name, values in measure_images(stroke).items()}
    {'sides': 0.0, 'ends': 0.0, 'sharpness': 1.47, 'contrast': 0.24, 'noise': 0.0}
    >>> float(measure_images(blank)["sharpness"][0])
    0.0
    """
    values = {name: np.empty(len(images), dtype=np.float32) for name in MEASURES}
    chunk = chunk or chunk_length(images)
    third, fifth = round(images.shape[3] / 3), round(images.shape[3] / 5)
    for start in range(0, len(images), chunk):
        luma = luma_of(images[start : start + chunk])
        rows = slice(start, start + len(luma))
        down = np.abs(np.diff(luma, axis=1))
        deviation, variance = luma.std(axis=(1, 2)), luma.var(axis=(1, 2))
        whole = down.sum(axis=(1, 2))
        values["sides"][rows] = _ratio(whole - down[:, :, third:-third].sum(axis=(1, 2)), whole)
        upper, lower = (
            edge.mean(axis=1).std(axis=1) for edge in (luma[:, :2, fifth:-fifth], luma[:, -2:, fifth:-fifth])
        )
        values["ends"][rows] = _ratio(np.maximum(upper, lower), deviation)
        values["sharpness"][rows] = _ratio(laplace(luma, mode="nearest", axes=(1, 2)).var(axis=(1, 2)), variance)
        values["contrast"][rows] = deviation
        detail = np.median(np.abs(convolve(luma, _NOISE_MASK[None], mode="nearest")), axis=(1, 2))
        values["noise"][rows] = _ratio(_MEDIAN_TO_STD * detail, deviation)
    return values


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 1e-9)


def calibrate(
    values: Mapping[str, NDArray[np.float32]],
    measures: Mapping[str, Measure],
    error_rate: NDArray[np.float64],
    photographs: NDArray[np.int64] | None,
    sound: NDArray[np.bool_],
) -> tuple[Threshold, ...]:
    """Find the values beyond which errors are at least `RISK` times as frequent as on the other images.

    For each measure, the images with the most extreme values are compared with all others, for each share of `TAILS`.
    The threshold is that of the largest share with a sufficient ratio and a significant difference.

    Parameters
    ----------
    values
        Values of each image by measure, each of shape (N,).
    measures
        The measures; those without values are left out.
    error_rate
        Share of the configurations that misclassify each image, shape (N,).
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.
    sound
        Images whose labels are not in doubt, booleans, shape (N,); only these are compared.

    Returns
    -------
    In the order of the measures; measures without a threshold are left out.

    Examples
    --------
    >>> contrast = np.linspace(0, 1, 1000, dtype=np.float32)
    >>> wrong = (np.arange(1000) % np.where(contrast < 0.2, 2, 20) == 0).astype(float)
    >>> (found,) = calibrate({"contrast": contrast}, MEASURES, wrong, None, np.ones(1000, dtype=bool))
    >>> found.measure, found.above, round(found.limit, 2), found.rate, found.rest
    ('contrast', False, 0.2, 0.5, 0.05)
    """
    tried = [
        threshold
        for name, measure in measures.items()
        if name in values
        for tail in TAILS
        if (threshold := _compare(name, measure, tail, values[name], error_rate, photographs, sound)) is not None
    ]
    adjusted = holm([threshold.p_adjusted for threshold in tried])
    tried = [replace(one, p_adjusted=float(p)) for one, p in zip(tried, adjusted, strict=True)]
    passed = [one for one in tried if one.p_adjusted < ALPHA and one.rate >= RISK * one.rest]
    return tuple({one.measure: one for one in passed}.values())  # the last of a measure has the largest share


def beyond(threshold: Threshold, values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which images are affected according to a threshold, shape (N,).

    Examples
    --------
    >>> beyond(Threshold("contrast", False, 0.1, 0.2, 0.4, 0.1, 0.001), np.array([0.05, 0.3], dtype=np.float32))
    array([ True, False])
    """
    return values >= threshold.limit if threshold.above else values <= threshold.limit


def _compare(
    name: str,
    measure: Measure,
    tail: float,
    values: NDArray[np.float32],
    error_rate: NDArray[np.float64],
    photographs: NDArray[np.int64] | None,
    sound: NDArray[np.bool_],
) -> Threshold | None:
    """Compare the images with the most extreme values with all others; None if they are too few or too many.

    The p-value is that of the normal approximation with the variance of the sums over photographs, not corrected yet.
    """
    level, method = (1 - tail, "higher") if measure.above else (tail, "lower")
    limit = float(np.quantile(values[sound], level, method=method))  # type: ignore[call-overload]
    found = Threshold(name, measure.above, limit, float("nan"), float("nan"), float("nan"), 1.0)
    affected = beyond(found, values)
    groups = np.arange(len(values)) if photographs is None else photographs
    inside, outside = affected & sound, ~affected & sound
    # many equal values, e.g. digits that are not cut off, would all be beyond the limit
    if affected.mean() > 1.5 * tail or len(np.unique(groups[inside])) < FEWEST or not outside.any():
        return None
    rate, rest = float(error_rate[inside].mean()), float(error_rate[outside].mean())
    influence = np.where(inside, (error_rate - rate) / inside.sum(), -(error_rate - rest) / outside.sum()) * sound
    variance = float(np.square(sum_by_photograph(influence[:, None], groups)).sum())
    p_value = 2 * float(ndtr(-abs(rate - rest) / np.sqrt(variance))) if variance > 0 else float(rate == rest)
    return replace(found, share=float(affected.mean()), rate=rate, rest=rest, p_adjusted=p_value)
