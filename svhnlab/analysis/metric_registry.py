"""The metric registry: name, computation, interval and presentation of each metric.

Tables, cards, the provenance record, changes between versions and summaries over seeds use the metrics in `METRICS`.
A metric is computed from sums of per-image values (`COLUMNS`), so one pass over the bootstrap resamples covers all
metrics of all configurations. To add a metric, add an entry here, raise the schema version of the statistics in
`svhnlab.store.keys`, and define the term in the glossary.

References
----------
G. W. Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78, 1-3.
K. Nguyen, B. O'Connor (2015), Posterior calibration and exploratory analysis for natural language processing models,
EMNLP, 1587-1598 (bins of equal size).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.bootstrap import ClassCounts, one_hot, percentile_estimate, reflected_estimate, resampled_sums
from svhnlab.analysis.calibration import BINS, calibration_gaps, expected_calibration_error, log_losses
from svhnlab.analysis.clusters import design_effect
from svhnlab.analysis.metrics import share_estimate
from svhnlab.store.schema import Estimate

Name = TypeVar("Name", bound=Hashable)
Array = NDArray[np.float64]


def _gaps(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> Array:
    return calibration_gaps(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


def _adaptive_gaps(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> Array:
    """Return correctness minus confidence, each image in the column of its bin; bins have equal numbers of images.

    Images of equal confidence share a bin. The bins are computed on the original images and kept for the resamples.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    rank = np.searchsorted(np.sort(confidence), confidence, side="left")
    gaps = np.zeros((len(labels), BINS))
    gaps[np.arange(len(labels)), rank * BINS // len(labels)] = (probabilities.argmax(axis=1) == labels) - confidence
    return gaps


#: Per-image values, shape (N, C), from labels (N,) and probabilities (N, K).
COLUMNS: dict[str, Callable[[NDArray[np.int64], NDArray[np.floating]], Array]] = {
    "support": lambda labels, probabilities: one_hot(labels, probabilities.shape[1]),
    "hits": lambda labels, probabilities: (
        one_hot(labels, probabilities.shape[1]) * (probabilities.argmax(axis=1) == labels)[:, None]
    ),
    "predicted": lambda labels, probabilities: one_hot(probabilities.argmax(axis=1), probabilities.shape[1]),
    "gaps": _gaps,
    "adaptive_gaps": _adaptive_gaps,
    "log_losses": lambda labels, probabilities: log_losses(labels, probabilities)[:, None],
    "squared_errors": lambda labels, probabilities: np.square(
        probabilities.astype(np.float64) - one_hot(labels, probabilities.shape[1])
    ).sum(axis=1, keepdims=True),
}


@dataclass(frozen=True)
class Sums:
    """Sums of the columns over one set of images, or over many sets.

    Attributes
    ----------
    columns
        By name of the column, shape (..., C).
    images
        Number of images of each set, shape (...).
    """

    columns: Mapping[str, Array]
    images: Array

    @property
    def counts(self) -> ClassCounts:
        """Correct, predicted and true images of each class."""
        return ClassCounts(self.columns["hits"], self.columns["predicted"], self.columns["support"])

    def mean(self, column: str) -> Array:
        """Return the mean over the images of a column with one value per image, shape (...)."""
        return np.asarray(self.columns[column][..., 0] / self.images)

    def mean_gap(self, column: str) -> Array:
        """Return the sum of the absolute gaps over the bins, divided by the number of images, shape (...)."""
        return np.asarray(np.abs(self.columns[column]).sum(axis=-1) / self.images)


@dataclass(frozen=True)
class Metric:
    """Measure of the quality of predictions.

    Attributes
    ----------
    name
        Identifier in files and code.
    title
        Name on pages.
    short_title
        Name in table headings.
    summary
        Definition in a phrase, for the model card.
    judges
        What it judges: the predicted "classes" or the "probabilities". The latter are in the calibration table.
    unit
        "share" is shown in percent; "nats" and "score" as numbers.
    range
        Lowest and highest possible value.
    higher_is_better
        Direction.
    columns
        Names of the columns from which it is computed.
    value
        Computes the metric from the sums of the columns, shape (...).
    interval
        "wilson" (share of images), "percentile" (bootstrap), or "reflected" (bootstrap of a mean gap, which is biased
        upwards on a resample; requires exactly one column).
    headline
        Whether it is shown first, published in the provenance record and compared between versions.
    hub_type
        Metric type in the model index of the Hugging Face Hub.
    """

    name: str
    title: str
    short_title: str
    summary: str
    judges: Literal["classes", "probabilities"]
    unit: Literal["share", "nats", "score"]
    range: tuple[float, float]
    higher_is_better: bool
    columns: tuple[str, ...]
    value: Callable[[Sums], Array]
    interval: Literal["wilson", "percentile", "reflected"] = "percentile"
    headline: bool = False
    hub_type: str | None = None

    def estimate(self, observed: Sums, draws: Sums, design_effect: float = 1.0) -> Estimate:
        """Return the metric with its 95% interval, from the sums over the images and over the resamples."""
        value = float(self.value(observed))
        if self.interval == "wilson":
            images = int(observed.images)
            return share_estimate(round(value * images), images, design_effect)
        if self.interval == "reflected":
            (column,) = self.columns
            return expected_calibration_error(
                observed.columns[column], draws.columns[column], int(observed.images), draws.images
            )
        return percentile_estimate(value, self.value(draws))

    def difference(self, value: float, draws: Array) -> Estimate:
        """Return a difference in the metric between two sets of predictions, with its interval from paired draws."""
        return (reflected_estimate if self.interval == "reflected" else percentile_estimate)(value, draws)


_ALL = (
    Metric(
        name="accuracy",
        title="Accuracy",
        short_title="Accuracy",
        summary="share of the images that are classified correctly",
        judges="classes",
        unit="share",
        range=(0, 1),
        higher_is_better=True,
        columns=("support", "hits"),
        value=lambda sums: np.asarray(sums.columns["hits"].sum(axis=-1) / sums.images),
        interval="wilson",
        headline=True,
        hub_type="accuracy",
    ),
    Metric(
        name="macro_f1",
        title="Macro-F1",
        short_title="Macro-F1",
        summary="unweighted mean of F1 over the classes that have images",
        judges="classes",
        unit="share",
        range=(0, 1),
        higher_is_better=True,
        columns=("support", "hits", "predicted"),
        value=lambda sums: sums.counts.macro_f1,
        headline=True,
        hub_type="f1",
    ),
    Metric(
        name="ece",
        title="Expected calibration error",
        short_title="ECE",
        summary=f"mean absolute difference between confidence and accuracy over {BINS} bins of confidence",
        judges="probabilities",
        unit="share",
        range=(0, 1),
        higher_is_better=False,
        columns=("gaps",),
        value=lambda sums: sums.mean_gap("gaps"),
        interval="reflected",
        headline=True,
        hub_type="ece",
    ),
    Metric(
        name="adaptive_ece",
        title="Adaptive calibration error",
        short_title="Adaptive ECE",
        summary=f"the same difference over {BINS} bins with equal numbers of images",
        judges="probabilities",
        unit="share",
        range=(0, 1),
        higher_is_better=False,
        columns=("adaptive_gaps",),
        value=lambda sums: sums.mean_gap("adaptive_gaps"),
        interval="reflected",
    ),
    Metric(
        name="brier_score",
        title="Brier score",
        short_title="Brier score",
        summary="mean squared distance between the probabilities and the true class",
        judges="probabilities",
        unit="score",
        range=(0, 2),
        higher_is_better=False,
        columns=("squared_errors",),
        value=lambda sums: sums.mean("squared_errors"),
    ),
    Metric(
        name="log_loss",
        title="Log loss",
        short_title="Log loss",
        summary="mean negative logarithm of the probability of the true class",
        judges="probabilities",
        unit="nats",
        range=(0, np.inf),
        higher_is_better=False,
        columns=("log_losses",),
        value=lambda sums: sums.mean("log_losses"),
    ),
)

#: All metrics by name, in the order of the tables.
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
#: Headline metrics: shown first, published and compared between versions.
HEADLINE: dict[str, Metric] = {name: metric for name, metric in METRICS.items() if metric.headline}
#: Metrics of probabilities rather than predicted classes.
CALIBRATION: dict[str, Metric] = {name: metric for name, metric in METRICS.items() if metric.judges == "probabilities"}


@dataclass(frozen=True)
class Resampled:
    """Sums of one configuration over the test images, and over each of R resamples.

    Attributes
    ----------
    design_effect
        Of the accuracy, see `svhnlab.analysis.clusters.design_effect`.
    """

    observed: Sums
    draws: Sums
    design_effect: float

    def estimates(self, metrics: Mapping[str, Metric] = METRICS) -> dict[str, Estimate]:
        """Return metrics with their intervals, by name."""
        return {
            name: metric.estimate(self.observed, self.draws, self.design_effect) for name, metric in metrics.items()
        }


@dataclass(frozen=True)
class _Key(Generic[Name]):
    """Column of one configuration; the configuration is None if the column is the same for all."""

    column: str
    configuration: Name | None


def resample(
    labels: NDArray[np.int64],
    probabilities: Mapping[Name, NDArray[np.floating]],
    *,
    resamples: int,
    seed: int,
    metrics: Mapping[str, Metric] = METRICS,
    photographs: NDArray[np.int64] | None = None,
) -> dict[Name, Resampled]:
    """Sum the columns of metrics over the images and over resamples, which are shared by all configurations.

    Parameters
    ----------
    labels
        True classes of the N images, 0 to K - 1, shape (N,), N >= 1.
    probabilities
        By configuration, shape (N, K), with the same K for all.
    resamples, seed
        Number and seed of the bootstrap resamples.
    metrics
        Metrics whose columns are summed.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Examples
    --------
    >>> probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.2, 0.8]])
    >>> sums = resample(np.array([0, 1, 1, 1]), {"cnn": probabilities}, resamples=100, seed=0)["cnn"]
    >>> accuracy = sums.estimates()["accuracy"]
    >>> accuracy.value, round(accuracy.low, 2), round(accuracy.high, 2)
    (0.75, 0.3, 0.95)
    """
    names = dict.fromkeys(column for metric in metrics.values() for column in metric.columns)
    images: _Key[Name] = _Key("images", None)
    columns = {images: np.ones((len(labels), 1))}
    for name, array in probabilities.items():
        for column in names:
            key = _Key(column, None if column == "support" else name)
            if key not in columns:
                columns[key] = COLUMNS[column](labels, array)
    drawn = resampled_sums(columns, resamples, seed, photographs)

    def sums(of: Mapping[_Key[Name], Array], name: Name) -> Sums:
        own = {key.column: of[key] for key in of if key.configuration in (None, name) and key != images}
        return Sums(own, of[images][..., 0])

    observed = {key: column.sum(axis=0) for key, column in columns.items()}
    return {
        name: Resampled(
            sums(observed, name), sums(drawn, name), design_effect(array.argmax(axis=1) == labels, photographs)
        )
        for name, array in probabilities.items()
    }


def metric_values(
    labels: NDArray[np.int64], probabilities: NDArray[np.floating], metrics: Mapping[str, Metric] = METRICS
) -> dict[str, float]:
    """Compute metrics of one configuration, without intervals.

    Parameters
    ----------
    labels
        True classes of the N images, 0 to K - 1, shape (N,), N >= 1.
    probabilities
        Shape (N, K).
    metrics
        Metrics to compute.

    Examples
    --------
    >>> probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.2, 0.8]])
    >>> round(metric_values(np.array([0, 1, 1, 1]), probabilities)["macro_f1"], 3)
    0.733
    """
    names = dict.fromkeys(column for metric in metrics.values() for column in metric.columns)
    sums = Sums({column: COLUMNS[column](labels, probabilities).sum(axis=0) for column in names}, np.array(len(labels)))
    return {name: float(metric.value(sums)) for name, metric in metrics.items()}
