"""Slices of the test images by image properties, and the error rate in each slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.clusters import share_by_photograph, shares_p_value
from svhnlab.analysis.paired import holm
from svhnlab.store.schema import ALPHA, Slice

SLICES = 5
"""Number of slices of each property, of about equal size (quintiles)."""


MOST_VALUES = 6
"""Number of values of a column of texts that are properties of their own: the most frequent ones."""
MOST_PROPERTIES = 7
"""Number of properties from columns; with the measured ones, more would not fit a page."""
FEWEST_IMAGES = 10
"""Smallest number of images with such a value, and without it."""


def column_properties(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """Return the properties that the columns of a table are.

    Parameters
    ----------
    columns
        By name: numbers, or texts, shape (N,).

    Returns
    -------
    A column of numbers as it is. For a column of texts one property for each frequent value, "column: value", which is
    1 for images with this value and 0 for others. At most `MOST_PROPERTIES`, in the order of the columns.

    Examples
    --------
    >>> columns = {"age": np.arange(30.0), "camera": np.repeat(["phone", "scanner", "other"], [14, 12, 4])}
    >>> {name: int(values.sum()) for name, values in column_properties(columns).items()}
    {'age': 435, 'camera: phone': 14, 'camera: scanner': 12}
    """
    properties = {}
    for name, values in columns.items():
        if values.dtype.kind == "f":
            properties[name] = values.astype(np.float32)
            continue
        found, counts = np.unique(values, return_counts=True)
        for place in np.argsort(-counts, kind="stable")[:MOST_VALUES]:
            if FEWEST_IMAGES <= counts[place] <= len(values) - FEWEST_IMAGES:
                properties[f"{name}: {found[place]}"] = (values == found[place]).astype(np.float32)
    return dict(list(properties.items())[:MOST_PROPERTIES])


def quantile_slices(values: ArrayLike) -> list[tuple[float, float, NDArray[np.bool_]]]:
    """Divide images by the quintiles of one property.

    Parameters
    ----------
    values
        Finite value for each image, shape (N,), N >= 1.

    Returns
    -------
    Lower bound, upper bound and members (booleans, shape (N,)) of each slice, ascending. The bounds are observed
    values; a slice includes its upper bound, the first slice both bounds. Equal values are never split, so ties give
    fewer slices, and a constant property gives one slice.

    Examples
    --------
    >>> for lower, upper, members in quantile_slices([3, 1, 4, 1, 5]):
    ...     print(lower, upper, members.sum())
    1.0 1.0 2
    1.0 3.0 1
    3.0 4.0 1
    4.0 5.0 1
    """
    x = np.asarray(values)
    uppers = np.unique(np.quantile(x, np.arange(1, SLICES + 1) / SLICES, method="inverted_cdf"))
    place = np.searchsorted(uppers, x, side="left")
    lowers = [x.min(), *uppers[:-1]]
    return [(float(low), float(high), place == i) for i, (low, high) in enumerate(zip(lowers, uppers, strict=True))]


def compare_slices(
    properties: Mapping[str, ArrayLike],
    wrong: Mapping[str, ArrayLike],
    photographs: NDArray[np.int64] | None = None,
) -> dict[str, tuple[Slice, ...]]:
    """Compare the error rate in each slice with that on all other images.

    The p-values are adjusted by Holm's method over all slices of all properties and configurations, because the worst
    of many slices may differ by chance alone.

    Parameters
    ----------
    properties
        Value of each property for each image, by name, each of shape (N,).
    wrong
        Whether each configuration misclassifies each image, by configuration, booleans of shape (N,).
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own. The statistic of Fisher's
        test is then reduced by the design effect of the difference, see `svhnlab.analysis.clusters`.

    Returns
    -------
    Slices by configuration, in the order of the properties, then ascending. A constant property has none.

    References
    ----------
    R. A. Fisher (1935), The logic of inductive inference, Journal of the Royal Statistical Society 98, 39-82.
    S. Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6,
    65-70.

    Examples
    --------
    >>> sharpness = np.arange(100)
    >>> blurred = compare_slices({"sharpness": sharpness}, {"cnn": sharpness < 15})["cnn"][0]
    >>> (blurred.upper, blurred.errors, blurred.images, blurred.underperforming)
    (19.0, 15, 20, True)
    """
    parts = [(name, *part) for name, values in properties.items() for part in quantile_slices(values)]
    parts = [part for part in parts if not part[3].all()]
    slices = {
        run: [
            _slice(name, low, high, members, np.asarray(errs, dtype=bool), photographs)
            for name, low, high, members in parts
        ]
        for run, errs in wrong.items()
    }
    adjusted = iter(holm([part.p_value for parts in slices.values() for part in parts]))
    return {run: tuple(_corrected(part, next(adjusted)) for part in parts) for run, parts in slices.items()}


def _slice(
    name: str,
    lower: float,
    upper: float,
    members: NDArray[np.bool_],
    wrong: NDArray[np.bool_],
    photographs: NDArray[np.int64] | None,
) -> Slice:
    images, errors = int(members.sum()), int(wrong[members].sum())
    others, other_errors = len(wrong) - images, int(wrong[~members].sum())
    return Slice(
        name=name,
        lower=lower,
        upper=upper,
        images=images,
        errors=errors,
        rate=share_by_photograph(wrong, photographs, members),
        rest=other_errors / others,
        p_value=shares_p_value(wrong, members, ~members, photographs),
        p_adjusted=float("nan"),
        underperforming=False,
    )


def _corrected(part: Slice, p_adjusted: float) -> Slice:
    underperforming = bool(part.rate.value > part.rest and p_adjusted < ALPHA)
    return replace(part, p_adjusted=float(p_adjusted), underperforming=underperforming)
