"""Conformal prediction: sets of classes that contain the true class of a chosen share of new images.

A set contains every class whose probability reaches a threshold (least ambiguous sets, LAC). The threshold is the
probability of the true class that the chosen share of the validation images reaches, with a correction for their
number. If the test images come from the same distribution as the validation images, their sets contain the true class
with at least the chosen probability, whatever the model. A lower coverage on the test images therefore shows that the
two differ.

References
----------
M. Sadinle, J. Lei, L. Wasserman (2019), Least ambiguous set-valued classifiers with bounded error levels, Journal of
the American Statistical Association 114, 223-234. R. G. Newcombe (1998), Interval estimation for the difference
between independent proportions, Statistics in Medicine 17, 873-890 (method 10).
"""

from __future__ import annotations

from math import ceil, hypot

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.store.schema import ClassScores, Estimate, PredictionSets

LEVEL = 0.9
"""Share of the images whose set shall contain the true class."""


def set_threshold(validation: ClassScores, level: float = LEVEL) -> float:
    """Return the smallest probability of a class in a prediction set.

    Parameters
    ----------
    validation
        Class scores of images that the model was not trained on.
    level
        Share of new images whose set shall contain the true class, between 0 and 1.

    Returns
    -------
    0, with which a set contains all classes, if there are too few validation images for the level.

    Examples
    --------
    >>> labels, logits = np.zeros(19, dtype=np.int64), np.zeros((19, 2), dtype=np.float32)
    >>> logits[:, 0] = np.arange(19)
    >>> round(set_threshold(ClassScores(labels, logits)), 3)  # 18 of 19 have at least this probability
    0.731
    """
    of_truth = np.sort(validation.probabilities[np.arange(len(validation.labels)), validation.labels])
    kept = ceil((len(of_truth) + 1) * level - 1e-9)
    return float(of_truth[-kept]) if kept <= len(of_truth) else 0.0


def sets_of(probabilities: NDArray[np.float64], threshold: float) -> NDArray[np.bool_]:
    """Return whether the prediction set of each image contains each class, shape (N, K).

    Examples
    --------
    >>> sets_of(np.array([[0.7, 0.3], [0.4, 0.6]]), 0.4).tolist()
    [[True, False], [True, True]]
    """
    return np.asarray(probabilities >= threshold)


def prediction_sets(
    validation: ClassScores,
    test: ClassScores,
    validation_photographs: NDArray[np.int64] | None = None,
    photographs: NDArray[np.int64] | None = None,
    level: float = LEVEL,
) -> PredictionSets:
    """Compute the threshold on the validation images, and coverage and size of the sets on the test images.

    Parameters
    ----------
    validation, test
        Class scores of the same model.
    validation_photographs, photographs
        Number of the photograph of each validation and of each test image; when None each image is its own.
    level
        As in `set_threshold`.

    Notes
    -----
    The interval of the difference in coverage contains the sampling variability of both splits (Newcombe's method 10,
    from Wilson intervals by photograph).

    Examples
    --------
    >>> scores = ClassScores(np.arange(200) % 2, 4 * np.eye(2, dtype=np.float32)[np.arange(200) % 2])
    >>> sets = prediction_sets(scores, scores)
    >>> sets.coverage.value, sets.mean_size, sets.sizes
    (1.0, 1.0, (0, 200, 0))
    """
    threshold = set_threshold(validation, level)
    members = sets_of(test.probabilities, threshold)
    rows, classes = np.arange(len(test.labels)), members.shape[1]
    covered, size = members[rows, test.labels], members.sum(axis=1)
    of_validation = sets_of(validation.probabilities, threshold)[np.arange(len(validation.labels)), validation.labels]
    coverage = share_by_photograph(covered, photographs)
    of_class = [test.labels == k for k in range(classes)]
    return PredictionSets(
        level=level,
        threshold=threshold,
        validation_images=len(validation.labels),
        coverage=coverage,
        difference=_difference(coverage, share_by_photograph(of_validation, validation_photographs)),
        mean_size=float(size.mean()),
        sizes=tuple(np.bincount(size, minlength=classes + 1).tolist()),
        class_coverage=tuple(share_by_photograph(covered, photographs, images) for images in of_class),
        class_size=tuple(float(size[images].mean()) if images.any() else float("nan") for images in of_class),
    )


def _difference(first: Estimate, second: Estimate) -> Estimate:
    """Return the first minus the second of two independent shares, with its interval."""
    difference = first.value - second.value
    return Estimate(
        difference,
        difference - hypot(first.value - first.low, second.high - second.value),
        difference + hypot(first.high - first.value, second.value - second.low),
    )
