"""SVHN Format 2 files: MATLAB 5 files with 32 × 32 colour images `X` and their labels `y`.

Files are untrusted input, so :mod:`svhnlab.data.mat_check` checks them before their contents are used. Reading executes
no code from a file: scipy reads the numeric variables into arrays and ignores the rest. A third, optional variable
`photograph` has the number of the photograph that each image was cut from; the official files do not have it.

The layout (`X` 32 × 32 × 3 × N, label 10 for digit 0) is that of Netzer et al. (2011), "Reading Digits in Natural
Images with Unsupervised Feature Learning".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat, savemat

from svhnlab.data.labelled_images import LabelledImages
from svhnlab.data.mat_check import (
    DAMAGE_ERRORS,
    PHOTOGRAPH,
    SIDE,
    check_container,
    check_variables,
    refuse,
    refuse_damaged,
)
from svhnlab.files import replacing

_DESCRIPTION_BYTES = 116

_DESCRIPTION = b"MATLAB 5.0 MAT-file, SVHN Format 2, written by svhnlab"


def read_format2(path: Path, n_classes: int | None = None) -> LabelledImages:
    """Read and validate a Format 2 file.

    Peak memory is about twice the size of the pixels.

    Parameters
    ----------
    path
        A MATLAB 5 file with `X`, uint8, (32, 32, 3, N), `y`, N whole numbers, and optionally `photograph`, N numbers
        that are equal for images from the same photograph.
    n_classes
        Number of classes K if ``study.toml`` names them: labels 1 to K in `y` are then classes 0 to K - 1. None for the
        ten SVHN digits: labels 1–9 are those digits, and label 10 is digit 0.

    Returns
    -------
    LabelledImages
        N images and their classes; N is at least one.

    Raises
    ------
    InputError
        If the file is missing, not a MATLAB 5 file, truncated or damaged, or has contents other than described above.
        The message is one line that names the file.
    """
    path = Path(path)
    n_images = check_variables(path, check_container(path))
    try:
        variables = loadmat(path, variable_names=["X", "y", PHOTOGRAPH], verify_compressed_data_integrity=True)
        pixels, numbers, photographs = variables["X"], variables["y"], variables.get(PHOTOGRAPH)
    except DAMAGE_ERRORS as error:
        refuse_damaged(path, error)
    labels = _classes(path, np.asarray(numbers).reshape(-1), n_classes)
    if not (isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8):
        refuse(path, "X is not stored as uint8", "save X as a uint8 array of shape (32, 32, 3, N)")
    pixels = pixels.reshape((SIDE, SIDE, 3, n_images), order="F")
    return LabelledImages(
        images=np.ascontiguousarray(pixels.transpose(3, 2, 0, 1)),
        labels=labels,
        photographs=None if photographs is None else _numbered(np.asarray(photographs).reshape(-1)),
    )


def write_format2(
    path: Path,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer[Any]],
    n_classes: int | None = None,
    photographs: NDArray[np.integer[Any]] | None = None,
) -> None:
    """Write a Format 2 file; the inverse of `read_format2`.

    The file is written under a temporary name and then renamed, so no other process reads an incomplete file. It is not
    compressed and has no date, so the same arrays give the same bytes.

    Parameters
    ----------
    path
        Path of the file; an existing file is replaced.
    images
        uint8, shape (N, 3, 32, 32), N at least one.
    labels
        Classes from 0, shape (N,).
    n_classes
        Number of classes K, at most 255, as for `read_format2`; None for the ten digits.
    photographs
        Number of the photograph that each image was cut from, below 2**32, shape (N,); the file has none when None.

    Raises
    ------
    ValueError
        If the shape, type or range of the arrays is wrong.
    """
    path = Path(path)
    labels = np.asarray(labels)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != (3, SIDE, SIDE) or len(images) == 0:
        raise ValueError(f"images must be uint8 (N, 3, 32, 32), not {images.dtype} {images.shape}")
    last = 9 if n_classes is None else n_classes - 1
    if labels.shape != images.shape[:1] or labels.min() < 0 or labels.max() > last:
        raise ValueError(f"labels must be one class 0–{last} for each image")
    if photographs is not None and photographs.shape != labels.shape:
        raise ValueError(f"photographs must be one number for each image, not {photographs.shape}")
    variables = {
        "X": images.transpose(2, 3, 1, 0),
        "y": (np.where(labels == 0, 10, labels) if n_classes is None else labels + 1).astype(np.uint8).reshape(-1, 1),
        **({} if photographs is None else {PHOTOGRAPH: photographs.astype(np.uint32).reshape(-1, 1)}),
    }
    with replacing(path) as stream:
        savemat(stream, variables, do_compression=False)
        stream.seek(0)
        stream.write(_DESCRIPTION.ljust(_DESCRIPTION_BYTES))  # scipy writes the current time here


def _numbered(photographs: NDArray[Any]) -> NDArray[np.int64]:
    """Number the photographs from 0 in the order of their numbers in the file."""
    return np.unique(photographs, return_inverse=True)[1].astype(np.int64)


def _classes(path: Path, numbers: NDArray[Any], n_classes: int | None) -> NDArray[np.int64]:
    """Convert the labels of the file to classes from 0; label 10 of the ten digits is digit 0."""
    last = 10 if n_classes is None else n_classes
    advice = (
        "labels are the whole numbers 1 to 10, where 10 is digit 0; name the classes in study.toml if there are others"
        if n_classes is None
        else f"study.toml names {n_classes} classes, for the labels 1 to {n_classes}; name one class for each label"
    )
    if numbers.dtype.kind not in "iuf":
        refuse(path, f"y is of type {numbers.dtype}", advice)
    wrong = ~np.isin(numbers, np.arange(1, last + 1))
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        refuse(
            path,
            f"{int(wrong.sum()):,} labels in y are outside 1–{last} "
            f"(the first is {numbers[first]} at image {first:,}, counted from 0)",
            advice,
        )
    labels = numbers.astype(np.int64)
    return labels % 10 if n_classes is None else labels - 1
