"""Area under the ROC curve (AUROC), with the contribution of each image to its variance.

References
----------
N. A. Obuchowski (1997), Nonparametric analysis of clustered ROC curve data, Biometrics 53, 567-578.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def auroc(score: ArrayLike, lower: ArrayLike) -> tuple[float, NDArray[np.float64]]:
    """Compute the probability that an image of one group has a lower score than one of the other; ties count half.

    Parameters
    ----------
    score
        Shape (N,).
    lower
        Whether each image is of the group whose scores should be lower, booleans, shape (N,), of both kinds.

    Returns
    -------
    value
        Area under the ROC curve, 0 to 1.
    influence
        Contribution of each image to the deviation of the value, mean 0, shape (N,). The square of its sum over
        independent groups of images estimates the variance.

    Examples
    --------
    >>> auroc([0.9, 0.6, 0.8, 0.7], [False, True, False, False])[0]
    1.0
    """
    values, low = np.asarray(score, dtype=np.float64), np.asarray(lower, dtype=bool)
    influence = np.empty(len(values))
    influence[low] = 1 - _share_below(values[low], values[~low])
    influence[~low] = _share_below(values[~low], values[low])
    area = float(influence[low].mean())
    return area, (influence - area) / np.where(low, low.sum(), (~low).sum())


def _share_below(values: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of the others that lie below each value; equal ones count half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    return np.asarray(below / (2 * len(ordered)))
