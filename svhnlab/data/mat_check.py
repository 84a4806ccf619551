"""Validation of MATLAB 5 files before use: complete data elements, known types, and the variables of Format 2.

The container format is specified in MathWorks' "MAT-File Format".
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from scipy.io.matlab import MatReadError

from svhnlab.errors import InputError

SIDE = 32
"""Height and width of every image in pixels."""

# Errors that scipy raises on damaged MATLAB files, depending on where the damage is.
DAMAGE_ERRORS = (
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
_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Data type numbers in MathWorks' specification.
_MATRIX, _COMPRESSED = 14, 15
_UINT32 = 6
_NUMBER_TYPES = frozenset([1, 2, 3, 4, 5, 6, 7, 9, 12, 13])
# Names of the array classes; a string, a categorical or a table of MATLAB is opaque, and has no shape in its header.
_OPAQUE = 17
_CLASSES = dict(
    enumerate(
        (
            *("cell", "struct", "object", "char", "sparse", "double", "single", "int8", "uint8", "int16", "uint16"),
            *("int32", "uint32", "int64", "uint64", "function", "opaque"),
        ),
        start=1,
    )
)
_NUMBER_CLASSES = range(6, 16)
_LOGICAL_FLAG = 0x0200
_COMPLEX_FLAG = 0x0800
_VARIABLE_HEAD_BYTES = 512
PHOTOGRAPH = "photograph"
"""Name of the optional variable with the number of the photograph that each image was cut from."""

_COLUMN_CLASSES = frozenset(
    ["double", "single", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))]
)


def refuse(path: Path, problem: str, advice: str) -> NoReturn:
    """Raise ``InputError`` with a one-line message: the problem and how to fix it."""
    raise InputError(f"{path}: {problem}; {advice}.")


def _listed(names: list[str]) -> str:
    """Return at most five names from a file, 20 characters each, as one printable line."""
    shown = [ascii(name)[1:-1][:20] for name in names[:5]]
    return ", ".join([*shown, "…"] if len(names) > 5 else shown) or "nothing"


def refuse_damaged(path: Path, error: BaseException) -> NoReturn:
    """Raise ``InputError`` for a file that a reader could not read."""
    detail = ascii(" ".join(str(error).split()))[1:-1][:120] or type(error).__name__
    raise InputError(f"{path}: the file is damaged ({detail}); fetch or write it again.") from error


@dataclass(frozen=True)
class DeclaredVariable:
    """Name, shape and type of a variable in a file, according to its header."""

    name: str
    shape: tuple[int, ...]
    kind: str


def check_container(path: Path) -> list[DeclaredVariable]:
    """Check that `path` is a MATLAB 5 file whose data elements are complete, and return its variables."""
    variables: list[DeclaredVariable] = []
    if not path.exists():
        refuse(path, "no such file", "fetch the SVHN files with `svhnlab data` or give the folder that has them")
    if not path.is_file():
        refuse(path, "not a file", "give the name of a Format 2 file such as train_32x32.mat")
    try:
        with path.open("rb") as stream:
            header = stream.read(_HEADER_BYTES)
            size = stream.seek(0, os.SEEK_END)
            stream.seek(4 * _HEADER_BYTES)
            user_block_end = stream.read(len(_HDF5_SIGNATURE))
            if _HDF5_SIGNATURE in (header[: len(_HDF5_SIGNATURE)], user_block_end) or header[:10] == b"MATLAB 7.3":
                refuse(
                    path,
                    "this is a version 7.3 (HDF5) MAT file, which is not Format 2",
                    "save it again in MATLAB with save(..., '-v7')",
                )
            order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
            if len(header) < _HEADER_BYTES or order is None or struct.unpack(f"{order}H", header[124:126])[0] != 0x100:
                refuse(
                    path,
                    "not a MAT file of version 5",
                    "fetch the SVHN files with `svhnlab data`, or save X and y with scipy.io.savemat",
                )
            position = _HEADER_BYTES
            while position < size:
                stream.seek(position)
                tag = stream.read(8)
                # every data element starts with an 8-byte tag: its type and its length in bytes
                kind, length = struct.unpack(f"{order}II", tag) if len(tag) == 8 else (0, 0)
                position += 8 + length
                if len(tag) < 8 or position > size:
                    refuse(
                        path,
                        f"the file is truncated: it ends after {size:,} bytes, in the middle of a variable",
                        "fetch or copy it again",
                    )
                variables.append(_check_variable_head(path, order, kind, stream, length))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions and the disk.") from error
    return variables


def _check_variable_head(path: Path, order: str, kind: int, stream: BinaryIO, length: int) -> DeclaredVariable:
    """Return what a variable declares, after checking that its numbers are real numbers of a known type if it is read.

    scipy does not check this type, and an invalid one crashes the interpreter. It also can't list the variables of a
    file with a MATLAB string, categorical or table, although it can read the others.
    """
    head = stream.read(min(length, _VARIABLE_HEAD_BYTES))
    try:
        if kind == _COMPRESSED:
            # the decompressed stream starts with the 8-byte tag of the matrix
            head = zlib.decompressobj().decompress(head, _VARIABLE_HEAD_BYTES)
            kind, head = struct.unpack(f"{order}I", head[:4])[0], head[8:]
        if kind != _MATRIX:
            refuse(path, f"the file is damaged (part of type {kind})", "fetch or write it again")
        if struct.unpack(f"{order}II", head[:8]) != (_UINT32, 8):
            # scipy takes the flags to be eight bytes whatever their tag says, and so reads the rest from another place
            refuse(path, "the file is damaged (flags of a variable)", "fetch or write it again")
        _, flags, head = _next_part(order, head)
        (flag_bits,) = struct.unpack(f"{order}I", flags[:4])
        shape = b""
        if flag_bits & 0xFF != _OPAQUE:
            _, shape, head = _next_part(order, head)
        _, name, head = _next_part(order, head)
        declared = DeclaredVariable(
            name.decode("latin-1"),
            struct.unpack(f"{order}{len(shape) // 4}i", shape),
            "logical" if flag_bits & _LOGICAL_FLAG else _CLASSES.get(flag_bits & 0xFF, "unknown"),
        )
        if declared.name not in ("X", "y", PHOTOGRAPH) or flag_bits & 0xFF not in _NUMBER_CLASSES:
            return declared  # not loaded: `check_variables` refuses other variables and types
        data_type, _, _ = _next_part(order, head)
    except (zlib.error, struct.error) as error:
        refuse_damaged(path, error)
    if flag_bits & _COMPLEX_FLAG:
        refuse(path, f"{declared.name} holds complex numbers", "save real numbers")
    if data_type not in _NUMBER_TYPES:
        refuse(
            path,
            f"the file is damaged ({declared.name} has data of type {data_type})",
            "fetch or write it again",
        )
    return declared


def _next_part(order: str, data: bytes) -> tuple[int, bytes, bytes]:
    """Return the type of the first data element, its contents as far as `data` has them, and the bytes after it."""
    first, length = struct.unpack(f"{order}II", data[:8])
    if first >> 16:  # short form: type and length share four bytes, followed by up to four bytes of contents
        return first & 0xFFFF, data[4 : 4 + (first >> 16)], data[8:]
    return first, data[8 : 8 + length], data[8 + -(-length // 8) * 8 :]


def check_variables(path: Path, variables: Sequence[DeclaredVariable]) -> int:
    """Check the names, shapes and types that a file declares, and return the number of images.

    Only headers are used, so an unsuitable file is refused before its contents are loaded into memory.
    """
    names = [variable.name for variable in variables if variable.name]  # MATLAB's own data have no name
    for name in ("X", "y"):
        if names.count(name) != 1:
            count = "several variables" if name in names else "no variable"
            refuse(
                path,
                f"{count} {name} in the file (it contains: {_listed(names)})",
                "a Format 2 file has the images X and the labels y",
            )
    declared = {variable.name: (variable.shape, variable.kind) for variable in variables}
    x_shape, x_class = declared["X"]
    if x_class != "uint8":
        refuse(path, f"X is {x_class}, not uint8", "save the pixels as whole numbers 0–255 of type uint8")
    if x_shape == (SIDE, SIDE, 3):  # MATLAB drops the last axis of a set with one image
        x_shape = (*x_shape, 1)
    if len(x_shape) != 4 or x_shape[:3] != (SIDE, SIDE, 3):
        refuse(
            path,
            f"X has shape {x_shape}, not (32, 32, 3, N)",
            "store height, width, colour, image in this order",
        )
    n_images = x_shape[3]
    if n_images == 0 or 0 in declared["y"][0]:
        refuse(path, "the set is empty", "a Format 2 file needs at least one image and its label")
    _check_column(path, "y", "label", n_images, *declared["y"])
    if PHOTOGRAPH in declared:
        _check_column(path, PHOTOGRAPH, PHOTOGRAPH, n_images, *declared[PHOTOGRAPH])
    return n_images


def _check_column(path: Path, name: str, meaning: str, n_images: int, shape: tuple[int, ...], kind: str) -> None:
    """Check that a variable has one number for each image."""
    if kind not in _COLUMN_CLASSES:
        refuse(path, f"{name} is of type {kind}, not numeric", f"save the {meaning} of each image as a whole number")
    length = max(shape, default=0)
    if sorted(shape) not in ([length], [1, length]):
        refuse(path, f"{name} has shape {shape}, not (N, 1)", f"save one {meaning} for each image in one column")
    if length != n_images:
        refuse(
            path,
            f"X has {n_images:,} images but {name} has {length:,} {meaning}s",
            f"save X and {name} of the same set",
        )
