"""Is it the picture? How often a model errs on images that are dark, flat, blurred, coloured or crowded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import fisher_exact

from svhnlab.analysis.metrics import share_estimate
from svhnlab.analysis.paired import LEVEL_OF_TESTS, holm
from svhnlab.store.schema import Slice

SEGMENTS = 5
"""Segments of each property, of about equal size (quintiles)."""


def quantile_segments(values: ArrayLike) -> list[tuple[float, float, NDArray[np.bool_]]]:
    """Divide images by quintiles of one property.

    Parameters
    ----------
    values
        One for each image, finite, shape (N,), N at least one.

    Returns
    -------
    Lower bound, upper bound and members (booleans, shape (N,)) of each segment, ascending. The bounds are values
    that occur; a segment holds its upper bound, the first one both. Equal values stay together, so that ties
    leave fewer segments, and a property that is the same everywhere leaves one.
    """
    x = np.asarray(values)
    uppers = np.unique(np.quantile(x, np.arange(1, SEGMENTS + 1) / SEGMENTS, method="inverted_cdf"))
    place = np.searchsorted(uppers, x, side="left")
    lowers = [x.min(), *uppers[:-1]]
    return [(float(low), float(high), place == i) for i, (low, high) in enumerate(zip(lowers, uppers, strict=True))]


def weak_segments(properties: Mapping[str, ArrayLike], wrong: Mapping[str, ArrayLike]) -> dict[str, tuple[Slice, ...]]:
    """Compare the share of errors in each segment with that among all other images.

    All segments of all properties and runs that are looked at are corrected for together (Holm), because the
    weakest of them would otherwise be found by looking often.

    Parameters
    ----------
    properties
        Value of each property for each image, by name, each of shape (N,).
    wrong
        Whether each run errs on each image, by name of the run, booleans of shape (N,).

    Returns
    -------
    For each run its segments, in the order of the properties, then ascending. A property that is the same for
    all images has none.

    References
    ----------
    R. A. Fisher (1935), The logic of inductive inference, Journal of the Royal Statistical Society 98, 39-82.
    S. Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6,
    65-70.
    """
    parts = [(name, *segment) for name, values in properties.items() for segment in quantile_segments(values)]
    parts = [part for part in parts if not part[3].all()]
    found = {
        run: [_segment(name, low, high, members, np.asarray(errs, dtype=bool)) for name, low, high, members in parts]
        for run, errs in wrong.items()
    }
    adjusted = iter(holm([segment.p_value for segments in found.values() for segment in segments]))
    return {run: tuple(_judged(segment, next(adjusted)) for segment in segments) for run, segments in found.items()}


def _segment(name: str, lower: float, upper: float, members: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> Slice:
    images, errors = int(members.sum()), int(wrong[members].sum())
    others, other_errors = len(wrong) - images, int(wrong[~members].sum())
    test = fisher_exact([[errors, images - errors], [other_errors, others - other_errors]])
    return Slice(
        name=name,
        lower=lower,
        upper=upper,
        images=images,
        errors=errors,
        rate=share_estimate(errors, images),
        rest=other_errors / others,
        p_value=float(test.pvalue),
        p_adjusted=float("nan"),
        weak=False,
    )


def _judged(segment: Slice, p_adjusted: float) -> Slice:
    weak = bool(segment.rate.value > segment.rest and p_adjusted < LEVEL_OF_TESTS)
    return replace(segment, p_adjusted=float(p_adjusted), weak=weak)
