"""Training dynamics, and what they say about the labels of the training images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from svhnlab.store.schema.estimate import Estimate
from svhnlab.store.schema.files import Files, Stored
from svhnlab.store.schema.statistics import LabelReview


@dataclass(frozen=True)
class TrainingDynamics(Stored):
    """Predictions of one training for its own N training images, in each of its E epochs.

    They are those of the training loop: with dropout and augmentation, and before the step that uses the image.

    Attributes
    ----------
    confidence
        Probability of the label, float16, shape (E, N).
    margin
        Logit of the label minus the largest other logit, float16, shape (E, N); an image is predicted correctly where
        it is positive.
    logits
        Mean over the epochs, float16, shape (N, K).
    """

    FILES: ClassVar[Files] = Files(arrays="dynamics.npz")

    confidence: NDArray[np.float16]
    margin: NDArray[np.float16]
    logits: NDArray[np.float16]


@dataclass(frozen=True)
class LabelErrorDetection:
    """How well one score of the labels finds the wrong ones.

    Attributes
    ----------
    auroc
        Area under the ROC curve: the probability that the score is lower for a wrong label than for a correct one (or
        higher, for a score that is high for wrong labels), with its interval by photograph.
    average_precision
        Mean, over the wrong labels, of the share of wrong labels among those whose score is as low or lower.
    """

    auroc: Estimate
    average_precision: float


@dataclass(frozen=True)
class TrainingLabels(Stored):
    """Scores of the labels of the N training images, and those that are suspected to be wrong.

    Attributes
    ----------
    configurations
        Those whose training recorded its dynamics, in the report's order; all other attributes are of these C.
    scores
        By name, see `svhnlab.analysis.training_dynamics.SCORES`; float32, each of shape (C, N).
    detection
        By configuration and score: how well the score finds the wrong labels; NaN if these are unknown or there are
        none.
    review
        Suspected labels; see `svhnlab.analysis.training_dynamics.review_training_labels` for the quality.
    images
        The training images with a suspected label, in the order of `review.suspected`, uint8, shape (S, 3, 32, 32).
    labels
        Labels of all training images, shape (N,).
    wrong
        Rows of the labels that are known to be wrong, shape (P,); None if they are unknown.
    """

    FILES: ClassVar[Files] = Files(
        arrays="labels.npz", json="labels.json", prefixes={"review": "review_", "scores": "score_"}
    )

    configurations: tuple[str, ...]
    scores: dict[str, NDArray[np.float32]]
    detection: dict[str, dict[str, LabelErrorDetection]]
    review: LabelReview
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    wrong: NDArray[np.int64] | None
