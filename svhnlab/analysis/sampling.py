"""Stratified samples of images, and the selection of the images on the maps."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Smallest number of images of a t-SNE map.
FEWEST_POINTS = 10


def stratified(labels: NDArray[np.integer], size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a stratified sample of rows; class shares are kept to within about one row per class.

    Parameters
    ----------
    labels
        Classes, shape (N,).
    size
        Number of rows to draw, 0 <= size <= N.
    rng
        Random generator.

    Returns
    -------
    Distinct rows in ascending order, shape (size,).

    Examples
    --------
    >>> labels = np.array([0] * 60 + [1] * 40)
    >>> rows = stratified(labels, 10, np.random.default_rng(0))
    >>> np.bincount(labels[rows]).tolist()
    [6, 4]
    """
    order = rng.permutation(len(labels))
    # The j-th row (from 0, in random order) of a class of n rows has position (j + 1/2) / n, so taking the lowest
    # positions takes the same share of each class.
    position = np.empty(len(labels))
    for label in np.unique(labels):
        members = order[labels[order] == label]
        position[members] = (np.arange(len(members)) + 0.5) / len(members)
    chosen = order[np.argsort(position[order], kind="stable")][:size]
    return np.sort(chosen).astype(np.int64)


def choose_points(
    labels: ArrayLike, wrong_in_any: ArrayLike, points: int, *, most: int, seed: int
) -> tuple[NDArray[np.int64], str]:
    """Choose the images on the maps, the same for all configurations.

    If there are at most `points` images, all are chosen. Otherwise, all images that any configuration misclassifies are
    chosen, plus a sample of the others, stratified by true class: `points` in total, or up to `most` if the others
    would otherwise be less than a quarter. If even `most` is too few, a sample of `most` images is drawn, stratified by
    true class and by whether any configuration misclassifies the image.

    Parameters
    ----------
    labels
        True classes, shape (N,).
    wrong_in_any
        True where at least one configuration misclassifies the image, shape (N,).
    points
        Number of images to choose, unless there are too many errors.
    most
        Maximum number of images to choose, at least `points`.
    seed
        Seed of the sample.

    Returns
    -------
    Chosen rows in ascending order, and the rule as one sentence.

    Examples
    --------
    >>> labels, wrong = np.arange(100) % 10, np.arange(100) < 5
    >>> rows, rule = choose_points(labels, wrong, points=20, most=40, seed=0)
    >>> len(rows), set(range(5)) <= set(rows.tolist())
    (20, True)
    >>> choose_points(labels, wrong, points=200, most=400, seed=0)[1]
    'All test images are shown.'
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
