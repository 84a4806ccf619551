"""Scores that tell errors from correctly classified images, compared by their AUROC.

References
----------
N. A. Obuchowski (1997), Nonparametric analysis of clustered ROC curve data, Biometrics 53, 567-578. D. Hendrycks,
K. Gimpel (2017), A baseline for detecting misclassified and out-of-distribution examples in neural networks, ICLR.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.auroc import auroc
from svhnlab.analysis.clusters import estimate_by_photograph
from svhnlab.store.schema import UNDEFINED, ErrorDetection


def error_detection(
    confidence: ArrayLike, margin: ArrayLike, wrong: ArrayLike, photographs: NDArray[np.int64] | None = None
) -> ErrorDetection:
    """Compare two scores by how well they tell errors from correctly classified images.

    Parameters
    ----------
    confidence
        Probability of the predicted class, shape (N,).
    margin
        Margin of the predicted class in feature space, shape (N,); images with NaN are left out. Both scores must not
        use the true class.
    wrong
        Whether each image is an error, booleans, shape (N,).
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Returns
    -------
    NaN unless there are errors as well as correctly classified images. Intervals are by photograph.

    Examples
    --------
    >>> found = error_detection([0.9, 0.6, 0.8, 0.7], [1.0, 2.0, 3.0, 4.0], [False, True, False, False])
    >>> found.confidence.value, round(found.margin.value, 2), round(found.difference.value, 2)
    (1.0, 0.67, -0.33)
    """
    scores = np.column_stack([np.asarray(confidence, np.float64), np.asarray(margin, np.float64)])
    errors, defined = np.asarray(wrong, dtype=bool), np.isfinite(scores).all(axis=1)
    scores, errors = scores[defined], errors[defined]
    groups = None if photographs is None else photographs[defined]
    if errors.all() or not errors.any():
        return ErrorDetection(UNDEFINED, UNDEFINED, UNDEFINED)
    (first, of_first), (second, of_second) = (auroc(column, errors) for column in scores.T)
    return ErrorDetection(
        estimate_by_photograph(first, of_first, groups, (0, 1))[0],
        estimate_by_photograph(second, of_second, groups, (0, 1))[0],
        estimate_by_photograph(second - first, of_second - of_first, groups, (-1, 1))[0],
    )
