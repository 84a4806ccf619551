"""Scores that tell out-of-distribution images, which show none of the classes, from test images.

A high score means that an image resembles those that a model knows.

References
----------
D. Hendrycks, K. Gimpel (2017), A baseline for detecting misclassified and out-of-distribution examples in neural
networks, ICLR (maximum of the softmax; AUROC and false positive rate). W. Liu, X. Wang, J. Owens, Y. Li (2020),
Energy-based out-of-distribution detection, NeurIPS. Y. Sun, Y. Ming, X. Zhu, Y. Li (2022), Out-of-distribution
detection with deep nearest neighbors, ICML. K. Lee, K. Lee, H. Lee, J. Shin (2018), A simple unified framework for
detecting out-of-distribution samples and adversarial attacks, NeurIPS (Mahalanobis distance). N. A. Obuchowski (1997),
Nonparametric analysis of clustered ROC curve data, Biometrics 53, 567-578.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from svhnlab.analysis.auroc import auroc
from svhnlab.analysis.bootstrap import percentile_estimate
from svhnlab.analysis.clusters import estimate_by_photograph, share_by_photograph
from svhnlab.store.schema import UNDEFINED, Centroids, ClassScores, Estimate, OodKind, OodScore

Floats = NDArray[np.float64]

NEIGHBOUR = 10
"""The distance to this nearest neighbour is a score."""
TPR = 0.95
"""Share of the test images that the threshold of the false positive rate keeps."""
_CHUNK_CELLS = 4_000_000
"""Weights of images that are in memory at once: 16 MB."""


@dataclass(frozen=True)
class ScoredImages:
    """Images with their scores.

    Attributes
    ----------
    scores
        By name, shape (N,); "confidence" is among them.
    photographs
        Number of the photograph of each image, shape (N,); images of different kinds with equal numbers are dependent.
    """

    scores: Mapping[str, Floats]
    photographs: NDArray[np.int64]


def ood_scores(
    answers: ClassScores, features: NDArray[np.float32], reference: NDArray[np.float32], centroids: Centroids
) -> dict[str, Floats]:
    """Compute four scores of images: the higher, the more an image resembles those that a model knows.

    Parameters
    ----------
    answers
        Class scores of N images.
    features
        Of the same images, shape (N, D).
    reference
        Features of images with known classes, shape (R, D), R >= 1.
    centroids
        Of the training images' features.

    Returns
    -------
    By name, shape (N,). "confidence": maximum of the softmax. "energy": minus the energy, the logarithm of the sum of
    the exponentials of the logits. "neighbours": minus the Euclidean distance to the 10th nearest reference image (the
    last one if there are fewer), all features scaled to length 1. "mahalanobis": minus the squared Mahalanobis distance
    to the nearest centroid, with one covariance for all classes.

    Examples
    --------
    >>> from svhnlab.analysis.centroids import class_centroids
    >>> known = np.eye(2, dtype=np.float32)[[0, 0, 1, 1]]
    >>> centroids = class_centroids(known + 0.1 * np.array([[1], [-1], [1], [-1]]), [0, 0, 1, 1], 2)
    >>> new = np.array([[1, 0], [3, -3]], dtype=np.float32)
    >>> scores = ood_scores(ClassScores(np.zeros(2, dtype=np.int64), new), new, known, centroids)
    >>> {name: bool(values[0] > values[1]) for name, values in scores.items()}
    {'confidence': False, 'energy': False, 'neighbours': True, 'mahalanobis': True}
    """
    neighbour = min(NEIGHBOUR, len(reference)) - 1
    # unit vectors: the larger their product, the closer they are; many times as fast as the differences of all pairs
    product = _normalised(features) @ _normalised(reference).T
    nearest = np.partition(product, -neighbour - 1, axis=1)[:, -neighbour - 1].astype(np.float64)
    return {
        "confidence": answers.confidence,
        "energy": np.asarray(logsumexp(answers.logits.astype(np.float64), axis=1)),
        "neighbours": -np.sqrt(np.maximum(2 - 2 * nearest, 0)),
        "mahalanobis": -_mahalanobis(features, centroids),
    }


def _normalised(features: NDArray[np.float32]) -> NDArray[np.float32]:
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), np.finfo(np.float32).tiny)


def _mahalanobis(features: NDArray[np.float32], centroids: Centroids) -> Floats:
    """Return the squared Mahalanobis distance to the nearest centroid, shape (N,); 0 where features have no spread."""
    values, vectors = np.linalg.eigh(centroids.covariance)
    spread = values > values.max(initial=0) * 1e-6  # directions without variance tell nothing
    whitening = vectors[:, spread] / np.sqrt(values[spread])
    known = centroids.means[np.isfinite(centroids.means).all(axis=1)]
    if not spread.any() or not len(known):
        return np.zeros(len(features))
    return np.asarray(cdist(features @ whitening, known @ whitening, "sqeuclidean").min(axis=1))


def compare_kinds(
    inside: ScoredImages, kinds: Mapping[str, ScoredImages], *, resamples: int, seed: int
) -> dict[str, OodKind]:
    """Compare the scores of each kind of out-of-distribution images with those of the test images.

    Parameters
    ----------
    inside
        Test images, at least one.
    kinds
        Out-of-distribution images by kind, at least one of each.
    resamples, seed
        Number and seed of the bootstrap resamples for the false positive rate.

    Returns
    -------
    By kind. All intervals and p-values are by photograph: those of AUROC and mean confidence from the normal
    approximation, those of the false positive rate from a bootstrap that also draws the threshold anew.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> inside = ScoredImages({"confidence": rng.normal(2, 1, 200), "energy": rng.normal(3, 1, 200)}, np.arange(200))
    >>> outside = ScoredImages({name: rng.normal(0, 1, 100) for name in inside.scores}, np.arange(200, 300))
    >>> noise = compare_kinds(inside, {"noise": outside}, resamples=100, seed=0)["noise"]
    >>> round(noise.scores["energy"].auroc.value, 2), round(noise.scores["energy"].fpr.value, 2)
    (0.99, 0.04)
    >>> noise.change.high < 0, noise.scores["energy"].p_value < 0.001
    (True, True)
    """
    rates = _false_positive_rates(inside, kinds, resamples, seed)
    return {name: _compare(inside, outside, rates[name]) for name, outside in kinds.items()}


def _compare(inside: ScoredImages, outside: ScoredImages, rates: Mapping[str, Estimate]) -> OodKind:
    photographs = np.concatenate([inside.photographs, outside.photographs])
    lower = np.arange(len(photographs)) >= len(inside.photographs)
    areas = {
        name: auroc(np.concatenate([values, outside.scores[name]]), lower) for name, values in inside.scores.items()
    }
    base, of_base = areas["confidence"]
    scores = {}
    for name, (area, influence) in areas.items():
        difference, p_value = UNDEFINED, float("nan")
        if name != "confidence":
            difference, p_value = estimate_by_photograph(area - base, influence - of_base, photographs, (-1, 1))
        scores[name] = OodScore(
            estimate_by_photograph(area, influence, photographs, (0, 1))[0], rates[name], difference, p_value
        )
    known, new = inside.scores["confidence"], outside.scores["confidence"]
    deviation = np.concatenate([-(known - known.mean()) / len(known), (new - new.mean()) / len(new)])
    change, p_value = estimate_by_photograph(float(new.mean() - known.mean()), deviation, photographs, (-1, 1))
    mean, _ = estimate_by_photograph(float(new.mean()), deviation[lower], outside.photographs, (0, 1))
    above = share_by_photograph(new > np.median(known), outside.photographs)
    return OodKind(len(new), mean, change, p_value, above, scores)


def _false_positive_rates(
    inside: ScoredImages, kinds: Mapping[str, ScoredImages], resamples: int, seed: int
) -> dict[str, dict[str, Estimate]]:
    """Return the false positive rate at a true positive rate of 95% with its bootstrap interval, by kind and score.

    The first set of weights is that of the images themselves, the others are those of the resamples.
    """
    groups = [inside.photographs, *(outside.photographs for outside in kinds.values())]
    numbers, of_image = np.unique(np.concatenate(groups), return_inverse=True)
    known, *others = np.split(of_image, np.cumsum([len(group) for group in groups])[:-1])
    generator, count = np.random.default_rng(seed), len(numbers)
    found: dict[tuple[str, str], list[Floats]] = {(kind, score): [] for kind in kinds for score in inside.scores}
    chunk = max(1, _CHUNK_CELLS // count)
    for start in range(0, resamples + 1, chunk):
        size = min(chunk, resamples + 1 - start)
        drawn = [np.bincount(row, minlength=count) for row in generator.integers(0, count, (size, count))]
        weights = np.stack(drawn).astype(np.float32)
        if start == 0:
            weights[0] = 1
        for score, values in inside.scores.items():
            order = np.argsort(values, kind="stable")
            ascending = values[order]
            left = np.cumsum(weights[:, known[order]], axis=1)  # whole numbers, which float32 holds exactly
            # a threshold that keeps 95% is the score of the first image beyond 5% of the weight
            threshold = ascending[(left <= (1 - TPR) * left[:, -1:]).sum(axis=1).clip(max=len(values) - 1)]
            for of_kind, (kind, outside) in zip(others, kinds.items(), strict=True):
                weight = weights[:, of_kind]
                kept = (weight * (outside.scores[score] >= threshold[:, None])).sum(axis=1)
                total = weight.sum(axis=1)
                rate = np.divide(kept, total, out=np.full(size, np.nan, dtype=np.float32), where=total > 0)
                found[kind, score].append(rate.astype(np.float64))
    rates: dict[str, dict[str, Estimate]] = {kind: {} for kind in kinds}
    for (kind, score), parts in found.items():
        value, *draws = np.concatenate(parts)
        rates[kind][score] = percentile_estimate(float(value), draws)
    return rates
