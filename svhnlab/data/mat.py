"""SVHN Format 2 files: MATLAB 5 files that hold 32 × 32 colour images `X` and their labels `y`.

Such a file comes from outside, so all that it claims is checked before the program relies on it. Reading runs
nothing that the file contains: scipy turns the named numeric variables into arrays and leaves the rest.

The layout (`X` 32 × 32 × 3 × N, label 10 for digit 0) is the one of Netzer et al. (2011), "Reading Digits in
Natural Images with Unsupervised Feature Learning"; the container is described in MathWorks' "MAT-File
Format".
"""

from __future__ import annotations

import os
import struct
import tempfile
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat, savemat, whosmat
from scipy.io.matlab import MatReadError, MatReadWarning

from svhnlab.errors import InputError

SIDE = 32
"""Height and width of every image in pixels."""

# What scipy raises on a MATLAB file whose bytes are damaged: it depends on where the damage is.
_DAMAGE = (
    zlib.error,
    struct.error,
    MatReadError,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    MemoryError,
    NotImplementedError,
)

_HEADER_BYTES = 128
_DESCRIPTION_BYTES = 116
_DESCRIPTION = b"MATLAB 5.0 MAT-file, SVHN Format 2, written by svhnlab"
_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Types of stored data by their numbers in MathWorks' description.
_MATRIX, _COMPRESSED = 14, 15
_NUMBER_TYPES = frozenset([1, 2, 3, 4, 5, 6, 7, 9, 12, 13])
_NUMBER_CLASSES = range(6, 16)
_COMPLEX_FLAG = 0x0800
_VARIABLE_HEAD_BYTES = 512
_LABEL_CLASSES = frozenset(
    ["double", "single", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))]
)


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """The contents of one Format 2 file.

    Attributes
    ----------
    images
        Red, green and blue pixel values 0–255, uint8, shape (N, 3, 32, 32), C-contiguous; rows run from the
        top of the picture to its bottom.
    labels
        Classes 0 to K - 1, int64, shape (N,).
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


def read_format2(path: Path, n_classes: int | None = None) -> LabelledImages:
    """Read a Format 2 file and check it.

    The peak of memory is about twice the size of the pixels.

    Parameters
    ----------
    path
        A MATLAB 5 file with `X`, uint8, (32, 32, 3, N) and `y`, N whole numbers.
    n_classes
        Number of classes K where they have names of their own: then the labels 1 to K in `y` stand for the classes
        0 to K - 1. None for the ten digits of SVHN: then the labels 1–9 stand for themselves, and 10 for digit 0.

    Returns
    -------
    LabelledImages
        N images and their classes; N is at least one.

    Raises
    ------
    InputError
        If the file is missing, is no MATLAB 5 file, is cut short or damaged, or holds anything else than
        described above. The message is one line that names the file.
    """
    path = Path(path)
    _check_container(path)
    n_images = _check_variables(path)
    try:
        variables = loadmat(path, variable_names=["X", "y"], verify_compressed_data_integrity=True)
        pixels, numbers = variables["X"], variables["y"]
    except _DAMAGE as error:
        _refuse_damaged(path, error)
    labels = _classes(path, np.asarray(numbers).reshape(-1), n_classes)
    if not (isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8):
        _refuse(path, "X is not stored as uint8", "save X as an uint8 array of shape (32, 32, 3, N)")
    pixels = pixels.reshape((SIDE, SIDE, 3, n_images), order="F")
    return LabelledImages(images=np.ascontiguousarray(pixels.transpose(3, 2, 0, 1)), labels=labels)


def write_format2(
    path: Path, images: NDArray[np.uint8], labels: NDArray[np.integer[Any]], n_classes: int | None = None
) -> None:
    """Write a Format 2 file; the inverse of `read_format2`.

    The file is written beside its final name and then renamed, so that no other process sees half of it. It
    is not compressed and carries no date: the same arrays give the same bytes.

    Parameters
    ----------
    path
        Name of the file; an existing file is replaced.
    images
        uint8, shape (N, 3, 32, 32), N at least one.
    labels
        Classes from 0, shape (N,).
    n_classes
        Number of classes K, at most 255, as for `read_format2`; None for the ten digits.

    Raises
    ------
    ValueError
        If the arrays have another shape, type or range.
    """
    path = Path(path)
    labels = np.asarray(labels)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != (3, SIDE, SIDE) or len(images) == 0:
        raise ValueError(f"images must be uint8 (N, 3, 32, 32), not {images.dtype} {images.shape}")
    last = 9 if n_classes is None else n_classes - 1
    if labels.shape != images.shape[:1] or labels.min() < 0 or labels.max() > last:
        raise ValueError(f"labels must be one class 0–{last} for each image")
    variables = {
        "X": images.transpose(2, 3, 1, 0),
        "y": (np.where(labels == 0, 10, labels) if n_classes is None else labels + 1).astype(np.uint8).reshape(-1, 1),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            savemat(stream, variables, do_compression=False)
            stream.seek(0)
            stream.write(_DESCRIPTION.ljust(_DESCRIPTION_BYTES))  # scipy puts the time of day here
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _refuse(path: Path, problem: str, advice: str) -> NoReturn:
    raise InputError(f"{path}: {problem}; {advice}.")


def _listed(names: list[str]) -> str:
    """Names from a file as one printable line, however strange or many they are."""
    shown = [ascii(name)[1:-1][:20] for name in names[:5]]
    return ", ".join([*shown, "…"] if len(names) > 5 else shown) or "nothing"


def _refuse_damaged(path: Path, error: BaseException) -> NoReturn:
    detail = ascii(" ".join(str(error).split()))[1:-1][:120] or type(error).__name__
    raise InputError(f"{path}: the file is damaged ({detail}); fetch or write it again.") from error


def _check_container(path: Path) -> None:
    """Check that `path` is a MATLAB 5 file whose parts lie wholly within it."""
    if not path.exists():
        _refuse(path, "no such file", "fetch the SVHN files with `svhnlab data` or give the folder that has them")
    if not path.is_file():
        _refuse(path, "not a file", "give the name of a Format 2 file such as train_32x32.mat")
    try:
        with path.open("rb") as stream:
            header = stream.read(_HEADER_BYTES)
            size = stream.seek(0, os.SEEK_END)
            stream.seek(4 * _HEADER_BYTES)
            user_block_end = stream.read(len(_HDF5_SIGNATURE))
            if _HDF5_SIGNATURE in (header[: len(_HDF5_SIGNATURE)], user_block_end) or header[:10] == b"MATLAB 7.3":
                _refuse(
                    path,
                    "this is a version 7.3 (HDF5) MAT file, which is not Format 2",
                    "save it again in MATLAB with save(..., '-v7')",
                )
            order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
            if len(header) < _HEADER_BYTES or order is None or struct.unpack(f"{order}H", header[124:126])[0] != 0x100:
                _refuse(
                    path,
                    "not a MAT file of version 5",
                    "fetch the SVHN files with `svhnlab data`, or save X and y with scipy.io.savemat",
                )
            position = _HEADER_BYTES
            while position < size:
                stream.seek(position)
                tag = stream.read(8)
                # Eight bytes open every part: its type and how many bytes follow.
                kind, length = struct.unpack(f"{order}II", tag) if len(tag) == 8 else (0, 0)
                position += 8 + length
                if len(tag) < 8 or position > size:
                    _refuse(
                        path,
                        f"the file is truncated: it ends after {size:,} bytes, in the middle of a variable",
                        "fetch or copy it again",
                    )
                _check_variable_head(path, order, kind, stream, length)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions and the disk.") from error


def _check_variable_head(path: Path, order: str, kind: int, stream: BinaryIO, length: int) -> None:
    """Check that the numbers of X or y are stored as real numbers of a known type.

    scipy looks this type up without a check of its own, and a damaged one crashes the interpreter.
    """
    head = stream.read(min(length, _VARIABLE_HEAD_BYTES))
    try:
        if kind == _COMPRESSED:
            # Behind the eight bytes that open the matrix in the compressed stream stands what stands here.
            head = zlib.decompressobj().decompress(head, _VARIABLE_HEAD_BYTES)
            kind, head = struct.unpack(f"{order}I", head[:4])[0], head[8:]
        if kind != _MATRIX:
            _refuse(path, f"the file is damaged (part of type {kind})", "fetch or write it again")
        _, flags, head = _next_part(order, head)
        _, _, head = _next_part(order, head)  # the shape, which scipy reads and checks
        _, name, head = _next_part(order, head)
        (flag_bits,) = struct.unpack(f"{order}I", flags[:4])
        if name not in (b"X", b"y") or flag_bits & 0xFF not in _NUMBER_CLASSES:
            return  # never loaded: `_check_variables` refuses other classes by their names
        data_type, _, _ = _next_part(order, head)
    except (zlib.error, struct.error) as error:
        _refuse_damaged(path, error)
    if flag_bits & _COMPLEX_FLAG:
        _refuse(path, f"{name.decode()} holds complex numbers", "save real numbers")
    if data_type not in _NUMBER_TYPES:
        _refuse(
            path,
            f"the file is damaged ({name.decode()} has data of type {data_type})",
            "fetch or write it again",
        )


def _next_part(order: str, data: bytes) -> tuple[int, bytes, bytes]:
    """Split the first part off: its type, its contents as far as they are in `data`, and what follows."""
    first, length = struct.unpack(f"{order}II", data[:8])
    if first >> 16:  # short form: type and length share four bytes, up to four bytes of contents follow
        return first & 0xFFFF, data[4 : 4 + (first >> 16)], data[8:]
    return first, data[8 : 8 + length], data[8 + -(-length // 8) * 8 :]


def _check_variables(path: Path) -> int:
    """Check names, shapes and types as the file declares them, and return the number of images.

    This reads headers alone, so that a file of another kind is refused before its contents take memory.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MatReadWarning)
            listing = whosmat(path)
    except _DAMAGE as error:
        _refuse_damaged(path, error)
    names = [name for name, _, _ in listing]
    for name in ("X", "y"):
        if names.count(name) != 1:
            found = "several variables" if name in names else "no variable"
            _refuse(
                path,
                f"{found} {name} in the file (it holds: {_listed(names)})",
                "a Format 2 file has the images X and the labels y",
            )
    declared = {name: (tuple(int(n) for n in shape), kind) for name, shape, kind in listing}
    x_shape, x_class = declared["X"]
    y_shape, y_class = declared["y"]
    if x_class != "uint8":
        _refuse(path, f"X is {x_class}, not uint8", "save the pixels as whole numbers 0–255 of type uint8")
    if x_shape == (SIDE, SIDE, 3):  # MATLAB drops the last axis of a set with one image
        x_shape = (*x_shape, 1)
    if len(x_shape) != 4 or x_shape[:3] != (SIDE, SIDE, 3):
        _refuse(
            path,
            f"X has shape {x_shape}, not (32, 32, 3, N)",
            "store height, width, colour, image in this order",
        )
    n_images = x_shape[3]
    if y_class not in _LABEL_CLASSES:
        _refuse(path, f"y is of type {y_class}, not numeric", "save one whole number, 1 or more, for each image")
    y_images = max(y_shape)
    if sorted(y_shape) not in ([y_images], [1, y_images], [0, 1], [0, 0]):
        _refuse(path, f"y has shape {y_shape}, not (N, 1)", "save one label for each image in one column")
    if n_images == 0 or 0 in y_shape:
        _refuse(path, "the set is empty", "a Format 2 file needs at least one image and its label")
    if y_images != n_images:
        _refuse(
            path,
            f"X has {n_images:,} images but y has {y_images:,} labels",
            "save X and y of the same set",
        )
    return n_images


def _classes(path: Path, numbers: NDArray[Any], n_classes: int | None) -> NDArray[np.int64]:
    """Turn the labels of the file into classes that count from 0; of the ten digits label 10 is digit 0."""
    last = 10 if n_classes is None else n_classes
    advice = (
        "labels are the whole numbers 1 to 10, where 10 stands for digit 0; name the classes in study.toml if there "
        "are others"
        if n_classes is None
        else f"study.toml names {n_classes} classes, which are the labels 1 to {n_classes}; name one for each label"
    )
    if numbers.dtype.kind not in "iuf":
        _refuse(path, f"y is of type {numbers.dtype}", advice)
    wrong = ~np.isin(numbers, np.arange(1, last + 1))
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        _refuse(
            path,
            f"{int(wrong.sum()):,} labels in y are outside 1–{last} "
            f"(the first is {numbers[first]} at image {first + 1:,})",
            advice,
        )
    labels = numbers.astype(np.int64)
    return labels % 10 if n_classes is None else labels - 1
