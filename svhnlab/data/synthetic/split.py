"""Generation of a split of digits from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from svhnlab.data.svhn import OFFICIAL_FILES
from svhnlab.data.synthetic.degrade import degrade
from svhnlab.data.synthetic.glyphs import Atlas, load_atlas
from svhnlab.data.synthetic.layout import draw_layouts, draw_numbers
from svhnlab.data.synthetic.paint import paint
from svhnlab.data.synthetic.parameters import SIDE, Parameters, collect

# Images of each digit 0-9 in the official training and test files of SVHN.
CLASS_FREQUENCIES: dict[str, tuple[int, ...]] = {
    name: file.counts for name, file in OFFICIAL_FILES.items() if file.counts is not None
}
# Photographs are generated in chunks of this size, each with its own seed, and painted in groups of similar height and
# width.
_CHUNK = 200
_HEIGHT_GROUPS = 6
_WIDTH_GROUPS = 4


@dataclass(frozen=True)
class GeneratedSplit:
    """Generated digits with their labels, right and wrong.

    Attributes
    ----------
    images
        uint8, shape (N, 3, 32, 32), red, green, blue.
    labels
        Labels, digits 0-9, with injected errors, shape (N,).
    injected
        Sorted indices of the images with an injected label error, shape (P,).
    true_labels
        Digits that the images show, shape (N,).
    photographs
        Photograph from which each image was cut, int64, shape (N,): ascending numbers from 0. The digits of a house
        number follow one another from left to right.
    parameters
        With which each image was drawn.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    injected: NDArray[np.int64]
    true_labels: NDArray[np.int64]
    photographs: NDArray[np.int64]
    parameters: Parameters


def generate(count: int, *, seed: int, split: str, wrong_share: float = 0.01) -> GeneratedSplit:
    """Generate digits; the same arguments give the same digits.

    Each photograph shows a house number of one to four digits and gives an image of each digit. Image i depends on the
    seed and the split, not on ``count``: a longer split starts with the images of a shorter one, whose last photograph
    may be incomplete. Each label is wrong with probability ``wrong_share``, and is then one of the nine other digits
    with equal probability; the share changes no image and no true label. Labels are the same on every machine. Single
    pixels may differ with another processor or version of Pillow, as floating-point arithmetic and JPEG coding do.

    Parameters
    ----------
    count
        Number of images, at least 1.
    seed
        Any integer from 0 on.
    split
        "train" or "test": has the class frequencies of that file of SVHN and its own random numbers.
    wrong_share
        Expected share of wrong labels, 0 to 1.
    """
    if split not in CLASS_FREQUENCIES:
        raise ValueError(f"split is {split!r}; it has to be one of {', '.join(CLASS_FREQUENCIES)}")
    if count < 1:
        raise ValueError(f"count is {count}; it has to be at least 1")
    stream = list(CLASS_FREQUENCIES).index(split)
    share = np.array(CLASS_FREQUENCIES[split]) / sum(CLASS_FREQUENCIES[split])
    images = np.empty((count, 3, SIDE, SIDE), dtype=np.uint8)
    labels, true_labels, photographs = (np.empty(count, dtype=np.int64) for _ in range(3))
    parameters = Parameters.empty(count)
    chunk = start = 0
    while start < count:
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(stream, chunk)))
        numbers = draw_numbers(_CHUNK, share, rng)
        photograph, place = np.nonzero(numbers >= 0)
        truth = numbers[photograph, place]
        wrong = rng.random(len(truth)) < wrong_share
        written = np.where(wrong, (truth + rng.integers(1, 10, len(truth))) % 10, truth)
        rows = slice(start, min(start + len(truth), count))
        kept = slice(0, rows.stop - start)
        drawn, drawn_with = draw_images(numbers, load_atlas(), rng)
        images[rows] = drawn[kept]
        parameters.put(rows, drawn_with, kept)
        labels[rows], true_labels[rows] = written[kept], truth[kept]
        photographs[rows] = chunk * _CHUNK + photograph[kept]
        chunk, start = chunk + 1, rows.stop
    injected = np.flatnonzero(labels != true_labels)
    return GeneratedSplit(images, labels, injected, true_labels, photographs, parameters)


def draw_images(
    numbers: NDArray[np.int64], atlas: Atlas, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Parameters]:
    """Return an image of each digit of the house numbers, shape (N, 3, 32, 32), and its parameters.

    Numbers have the shape (P, D), with -1 beyond their ends; a digit is the position of a character in the atlas.
    """
    layouts = draw_layouts(numbers, atlas, rng)
    photograph = np.nonzero(numbers >= 0)[0]
    images = np.empty((len(photograph), 3, SIDE, SIDE), dtype=np.uint8)
    parameters = Parameters.empty(len(photograph))
    for rows in _similar_sizes(layouts.size):
        group = layouts.take(rows)
        height, width = (next_fast_len(int(size), real=True) for size in group.size.max(axis=0))
        members = np.isin(photograph, rows)
        painted = paint(group, atlas, height, width, rng)
        images[members], taken = degrade(painted.picture, group, rng)
        parameters.put(members, collect(group, atlas, painted, taken))
    return images, parameters


def _similar_sizes(size: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield groups of photographs of similar height and width, given as sorted rows of size, shape (P, 2)."""
    for rows in np.array_split(np.argsort(size[:, 0], kind="stable"), _HEIGHT_GROUPS):
        by_width = rows[np.argsort(size[rows, 1], kind="stable")]
        yield from (np.sort(group) for group in np.array_split(by_width, _WIDTH_GROUPS) if len(group))
