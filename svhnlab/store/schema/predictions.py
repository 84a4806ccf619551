"""Class scores and features that a model gives for images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from svhnlab.store.schema.files import Files, Stored


@dataclass(frozen=True)
class ClassScores:
    """Class scores of one model for the N images of one split.

    Attributes
    ----------
    labels
        True classes, integers, shape (N,).
    logits
        Unnormalised scores, float32, shape (N, K) for K classes.
    """

    labels: NDArray[np.int64]
    logits: NDArray[np.float32]

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Softmax of the logits, shape (N, K); rows sum to one."""
        return np.asarray(softmax(self.logits.astype(np.float64), axis=1))

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """Most probable class of each image, shape (N,)."""
        return self.logits.argmax(axis=1).astype(np.int64)

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the predicted class, shape (N,)."""
        return np.asarray(self.probabilities.max(axis=1))

    @cached_property
    def wrong(self) -> NDArray[np.bool_]:
        """True where the predicted class is not the true one, shape (N,)."""
        return np.asarray(self.predicted != self.labels)


@dataclass(frozen=True)
class Predictions(ClassScores):
    """Predictions of one model on one split: class scores and features.

    Attributes
    ----------
    features
        Penultimate layer, float32, shape (N, D); None for imported predictions without features.
    indices
        Position of each image in its file (training file for "train" and "validation", test file for
        "test"), integers, shape (N,).
    """

    features: NDArray[np.float32] | None
    indices: NDArray[np.int64]


@dataclass(frozen=True)
class RunPredictions(Stored):
    """Predictions of one model on the splits it was not trained on.

    Attributes
    ----------
    validation
        None for imported predictions without those on the validation images.
    test
        Predictions on the test images.
    """

    FILES: ClassVar[Files] = Files(arrays="predictions.npz")

    validation: Predictions | None
    test: Predictions


@dataclass(frozen=True)
class TrainingPredictions(Stored):
    """Imported predictions on the training images; a trained model computes its own from its weights.

    Attributes
    ----------
    train
        Predictions on the training images, with or without features.
    """

    FILES: ClassVar[Files] = Files(arrays="training.npz")

    train: Predictions
