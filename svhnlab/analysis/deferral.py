"""Selective prediction for a target accuracy: the threshold comes from validation images, its effect from test images.

A threshold that is chosen on the images on which it is judged always reaches the target there, also by luck. Against
labels of which a share is wrong, a model without errors would not reach a target accuracy above the share of right
labels, so such a target is refused.

References
----------
Y. Geifman, R. El-Yaniv (2017), Selective classification for deep neural networks, NeurIPS, 4878-4887.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.calibration import risk_coverage
from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.store.schema import UNDEFINED, ClassScores, Deferral

TARGET_ACCURACY = 0.95
"""Target accuracy of the images that are not deferred."""


def confidence_threshold(confidence: ArrayLike, correct: ArrayLike, target: float = TARGET_ACCURACY) -> float | None:
    """Return the lowest confidence from which on the images reach the target accuracy.

    Images of equal confidence are kept or deferred together.

    Parameters
    ----------
    confidence
        Probability of the predicted class, shape (N,), N >= 1.
    correct
        Whether the predicted class is the true class, booleans, shape (N,).
    target
        Accuracy of the images with at least this confidence, 0 to 1.

    Returns
    -------
    0 if all images together reach the target, None if no set of the most confident images does.

    Examples
    --------
    >>> confidence_threshold([0.9, 0.6, 0.8, 0.7], [True, False, True, True], target=0.95)
    0.7
    """
    descending = -np.sort(-np.asarray(confidence, dtype=np.float64))
    kept = np.arange(1, len(descending) + 1)
    ends = np.append(descending[1:] != descending[:-1], True)
    # Compare counts of images: in floating point, 95 of 100 may not equal 0.95.
    errors = np.rint(risk_coverage(confidence, correct) * kept)
    enough = np.flatnonzero(ends & (errors <= (1 - target) * kept + 1e-9))
    if not len(enough):
        return None
    return 0.0 if enough[-1] == len(descending) - 1 else float(descending[enough[-1]])


def defer(
    validation: ClassScores,
    test: ClassScores,
    photographs: NDArray[np.int64] | None = None,
    *,
    label_noise: float = 0.0,
    target: float = TARGET_ACCURACY,
) -> Deferral:
    """Choose a confidence threshold on the validation images, and apply it to the test images.

    Parameters
    ----------
    validation, test
        Class scores with the labels against which the model is judged: the true labels where they are known.
    photographs
        Number of the photograph of each test image, shape (N,); when None each image is its own.
    label_noise
        Share of these labels that are wrong, 0 for true labels. A target that allows fewer errors is refused.
    target
        Accuracy of the validation images that are not deferred, 0 to 1.

    Examples
    --------
    >>> logits = np.array([[4, 0], [0, 3], [0, 1], [2, 0]], dtype=np.float32)
    >>> scores = ClassScores(np.array([0, 1, 0, 0]), logits)
    >>> found = defer(scores, scores)
    >>> round(found.threshold, 3), found.rate, found.accuracy.value
    (0.881, 0.25, 1.0)
    >>> defer(scores, scores, label_noise=0.1).refused
    True
    """
    if 1 - target < label_noise:
        return Deferral(target, label_noise, None, float("nan"), UNDEFINED)
    threshold = confidence_threshold(validation.confidence, ~validation.wrong, target)
    if threshold is None:
        return Deferral(target, label_noise, None, 1.0, UNDEFINED)
    kept = test.confidence >= threshold
    accuracy = share_by_photograph(~test.wrong, photographs, kept)
    return Deferral(target, label_noise, threshold, float(1 - kept.mean()), accuracy)
