"""Classifier two-sample test: whether training and test images differ in distribution.

If a classifier tells images of one set from images of the other better than by chance, the two sets differ. It is
trained on one half of the photographs of each set and judged on the other half. Cross-validation would not be more
precise: where the sets do not differ, the results of the folds are correlated, since the classifier of each fold is
trained on the others, and the variance of their mean is twice that of independent folds.

References
----------
D. Lopez-Paz, M. Oquab (2017), Revisiting classifier two-sample tests, ICLR. N. A. Obuchowski (1997), Nonparametric
analysis of clustered ROC curve data, Biometrics 53, 567-578 (variance of the area under the curve by cluster).
T. Z. Xiao, J. Zenn, R. Bamler (2023), The SVHN dataset is deceptive for probabilistic generative models due to a
distribution mismatch, arXiv 2312.02168.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.auroc import auroc
from svhnlab.analysis.clusters import variance_of_sum
from svhnlab.analysis.metrics import NORMAL_QUANTILE
from svhnlab.store.schema import Estimate

ALL = "all"
"""Name of the classifier that sees all properties."""
FEATURES = "features"
"""Name of the classifier that sees the features of a model."""
REGULARISATION = 0.01
"""Inverse strength of the penalty (scikit-learn's C) of the classifier of features, which has hundreds of weights."""


def clustered_auc(
    first: ArrayLike,
    second: ArrayLike,
    photographs_first: NDArray[np.int64] | None = None,
    photographs_second: NDArray[np.int64] | None = None,
) -> Estimate:
    """Estimate the area under the ROC curve: the probability that a score of the second set exceeds one of the first.

    Parameters
    ----------
    first, second
        Scores of the images of both sets, shapes (N,) and (M,).
    photographs_first, photographs_second
        Number of the photograph of each image, shapes (N,) and (M,); when None each image is its own.

    Returns
    -------
    The area with its 95% interval by photograph, 0 to 1; 0.5 where the sets do not differ.

    Examples
    --------
    >>> area = clustered_auc([0.1, 0.4, 0.2], [0.3, 0.6, 0.5])
    >>> round(area.value, 2), round(area.low, 2), area.high
    (0.89, 0.58, 1.0)
    """
    n = len(np.asarray(first))
    scores = np.concatenate([np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)])
    area, influence = auroc(scores, np.arange(len(scores)) < n)
    variance = variance_of_sum(influence[:n], photographs_first) + variance_of_sum(influence[n:], photographs_second)
    half = NORMAL_QUANTILE * float(np.sqrt(variance))
    return Estimate(area, max(area - half, 0.0), min(area + half, 1.0))


def compare_sets(
    first: Mapping[str, ArrayLike],
    second: Mapping[str, ArrayLike],
    photographs_first: NDArray[np.int64],
    photographs_second: NDArray[np.int64],
) -> dict[str, Estimate]:
    """Compare the properties of the images of two sets, one by one and all together.

    Parameters
    ----------
    first, second
        Value of each property for each image, by name, shapes (N,) and (M,); the same properties in both.
    photographs_first, photographs_second
        Number of the photograph of each image, shapes (N,) and (M,).

    Returns
    -------
    Area under the ROC curve for telling the second set from the first, by property, and under `ALL` that of a logistic
    regression on the standardised properties, their squares and products, for held-out photographs. Above 0.5 the
    second set has higher values.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> same, brighter = rng.normal(0, 1, 300), rng.normal(1, 1, 300)
    >>> areas = compare_sets({"light": same}, {"light": brighter}, np.arange(300), np.arange(300))
    >>> sorted(areas), areas["light"].low > 0.5, areas["all"].low > 0.5
    (['all', 'light'], True, True)
    """
    # scikit-learn takes seconds to import
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler  # noqa: PLC0415

    groups = (photographs_first, photographs_second)
    areas = {name: clustered_auc(first[name], second[name], *groups) for name in first}
    one, other = (np.column_stack([np.asarray(values[name]) for name in first]) for values in (first, second))
    steps = [StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler()]
    return {**areas, ALL: _held_out_area([*steps, LogisticRegression(max_iter=1_000)], one, other, *groups)}


def compare_features(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    photographs_first: NDArray[np.int64],
    photographs_second: NDArray[np.int64],
) -> Estimate:
    """Compare the features of the images of two sets, neither of which the model was trained on.

    Parameters
    ----------
    first, second
        Features from the same model, shapes (N, D) and (M, D).
    photographs_first, photographs_second
        Number of the photograph of each image, shapes (N,) and (M,).

    Returns
    -------
    Area under the ROC curve for telling the second set from the first, of a logistic regression on the standardised
    features, for held-out photographs.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> same, shifted = rng.normal(0, 1, (300, 8)), rng.normal(0.5, 1, (300, 8))
    >>> compare_features(same, shifted, np.arange(300), np.arange(300)).low > 0.5
    True
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    classifier = LogisticRegression(C=REGULARISATION, max_iter=1_000)
    return _held_out_area([StandardScaler(), classifier], first, second, photographs_first, photographs_second)


def _held_out_area(
    steps: list[Any],
    first: NDArray[Any],
    second: NDArray[Any],
    photographs_first: NDArray[np.int64],
    photographs_second: NDArray[np.int64],
) -> Estimate:
    """Return the area of a scikit-learn pipeline that is trained on half of the photographs, for the other half."""
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    rng = np.random.default_rng(0)
    train_first, train_second = _half(photographs_first, rng), _half(photographs_second, rng)
    is_second = np.repeat([False, True], [train_first.sum(), train_second.sum()])
    classifier = make_pipeline(*steps).fit(np.concatenate([first[train_first], second[train_second]]), is_second)
    return clustered_auc(
        classifier.decision_function(first[~train_first]),
        classifier.decision_function(second[~train_second]),
        photographs_first[~train_first],
        photographs_second[~train_second],
    )


def _half(photographs: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return whether each image is from a random half of the photographs, shape (N,)."""
    numbers = rng.permutation(np.unique(photographs))
    return np.isin(photographs, numbers[: len(numbers) // 2])
