"""Answers of a model to images that show none of its classes (out-of-distribution images)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from svhnlab.store.schema.estimate import Estimate
from svhnlab.store.schema.files import Files, Stored


@dataclass(frozen=True)
class OodScore:
    """How well a score tells out-of-distribution images from test images.

    Attributes
    ----------
    auroc
        Probability that an out-of-distribution image has a lower score than a test image.
    fpr
        Share of the out-of-distribution images that are kept by the threshold that keeps 95% of the test images.
    difference
        AUROC minus that of the confidence, paired; NaN for the confidence itself.
    p_value
        Of this difference, two-sided; NaN for the confidence itself.
    """

    auroc: Estimate
    fpr: Estimate
    difference: Estimate
    p_value: float


@dataclass(frozen=True)
class OodKind:
    """One kind of out-of-distribution images.

    Attributes
    ----------
    images
        Number of images.
    confidence
        Mean confidence.
    change
        Mean confidence minus that on the test images.
    p_value
        Of this change, two-sided.
    above_median
        Share of the images whose confidence exceeds the median confidence of the test images.
    scores
        By name of the score: "confidence", "energy", "neighbours", "mahalanobis".
    """

    images: int
    confidence: Estimate
    change: Estimate
    p_value: float
    above_median: Estimate
    scores: dict[str, OodScore]


@dataclass(frozen=True)
class OutOfDistribution(Stored):
    """Answers of one model to images that show none of its classes.

    Attributes
    ----------
    kinds
        Results by kind: "letters", "walls", "turned", "noise"; not all kinds are of use for every data set.
    confidence, predicted
        Confidence and predicted class of each image by kind, the most confident first, shape (N,).
    examples
        The most confident images by kind, in the same order, uint8, shape (E, 3, 32, 32).
    seed
        Seed of the images and of the bootstrap.
    """

    FILES: ClassVar[Files] = Files(arrays="ood.npz", json="ood.json")

    kinds: dict[str, OodKind]
    confidence: dict[str, NDArray[np.float32]]
    predicted: dict[str, NDArray[np.int64]]
    examples: dict[str, NDArray[np.uint8]]
    seed: int
