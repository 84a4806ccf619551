"""Generation of a split of digits from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from svhnlab.data.svhn import OFFICIAL_FILES
from svhnlab.data.synthetic.degrade import MARGIN, NATIVE_SHARES, NATIVE_SIZES, SIDE, degrade
from svhnlab.data.synthetic.glyphs import load_atlas
from svhnlab.data.synthetic.layout import draw_layouts
from svhnlab.data.synthetic.paint import paint

# Number of images of each digit 0-9 in the official training and test files of SVHN.
CLASS_FREQUENCIES: dict[str, tuple[int, ...]] = {
    name: file.counts for name, file in OFFICIAL_FILES.items() if file.counts is not None
}
# Pictures are generated in chunks of this size, each with its own seed.
_CHUNK = 500


@dataclass(frozen=True)
class GeneratedSplit:
    """Generated digits with their true labels and labels with injected errors.

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
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    injected: NDArray[np.int64]
    true_labels: NDArray[np.int64]


def generate(count: int, *, seed: int, split: str, wrong_share: float = 0.01) -> GeneratedSplit:
    """Generate digits; the same arguments always give the same digits.

    Image i depends on the seed and the split, not on ``count``: a longer split starts with the images of a shorter one.
    Each label is wrong with probability ``wrong_share``; a wrong label is one of the nine other digits with equal
    probability. The share affects neither images nor true labels. Labels are the same on every machine. Single pixels
    may differ between processors or versions of Pillow, because of floating-point arithmetic and JPEG coding.

    Parameters
    ----------
    count
        Number of images, at least 1.
    seed
        Non-negative integer.
    split
        "train" or "test": selects the class frequencies of that SVHN file and a separate random stream.
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
    labels = np.empty(count, dtype=np.int64)
    true_labels = np.empty(count, dtype=np.int64)
    for chunk, start in enumerate(range(0, count, _CHUNK)):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(stream, chunk)))
        rows = slice(start, min(start + _CHUNK, count))
        kept = slice(0, rows.stop - start)
        truth = rng.choice(10, size=_CHUNK, p=share)
        wrong = rng.random(_CHUNK) < wrong_share
        written = np.where(wrong, (truth + rng.integers(1, 10, _CHUNK)) % 10, truth)
        images[rows] = _draw_images(truth, rng)[kept]
        labels[rows], true_labels[rows] = written[kept], truth[kept]
    return GeneratedSplit(images, labels, np.flatnonzero(labels != true_labels), true_labels)


def _draw_images(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return an image of each digit, shape (N, 3, 32, 32)."""
    atlas = load_atlas()
    layouts = draw_layouts(labels, atlas, rng)
    native = rng.choice(NATIVE_SIZES, size=len(labels), p=NATIVE_SHARES)
    images = np.empty((len(labels), 3, SIDE, SIDE), dtype=np.uint8)
    for size in NATIVE_SIZES:
        rows = np.flatnonzero(native == size)
        if len(rows):
            picture = paint(layouts.take(rows), atlas, int(size), MARGIN, rng)
            images[rows] = degrade(picture, int(size), rng)
    return images
