"""Calibration of predicted probabilities, and risk-coverage curves: error rate if low-confidence images are deferred.

References
----------
M. P. Naeini, G. F. Cooper, M. Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning,
AAAI Conference on Artificial Intelligence, 2901-2907. C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017), On
calibration of modern neural networks, ICML, 1321-1330. Y. Geifman, R. El-Yaniv (2017), Selective classification
for deep neural networks, NeurIPS, 4878-4887.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhnlab.analysis.bootstrap import percentile_estimate, reflected_estimate, resampled_sums
from svhnlab.analysis.clusters import share_by_photograph
from svhnlab.analysis.metrics import CONFIDENCE
from svhnlab.store.schema import Calibration, ClassScores, Estimate, ReliabilityBin

BINS = 15
"""Number of confidence bins, of equal width, as in Guo et al. (2017)."""

AREA_GROUPS = 100
"""Groups of images by confidence in the resamples of the area under the risk-coverage curve."""
CURVE_POINTS = 400
"""Maximum number of points of a stored risk-coverage curve."""

_EDGES = np.linspace(0, 1, BINS + 1)


def confidence_bins(confidence: ArrayLike) -> NDArray[np.int64]:
    """Return the bin of each confidence, 0 to `BINS` - 1, shape (N,); bins include the upper edge, the first also 0.

    Examples
    --------
    >>> confidence_bins([0.0, 0.05, 0.5, 0.99, 1.0]).tolist()
    [0, 0, 7, 14, 14]
    """
    bins = np.searchsorted(_EDGES, np.asarray(confidence), side="left") - 1
    return np.clip(bins, 0, BINS - 1).astype(np.int64)


def calibration_gaps(confidence: ArrayLike, correct: ArrayLike) -> NDArray[np.float64]:
    """Return correctness (0 or 1) minus confidence, each image in the column of its bin, shape (N, `BINS`).

    The expected calibration error of a set of images is the sum of the absolute column sums, divided by the number of
    images.

    Parameters
    ----------
    confidence
        Probability of the predicted class, shape (N,).
    correct
        Whether the predicted class is the true class, booleans, shape (N,).

    Examples
    --------
    >>> gaps = calibration_gaps([0.75, 0.95], [True, False])
    >>> gaps[0, confidence_bins([0.75])].tolist(), gaps[1, confidence_bins([0.95])].tolist()
    ([0.25], [-0.95])
    """
    confident = np.asarray(confidence, dtype=np.float64)
    gaps = np.zeros((len(confident), BINS))
    gaps[np.arange(len(confident)), confidence_bins(confident)] = np.asarray(correct, dtype=np.float64) - confident
    return gaps


def expected_calibration_error(
    gaps: NDArray[np.float64], draws: NDArray[np.float64], images: int, drawn_images: NDArray[np.float64]
) -> Estimate:
    """Estimate the expected calibration error: mean gap between confidence and accuracy over the bins, by images.

    Noise in a bin counts as a gap. The error on a sample is therefore biased upwards, and the error on a resample has
    about the same bias again. A percentile interval would contain this bias twice and almost always miss a small
    error. The reflected interval (:func:`svhnlab.analysis.bootstrap.reflected_estimate`) removes the bias. Its lower
    bound is 0 if a calibrated model would reach the value by noise alone in more than 5% of the samples. The interval
    always contains the value.

    Parameters
    ----------
    gaps
        Sums of `calibration_gaps` over the images, shape (`BINS`,).
    draws
        The same sums over each resample, shape (R, `BINS`).
    images, drawn_images
        Number of images, and that of each resample, shape (R,).

    Examples
    --------
    >>> from svhnlab.analysis.bootstrap import resampled_sums
    >>> gaps = calibration_gaps([0.9] * 100, np.arange(100) < 60)
    >>> draws = resampled_sums({"gaps": gaps}, 500, seed=0)["gaps"]
    >>> estimate = expected_calibration_error(gaps.sum(axis=0), draws, 100, np.full(500, 100.0))
    >>> round(estimate.value, 3), estimate.low < 0.3 < estimate.high
    (0.3, True)
    """
    value = float(np.abs(gaps).sum() / images)
    drawn = draws / drawn_images[:, None]
    estimate = reflected_estimate(value, np.abs(drawn).sum(axis=1))
    # Subtracting the observed gaps leaves only the noise.
    by_noise = np.quantile(np.abs(drawn - gaps / images).sum(axis=1), CONFIDENCE)
    return Estimate(value, 0.0 if value <= by_noise else max(estimate.low, 0.0), estimate.high)


def reliability_bins(
    confidence: ArrayLike, correct: ArrayLike, photographs: NDArray[np.int64] | None = None
) -> tuple[ReliabilityBin, ...]:
    """Compute the mean confidence and accuracy of the images in each confidence bin.

    Parameters
    ----------
    confidence, correct
        As in `calibration_gaps`.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Examples
    --------
    >>> last = reliability_bins([0.96, 0.98, 0.3], [True, False, True])[-1]
    >>> last.images, round(last.confidence, 2), last.accuracy.value
    (2, 0.97, 0.5)
    """
    confident, hits = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=bool)
    bin_of = confidence_bins(confident)
    bins = []
    for b, (lower, upper) in enumerate(pairwise(_EDGES)):
        members = bin_of == b
        bins.append(
            ReliabilityBin(
                lower=float(lower),
                upper=float(upper),
                images=int(members.sum()),
                confidence=float(confident[members].mean()) if members.any() else float("nan"),
                accuracy=share_by_photograph(hits, photographs, members),
            )
        )
    return tuple(bins)


def risk_coverage(confidence: ArrayLike, correct: ArrayLike) -> NDArray[np.float64]:
    """Compute the error rate among the k most confident images, for k = 1 to N, shape (N,).

    Errors are spread evenly over images of equal confidence, which is the mean over all their orders, so the curve does
    not depend on the order of the images. Its last entry is the error rate on all images.

    Parameters
    ----------
    confidence, correct
        As in `calibration_gaps`.

    Examples
    --------
    >>> risk_coverage([0.9, 0.6, 0.8, 0.7], [True, False, True, True]).tolist()
    [0.0, 0.0, 0.0, 0.25]
    """
    return np.cumsum(_ordered_errors(confidence, correct)) / np.arange(1, len(np.asarray(correct)) + 1)


def _ordered_errors(confidence: ArrayLike, correct: ArrayLike) -> NDArray[np.float64]:
    """Return errors by descending confidence, spread evenly over images of equal confidence, shape (N,)."""
    _, group, size = np.unique(-np.asarray(confidence, dtype=np.float64), return_inverse=True, return_counts=True)
    errors = np.bincount(group, weights=~np.asarray(correct, dtype=bool)) / size
    return np.repeat(errors, size)


def area_under_risk_coverage(
    confidence: ArrayLike,
    correct: ArrayLike,
    resamples: int,
    seed: int,
    photographs: NDArray[np.int64] | None = None,
) -> Estimate:
    """Estimate the mean of `risk_coverage` over all coverages, with a percentile bootstrap interval.

    For the interval, the images are sorted by confidence and divided into at most 100 groups of about equal size;
    within a group the errors are spread evenly.

    Parameters
    ----------
    confidence, correct
        As in `calibration_gaps`.
    resamples, seed
        Number and seed of the resamples.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Examples
    --------
    >>> estimate = area_under_risk_coverage([0.9, 0.6, 0.8, 0.7], [True, False, True, True], resamples=100, seed=0)
    >>> estimate.value, estimate.low
    (0.0625, 0.0)
    """
    n = len(np.asarray(correct))
    value = float(risk_coverage(confidence, correct).mean())
    order = np.argsort(-np.asarray(confidence, dtype=np.float64), kind="stable")
    groups = min(n, AREA_GROUPS)
    membership, errors = np.zeros((n, groups)), np.empty(n)
    membership[order, np.arange(n) * groups // n] = 1
    errors[order] = _ordered_errors(confidence, correct)
    columns = {"images": membership, "errors": membership * errors[:, None]}
    drawn = resampled_sums(columns, resamples, seed, photographs)
    # The risk at the middle of a group is used for the whole group.
    kept = np.cumsum(drawn["images"], axis=1) - drawn["images"] / 2
    lost = np.cumsum(drawn["errors"], axis=1) - drawn["errors"] / 2
    risk = np.divide(lost, kept, out=np.zeros_like(kept), where=kept > 0)
    return percentile_estimate(value, (risk * drawn["images"]).sum(axis=1) / drawn["images"].sum(axis=1))


def log_losses(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Compute the negative logarithm of the probability of the true class of each image, in nats, shape (N,).

    A probability of zero counts as the smallest positive number, so the loss is finite.

    Examples
    --------
    >>> log_losses(np.array([0, 1]), np.array([[0.5, 0.5], [1.0, 0.0]])).round(3).tolist()
    [0.693, 708.396]
    """
    of_truth = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return np.asarray(-np.log(np.maximum(of_truth, np.finfo(np.float64).tiny)))


def calibrate(
    scores: ClassScores,
    resamples: int,
    seed: int,
    photographs: NDArray[np.int64] | None = None,
    judged: ClassScores | None = None,
) -> Calibration:
    """Compute the reliability curve and the risk-coverage curve.

    Parameters
    ----------
    scores
        Of N >= 1 test images.
    resamples, seed
        Number and seed of the resamples for the interval of the area under the risk-coverage curve.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.
    judged
        The scores with the labels for the risk-coverage curve, the true ones where they are known; by default `scores`.

    Examples
    --------
    >>> scores = ClassScores(np.array([0, 1, 1, 1]), np.array([[4, 0], [0, 3], [0, 1], [2, 0]], dtype=np.float32))
    >>> calibration = calibrate(scores, resamples=100, seed=0)
    >>> round(calibration.aurc.value, 3)
    0.146
    """
    confidence, correct = scores.confidence, ~(judged or scores).wrong
    n = len(correct)
    risk = risk_coverage(confidence, correct)
    shown = np.unique(np.rint(np.linspace(1, n, min(n, CURVE_POINTS))).astype(np.int64))
    return Calibration(
        bins=reliability_bins(confidence, ~scores.wrong, photographs),
        coverage=tuple((shown / n).tolist()),
        risk=tuple(risk[shown - 1].tolist()),
        aurc=area_under_risk_coverage(confidence, correct, resamples, seed, photographs),
    )
