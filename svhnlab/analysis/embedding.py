"""Maps of feature space: t-SNE in two and three dimensions, and how far to trust it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import orthogonal_procrustes
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from sklearn.metrics import silhouette_samples
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from svhnlab.store.schema import Embedding, MapScores

COMPONENTS = 50
NEIGHBOURS = 15
PERPLEXITY = 30.0
FEWEST_POINTS = 10
ITERATIONS = 750  # the first 250 with attraction twelve times as strong
START_SPREAD = 1e-4  # standard deviation of the start positions along the first axis


def embed(
    features: ArrayLike,
    labels: ArrayLike,
    rows: ArrayLike,
    *,
    seed: int,
    n_classes: int,
    components: int = COMPONENTS,
) -> Embedding:
    """Lay features out in two and three dimensions by t-SNE, and score both maps.

    The features of the chosen rows are centred and reduced to their first principal components, without scaling each
    feature: so the maps start from the same Euclidean distances as the distances to the class centroids. The
    perplexity is 30, and a third of the number of neighbours that a point has where that is less.

    t-SNE starts from the first principal components, which leaves nothing to the seed. To see how much of a map is
    owed to its start, each is made a second time from random positions, which do depend on the seed; that map is only
    compared with the first (`MapScores.seed_overlap`) and not kept.

    Parameters
    ----------
    features
        One row per test image, shape (N, D), D >= 3.
    labels
        True classes, shape (N,).
    rows
        Images to show, shape (M,); see :func:`svhnlab.analysis.sampling.choose_points`.
    seed
        Seed of the random start.
    n_classes
        Number of classes K.
    components
        Principal components that t-SNE is given, at least 3; fewer where features or points are fewer.

    Raises
    ------
    ValueError
        If there are fewer than 10 points, or fewer than 3 features or components.

    References
    ----------
    L. van der Maaten, G. Hinton (2008), Visualizing data using t-SNE, Journal of Machine Learning Research 9,
    2579-2605. Start from principal components: D. Kobak, P. Berens (2019), The art of using t-SNE for single-cell
    transcriptomics, Nature Communications 10, 5416.
    """
    chosen = np.asarray(rows, dtype=np.int64)
    matrix = np.asarray(features, dtype=np.float64)[chosen]
    n = len(chosen)
    if n < FEWEST_POINTS:
        raise ValueError(f"a map needs at least {FEWEST_POINTS} images, got {n}")
    kept = min(components, matrix.shape[1], n - 1)
    if kept < 3:
        raise ValueError(f"a map needs at least 3 features and components, got {kept}")
    reduced = PCA(kept, svd_solver="full").fit_transform(matrix)
    perplexity = min(PERPLEXITY, (n - 1) / 3)
    # Trustworthiness is defined for less than half of the points.
    k = min(NEIGHBOURS, (n - 1) // 2)
    near = _nearest(matrix, k)
    rng = np.random.default_rng(seed)
    starts = []
    for dimensions in (2, 3):
        chance = rng.normal(size=(n, dimensions))
        spread = reduced[:, 0].std()
        # Features that are all equal have no principal components to start from.
        starts += [reduced[:, :dimensions] / spread if spread > 0 else chance, chance]
    # Each map on one core, as many at once as there are: the sums of one map that several threads make up are added
    # in any order, and the map would differ from run to run.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(lambda start: _tsne(reduced, START_SPREAD * start, perplexity), starts))
    maps: dict[str, NDArray[np.float32]] = {}
    scores: dict[str, MapScores] = {}
    for name, (coordinates, kl_divergence), (other, _) in (
        ("planar", made[0], made[1]),
        ("spatial", made[2], made[3]),
    ):
        maps[name] = coordinates
        shown = _nearest(maps[name], k)
        scores[name] = MapScores(
            trustworthiness=float(trustworthiness(matrix, maps[name], n_neighbors=k)),
            neighbour_preservation=_overlap(near, shown),
            kl_divergence=kl_divergence,
            silhouette=class_silhouettes(maps[name], np.asarray(labels)[chosen], n_classes),
            seed_overlap=_overlap(shown, _nearest(other, k)),
            neighbours=k,
        )
    return Embedding(
        rows=chosen,
        planar=maps["planar"],
        spatial=maps["spatial"],
        scores=scores,
        settings={
            "method": "t-SNE (scikit-learn)",
            "perplexity": perplexity,
            "perplexity_rule": f"{PERPLEXITY:.0f}, or (points - 1) / 3 where that is less",
            "components": kept,
            "preprocessing": "centred, principal components; features not scaled one by one",
            "start": "first principal components",
            "second_start": "random positions",
            "iterations": ITERATIONS,
            "learning_rate_rule": "the larger of n / 48 and the smaller of 50 and n / 12, for n points",
            "neighbours": k,
            "seed": seed,
            "points": n,
            "images": len(np.asarray(features)),
        },
    )


def class_silhouettes(coordinates: ArrayLike, labels: ArrayLike, n_classes: int) -> tuple[float, ...]:
    """Mean silhouette coefficient of the points of each class.

    Parameters
    ----------
    coordinates
        Shape (M, d).
    labels
        Classes 0 to K - 1, shape (M,).
    n_classes
        Number of classes K.

    Returns
    -------
    One number for each class, -1 to 1; NaN for a class without points, and for all where only one class has points.

    References
    ----------
    P. Rousseeuw (1987), Silhouettes: a graphical aid to the interpretation and validation of cluster analysis, Journal
    of Computational and Applied Mathematics 20, 53-65.
    """
    points, true = np.asarray(coordinates), np.asarray(labels)
    if not 2 <= len(np.unique(true)) < len(true):
        return (float("nan"),) * n_classes
    values = silhouette_samples(points, true)
    return tuple(float(values[true == k].mean()) if (true == k).any() else float("nan") for k in range(n_classes))


def align(maps: Mapping[str, NDArray[np.floating]], reference: str) -> dict[str, NDArray[np.float64]]:
    """Turn and mirror maps of the same points so that they lie as nearly as possible on one of them.

    t-SNE fixes a map up to shifts, turns and reflections. Each map is centred and turned by the orthogonal matrix that
    brings its points nearest to those of the reference (orthogonal Procrustes, least squares). The scale is kept: no
    distance within a map changes, and neither do its scores.

    Parameters
    ----------
    maps
        Coordinates by name, all of the same points in the same order, each of shape (M, d).
    reference
        Name of the map that is only centred.

    Returns
    -------
    Coordinates by name, float64, centred.

    Raises
    ------
    ValueError
        If the maps have different shapes.

    References
    ----------
    P. Schönemann (1966), A generalized solution of the orthogonal Procrustes problem, Psychometrika 31, 1-10.
    """
    centred = {name: np.asarray(points, dtype=np.float64) - np.mean(points, axis=0) for name, points in maps.items()}
    target = centred[reference]
    if any(points.shape != target.shape for points in centred.values()):
        raise ValueError("maps can be aligned only when they show the same points in as many dimensions")
    return {
        name: target if name == reference else points @ orthogonal_procrustes(points, target)[0]
        for name, points in centred.items()
    }


def _tsne(
    reduced: NDArray[np.float64], start: NDArray[np.float64], perplexity: float
) -> tuple[NDArray[np.float32], float]:
    """Coordinates that t-SNE reaches from a start, in its dimensions, and their KL divergence."""
    n, dimensions = start.shape
    # scikit-learn's own rate is the larger of n / 48 and 50, which flings a few hundred points or less apart.
    rate = max(n / 48, min(50.0, n / 12))
    tsne = TSNE(dimensions, perplexity=perplexity, learning_rate=rate, max_iter=ITERATIONS, init=start)
    with threadpool_limits(1, user_api="openmp"):
        return tsne.fit_transform(reduced).astype(np.float32), float(tsne.kl_divergence_)


def _nearest(points: NDArray[np.floating], k: int) -> NDArray[np.int64]:
    """Rows of the k nearest other points of each point, shape (M, k)."""
    return NearestNeighbors(n_neighbors=k).fit(points).kneighbors(return_distance=False)


def _overlap(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Mean share of the neighbours in one list that are in the other too."""
    return float((one[:, :, None] == other[:, None, :]).any(axis=2).mean())
