"""Stated headline metrics, compared with those computed again from the predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.headline import HEADLINE_METRICS, HeadlineMetrics, headline_metrics
from svhnlab.provenance.schema import Bootstrap
from svhnlab.publishing.check import Check
from svhnlab.store.schema import Estimate

TOLERANCE = 1e-6
"""Largest allowed difference of a share from the same share computed again: probabilities are published as float32."""


def compare_metrics(
    stated: Mapping[str, HeadlineMetrics],
    labels: NDArray[np.int64],
    probabilities: Mapping[str, NDArray[np.floating]],
    bootstrap: Bootstrap,
    prefix: str = "",
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
        Start of the names of the checks.
    """
    computed = headline_metrics(labels, probabilities, resamples=bootstrap.resamples, seed=bootstrap.seed)
    for name in [*stated, *(name for name in computed if name not in stated)]:
        title = f"{prefix}headline metrics of {name}"
        if name not in computed:
            yield Check(title, False, "there are no predictions of this configuration")
        elif name not in stated:
            yield Check(title, False, "there are predictions of this configuration, but no metrics are stated")
        else:
            differences = _differences(stated[name], computed[name])
            agreement = f"accuracy, macro-F1, ECE and their intervals agree within {TOLERANCE:g}"
            yield Check(title, not differences, "; ".join(differences) or agreement)


def _differences(stated: HeadlineMetrics, computed: HeadlineMetrics) -> list[str]:
    """Describe each metric that differs by more than the tolerance."""
    sentences = []
    for metric in HEADLINE_METRICS:
        one, other = getattr(stated, metric), getattr(computed, metric)
        pairs = ((one.value, other.value), (one.low, other.low), (one.high, other.high))
        if not all(abs(a - b) <= TOLERANCE for a, b in pairs):
            sentences.append(f"{metric} is stated as {_described(one)}, and computed as {_described(other)}")
    return sentences


def _described(estimate: Estimate) -> str:
    return f"{estimate.value:.6f} ({estimate.low:.6f} to {estimate.high:.6f})"
