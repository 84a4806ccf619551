"""Similarity of two models on the same images, and of the trainings of one configuration with different seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from svhnlab.analysis.error_consistency import error_consistency
from svhnlab.analysis.neural_collapse import linear_cka
from svhnlab.analysis.seeds_and_images import accuracy_over_seeds
from svhnlab.store.schema import ClassScores, PairSimilarity, Predictions, SeedStatistics

RESAMPLES = 2_000
"""Bootstrap resamples of the intervals."""


def pair_similarities(
    tests: Mapping[str, Predictions], seed: int, photographs: NDArray[np.int64] | None = None
) -> tuple[PairSimilarity, ...]:
    """Compare every pair of configurations.

    Parameters
    ----------
    tests
        Predictions on the same N test images, by configuration.
    seed
        Seed of the resamples.
    photographs
        Number of the photograph of each image, shape (N,); when None each image is its own.

    Examples
    --------
    >>> labels, logits = np.arange(8) % 2, 3 * np.eye(2, dtype=np.float32)[[0, 1, 0, 1, 0, 1, 1, 0]]
    >>> test = Predictions(labels, logits, features=logits, indices=np.arange(8))
    >>> pair = pair_similarities({"cnn": test, "resnet18": test}, seed=0)[0]
    >>> pair.kappa.value, round(pair.cka, 3)
    (1.0, 1.0)
    """
    pairs = {(first, second): (tests[first].wrong, tests[second].wrong) for first, second in combinations(tests, 2)}
    if not pairs:
        return ()
    kappas = error_consistency(pairs, RESAMPLES, seed, photographs)
    return tuple(
        PairSimilarity(first, second, kappas[first, second], _alignment(tests[first].features, tests[second].features))
        for first, second in pairs
    )


def _alignment(first: NDArray[np.float32] | None, second: NDArray[np.float32] | None) -> float:
    """Return the alignment of the features of two models; NaN if those of one are not known."""
    return float("nan") if first is None or second is None else linear_cka(first, second)


def seed_statistics(
    tests: Sequence[ClassScores],
    features: Sequence[NDArray[np.float32]],
    seed: int,
    photographs: NDArray[np.int64] | None = None,
) -> SeedStatistics:
    """Compare the trainings of one configuration.

    Parameters
    ----------
    tests
        Predictions of each of at least two trainings on the same N test images.
    features
        Features of the first P trainings, 2 or more, each of shape (N, D); these trainings are compared in pairs.
    seed, photographs
        As in `pair_similarities`.

    Examples
    --------
    >>> labels, logits = np.arange(8) % 2, 3 * np.eye(2, dtype=np.float32)[[0, 1, 0, 1, 0, 1, 1, 0]]
    >>> found = seed_statistics([ClassScores(labels, logits)] * 2, [logits] * 2, seed=0)
    >>> found.accuracy.value, found.kappa.value, round(found.cka, 3)
    (0.75, 1.0, 1.0)
    """
    wrong = np.array([test.wrong for test in tests])
    pairs = list(combinations(range(len(features)), 2))
    first, second = np.array(pairs).T
    kappas = error_consistency({"seeds": (wrong[first], wrong[second])}, RESAMPLES, seed, photographs)
    return SeedStatistics(
        accuracy=accuracy_over_seeds(~wrong, RESAMPLES, seed, photographs),
        kappa=kappas["seeds"],
        cka=float(np.mean([linear_cka(features[i], features[j]) for i, j in pairs])),
    )
