"""Photographs that the images of a file were cut from.

The crops of one house number are adjacent in an SVHN file, in reading order, and each shows parts of its neighbours.
Two adjacent crops are therefore linked if the right part of the first matches the left part of the second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from svhnlab.data.image_stats import LUMA_WEIGHTS
from svhnlab.data.labelled_images import LabelledImages

Field = NDArray[np.float32]

MATCH = 0.75
"""Concordance correlation of the overlap from which two adjacent crops are linked.

Of random pairs of SVHN's training images 0.6 % reach it. On generated house numbers, where the photographs are known,
93 % of the pairs from one photograph are linked, and 99.5 % of the linked pairs are from one photograph.
"""
SHIFTS = range(27)
"""Horizontal shifts in pixels that are tried for images of 32 pixels; the overlap is the rest of the width."""
RISES = range(-8, 9)
"""Vertical shifts in pixels, for numbers that rise or fall. Other scales were tried and link no more pairs."""
_LUMA = LUMA_WEIGHTS.astype(np.float32)
_CHUNK = 2_048  # pairs that are compared at once
_MIN_VARIANCE = 1e-3  # of luma on a scale of 0 to 1; plain surfaces match everywhere


def photographs_of(file: LabelledImages) -> NDArray[np.int64]:
    """Return the photograph of each image of a file, shape (N,): as the file says, or found from the images."""
    return find_photographs(file.images[:]) if file.photographs is None else file.photographs


def find_photographs(images: NDArray[np.uint8], match: float = MATCH) -> NDArray[np.int64]:
    """Find which adjacent images were cut from the same photograph.

    Parameters
    ----------
    images
        In the order of their file, uint8, shape (N, 3, H, W), N at least one.
    match
        See `MATCH`.

    Returns
    -------
    Number of each image's photograph, int64, shape (N,): 0 for the first image, and one more wherever an image does not
    match the one before it.
    """
    linked = overlap(images) >= match
    return np.concatenate([[0], np.cumsum(~linked)]).astype(np.int64)


def overlap(images: NDArray[np.uint8]) -> Field:
    """Compute how well the overlap of each image with the next one matches, for the best shift.

    Parameters
    ----------
    images
        uint8, shape (N, 3, H, W).

    Returns
    -------
    See `match_pairs`, shape (N - 1,).
    """
    rows = np.arange(len(images))
    return match_pairs(images, rows[:-1], rows[1:], SHIFTS, RISES)


def match_pairs(
    images: NDArray[np.uint8], first: NDArray[np.int64], second: NDArray[np.int64], shifts: range, rises: range
) -> Field:
    """Compute how well two images match where they overlap, for the best of some shifts.

    Parameters
    ----------
    images
        uint8, shape (N, 3, H, W).
    first, second
        Rows of the images of each pair, shape (P,).
    shifts, rises
        Columns and rows by which the second image is shifted to the right and down.

    Returns
    -------
    Largest concordance correlation of the luma in the overlap over all shifts, -1 to 1, shape (P,). Unlike Pearson's
    correlation it also falls with differences of brightness and contrast, which crops of a photograph share.

    References
    ----------
    L. I.-K. Lin (1989), A concordance correlation coefficient to evaluate reproducibility, Biometrics 45, 255-268.
    """
    best = np.empty(len(first), dtype=np.float32)
    for start in range(0, len(best), _CHUNK):
        pairs = slice(start, start + _CHUNK)
        best[pairs] = _best_match(_luma(images[first[pairs]]), _luma(images[second[pairs]]), shifts, rises)
    return best


def _luma(images: NDArray[np.uint8]) -> Field:
    """Return the luma from 0 to 1, with the images along the last axis, so that sums run over contiguous memory."""
    return np.ascontiguousarray(np.einsum("nchw,c->hwn", images.astype(np.float32) / 255, _LUMA))


def _best_match(left: Field, right: Field, shifts: range, rises: range) -> Field:
    """Return the largest concordance correlation of the overlap of each pair, images of shape (H, W, N)."""
    height, width, count = left.shape
    middle = (left.mean(axis=(0, 1)) + right.mean(axis=(0, 1))) / 2
    left, right = left - middle, right - middle  # small numbers keep the sums precise
    size = tuple(
        fft.next_fast_len(side + max(abs(steps[0]), abs(steps[-1])), real=True)
        for side, steps in ((height, rises), (width, shifts))
    )
    spectrum = fft.rfft2(left, size, axes=(0, 1)) * np.conj(fft.rfft2(right, size, axes=(0, 1)))
    products = fft.irfft2(spectrum, size, axes=(0, 1))
    sums = [_integral(array) for array in (left, left * left, right, right * right)]
    best = np.full(count, -1, dtype=np.float32)
    for shift in shifts:
        for rise in rises:
            # Rows and columns of the overlap in the left image; in the right image they start at the other corner.
            rows, columns = _overlapping(height, rise), _overlapping(width, shift)
            other_rows, other_columns = _overlapping(height, -rise), _overlapping(width, -shift)
            pixels = (rows.stop - rows.start) * (columns.stop - columns.start)
            first, first_squares = (_box(total, rows, columns) for total in sums[:2])
            second, second_squares = (_box(total, other_rows, other_columns) for total in sums[2:])
            variance = first_squares - first * first / pixels + second_squares - second * second / pixels
            difference = first - second
            spread = np.maximum(variance + difference * difference / pixels, _MIN_VARIANCE * pixels)
            np.maximum(best, 2 * (products[rise, shift] - first * second / pixels) / spread, out=best)
    return best


def _overlapping(side: int, shift: int) -> slice:
    """Return the part of a side that overlaps an image shifted by this number of pixels."""
    return slice(max(shift, 0), side + min(shift, 0))


def _integral(values: Field) -> Field:
    """Return the sums over all rows above and columns before each position, shape (H + 1, W + 1, N)."""
    total = np.zeros((values.shape[0] + 1, values.shape[1] + 1, values.shape[2]), dtype=np.float32)
    np.cumsum(values, axis=0, out=total[1:, 1:])
    np.cumsum(total[1:, 1:], axis=1, out=total[1:, 1:])
    return total


def _box(total: Field, rows: slice, columns: slice) -> Field:
    """Return the sums over a rectangle, shape (N,), from `_integral`."""
    bottom, top = total[rows.stop], total[rows.start]
    return np.asarray(
        bottom[columns.stop] - top[columns.stop] - bottom[columns.start] + top[columns.start], dtype=np.float32
    )
