"""The headline numbers of a report, computed from predictions alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.bootstrap import ClassCounts, one_hot, percentile_estimate, resampled_sums
from svhnlab.analysis.calibration import calibration_gaps, expected_calibration_error
from svhnlab.analysis.metrics import share_estimate
from svhnlab.store.schema import Estimate

TOLERANCE = 1e-6
"""Most by which a share may differ from the same share computed again: probabilities are published as float32."""


@dataclass(frozen=True)
class Figures:
    """What the report says of one run first; each a share with its 95% interval.

    Attributes
    ----------
    accuracy
        With Wilson's interval.
    macro_f1
        With the percentile interval of the bootstrap over images.
    ece
        Expected calibration error, with the reflected interval of the same bootstrap.
    """

    accuracy: Estimate
    macro_f1: Estimate
    ece: Estimate


def headline_figures(
    labels: NDArray[np.int64], probabilities: Mapping[str, NDArray[np.floating]], *, resamples: int, seed: int
) -> dict[str, Figures]:
    """Compute the headline numbers of every run as the stored statistics were computed.

    Parameters
    ----------
    labels
        True classes of the N test images, 0 to K - 1, shape (N,), N at least one.
    probabilities
        By name of the run, shape (N, K), with the same K for all.
    resamples, seed
        Of the bootstrap; the resamples are the same for every run.
    """
    values: dict[tuple[str, str], NDArray[np.float64]] = {}
    right: dict[str, NDArray[np.bool_]] = {}
    for name, array in probabilities.items():
        k, predicted = array.shape[1], array.argmax(axis=1)
        right[name] = np.asarray(predicted == labels)
        values["support", ""] = one_hot(labels, k)
        values["hits", name] = one_hot(labels, k) * right[name][:, None]
        values["predicted", name] = one_hot(predicted, k)
        values["gaps", name] = calibration_gaps(array.max(axis=1), right[name])
    drawn = resampled_sums(values, resamples, seed)
    found = {}
    for name, hits in right.items():
        columns = (("hits", name), ("predicted", name), ("support", ""))
        observed = ClassCounts(*(values[column].sum(axis=0) for column in columns))
        draws = ClassCounts(*(drawn[column] for column in columns))
        found[name] = Figures(
            accuracy=share_estimate(int(hits.sum()), len(hits)),
            macro_f1=percentile_estimate(float(observed.macro_f1), draws.macro_f1),
            ece=expected_calibration_error(values["gaps", name], drawn["gaps", name]),
        )
    return found


def differences(stated: Figures, computed: Figures) -> list[str]:
    """Say in what two sets of figures differ by more than the tolerance; empty where they agree."""
    words = []
    for field in fields(Figures):
        one, other = getattr(stated, field.name), getattr(computed, field.name)
        pairs = ((one.value, other.value), (one.low, other.low), (one.high, other.high))
        if not all(abs(a - b) <= TOLERANCE for a, b in pairs):
            words.append(f"{field.name} is stated as {_shown(one)}, and computed as {_shown(other)}")
    return words


def _shown(estimate: Estimate) -> str:
    return f"{estimate.value:.6f} ({estimate.low:.6f} to {estimate.high:.6f})"
