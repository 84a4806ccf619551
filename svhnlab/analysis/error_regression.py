"""Regression of errors on the known properties of the images: which of them make errors more likely.

Errors on images from one photograph are not independent, nor are errors of several models on one image. The standard
errors therefore come from the sums of the scores over photographs (sandwich estimator).

References
----------
D. W. Hosmer, S. Lemeshow, R. X. Sturdivant (2013), Applied logistic regression, Wiley. K.-Y. Liang, S. L. Zeger (1986),
Longitudinal data analysis using generalized linear models, Biometrika 73, 13-22 (sandwich estimator for clusters). E.
Vittinghoff, C. E. McCulloch (2007), Relaxing the rule of ten events per variable in logistic and Cox regression,
American Journal of Epidemiology 165, 710-718.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from svhnlab.analysis.clusters import sum_by_photograph
from svhnlab.analysis.metrics import NORMAL_QUANTILE
from svhnlab.analysis.paired import holm
from svhnlab.store.schema import Estimate, OddsRatio

Floats = NDArray[np.float64]

EVENTS = 5
"""Smallest number of misclassified and of other images for each coefficient (Vittinghoff and McCulloch)."""

_STEPS, _TOLERANCE = 50, 1e-8

_LOGARITHMIC = ("blur", "contrast", "noise", "native_size", "width", "stroke")
_MAGNITUDE = ("slant", "rotation")
_BINARY = ("hand_drawn", "outlined", "hollow")


@dataclass(frozen=True)
class LogisticFit:
    """Coefficients of a logistic regression.

    Attributes
    ----------
    coefficients
        Change of the log odds per unit of each column, shape (V,).
    errors
        Their standard errors by photograph, shape (V,).
    """

    coefficients: Floats
    errors: Floats


def fit_logistic(columns: Floats, outcome: NDArray[np.bool_], groups: NDArray[np.int64]) -> LogisticFit | None:
    """Fit a logistic regression by maximum likelihood.

    Parameters
    ----------
    columns
        One row for each observation, with a column of ones if there is an intercept, shape (N, V).
    outcome
        Booleans, shape (N,).
    groups
        Number of the group of each observation, such as the photograph; groups are independent. Shape (N,).

    Returns
    -------
    None if there is no maximum: columns are collinear, or separate the outcomes.

    Notes
    -----
    The sandwich estimator is multiplied by G / (G - 1) for G groups.

    Examples
    --------
    >>> errors = np.repeat([True, False, True, False], [10, 90, 20, 80])
    >>> blurred = np.repeat([0.0, 1.0], 100)
    >>> fit = fit_logistic(np.stack([np.ones(200), blurred], axis=1), errors, np.arange(200))
    >>> round(float(np.exp(fit.coefficients[1])), 3), round(float(fit.errors[1]), 2)
    (2.25, 0.42)
    """
    y = np.asarray(outcome, dtype=np.float64)
    coefficients = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        fitted = expit(columns @ coefficients)
        weight = fitted * (1 - fitted)
        information = (columns * weight[:, None]).T @ columns
        if np.linalg.cond(information) > 1e10:
            return None
        step = np.linalg.solve(information, columns.T @ (y - fitted))
        coefficients += step
        if np.abs(step).max() < _TOLERANCE:
            break
    else:
        return None
    scores = sum_by_photograph(columns * (y - fitted)[:, None], groups)
    bread = np.linalg.inv(information)
    variance = bread @ (scores.T @ scores) @ bread * len(scores) / max(len(scores) - 1, 1)
    return LogisticFit(coefficients, np.sqrt(np.diag(variance)))


def odds_ratios(
    parameters: Mapping[str, NDArray[np.float32]],
    wrong: NDArray[np.bool_],
    classes: NDArray[np.int64],
    photographs: NDArray[np.int64],
) -> tuple[OddsRatio, ...]:
    """Regress errors on parameters of the images, with the class and the configuration held fixed.

    Parameters
    ----------
    parameters
        Values of each image by name, each of shape (N,). Ratio-scaled ones enter as logarithms, angles as magnitudes.
        Constant ones are left out.
    wrong
        Whether each of M configurations misclassifies each image, booleans, shape (M, N).
    classes
        Class that each image shows, shape (N,).
    photographs
        Number of the photograph of each image, shape (N,).

    Returns
    -------
    In the order of the parameters; empty if there are fewer than `EVENTS` errors for each coefficient.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> blur, contrast = (rng.lognormal(size=2000).astype(np.float32) for _ in range(2))
    >>> wrong = rng.random(2000) < 0.2 * np.minimum(blur, 3)
    >>> found = odds_ratios({"blur": blur, "contrast": contrast}, wrong[None], np.zeros(2000, int), np.arange(2000))
    >>> [(one.parameter, one.p_adjusted < 0.05) for one in found]
    [('blur', True), ('contrast', False)]
    """
    varying = {name: values for name, values in parameters.items() if np.ptp(values) > 0}
    names = list(varying)
    models, images = wrong.shape
    of_parameters = [_scaled(name, varying[name]) for name in names]
    of_class = [classes == one for one in np.unique(classes)[1:]]
    shared = np.stack([*of_parameters, *of_class], axis=1).astype(np.float64)
    of_model = np.repeat(np.eye(models), images, axis=0)
    columns = np.hstack([np.tile(shared, (models, 1)), of_model])
    errors = int(wrong.any(axis=0).sum())
    if min(errors, images - errors) < EVENTS * columns.shape[1]:
        return ()
    fit = fit_logistic(columns, wrong.ravel(), np.tile(photographs, models))
    if fit is None:
        return ()
    slopes, deviations = fit.coefficients[: len(names)], fit.errors[: len(names)]
    p_values = 2 * ndtr(-np.abs(slopes / deviations))
    adjusted = holm(p_values.tolist())
    half = NORMAL_QUANTILE * deviations
    return tuple(
        OddsRatio(
            parameter=name,
            unit=_unit(name),
            is_binary=name in _BINARY,
            ratio=Estimate(*(float(np.exp(slopes[i] + side * half[i])) for side in (0, -1, 1))),
            p_value=float(p_values[i]),
            p_adjusted=float(adjusted[i]),
        )
        for i, name in enumerate(names)
    )


def _scaled(name: str, values: NDArray[np.float32]) -> Floats:
    x = values.astype(np.float64)
    if name in _BINARY:
        return x
    x = np.log(x) if name in _LOGARITHMIC else np.abs(x) if name in _MAGNITUDE else x
    return np.asarray((x - x.mean()) / x.std())


def _unit(name: str) -> str:
    if name in _BINARY:
        return "with against without"
    if name in _LOGARITHMIC:
        return "per standard deviation of its logarithm"
    return f"per standard deviation{' of its magnitude' if name in _MAGNITUDE else ''}"
