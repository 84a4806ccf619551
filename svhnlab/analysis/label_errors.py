"""Suspected errors among the test labels, by confident learning.

Confident learning needs probabilities from models that were not trained on the labels in question. Test labels meet
this condition. The probabilities of all models are averaged because a label is suspicious if the models agree on
another class, not if a single model misclassifies the image.

References
----------
C. G. Northcutt, L. Jiang, I. L. Chuang (2021), Confident learning: estimating uncertainty in dataset labels,
Journal of Artificial Intelligence Research 70, 1373-1411 (the number of wrong labels). J. Kuan, J. Mueller (2022),
Model-agnostic label quality scoring to detect real-world label errors, ICML Workshop on Data-Centric Machine
Learning Research (the ranking). Both as implemented in cleanlab.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from cleanlab.filter import find_label_issues
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score

from svhnlab.store.schema import LabelReview


def review_labels(
    labels: ArrayLike, probabilities: Sequence[ArrayLike], injected: ArrayLike | None = None
) -> LabelReview:
    """Compute the quality of each label, and find suspected label errors.

    Parameters
    ----------
    labels
        Given classes, shape (N,), N >= 1.
    probabilities
        Of M >= 1 models, each of shape (N, K); no model may have been trained on these labels.
    injected
        Rows of the injected label errors, shape (P,); None if the label errors are unknown.

    Returns
    -------
    The quality of a label is the probability of the labelled class, averaged over the models (self-confidence). The
    labels of the lowest quality are suspected, as many as confident learning estimates to be wrong, except those whose
    class is the most probable one. Confident learning needs at least two labelled classes; with one, no label is
    suspected.

    Examples
    --------
    >>> labels = np.repeat([0, 1], 5)
    >>> confident = np.where(np.arange(10)[:, None] < 5, [0.9, 0.1], [0.1, 0.9])
    >>> labels[7] = 0
    >>> review = review_labels(labels, [confident], injected=[7])
    >>> review.suspected.tolist(), review.precision, review.recall
    ([7], 1.0, 1.0)
    """
    given = np.asarray(labels, dtype=np.int64)
    mean = np.mean([np.asarray(array, dtype=np.float64) for array in probabilities], axis=0)
    quality = mean[np.arange(len(given)), given]
    suggested = mean.argmax(axis=1).astype(np.int64)
    suspected = np.flatnonzero(_least_confident(given, mean) & (suggested != given))
    suspected = suspected[np.argsort(quality[suspected], kind="stable")]
    return label_review(quality, quality, suspected, suggested, injected)


def label_review(
    quality: NDArray[np.float64],
    ranking: NDArray[np.float64],
    suspected: NDArray[np.int64],
    suggested: NDArray[np.int64],
    injected: ArrayLike | None,
) -> LabelReview:
    """Compare suspected labels with the injected label errors, if these are known.

    Parameters
    ----------
    quality
        Of each label, shape (N,).
    ranking
        Low for suspect labels, shape (N,); its average precision is computed.
    suspected
        Rows of the suspected labels, the most suspect first, shape (S,).
    suggested
        Class that each image probably shows, shape (N,).
    injected
        Rows of the injected label errors, shape (P,); None if the label errors are unknown.

    Examples
    --------
    >>> quality, shown = np.array([0.9, 0.2, 0.8]), np.array([0, 1, 0])
    >>> label_review(quality, quality, np.array([1]), shown, [1]).average_precision
    1.0
    """
    known = None if injected is None else np.asarray(injected, dtype=np.int64)
    return LabelReview(
        quality=quality.astype(np.float32),
        suspected=suspected,
        suggested=suggested,
        injected=None if known is None else len(known),
        true_positives=None if known is None else int(np.isin(suspected, known).sum()),
        average_precision=None if known is None else _average_precision(ranking, known),
    )


def _least_confident(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
    if len(np.unique(labels)) == 1:
        return np.zeros(len(labels), dtype=bool)
    return np.asarray(find_label_issues(labels, probabilities, filter_by="low_self_confidence", n_jobs=1))


def _average_precision(ranking: NDArray[np.float64], injected: NDArray[np.int64]) -> float:
    if not len(injected):
        return float("nan")
    wrong = np.zeros(len(ranking), dtype=bool)
    wrong[injected] = True
    return float(average_precision_score(wrong, -ranking))
