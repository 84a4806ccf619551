"""Scores of the training labels, from the dynamics of a training and from the nearest training images.

A wrong label contradicts the other images of its class, so a model fits it late or not at all: its confidence in the
label and the margin of the label stay low over the epochs, and it forgets the label again.

References
----------
S. Swayamdipta et al. (2020), Dataset cartography: mapping and diagnosing datasets with training dynamics, EMNLP (mean
confidence, variability and correctness). M. Toneva et al. (2019), An empirical study of example forgetting during deep
neural network learning, ICLR. G. Pleiss, T. Zhang, E. Elenberg, K. Weinberger (2020), Identifying mislabeled data using
the area under the margin ranking, NeurIPS. R. Jia et al. (2019), Efficient task-specific data valuation for nearest
neighbor algorithms, Proceedings of the VLDB Endowment 12, 1610-1623 (KNN-Shapley).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, softmax
from sklearn.metrics import average_precision_score

from svhnlab.analysis.auroc import auroc
from svhnlab.analysis.clusters import estimate_by_photograph
from svhnlab.analysis.label_errors import label_review, review_labels
from svhnlab.store.schema import UNDEFINED, LabelErrorDetection, LabelReview, TrainingDynamics

#: Scores of a training label, and whether a wrong label has a low (-1) or a high (1) value.
SCORES: Mapping[str, int] = {
    "confidence": -1,
    "variability": -1,
    "correctness": -1,
    "forgetting": 1,
    "margin": -1,
    "value": -1,
}
NEIGHBOURS = 5
"""Neighbours that vote in the nearest-neighbour classifier of KNN-Shapley."""
RANKED = 100
"""Neighbours of each image that have a KNN-Shapley value; the values of all others are below 1/100 and taken as 0."""


def dynamics_scores(dynamics: TrainingDynamics) -> dict[str, NDArray[np.float32]]:
    """Compute the scores of each training label from the dynamics of a training with E epochs.

    Returns
    -------
    By score, each of shape (N,):

    confidence, variability
        Mean and standard deviation over the epochs of the probability of the label.
    correctness
        Share of the epochs in which the label is predicted.
    forgetting
        Forgetting events: epochs in which the label is not predicted although it was in the epoch before; E for an
        image whose label is never predicted, which no number of events reaches.
    margin
        Area under the margin: the mean over the epochs of the label's logit minus the largest other logit.

    Examples
    --------
    >>> confidence, margin = np.array([[0.2, 0.9], [0.8, 0.1]]), np.array([[-1.0, 2.0], [2.0, -4.0]])
    >>> scores = dynamics_scores(TrainingDynamics(confidence, margin, np.zeros((2, 10))))
    >>> {name: values.tolist() for name, values in scores.items() if name in ("correctness", "forgetting", "margin")}
    {'correctness': [0.5, 0.5], 'forgetting': [0.0, 1.0], 'margin': [0.5, -1.0]}
    """
    confidence, margin = dynamics.confidence.astype(np.float32), dynamics.margin.astype(np.float32)
    predicted = margin > 0
    forgotten = (predicted[:-1] & ~predicted[1:]).sum(axis=0)
    return {
        "confidence": confidence.mean(axis=0),
        "variability": confidence.std(axis=0),
        "correctness": predicted.mean(axis=0, dtype=np.float32),
        "forgetting": np.where(predicted.any(axis=0), forgotten, len(predicted)).astype(np.float32),
        "margin": margin.mean(axis=0),
    }


def review_training_labels(
    labels: ArrayLike, trainings: Sequence[TrainingDynamics], injected: ArrayLike | None = None
) -> LabelReview:
    """Find suspected errors among the labels that models were trained on.

    Confident learning estimates the number of wrong labels from the mean logits over epochs and trainings. That many
    labels are suspected, those with the lowest margin in the mean logits: on the demo's digits this margin, which is
    close to the area under the margin, ranks wrong labels better than the probability of the label.

    Parameters
    ----------
    labels
        Given classes, shape (N,), N >= 1.
    trainings
        At least one, with the same N images.
    injected
        Rows of the injected label errors, shape (P,); None if the label errors are unknown.

    Returns
    -------
    The quality of a label is its probability against the most probable other class, by the mean logits: the logistic
    function of the margin.

    Examples
    --------
    >>> labels, logits = np.repeat([0, 1], 5), np.where(np.arange(10)[:, None] < 5, [2.0, -2.0], [-2.0, 2.0])
    >>> labels[7] = 0
    >>> review = review_training_labels(labels, [TrainingDynamics(np.ones((1, 10)), np.ones((1, 10)), logits)], [7])
    >>> review.suspected.tolist(), review.recall, round(float(review.quality[7]), 2)
    ([7], 1.0, 0.02)
    """
    given = np.asarray(labels, dtype=np.int64)
    logits = np.mean([one.logits.astype(np.float64) for one in trainings], axis=0)
    counted = review_labels(given, [softmax(logits, axis=1)])
    is_label = np.arange(logits.shape[1]) == given[:, None]
    margin = logits[is_label] - np.where(is_label, -np.inf, logits).max(axis=1)
    suspected = np.argsort(margin, kind="stable")[: len(counted.suspected)]
    return label_review(expit(margin), margin, suspected, counted.suggested, injected)


def knn_shapley(
    neighbours: ArrayLike, labels: ArrayLike, query_labels: ArrayLike, k: int = NEIGHBOURS
) -> NDArray[np.float32]:
    """Compute the value of each training image for a nearest-neighbour classifier of other images (KNN-Shapley).

    The value is the Shapley value of the training image in the game whose payoff is the share of an image's `k` nearest
    training images that have its label, averaged over the images. A negative value means that the training image leads
    more images away from their labels than towards them.

    Parameters
    ----------
    neighbours
        Rows of the training images nearest to each of Q images, nearest first, shape (Q, R), R >= `k` unless there are
        fewer training images. The value of a training image beyond them is taken as 0, an error of at most 1/R.
    labels
        Of the T training images, shape (T,).
    query_labels
        Of the Q images, shape (Q,).

    Returns
    -------
    Shape (T,). If R = T, the values are exact and their sum is the payoff.

    Examples
    --------
    >>> knn_shapley([[0, 1, 2]], labels=[3, 3, 8], query_labels=[3], k=1).tolist()
    [0.5, 0.5, 0.0]
    >>> knn_shapley([[0, 1, 2]], labels=[8, 3, 3], query_labels=[3], k=1).astype(float).round(2).tolist()
    [-0.67, 0.33, 0.33]
    """
    rows, given = np.asarray(neighbours, dtype=np.int64), np.asarray(labels, dtype=np.int64)
    matches = (given[rows] == np.asarray(query_labels)[:, None]).astype(np.float64)
    ranks = np.arange(1, rows.shape[1] + 1)
    weight = np.minimum(k, ranks) / (k * ranks)
    values = np.zeros_like(matches)
    if rows.shape[1] == len(given):
        values[:, -1] = matches[:, -1] * weight[-1]
    values[:, :-1] = (matches[:, :-1] - matches[:, 1:]) * weight[:-1]
    values = values[:, ::-1].cumsum(axis=1)[:, ::-1]
    return (np.bincount(rows.ravel(), values.ravel(), minlength=len(given)) / len(rows)).astype(np.float32)


def detect_label_errors(
    scores: Mapping[str, NDArray[np.float32]], wrong: ArrayLike, photographs: NDArray[np.int64] | None = None
) -> dict[str, LabelErrorDetection]:
    """Compute how well each score finds the wrong labels.

    Parameters
    ----------
    scores
        By name, which is one of `SCORES`; each of shape (N,).
    wrong
        Whether each label is wrong, booleans, shape (N,).
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Returns
    -------
    By score; NaN unless there are wrong and correct labels.

    Examples
    --------
    >>> scores = {"margin": np.array([3.0, -1.0, 2.0, 4.0]), "forgetting": np.array([0.0, 1.0, 0.0, 1.0])}
    >>> found = detect_label_errors(scores, [False, True, False, False])
    >>> found["margin"].auroc.value, round(found["forgetting"].auroc.value, 2), found["forgetting"].average_precision
    (1.0, 0.83, 0.5)
    """
    errors = np.asarray(wrong, dtype=bool)
    if errors.all() or not errors.any():
        return dict.fromkeys(scores, LabelErrorDetection(UNDEFINED, float("nan")))
    return {
        name: LabelErrorDetection(
            estimate_by_photograph(*auroc(-SCORES[name] * values, errors), photographs, (0, 1))[0],
            float(average_precision_score(errors, SCORES[name] * values)),
        )
        for name, values in scores.items()
    }
