"""Table columns and text for the metrics of the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

import numpy as np

from svhnlab.analysis.metric_registry import Metric
from svhnlab.report.core.table import Column
from svhnlab.report.core.text import (
    bounds,
    number,
    number_with_interval,
    percent,
    share_with_interval,
    signed_number,
    signed_points,
)
from svhnlab.store.schema import Estimate

Row = TypeVar("Row")


class HasMetrics(Protocol):
    """Anything with metrics by name, such as the statistics of a configuration."""

    @property
    def metrics(self) -> Mapping[str, Estimate]:
        """Metrics with their intervals."""


def metric_column(metric: Metric, statistics: Callable[[Row], HasMetrics]) -> Column[Row]:
    """Return the table column of a metric with its interval.

    Parameters
    ----------
    statistics
        Takes a row and returns the statistics of its configuration.
    """

    def value(row: Row) -> Estimate:
        return statistics(row).metrics[metric.name]

    return Column(metric.name, value, metric.short_title, lambda estimate: show_metric(metric, estimate))


def show_value(metric: Metric, value: float, digits: int = 1) -> str:
    """Write a value of a metric: in percent, or as a number with two more decimals."""
    return percent(value, digits) if metric.unit == "share" else number(value, digits + 2)


def show_bounds(metric: Metric, limits: tuple[float, float], digits: int = 1) -> str:
    """Write an interval of a metric in the short form of tables; "–" where it is undefined."""
    if np.isnan(limits[0]):
        return "–"
    if metric.unit == "share":
        return bounds(limits, digits)
    return f"{number(limits[0], digits + 2)}–{number(limits[1], digits + 2)}"


def show_deviation(metric: Metric, deviation: float, digits: int = 2) -> str:
    """Write a standard deviation of a metric: in percentage points, or as a number with two more decimals."""
    return number(100 * deviation, digits) if metric.unit == "share" else number(deviation, digits + 2)


def show_difference(metric: Metric, difference: float, digits: int = 1) -> str:
    """Write a difference with its sign: in percentage points, or as a number with two more decimals."""
    if metric.unit == "share":
        return signed_points(difference, digits)
    return signed_number(difference, digits + 2)


def show_metric(metric: Metric, estimate: Estimate) -> str:
    """Write a metric with its interval, e.g. "91.2% (90.1–92.4)" or "0.052 (0.041–0.063)"."""
    if metric.unit == "share":
        return share_with_interval(estimate)
    return number_with_interval(estimate)
