"""The labels of the training images, judged by the dynamics of the trainings and by the nearest training images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.neighbours import nearest_neighbours
from svhnlab.analysis.training_dynamics import (
    RANKED,
    SCORES,
    detect_label_errors,
    dynamics_scores,
    knn_shapley,
    review_training_labels,
)
from svhnlab.pipeline.images import Images
from svhnlab.store.schema import LabelReview, Predictions, TrainingDynamics, TrainingLabels


@dataclass(frozen=True)
class TrainedRun:
    """What one training says about the labels of its training images.

    Attributes
    ----------
    dynamics
        Recorded by the training.
    features
        Of the training images, by the trained model, shape (N, D).
    validation
        Predictions of the trained model, whose features are those that the values are for.
    """

    dynamics: TrainingDynamics
    features: NDArray[np.float32]
    validation: Predictions


def training_labels(runs: Mapping[str, TrainedRun], images: Images) -> TrainingLabels:
    """Score the labels of the training images by each run that recorded its dynamics, and find suspected ones.

    Values are computed for the validation images, not for the test images: a training without suspected images can
    then be judged on the test images.
    """
    labels = images.labels["train"]
    wrong = None if images.true_labels is None else np.flatnonzero(images.true_labels["train"] != labels)
    photographs = images.division.photographs_of("train")
    is_wrong = np.zeros(len(labels), dtype=bool)
    if wrong is not None:
        is_wrong[wrong] = True
    scores = {name: _scores(run, labels) for name, run in runs.items()}
    review = (
        review_training_labels(labels, [run.dynamics for run in runs.values()], wrong)
        if runs
        else LabelReview(np.zeros(0, np.float32), np.zeros(0, np.int64), np.zeros(0, np.int64), None, None, None)
    )
    return TrainingLabels(
        configurations=tuple(runs),
        scores={score: np.stack([of_run[score] for of_run in scores.values()]) for score in SCORES if runs},
        detection={name: detect_label_errors(of_run, is_wrong, photographs) for name, of_run in scores.items()},
        review=review,
        images=images.shown["train"][review.suspected],
        labels=labels,
        wrong=wrong,
    )


def _scores(run: TrainedRun, labels: NDArray[np.int64]) -> dict[str, NDArray[np.float32]]:
    assert run.validation.features is not None
    ranked = nearest_neighbours(run.features, run.validation.features, min(RANKED, len(labels)))[0]
    return {**dynamics_scores(run.dynamics), "value": knn_shapley(ranked, labels, run.validation.labels)}
