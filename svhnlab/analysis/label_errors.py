"""Suspected errors among the test labels, by confident learning.

Confident learning needs probabilities of models that did not learn from the labels in question. Test labels meet this
condition: no model was trained on them. The probabilities of all models are averaged, because a label is suspicious
where the models agree on another class, not where a single model misclassifies the picture.

References
----------
C. G. Northcutt, L. Jiang, I. L. Chuang (2021), Confident learning: estimating uncertainty in dataset labels,
Journal of Artificial Intelligence Research 70, 1373-1411 (the number of wrong labels). J. Kuan, J. Mueller (2022),
Model-agnostic label quality scoring to detect real-world label errors, ICML Workshop on Data-Centric Machine
Learning Research (their ranking). Both as implemented in cleanlab.
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
    """Compute the quality of each label, and find the labels that are suspected to be wrong.

    Parameters
    ----------
    labels
        Given classes, shape (N,), N at least one.
    probabilities
        Of each of M models, M at least one, each of shape (N, K); no model may have been trained on these labels.
    injected
        Rows of the label errors that were injected, shape (P,); None where the label errors are not known.

    Returns
    -------
    The quality of a label is the mean over the models of the probability of the labelled class (self-confidence).
    Suspected are the labels of the lowest quality, as many as confident learning estimates to be wrong, except those
    whose class is the most probable one. The suspected labels are thus the first of the ranking by quality. Labels of
    a single class can't be judged in this way; none of them is suspected.

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
    known = None if injected is None else np.asarray(injected, dtype=np.int64)
    return LabelReview(
        quality=quality.astype(np.float32),
        suspected=suspected,
        suggested=suggested,
        injected=None if known is None else len(known),
        true_positives=None if known is None else int(np.isin(suspected, known).sum()),
        average_precision=None if known is None else _average_precision(quality, known),
    )


def _least_confident(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
    if len(np.unique(labels)) == 1:
        return np.zeros(len(labels), dtype=bool)
    return np.asarray(find_label_issues(labels, probabilities, filter_by="low_self_confidence", n_jobs=1))


def _average_precision(quality: NDArray[np.float64], injected: NDArray[np.int64]) -> float:
    if not len(injected):
        return float("nan")
    wrong = np.zeros(len(quality), dtype=bool)
    wrong[injected] = True
    return float(average_precision_score(wrong, -quality))
