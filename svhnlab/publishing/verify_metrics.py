"""Comparison of the stated headline metrics with those recomputed from the predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.metric_registry import METRICS, Metric, resample
from svhnlab.provenance.schema import Bootstrap
from svhnlab.publishing.check import Check
from svhnlab.report.core.metric_columns import show_value
from svhnlab.store.schema import Estimate

TOLERANCE = 1e-6
"""Maximum difference between a stated and a recomputed share: published probabilities are float32."""


def compare_metrics(
    stated: Mapping[str, Mapping[str, Estimate]],
    labels: NDArray[np.int64],
    probabilities: Mapping[str, NDArray[np.floating]],
    bootstrap: Bootstrap,
    prefix: str = "",
    photographs: NDArray[np.int64] | None = None,
) -> Iterator[Check]:
    """Compare the stated metrics of each configuration with those computed from its predictions.

    Parameters
    ----------
    stated
        By configuration.
    labels
        True classes, shape (N,).
    probabilities
        By configuration, shape (N, K).
    bootstrap
        Resamples of the intervals.
    prefix
        Prefix of the names of the checks.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.
    """
    names = {metric for of_one in stated.values() for metric in of_one}
    metrics = {name: metric for name, metric in METRICS.items() if name in names}
    sums = resample(
        labels,
        probabilities,
        resamples=bootstrap.resamples,
        seed=bootstrap.seed,
        metrics=metrics,
        photographs=photographs,
    )
    computed = {name: of_one.estimates(metrics) for name, of_one in sums.items()}
    for name in [*stated, *(name for name in computed if name not in stated)]:
        title = f"{prefix}headline metrics of {name}"
        if name not in computed:
            yield Check(title, False, "there are no predictions of this configuration")
        elif name not in stated:
            yield Check(title, False, "there are predictions of this configuration, but no metrics are stated")
        else:
            differences = _differences(stated[name], computed[name])
            titles = ", ".join(metric.title for metric in metrics.values())
            agreement = f"{titles} and their intervals agree within {TOLERANCE:g}"
            yield Check(title, not differences, "; ".join(differences) or agreement)


def _differences(stated: Mapping[str, Estimate], computed: Mapping[str, Estimate]) -> list[str]:
    """Describe each metric that differs by more than the tolerance."""
    sentences = []
    for metric, one in stated.items():
        if metric not in computed:
            sentences.append(f"{metric} is not a metric of this version of svhnlab")
            continue
        other = computed[metric]
        pairs = ((one.value, other.value), (one.low, other.low), (one.high, other.high))
        if not all(abs(a - b) <= TOLERANCE for a, b in pairs):
            shown = [_described(METRICS[metric], estimate) for estimate in (one, other)]
            sentences.append(f"{metric} is stated as {shown[0]}, and computed as {shown[1]}")
    return sentences


def _described(metric: Metric, estimate: Estimate) -> str:
    value, low, high = (show_value(metric, number, 4) for number in (estimate.value, *estimate.limits))
    return f"{value} ({low} to {high})"
