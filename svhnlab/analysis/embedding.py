"""Maps of feature space: t-SNE in two and three dimensions, with scores of how far to trust them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

from svhnlab.results import Embedding

COMPONENTS = 50
NEIGHBOURS = 15
FEWEST_POINTS = 10


def stratified(labels: NDArray[np.integer], size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw rows so that every class keeps its share, within about one row per class.

    Parameters
    ----------
    labels
        Classes, shape (N,).
    size
        Rows to draw, 0 <= size <= N.
    rng
        Source of chance.

    Returns
    -------
    Distinct rows in ascending order, shape (size,).
    """
    order = rng.permutation(len(labels))
    # The j-th drawn row of a class of n rows stands at (j + 1/2) / n: taking the rows that stand lowest
    # takes the same share of each class.
    position = np.empty(len(labels))
    for label in np.unique(labels):
        members = order[labels[order] == label]
        position[members] = (np.arange(len(members)) + 0.5) / len(members)
    chosen = order[np.argsort(position[order], kind="stable")][:size]
    return np.sort(chosen).astype(np.int64)


def choose_points(labels: ArrayLike, wrong: ArrayLike, points: int, seed: int) -> tuple[NDArray[np.int64], str]:
    """Choose which images a map shows.

    All images where they fit into the budget. Otherwise all errors, if these fit into half of it, and a
    sample of the rest that is stratified by true class. Otherwise a sample of all images that is
    stratified by true class.

    Parameters
    ----------
    labels
        True classes, shape (N,).
    wrong
        True where the image counts as an error, shape (N,).
    points
        Budget: the largest number of rows to choose.
    seed
        Seed of the draw.

    Returns
    -------
    Chosen rows in ascending order, and a sentence that says how they were chosen.
    """
    true, error = np.asarray(labels), np.asarray(wrong, dtype=bool)
    if len(true) <= points:
        return np.arange(len(true), dtype=np.int64), "All images."
    rng = np.random.default_rng(seed)
    errors, right = np.flatnonzero(error), np.flatnonzero(~error)
    # Fewer right images than free places cannot happen: the errors fill at most half of the budget.
    if len(errors) <= points // 2:
        rest = right[stratified(true[right], points - len(errors), rng)]
        rows = np.sort(np.concatenate([errors, rest]))
        return (
            rows,
            f"All {len(errors)} errors and a sample of the right images, stratified by class.",
        )
    return stratified(true, points, rng), "A sample of all images, stratified by class."


def embed(
    features: ArrayLike,
    labels: ArrayLike,
    wrong: ArrayLike,
    *,
    seed: int,
    points: int = 3000,
    components: int = COMPONENTS,
    rows: ArrayLike | None = None,
) -> Embedding:
    """Lay features out in two and three dimensions by t-SNE.

    The features are centred and reduced to their first principal components (50), without scaling each feature: so the
    maps start from the same Euclidean distances as the distances to the class centroids. t-SNE starts
    from the first principal components.

    Parameters
    ----------
    features
        One row per image, shape (N, D).
    labels, wrong
        True classes and whether the model errs, shape (N,); they steer the choice of points alone.
    seed
        Seed of the choice and of t-SNE.
    points
        Largest number of images on the maps.
    components
        Principal components that t-SNE starts from; fewer where features or points are fewer.
    rows
        Images to show, instead of choosing them here (the same images for several models).

    Raises
    ------
    ValueError
        If there are fewer than 10 points.

    References
    ----------
    L. van der Maaten, G. Hinton (2008), Visualizing data using t-SNE, Journal of Machine Learning
    Research 9, 2579-2605. Trustworthiness: J. Venna, S. Kaski (2001), Neighborhood preservation in
    nonlinear projection methods, ICANN, 485-491.
    """
    matrix = np.asarray(features, dtype=np.float64)
    if rows is None:
        chosen, rule = choose_points(labels, wrong, points, seed)
    else:
        chosen, rule = np.asarray(rows, dtype=np.int64), "Rows that were given."
    n = len(chosen)
    if n < FEWEST_POINTS:
        raise ValueError(f"a map needs at least {FEWEST_POINTS} images, got {n}")
    matrix = matrix[chosen]
    kept = min(components, matrix.shape[1], n - 1)
    reduced = PCA(kept, svd_solver="full").fit_transform(matrix)
    perplexity = min(30.0, (n - 1) / 3)
    neighbours = min(NEIGHBOURS, (n - 1) // 2)
    maps: dict[str, NDArray[np.float32]] = {}
    scores: dict[str, dict[str, float]] = {}
    for name, dimensions in (("planar", 2), ("spatial", 3)):
        tsne = TSNE(dimensions, perplexity=perplexity, init="pca", random_state=seed)
        maps[name] = tsne.fit_transform(reduced).astype(np.float32)
        scores[name] = {
            "trustworthiness": float(trustworthiness(matrix, maps[name], n_neighbors=neighbours)),
            "kl_divergence": float(tsne.kl_divergence_),
        }
    return Embedding(
        rows=chosen,
        planar=maps["planar"],
        spatial=maps["spatial"],
        scores=scores,
        settings={
            "method": "t-SNE (scikit-learn)",
            "perplexity": perplexity,
            "perplexity_rule": "min(30, (points - 1) / 3)",
            "components": kept,
            "preprocessing": "centred, principal components; features not scaled one by one",
            "neighbours": neighbours,
            "seed": seed,
            "points": n,
            "images": len(np.asarray(features)),
            "sampling": rule,
        },
    )
