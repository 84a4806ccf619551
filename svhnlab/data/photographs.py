"""Photographs that the images of a file were cut from.

The crops of one house number are adjacent in an SVHN file, in reading order, and each shows parts of its neighbours.
Two adjacent crops are therefore linked if the right part of the first matches the left part of the second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from svhnlab.data.mat import LabelledImages

Field = NDArray[np.float32]

MATCH = 0.75
"""Concordance correlation of the overlap from which two adjacent crops are linked.

Of random pairs of SVHN's training images 0.6 % reach it. On generated house numbers, where the photographs are known,
93 % of the pairs from one photograph are linked, and 99.5 % of the linked pairs are from one photograph.
"""
SHIFTS = range(27)
"""Horizontal shifts in pixels that are tried for images of 32 pixels; the overlap is the rest of the width."""
MAX_RISE = 8
"""Largest vertical shift in pixels, for numbers that rise or fall. Other scales were tried and link no more pairs."""
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_CHUNK = 2_048  # pairs that are compared at once
_MIN_VARIANCE = 1e-3  # of luma on a scale of 0 to 1; plain surfaces match everywhere


def photographs_of(file: LabelledImages) -> NDArray[np.int64]:
    """Return the photograph of each image of a file, shape (N,): as the file says, or found from the images."""
    return find_photographs(file.images) if file.photographs is None else file.photographs


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
    Largest concordance correlation of the luma in the overlap over all shifts, -1 to 1, shape (N - 1,). Unlike
    Pearson's correlation it also falls with differences of brightness and contrast, which crops of a
    photograph share.

    References
    ----------
    L. I.-K. Lin (1989), A concordance correlation coefficient to evaluate reproducibility, Biometrics 45, 255-268.
    """
    best = np.empty(max(len(images) - 1, 0), dtype=np.float32)
    for start in range(0, len(best), _CHUNK):
        chunk = images[start : start + _CHUNK + 1].astype(np.float32) / 255
        # Images along the last axis, so that sums over pixels run over contiguous memory.
        luma = np.ascontiguousarray(np.einsum("nchw,c->hwn", chunk, _LUMA))
        best[start : start + _CHUNK] = _best_match(luma[..., :-1], luma[..., 1:])
    return best


def _best_match(left: Field, right: Field) -> Field:
    """Return the largest concordance correlation of the overlap of each pair, images of shape (H, W, N)."""
    height, width, count = left.shape
    middle = (left.mean(axis=(0, 1)) + right.mean(axis=(0, 1))) / 2
    left, right = left - middle, right - middle  # small numbers keep the sums precise
    size = (fft.next_fast_len(height + MAX_RISE, real=True), fft.next_fast_len(width + SHIFTS.stop, real=True))
    spectrum = fft.rfft2(left, size, axes=(0, 1)) * np.conj(fft.rfft2(right, size, axes=(0, 1)))
    products = fft.irfft2(spectrum, size, axes=(0, 1))
    sums = [_integral(array) for array in (left, left * left, right, right * right)]
    best = np.full(count, -1, dtype=np.float32)
    for shift in SHIFTS:
        for rise in range(-MAX_RISE, MAX_RISE + 1):
            # Rows and columns of the overlap in the left image; in the right image they start at the other corner.
            rows, columns = slice(max(rise, 0), height + min(rise, 0)), slice(shift, width)
            other_rows, other_columns = slice(max(-rise, 0), height + min(-rise, 0)), slice(0, width - shift)
            pixels = (rows.stop - rows.start) * (width - shift)
            first, first_squares = (_box(total, rows, columns) for total in sums[:2])
            second, second_squares = (_box(total, other_rows, other_columns) for total in sums[2:])
            variance = first_squares - first * first / pixels + second_squares - second * second / pixels
            difference = first - second
            spread = np.maximum(variance + difference * difference / pixels, _MIN_VARIANCE * pixels)
            np.maximum(best, 2 * (products[rise, shift] - first * second / pixels) / spread, out=best)
    return best


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
