"""Which images stand for all: stratified samples, and the points of the maps."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


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


def choose_points(
    labels: ArrayLike, wrong_in_any: ArrayLike, points: int, *, most: int, seed: int
) -> tuple[NDArray[np.int64], str]:
    """Choose which images the maps show, the same for all runs.

    All images where there are no more than `points`. Otherwise all images that any run gets wrong and a sample of the
    others that is stratified by true class: `points` in all, or as many as it takes for the others to be a quarter,
    if that is no more than `most`. Otherwise a sample of `most` images that is stratified by true class and by
    whether any run gets them wrong.

    Parameters
    ----------
    labels
        True classes, shape (N,).
    wrong_in_any
        True where at least one of the runs gets the image wrong, shape (N,).
    points
        Rows to choose, where the errors leave room for others among them.
    most
        Largest number of rows to choose, at least `points`.
    seed
        Seed of the draw.

    Returns
    -------
    Chosen rows in ascending order, and the rule as one sentence.
    """
    true, wrong = np.asarray(labels), np.asarray(wrong_in_any, dtype=bool)
    if len(true) <= points:
        return np.arange(len(true), dtype=np.int64), "All test images are shown."
    rng = np.random.default_rng(seed)
    errors, others = np.flatnonzero(wrong), np.flatnonzero(~wrong)
    wanted = max(points, -(-4 * len(errors) // 3))
    if wanted <= most:
        rest = others[stratified(true[others], min(wanted - len(errors), len(others)), rng)]
        rows = np.sort(np.concatenate([errors, rest])).astype(np.int64)
        return rows, (
            f"All {len(errors):,} images that at least one model gets wrong are shown, and of the other "
            f"{len(others):,} images a sample of {len(rest):,}, stratified by true class."
        )
    strata = np.unique(np.stack([true, wrong]), axis=1, return_inverse=True)[1].ravel()
    return stratified(strata, most, rng), (
        f"Of {len(true):,} images a sample of {most:,} is shown, stratified by true class and by whether at least "
        f"one model gets the image wrong ({len(errors):,} images)."
    )
