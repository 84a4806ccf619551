"""A metric with its interval."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A metric with its 95% interval.

    The interval covers the sampling variability of the test set, not training variability (seeds).

    Attributes
    ----------
    value
        The metric on the test images; NaN if it is undefined.
    low, high
        Bounds of the interval.
    """

    value: float
    low: float
    high: float

    @property
    def limits(self) -> tuple[float, float]:
        """Lower and upper bound."""
        return self.low, self.high


#: What a metric is that is not defined, such as a share of no images.
UNDEFINED = Estimate(float("nan"), float("nan"), float("nan"))
