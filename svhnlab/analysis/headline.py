"""The headline metrics of a configuration: accuracy, macro-F1 and expected calibration error.

All three follow from sums over images (`HeadlineSums`), so that one pass over the bootstrap's resamples serves them
for every configuration.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.bootstrap import ClassCounts, one_hot, percentile_estimate, resampled_sums
from svhnlab.analysis.calibration import calibration_gaps, expected_calibration_error
from svhnlab.analysis.metrics import share_estimate
from svhnlab.store.schema import Estimate, RunStatistics

HeadlineMetric = Literal["accuracy", "macro_f1", "ece"]
HEADLINE_METRICS: tuple[HeadlineMetric, ...] = get_args(HeadlineMetric)

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class HeadlineSums:
    """Sums over images that the headline metrics follow from, for one set of images or for many sets at once.

    Attributes
    ----------
    counts
        Correct, predicted and true images of each class.
    gaps
        Sums of :func:`svhnlab.analysis.calibration.calibration_gaps`, shape (..., B) for B bins.
    """

    counts: ClassCounts
    gaps: NDArray[np.float64]

    def values(self) -> dict[HeadlineMetric, NDArray[np.float64]]:
        """Return each metric, shape (...)."""
        images = self.counts.support.sum(axis=-1)
        return {
            "accuracy": self.counts.accuracy,
            "macro_f1": self.counts.macro_f1,
            "ece": np.abs(self.gaps).sum(axis=-1) / images,
        }


@dataclass(frozen=True)
class HeadlineMetrics:
    """The headline metrics of one configuration, each a share with its 95% interval.

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

    @classmethod
    def of(cls, statistics: RunStatistics) -> HeadlineMetrics:
        """Take them from the stored statistics."""
        return cls(statistics.accuracy, statistics.macro_f1, statistics.calibration.ece)


@dataclass(frozen=True)
class Resampled:
    """Sums of one configuration over its test images, and over each of R resamples of them."""

    observed: HeadlineSums
    draws: HeadlineSums


def headline_columns(
    labels: NDArray[np.int64], probabilities: Mapping[Name, NDArray[np.floating]]
) -> dict[tuple[str, Name | None], NDArray[np.float64]]:
    """Return per-image values whose sums over images give the headline metrics, see `headline_sums`.

    Parameters
    ----------
    labels
        True classes of the N images, 0 to K - 1, shape (N,).
    probabilities
        By configuration, shape (N, K), with the same K for all.

    Examples
    --------
    >>> columns = headline_columns(np.array([0, 1]), {"cnn": np.array([[0.9, 0.1], [0.6, 0.4]])})
    >>> columns["hits", "cnn"].tolist(), columns["support", None].tolist()
    ([[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]])
    """
    columns: dict[tuple[str, Name | None], NDArray[np.float64]] = {}
    for name, array in probabilities.items():
        k, predicted = array.shape[1], array.argmax(axis=1)
        correct = predicted == labels
        columns["support", None] = one_hot(labels, k)  # the same for all
        columns["hits", name] = one_hot(labels, k) * correct[:, None]
        columns["predicted", name] = one_hot(predicted, k)
        columns["gaps", name] = calibration_gaps(array.max(axis=1), correct)
    return columns


def headline_sums(sums: Mapping[tuple[str, Name | None], NDArray[np.float64]], name: Name) -> HeadlineSums:
    """Collect the sums of one configuration from those of all columns.

    Examples
    --------
    >>> columns = headline_columns(np.array([0, 1]), {"cnn": np.array([[0.9, 0.1], [0.6, 0.4]])})
    >>> sums = headline_sums({key: column.sum(axis=0) for key, column in columns.items()}, "cnn")
    >>> float(sums.values()["accuracy"]), round(float(sums.values()["ece"]), 2)
    (0.5, 0.35)
    """
    counts = ClassCounts(sums["hits", name], sums["predicted", name], sums["support", None])
    return HeadlineSums(counts, sums["gaps", name])


def headline_values(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> dict[HeadlineMetric, float]:
    """Compute the headline metrics of one configuration, without intervals.

    Parameters
    ----------
    labels
        True classes of the N images, 0 to K - 1, shape (N,), N at least one.
    probabilities
        Shape (N, K).

    Examples
    --------
    >>> probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.2, 0.8]])
    >>> values = headline_values(np.array([0, 1, 1, 1]), probabilities)
    >>> {name: round(value, 3) for name, value in values.items()}
    {'accuracy': 0.75, 'macro_f1': 0.733, 'ece': 0.35}
    """
    columns = headline_columns(labels, {"": probabilities})
    observed = headline_sums({name: column.sum(axis=0) for name, column in columns.items()}, "")
    return {metric: float(value) for metric, value in observed.values().items()}


def resample_headline(
    labels: NDArray[np.int64], probabilities: Mapping[Name, NDArray[np.floating]], *, resamples: int, seed: int
) -> dict[Name, Resampled]:
    """Sum what the headline metrics follow from over the images and over resamples, the same for all configurations.

    Parameters
    ----------
    labels, probabilities
        As in `headline_columns`; N at least one.
    resamples, seed
        Number and seed of the bootstrap's resamples.

    Examples
    --------
    >>> scores = {"cnn": np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]])}
    >>> sums = resample_headline(np.array([0, 1, 1]), scores, resamples=4, seed=0)["cnn"]
    >>> sums.draws.values()["accuracy"].round(2).tolist()
    [0.33, 1.0, 1.0, 0.67]
    """
    columns = headline_columns(labels, probabilities)
    drawn = resampled_sums(columns, resamples, seed)
    observed = {key: column.sum(axis=0) for key, column in columns.items()}
    return {name: Resampled(headline_sums(observed, name), headline_sums(drawn, name)) for name in probabilities}


def headline_metrics(
    labels: NDArray[np.int64], probabilities: Mapping[Name, NDArray[np.floating]], *, resamples: int, seed: int
) -> dict[Name, HeadlineMetrics]:
    """Compute the headline metrics of every configuration from predictions alone, as in the stored statistics.

    Parameters
    ----------
    labels, probabilities, resamples, seed
        As in `resample_headline`.

    Examples
    --------
    >>> probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.2, 0.8]])
    >>> metrics = headline_metrics(np.array([0, 1, 1, 1]), {"cnn": probabilities}, resamples=100, seed=0)
    >>> metrics["cnn"].accuracy.value, round(metrics["cnn"].accuracy.low, 2), round(metrics["cnn"].accuracy.high, 2)
    (0.75, 0.3, 0.95)
    """
    metrics, images = {}, len(labels)
    for name, sums in resample_headline(labels, probabilities, resamples=resamples, seed=seed).items():
        observed, draws = sums.observed, sums.draws
        metrics[name] = HeadlineMetrics(
            accuracy=share_estimate(int(observed.counts.hits.sum()), images),
            macro_f1=percentile_estimate(float(observed.counts.macro_f1), draws.counts.macro_f1),
            ece=expected_calibration_error(observed.gaps, draws.gaps, images),
        )
    return metrics
