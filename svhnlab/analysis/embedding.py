"""t-SNE maps of feature space in two and three dimensions, and quality scores."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from sklearn.metrics import silhouette_samples
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from svhnlab.analysis.sampling import FEWEST_POINTS
from svhnlab.store.schema import Embedding, MapScores

COMPONENTS = 50
NEIGHBOURS = 15
PERPLEXITY = 30.0
ITERATIONS = 750  # the first 250 with early exaggeration of 12
START_SPREAD = 1e-4  # standard deviation of the initial positions along the first axis


def embed(
    features: ArrayLike,
    labels: ArrayLike,
    rows: ArrayLike,
    *,
    seed: int,
    n_classes: int,
    components: int = COMPONENTS,
) -> Embedding:
    """Map features to two and three dimensions with t-SNE, and score both maps.

    The features of the chosen rows are centred and reduced to their first principal components. They are not
    standardised, so the maps are based on the same Euclidean distances as the distances to the class centroids. The
    perplexity is 30, or a third of the number of other points if that is less.

    t-SNE is initialised with the first principal components and therefore does not depend on the seed. To measure how
    much a map depends on its initialisation, a second map is computed from random positions, which depend on the seed.
    It is compared with the first map (`MapScores.seed_overlap`) and discarded.

    Parameters
    ----------
    features
        One row per test image, shape (N, D), D >= 3.
    labels
        True classes, shape (N,).
    rows
        Images on the maps, shape (M,); see :func:`svhnlab.analysis.sampling.choose_points`.
    seed
        Seed of the random initialisation.
    n_classes
        Number of classes K.
    components
        Number of principal components, at least 3; fewer are used if there are fewer features or points.

    Returns
    -------
    The maps; all scores are NaN if most images have the same features as many others, so that neighbours are undefined.

    Raises
    ------
    ValueError
        If there are fewer than 10 points, or fewer than 3 features or components.

    References
    ----------
    L. van der Maaten, G. Hinton (2008), Visualizing data using t-SNE, Journal of Machine Learning Research 9,
    2579-2605. Initialisation with principal components: D. Kobak, P. Berens (2019), The art of using t-SNE for
    single-cell transcriptomics, Nature Communications 10, 5416.

    Examples
    --------
    >>> features = np.random.default_rng(0).normal(size=(40, 8))
    >>> maps = embed(features, np.arange(40) % 2, np.arange(20), seed=0, n_classes=2)
    >>> maps.planar.shape, maps.spatial.shape, maps.scores["planar"].neighbours
    ((20, 2), (20, 3), 9)
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
    # Trustworthiness is defined for k below half the number of points.
    k = min(NEIGHBOURS, (n - 1) // 2)
    distances, near = NearestNeighbors(n_neighbors=k).fit(matrix).kneighbors()
    # A network that gives many images exactly the same features has collapsed: more than k images are then nearest to
    # each of them, and which of these a map keeps says nothing.
    defined = (distances[:, -1] > 0).mean() > 0.5
    rng = np.random.default_rng(seed)
    starts = []
    for dimensions in (2, 3):
        random = rng.normal(size=(n, dimensions))
        deviation = reduced[:, 0].std()
        # If all features are equal, there are no principal components to start from.
        starts += [reduced[:, :dimensions] / deviation if deviation > 0 else random, random]
    # Each map is computed by one thread: several threads would add partial sums in varying order, and maps would not
    # be reproducible.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda start: _tsne(reduced, START_SPREAD * start, perplexity), starts))
    maps: dict[str, NDArray[np.float32]] = {}
    scores: dict[str, MapScores] = {}
    for name, (coordinates, kl_divergence), (other, _) in (
        ("planar", results[0], results[1]),
        ("spatial", results[2], results[3]),
    ):
        maps[name] = coordinates
        if not defined:
            scores[name] = MapScores(np.nan, np.nan, np.nan, (np.nan,) * n_classes, np.nan, k)
            continue
        on_map = _nearest(maps[name], k)
        scores[name] = MapScores(
            trustworthiness=float(trustworthiness(matrix, maps[name], n_neighbors=k)),
            neighbour_preservation=_overlap(near, on_map),
            kl_divergence=kl_divergence,
            silhouette=class_silhouettes(maps[name], np.asarray(labels)[chosen], n_classes),
            seed_overlap=_overlap(on_map, _nearest(other, k)),
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
    """Compute the mean silhouette coefficient of the points of each class.

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
    One number for each class, -1 to 1; NaN for a class without points, and for all classes if only one has points.

    References
    ----------
    P. Rousseeuw (1987), Silhouettes: a graphical aid to the interpretation and validation of cluster analysis, Journal
    of Computational and Applied Mathematics 20, 53-65.

    Examples
    --------
    >>> [round(value, 3) for value in class_silhouettes([[0.0], [1.0], [9.0], [10.0]], [0, 0, 1, 1], 3)]
    [0.889, 0.889, nan]
    """
    points, true = np.asarray(coordinates), np.asarray(labels)
    if not 2 <= len(np.unique(true)) < len(true):
        return (float("nan"),) * n_classes
    values = silhouette_samples(points, true)
    return tuple(float(values[true == k].mean()) if (true == k).any() else float("nan") for k in range(n_classes))


def _tsne(
    reduced: NDArray[np.float64], start: NDArray[np.float64], perplexity: float
) -> tuple[NDArray[np.float32], float]:
    """Run t-SNE from initial positions, in their number of dimensions; return coordinates and KL divergence."""
    n, dimensions = start.shape
    # scikit-learn's automatic learning rate, max(n / 48, 50), diverges for a few hundred points or fewer.
    rate = max(n / 48, min(50.0, n / 12))
    tsne = TSNE(dimensions, perplexity=perplexity, learning_rate=rate, max_iter=ITERATIONS, init=start)
    with threadpool_limits(1, user_api="openmp"):
        return tsne.fit_transform(reduced).astype(np.float32), float(tsne.kl_divergence_)


def _nearest(points: NDArray[np.floating], k: int) -> NDArray[np.int64]:
    """Return the rows of the k nearest other points of each point, shape (M, k)."""
    return NearestNeighbors(n_neighbors=k).fit(points).kneighbors(return_distance=False)


def _overlap(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Return the mean share of the neighbours in one list that are also in the other."""
    return float((one[:, :, None] == other[:, None, :]).any(axis=2).mean())
