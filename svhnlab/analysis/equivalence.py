"""Equivalence of two models: whether their difference in accuracy is shown to be smaller than a margin.

A test that is not significant does not show that two models are equally accurate. Two one-sided tests do: one against a
difference of at least the margin, one against a difference of at most minus the margin, each at the level of 5%. Both
reject if the 90% interval of the difference lies inside the margin.

References
----------
D. J. Schuirmann (1987), A comparison of the two one-sided tests procedure and the power approach for assessing the
equivalence of average bioavailability, Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from svhnlab.store.schema import ALPHA, Equivalence


def equivalence_interval(draws: ArrayLike) -> Equivalence:
    """Return the 90% percentile interval of a difference, for two one-sided tests at the 5% level.

    Parameters
    ----------
    draws
        The difference on each bootstrap resample of the photographs, shape (R,).

    Examples
    --------
    >>> interval = equivalence_interval(np.linspace(-0.01, 0.01, 21))
    >>> round(interval.low, 3), round(interval.high, 3), interval.within(0.01), interval.within(0.005)
    (-0.009, 0.009, True, False)
    """
    low, high = np.quantile(np.asarray(draws, dtype=np.float64), [ALPHA, 1 - ALPHA])
    return Equivalence(float(low), float(high))
