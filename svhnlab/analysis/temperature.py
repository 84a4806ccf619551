"""Temperature scaling: one number, fitted on the validation images, that corrects the scale of the confidence.

The logits are divided by a temperature T before the softmax. T < 1 raises the confidence, T > 1 lowers it; the
predicted class stays the same.

References
----------
C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017), On calibration of modern neural networks, ICML, 1321-1330.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax

from svhnlab.analysis.bootstrap import percentile_estimate
from svhnlab.analysis.calibration import BINS, confidence_bins, reliability_bins
from svhnlab.analysis.metric_registry import CALIBRATION, Resampled, Sums, metric_values
from svhnlab.store.schema import AtTemperature, ClassScores, Estimate, TemperatureScaling

RANGE = (0.05, 20.0)
"""Lowest and highest temperature. Without an error the log loss has no minimum, and a low temperature is returned."""

GRID = tuple((2.0 ** (np.arange(-24, 25) / 12)).tolist())
"""Temperatures at which a page shows the calibration: from 1/4 to 4, each 6% above the one before; one of them is 1."""


def fit_temperature(scores: ClassScores) -> float:
    """Return the temperature with the smallest log loss on some images.

    The log loss is convex in 1/T, so it has one minimum over log T.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(5000, 4)).astype(np.float32)
    >>> labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    >>> round(fit_temperature(ClassScores(labels, 3 * logits)))
    3
    """
    logits = scores.logits.astype(np.float64)
    of_truth = logits[np.arange(len(logits)), scores.labels]

    def loss(log_temperature: float) -> float:
        scale = np.exp(-log_temperature)
        return float((logsumexp(logits * scale, axis=1) - of_truth * scale).mean())

    found = minimize_scalar(loss, bounds=np.log(RANGE), method="bounded")
    return float(np.exp(found.x))


def scaled_probabilities(scores: ClassScores, temperature: float) -> NDArray[np.float64]:
    """Return the softmax of the logits divided by a temperature, shape (N, K).

    Examples
    --------
    >>> scores = ClassScores(np.array([0]), np.array([[0, 2]], dtype=np.float32))
    >>> scaled_probabilities(scores, 2.0).round(3).tolist()
    [[0.269, 0.731]]
    """
    return np.asarray(softmax(scores.logits.astype(np.float64) / temperature, axis=1))


def temperature_grid(test: ClassScores, fitted: float) -> tuple[AtTemperature, ...]:
    """Compute the calibration on the test images at every temperature of `GRID` and at the fitted one, ascending.

    Examples
    --------
    >>> test = ClassScores(np.array([0, 1, 1]), np.array([[2, 0], [0, 2], [2, 0]], dtype=np.float32))
    >>> grid = temperature_grid(test, 2.885)
    >>> len(grid), grid[24].temperature, round(min(grid, key=lambda at: at.metrics["log_loss"]).temperature, 3)
    (50, 1.0, 2.885)
    """
    return tuple(_at(test, temperature) for temperature in sorted({*GRID, fitted}))


def _at(test: ClassScores, temperature: float) -> AtTemperature:
    probabilities = scaled_probabilities(test, temperature)
    confidence = probabilities.max(axis=1)
    bins = confidence_bins(confidence)
    images = np.bincount(bins, minlength=BINS)
    sums = np.bincount(bins, weights=confidence, minlength=BINS)
    return AtTemperature(
        temperature=temperature,
        metrics=metric_values(test.labels, probabilities, CALIBRATION),
        images=tuple(images.tolist()),
        correct=tuple(np.bincount(bins[~test.wrong], minlength=BINS).tolist()),
        confidence=tuple(np.divide(sums, images, out=np.full(BINS, np.nan), where=images > 0).tolist()),
    )


def underconfidence(sums: Resampled) -> Estimate:
    """Return the accuracy minus the mean confidence, with its percentile interval; positive if underconfident.

    Examples
    --------
    >>> from svhnlab.analysis.metric_registry import resample
    >>> sums = resample(np.array([0, 1]), {"cnn": np.array([[0.9, 0.1], [0.4, 0.6]])}, resamples=50, seed=0)["cnn"]
    >>> round(underconfidence(sums).value, 2)
    0.25
    """

    def gap(of: Sums) -> NDArray[np.float64]:
        return np.asarray(of.columns["gaps"].sum(axis=-1) / of.images)

    return percentile_estimate(float(gap(sums.observed)), gap(sums.draws))


def temperature_scaling(
    temperature: float,
    validation_images: int,
    test: ClassScores,
    before: Resampled,
    after: Resampled,
    photographs: NDArray[np.int64] | None = None,
) -> TemperatureScaling:
    """Judge a fitted temperature on the test images.

    Parameters
    ----------
    temperature, validation_images
        As fitted, and the number of images that it was fitted on.
    test
        Class scores of the N test images, as the model gives them.
    before, after
        Sums of the metrics' columns over the test images without and with the temperature, over the same resamples.
    photographs
        Number of the photograph of each test image, shape (N,); when None each image is its own.

    Examples
    --------
    >>> from svhnlab.analysis.metric_registry import resample
    >>> test = ClassScores(np.array([0, 1, 1]), np.array([[2, 0], [0, 2], [2, 0]], dtype=np.float32))
    >>> before, after = (
    ...     resample(test.labels, {"cnn": scaled_probabilities(test, temperature)}, resamples=50, seed=0)["cnn"]
    ...     for temperature in (1.0, 2.0)
    ... )
    >>> scaling = temperature_scaling(2.0, 40, test, before, after)
    >>> round(scaling.metrics["log_loss"].value, 3), round(scaling.differences["log_loss"].value, 3)
    (0.647, -0.147)
    """
    probabilities = scaled_probabilities(test, temperature)
    metrics = after.estimates(CALIBRATION)
    first = before.estimates(CALIBRATION)
    return TemperatureScaling(
        temperature=temperature,
        validation_images=validation_images,
        metrics=metrics,
        differences={
            name: metric.difference(
                metrics[name].value - first[name].value, metric.value(after.draws) - metric.value(before.draws)
            )
            for name, metric in CALIBRATION.items()
        },
        underconfidence=underconfidence(after),
        bins=reliability_bins(probabilities.max(axis=1), ~test.wrong, photographs),
        grid=temperature_grid(test, temperature),
    )
