"""Errors of one model that another one corrects, and new errors of the other, by cause."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.causes import CORRECT, NAMES, UNEXPLAINED
from svhnlab.analysis.clusters import share_by_photograph, shares_p_value
from svhnlab.analysis.paired import holm
from svhnlab.store.schema import Estimate

_THIS_MODEL = NAMES.index("this-model")


@dataclass(frozen=True)
class ErrorChange:
    """Errors with one cause.

    Attributes
    ----------
    cause
        Code of the cause, see `svhnlab.analysis.causes`; `UNEXPLAINED` includes the errors of one model only.
    errors, corrected
        Number of errors of the first model, and of those that the second model classifies correctly.
    share
        Share of these errors that is corrected, with its 95% Wilson interval by photograph; NaN without errors.
    new
        Number of errors of the second model with this cause on images that the first classifies correctly.
    p_adjusted
        Of the difference of the share from that of the other errors, two-sided, by photograph, after Holm's
        correction for all causes; NaN where there is nothing to compare.
    """

    cause: int
    errors: int
    corrected: int
    share: Estimate
    new: int
    p_adjusted: float


def compare_errors_by_cause(
    first: NDArray[np.int64], second: NDArray[np.int64], photographs: NDArray[np.int64] | None
) -> tuple[ErrorChange, ...]:
    """Count by cause the errors of a first model that a second one corrects, and the new errors of the second.

    A share is compared with that of all other errors by Fisher's exact test, whose statistic is divided by the design
    effect of the difference. The rule "only this model" uses the predictions of the other models, by which the share
    that they correct is high for it and low for the unexplained errors, to which it does not apply. These two count as
    one cause here.

    Parameters
    ----------
    first, second
        Cause of the error of each model on each image, `CORRECT` where there is none, shape (N,).
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Returns
    -------
    One for each code but "only this model", in their order.

    Examples
    --------
    >>> first, second = np.array([0, 0, 1, 1, 1, CORRECT]), np.array([0, 0, 1, CORRECT, CORRECT, 2])
    >>> changes = compare_errors_by_cause(first, second, None)
    >>> [(change.errors, change.corrected, change.new) for change in changes[:3]]
    [(2, 0, 0), (3, 2, 0), (0, 0, 1)]
    """
    first, second = (np.where(codes == _THIS_MODEL, UNEXPLAINED, codes) for codes in (first, second))
    corrected, wrong = second == CORRECT, first != CORRECT
    found, p_values = [], []
    for code in range(UNEXPLAINED + 1):
        if code == _THIS_MODEL:
            continue
        members = first == code
        found.append(
            ErrorChange(
                code,
                int(members.sum()),
                int((members & corrected).sum()),
                share_by_photograph(corrected, photographs, members),
                int(((second == code) & (first == CORRECT)).sum()),
                float("nan"),
            )
        )
        others = wrong & ~members
        p_values.append(
            shares_p_value(corrected, members, others, photographs) if members.any() and others.any() else float("nan")
        )
    tested = ~np.isnan(p_values)
    adjusted = np.full(len(found), np.nan)
    adjusted[tested] = holm(np.array(p_values)[tested].tolist())
    return tuple(replace(one, p_adjusted=float(p)) for one, p in zip(found, adjusted, strict=True))
