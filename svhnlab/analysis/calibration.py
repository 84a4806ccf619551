"""Whether a model's probabilities mean what they say, and what it gains by handing doubtful images over.

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

from svhnlab.analysis.bootstrap import percentile_estimate, reflected_estimate
from svhnlab.analysis.metrics import CONFIDENCE, share_estimate
from svhnlab.store.schema import Calibration, ClassScores, Estimate, Predictions, ReliabilityBin

BINS = 15
"""Equal bins of confidence, as in Guo et al. (2017)."""

CURVE_POINTS = 400
"""Most points that a stored risk-coverage curve has."""

TARGET_ACCURACY = 0.99
"""Accuracy that the images not handed over are to have."""

_EDGES = np.linspace(0, 1, BINS + 1)


def confidence_bins(confidence: ArrayLike) -> NDArray[np.int64]:
    """Bin of each confidence, 0 to `BINS` - 1, shape (N,); a bin holds its upper edge, the first also 0."""
    bins = np.searchsorted(_EDGES, np.asarray(confidence), side="left") - 1
    return np.clip(bins, 0, BINS - 1).astype(np.int64)


def calibration_gaps(confidence: ArrayLike, right: ArrayLike) -> NDArray[np.float64]:
    """Right (0 or 1) minus confidence, each image in the column of its bin, shape (N, `BINS`).

    The expected calibration error of any set of images is the sum, over columns, of the absolute sum of the gaps,
    over the number of images.

    Parameters
    ----------
    confidence
        Probability of the predicted class, shape (N,).
    right
        Whether the predicted class is the true one, booleans, shape (N,).
    """
    confident = np.asarray(confidence, dtype=np.float64)
    gaps = np.zeros((len(confident), BINS))
    gaps[np.arange(len(confident)), confidence_bins(confident)] = np.asarray(right, dtype=np.float64) - confident
    return gaps


def expected_calibration_error(gaps: NDArray[np.float64], draws: NDArray[np.float64], images: int) -> Estimate:
    """Mean gap of confidence and accuracy over the bins, weighted by images.

    Noise in a bin counts as a gap, so that the error on a sample lies above that of the model on endless images, and
    the error on a resample above that on the sample by about as much. The percentile interval has this upward shift
    twice and misses a small error nearly always. The interval here is the reflected one
    (:func:`svhnlab.analysis.bootstrap.reflected_estimate`), which undoes the shift. It begins at 0 where a calibrated
    model would reach the value by noise alone in more than 5% of the samples. It always contains the value.

    Parameters
    ----------
    gaps
        Sums of `calibration_gaps` over the images, shape (`BINS`,).
    draws
        Their sums over resamples, shape (R, `BINS`).
    images
        Number of images.
    """
    value = float(np.abs(gaps).sum() / images)
    estimate = reflected_estimate(value, np.abs(draws).sum(axis=1) / images)
    # Without the observed gaps only the noise remains.
    by_noise = np.quantile(np.abs(draws - gaps).sum(axis=1) / images, CONFIDENCE)
    return Estimate(value, 0.0 if value <= by_noise else max(estimate.low, 0.0), estimate.high)


def reliability_bins(confidence: ArrayLike, right: ArrayLike) -> tuple[ReliabilityBin, ...]:
    """Mean confidence and accuracy of the images in each bin of confidence.

    Parameters
    ----------
    confidence, right
        As in `calibration_gaps`.
    """
    confident, hits = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=bool)
    bins = confidence_bins(confident)
    found = []
    for b, (lower, upper) in enumerate(pairwise(_EDGES)):
        own = bins == b
        found.append(
            ReliabilityBin(
                lower=float(lower),
                upper=float(upper),
                images=int(own.sum()),
                confidence=float(confident[own].mean()) if own.any() else float("nan"),
                accuracy=share_estimate(int(hits[own].sum()), int(own.sum())),
            )
        )
    return tuple(found)


def risk_coverage(confidence: ArrayLike, right: ArrayLike) -> NDArray[np.float64]:
    """Share of errors among the k most confident images, for k = 1 to N, shape (N,).

    Images of equal confidence share their errors evenly, which is the mean over all orders among them; so the
    curve does not depend on the order of the images. Its last entry is the error rate.

    Parameters
    ----------
    confidence, right
        As in `calibration_gaps`.
    """
    return np.cumsum(_ordered_errors(confidence, right)) / np.arange(1, len(np.asarray(right)) + 1)


def _ordered_errors(confidence: ArrayLike, right: ArrayLike) -> NDArray[np.float64]:
    """Errors in falling order of confidence, shared evenly among images of equal confidence, shape (N,)."""
    _, group, size = np.unique(-np.asarray(confidence, dtype=np.float64), return_inverse=True, return_counts=True)
    errors = np.bincount(group, weights=~np.asarray(right, dtype=bool)) / size
    return np.repeat(errors, size)


def area_under_risk_coverage(confidence: ArrayLike, right: ArrayLike, resamples: int, seed: int) -> Estimate:
    """Mean of `risk_coverage` over all coverages, with a percentile bootstrap interval.

    A resample changes how many right and wrong images there are at each place of the order of confidence. For the
    interval the places are put together to at most 400 of about equal size, and the numbers of right and wrong
    images in each are drawn from a multinomial distribution, which is the bootstrap of the images as far as these
    numbers go. Within a place the errors are spread evenly.

    Parameters
    ----------
    confidence, right
        As in `calibration_gaps`.
    resamples, seed
        Number and seed of the resamples.
    """
    errors = _ordered_errors(confidence, right)
    n = len(errors)
    value = float(risk_coverage(confidence, right).mean())
    starts = np.linspace(0, n, min(n, CURVE_POINTS) + 1).astype(np.int64)[:-1]
    images = np.diff(starts, append=n)
    wrong = np.add.reduceat(errors, starts)
    shares = np.concatenate([images - wrong, wrong]) / n
    cells = np.random.default_rng(seed).multinomial(n, np.clip(shares, 0, 1) / shares.sum(), resamples)
    wrong_draws = cells[:, len(starts) :].astype(np.float64)
    image_draws = cells[:, : len(starts)] + wrong_draws
    # The risk at the middle of each place stands for the place.
    kept = np.cumsum(image_draws, axis=1) - image_draws / 2
    lost = np.cumsum(wrong_draws, axis=1) - wrong_draws / 2
    risk = np.divide(lost, kept, out=np.zeros_like(kept), where=kept > 0)
    return percentile_estimate(value, (risk * image_draws).sum(axis=1) / n)


def deferral_rate(confidence: ArrayLike, right: ArrayLike, target: float = TARGET_ACCURACY) -> float:
    """Smallest share of the images, the least confident, to hand over so that the rest has the target accuracy.

    Images of equal confidence are handed over together.

    Parameters
    ----------
    confidence, right
        As in `calibration_gaps`.
    target
        Accuracy of the rest, 0 to 1.

    Returns
    -------
    0 where the model has that accuracy on all images, 1 where no rest has it.
    """
    falling = -np.sort(-np.asarray(confidence, dtype=np.float64))
    risk = risk_coverage(confidence, right)
    n = len(risk)
    ends = np.append(falling[1:] != falling[:-1], True)
    # Counted in images, so that 99 right of 100 are 99% whatever the rounding.
    errors = np.rint(risk * np.arange(1, n + 1))
    enough = ends & (errors <= (1 - target) * np.arange(1, n + 1) + 1e-9)
    return float(1 - (np.flatnonzero(enough)[-1] + 1) / n) if enough.any() else 1.0


def log_losses(scores: ClassScores) -> NDArray[np.float64]:
    """Negative logarithm of the probability of the true class of each image, in nats, shape (N,).

    It is computed from the logits, so that it is finite even where the probability is too small for a float.

    Examples
    --------
    >>> logits = np.array([[0.0, 0.0], [2000.0, 0.0]], dtype=np.float32)
    >>> log_losses(ClassScores(np.array([0, 1]), logits)).round(3).tolist()
    [0.693, 2000.0]
    """
    logits = scores.logits.astype(np.float64)
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(logits)), scores.labels])


def calibrate(
    predictions: Predictions,
    gap_draws: NDArray[np.float64],
    loss_draws: NDArray[np.float64],
    seed: int,
) -> Calibration:
    """Put together all figures of calibration.

    Parameters
    ----------
    predictions
        Of N test images, N at least one.
    gap_draws
        Sums of `calibration_gaps` over resamples, shape (R, `BINS`).
    loss_draws
        Sums of `log_losses` over resamples, shape (R,).
    seed
        For the interval of the area under the risk-coverage curve.
    """
    confidence, right = predictions.confidence, ~predictions.wrong
    n = len(right)
    risk = risk_coverage(confidence, right)
    shown = np.unique(np.rint(np.linspace(1, n, min(n, CURVE_POINTS))).astype(np.int64))
    return Calibration(
        ece=expected_calibration_error(calibration_gaps(confidence, right).sum(axis=0), gap_draws, n),
        log_loss=percentile_estimate(float(log_losses(predictions).mean()), loss_draws / n),
        bins=reliability_bins(confidence, right),
        coverage=tuple((shown / n).tolist()),
        risk=tuple(risk[shown - 1].tolist()),
        aurc=area_under_risk_coverage(confidence, right, len(gap_draws), seed),
        target=TARGET_ACCURACY,
        deferral_rate=deferral_rate(confidence, right),
    )
