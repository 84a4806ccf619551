"""Accuracy, F1 and confusion matrix of predicted classes, and the Wilson interval of a share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhnlab.store.schema import UNDEFINED, Estimate

CONFIDENCE = 0.95
"""Confidence level of all intervals."""
NORMAL_QUANTILE = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""Half the width of an interval of a normally distributed estimate, in standard errors."""

# scipy.stats and scikit-learn take seconds to import, so they are imported where they are needed.


@dataclass(frozen=True)
class Evaluation:
    """Metrics of predicted classes; K is the number of classes.

    Attributes
    ----------
    n
        Number of images.
    accuracy
        Share of correctly classified images.
    accuracy_interval
        95% Wilson score interval of the accuracy. It covers the sampling variability of the test set, not training
        variability.
    macro_f1
        Unweighted mean of `f1` over the classes with images.
    precision, recall, f1
        Per class, shape (K,); NaN where undefined: the precision of a class that is never predicted, recall and F1 of a
        class without images.
    support
        Images of each true class, shape (K,).
    confusion
        Counts, shape (K, K); rows are true classes, columns predicted classes.
    confusion_share
        `confusion` divided by its row sums, shape (K, K); NaN in the row of a class without images.
    """

    n: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]
    confusion: NDArray[np.int64]
    confusion_share: NDArray[np.float64]

    @property
    def classes_with_images(self) -> int:
        """Number of classes in the mean of macro-F1."""
        return int((self.support > 0).sum())

    @property
    def errors(self) -> int:
        """Number of misclassified images."""
        return int(self.n - np.trace(self.confusion))

    def as_dict(self, class_names: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the metrics as plain numbers and lists, ready for JSON; None where undefined.

        Parameters
        ----------
        class_names
            Values of the "class" entries; class numbers by default.
        """
        names: Sequence[Any] = range(len(self.support)) if class_names is None else class_names
        return {
            "accuracy": self.accuracy,
            "accuracy_interval": list(self.accuracy_interval),
            "macro_f1": self.macro_f1,
            "classes_with_images": self.classes_with_images,
            "n": self.n,
            "per_class": [
                {
                    "class": name,
                    "precision": _defined(self.precision[k]),
                    "recall": _defined(self.recall[k]),
                    "f1": _defined(self.f1[k]),
                    "support": int(self.support[k]),
                }
                for k, name in enumerate(names)
            ],
            "confusion": self.confusion.tolist(),
        }


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


# Cached: SciPy also computes a p-value, which takes a thousand times as long, and many callers need the same shares.
@lru_cache(maxsize=4096)
def wilson_interval(successes: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Compute the Wilson score interval of a share.

    Parameters
    ----------
    successes, n
        Number of successes among `n` trials, 0 <= successes <= n, n >= 1.
    confidence
        Confidence level, between 0 and 1.

    Returns
    -------
    Lower and upper bound, shares between 0 and 1.

    Raises
    ------
    ValueError
        If `n` is not positive or `successes` is outside 0 to `n`.

    References
    ----------
    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> low, high = wilson_interval(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    from scipy.stats import binomtest  # noqa: PLC0415

    interval = binomtest(int(successes), int(n)).proportion_ci(confidence_level=confidence, method="wilson")
    return float(interval.low), float(interval.high)


def share_estimate(successes: int, n: int, design_effect: float = 1.0) -> Estimate:
    """Return the share of `successes` among `n` with its 95% Wilson interval; NaN where `n` is 0.

    Parameters
    ----------
    design_effect
        Number by which `n` is divided for the interval, at least 1; see `svhnlab.analysis.clusters`.

    Examples
    --------
    >>> estimate = share_estimate(0, 20)
    >>> estimate.value, estimate.low, round(estimate.high, 3)
    (0.0, 0.0, 0.161)
    """
    if not n:
        return UNDEFINED
    share = int(successes) / int(n)
    if design_effect == 1:
        low, high = wilson_interval(successes, n)
    else:
        low, high = _wilson(share, n / design_effect)
    # Rounding can move a bound to the wrong side of the share.
    return Estimate(share, min(low, share), max(high, share))


def _wilson(share: float, n: float) -> tuple[float, float]:
    """Return Wilson's interval of a share among an effective number of images, which need not be whole."""
    z = NORMAL_QUANTILE
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    return max((middle - half) / (1 + z * z / n), 0.0), min((middle + half) / (1 + z * z / n), 1.0)


def evaluate(labels: ArrayLike, predicted: ArrayLike, n_classes: int) -> Evaluation:
    """Compare predicted classes with the true ones.

    Parameters
    ----------
    labels, predicted
        Integers from 0 to `n_classes` - 1, both of shape (N,), N >= 1.
    n_classes
        Number of classes K. Classes without images are left out of macro-F1.

    Raises
    ------
    ValueError
        If the arrays are empty, differ in shape or contain numbers outside 0 to `n_classes` - 1.

    Examples
    --------
    >>> evaluation = evaluate([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2], n_classes=3)
    >>> round(evaluation.accuracy, 3), round(evaluation.macro_f1, 3), evaluation.errors
    (0.667, 0.656, 2)
    >>> evaluation.confusion.tolist()
    [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    """
    true, guess = np.asarray(labels), np.asarray(predicted)
    if true.ndim != 1 or true.shape != guess.shape or not true.size:
        raise ValueError(f"labels {true.shape} and predictions {guess.shape} must match and hold one or more")
    for array in (true, guess):
        if array.min() < 0 or array.max() >= n_classes:
            raise ValueError(f"classes must lie between 0 and {n_classes - 1}")
    classes = np.arange(n_classes)
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support  # noqa: PLC0415

    precision, recall, f1, support = precision_recall_fscore_support(true, guess, labels=classes, zero_division=np.nan)
    f1 = np.where(support > 0, f1, np.nan)
    confusion = confusion_matrix(true, guess, labels=classes)
    hits = int(np.trace(confusion))
    with np.errstate(invalid="ignore"):
        share = confusion / confusion.sum(axis=1, keepdims=True)
    return Evaluation(
        n=int(true.size),
        accuracy=hits / true.size,
        accuracy_interval=wilson_interval(hits, true.size),
        macro_f1=float(np.nanmean(f1)),
        precision=precision,
        recall=recall,
        f1=f1,
        support=support.astype(np.int64),
        confusion=confusion,
        confusion_share=share,
    )
