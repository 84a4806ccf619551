"""Which images go wrong, which classes are taken for which, and what models share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.metrics import wilson_interval


@dataclass(frozen=True)
class ConfusedPair:
    """How often one class is taken for another.

    Attributes
    ----------
    true, predicted
        The two classes.
    count
        Images of class `true` that were predicted to be `predicted`.
    share
        `count` over all images of class `true`.
    interval
        95% Wilson interval of `share`.
    """

    true: int
    predicted: int
    count: int
    share: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Agreement:
    """What M models make of the same N images.

    Attributes
    ----------
    wrong
        Booleans, shape (M, N).
    wrong_in_all
        Images that every model gets wrong, ascending, shape (A,).
    images_by_errors
        Images that exactly j models get wrong, for j = 0 to M, shape (M + 1,).
    shared_errors
        Images that two models both get wrong, shape (M, M); the diagonal holds each model's own errors.
    """

    wrong: NDArray[np.bool_]
    wrong_in_all: NDArray[np.int64]
    images_by_errors: NDArray[np.int64]
    shared_errors: NDArray[np.int64]


def rank_errors(labels: ArrayLike, predicted: ArrayLike, score: ArrayLike) -> NDArray[np.int64]:
    """Rows of the wrong images, the highest score first; equals in the order of their rows.

    Parameters
    ----------
    labels, predicted
        True and predicted classes, shape (N,).
    score
        What to rank by, for example the probability of the predicted class, shape (N,). Images without one (NaN)
        come last.
    """
    rows = np.flatnonzero(np.asarray(labels) != np.asarray(predicted))
    order = np.argsort(-np.asarray(score, dtype=np.float64)[rows], kind="stable")
    return rows[order].astype(np.int64)


def confused_pairs(confusion: ArrayLike) -> list[ConfusedPair]:
    """Rank ordered pairs of classes by how many images of the first are taken for the second.

    Parameters
    ----------
    confusion
        Counts, rows true and columns predicted, shape (K, K).

    Returns
    -------
    Pairs with at least one image, most images first, then the larger share, then by class number.
    """
    counts = np.asarray(confusion)
    support = counts.sum(axis=1)
    pairs = [
        ConfusedPair(
            int(i),
            int(j),
            int(counts[i, j]),
            float(counts[i, j] / support[i]),
            wilson_interval(int(counts[i, j]), int(support[i])),
        )
        for i, j in np.argwhere(counts)
        if i != j
    ]
    return sorted(pairs, key=lambda pair: (-pair.count, -pair.share, pair.true, pair.predicted))


def compare_errors(labels: ArrayLike, predicted: ArrayLike) -> Agreement:
    """Find which errors models share.

    Parameters
    ----------
    labels
        True classes, shape (N,), N >= 1.
    predicted
        Predicted classes, one row per model, shape (M, N), M >= 1.
    """
    guess = np.asarray(predicted)
    wrong = guess != np.asarray(labels)
    return Agreement(
        wrong=wrong,
        wrong_in_all=np.flatnonzero(wrong.all(axis=0)).astype(np.int64),
        images_by_errors=np.bincount(wrong.sum(axis=0), minlength=len(guess) + 1).astype(np.int64),
        shared_errors=wrong.astype(np.int64) @ wrong.astype(np.int64).T,
    )
