"""Arrays of pictures: ``images.npz``, another ``.npz`` file, or a folder of ``.npy`` files.

The names are ``train_images`` and ``train_labels``, the same with ``test`` and optionally ``validation`` (or ``val``),
for each optionally ``..._groups``, and optionally ``class_names``. Images are of shape (N, H, W) or (N, H, W, C) with
1, 3 or 4 channels. No pickled objects are read.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from svhnlab.data.labelled_images import LabelledImages
from svhnlab.data.picture_cache import StoredPictures, cache_folder, digests_of, store_pictures
from svhnlab.data.pictures import ReadingOptions, UnreadablePicture, eight_bits, to_rgb
from svhnlab.data.sources.base import DataSource, Part
from svhnlab.data.sources.listed import READER_VERSION, class_name, numbered_groups, ordered_classes
from svhnlab.errors import InputError
from svhnlab.image_rows import ImageRows
from svhnlab.store.schema import Reading

FILE = "images.npz"
"""Name of the file in a folder."""
PREFIXES: dict[str, Part] = {"train": "train", "validation": "validation", "val": "validation", "test": "test"}


def is_array_folder(folder: Path) -> bool:
    """Return whether a folder has ``images.npz`` or ``train_images.npy``."""
    return (folder / FILE).is_file() or (folder / "train_images.npy").is_file()


@dataclass(frozen=True, eq=False)
class ArraySource(DataSource):
    """Images in arrays; the digest covers the files and the stored size.

    Attributes
    ----------
    files
        Names of the files in the folder: one ``.npz`` file, or ``.npy`` files.
    names
        Names of the classes.
    """

    files: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The entry ``class_names``, or the distinct labels."""
        return self.names

    def location(self, part: Part) -> Path:
        """Return the file, or the folder of the files."""
        return self.folder / self.files[0] if len(self.files) == 1 else self.folder

    def read(self, n_classes: int | None) -> Mapping[Part, LabelledImages]:
        """Read the arrays and store their images at one size."""
        where = self.location("train")
        with _opened(self.folder, self.files) as arrays:
            prefixes = _prefixes(arrays)
            stored = self._stored(arrays)
            if stored.unreadable:
                row, reason = next(iter(stored.unreadable.items()))
                raise InputError(f"{where}: image {row:,}, counted from 0 over all parts, has {reason}.")
            counts = [len(arrays[f"{prefix}_images"]) for prefix in prefixes]
            ends = np.cumsum([0, *counts])
            named: list[str | None] = []
            for prefix, count in zip(prefixes, counts, strict=True):
                key = f"{prefix}_groups"
                named += _column(where, key, arrays[key], count) if key in arrays else [None] * count
            groups = numbered_groups(named)
            read: dict[Part, LabelledImages] = {}
            for place, prefix in enumerate(prefixes):
                rows = np.arange(ends[place], ends[place + 1])
                key = f"{prefix}_labels"
                labels = _column(where, key, arrays[key], len(rows))
                read[PREFIXES[prefix]] = LabelledImages(
                    images=ImageRows(stored.pictures, rows),
                    labels=_classes(where, key, labels, self.names),
                    photographs=groups[rows],
                    thumbnails=ImageRows(stored.thumbnails, rows),
                )
        return read

    def reading(self) -> Reading:
        """Return how the images were read."""
        with _opened(self.folder, self.files) as arrays:
            named_groups = any(f"{prefix}_groups" in arrays for prefix in PREFIXES)
            converted = self._stored(arrays).converted
        return Reading("arrays", self.options.side, converted, {}, self.warnings, named_groups)

    def _stored(self, arrays: Mapping[str, Any]) -> StoredPictures:
        """Store the images of all parts, one part after the other."""
        where = self.location("train")
        images = [_checked(where, f"{prefix}_images", arrays[f"{prefix}_images"]) for prefix in _prefixes(arrays)]
        ends = np.cumsum([0, *map(len, images)])

        def read_one(number: int) -> tuple[Image.Image, tuple[str, ...]]:
            place = int(np.searchsorted(ends, number, side="right")) - 1
            return _picture(images[place][number - ends[place]])

        cache = cache_folder(self.folder, self.options)
        return store_pictures(cache, self.digest, int(ends[-1]), self.options.side, read_one)

    def find_again(self) -> ArraySource:
        """Compute the digests of the files once more."""
        return find_arrays(self.location("train"), self.options)


def find_arrays(path: Path, options: ReadingOptions) -> ArraySource:
    """Find the arrays of a ``.npz`` file, or of a folder: in ``images.npz`` or in ``.npy`` files.

    Raises
    ------
    InputError
        If the arrays cannot be read, or labels or images are missing.
    """
    if path.is_dir() and (path / FILE).is_file():
        path /= FILE
    folder = path if path.is_dir() else path.parent
    files = tuple(sorted(file.name for file in path.glob("*.npy"))) if path.is_dir() else (path.name,)
    with _opened(folder, files) as arrays:
        names = _class_names(path, arrays, options)
    digests = digests_of(folder, files, cache_folder(folder, options))
    head = {"reader": READER_VERSION, "side": options.side, "files": dict(zip(files, digests, strict=True))}
    digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest()
    name = folder.absolute().name if path.is_dir() or path.name == FILE else path.stem
    return ArraySource(folder, "custom", name, digest, options, files, names)


@contextmanager
def _opened(folder: Path, files: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """Open the arrays by name; ``InputError`` if a file is damaged or has objects."""
    where = folder / files[0]
    try:
        if where.suffix == ".npz":
            with np.load(where, allow_pickle=False) as archive:
                yield archive
        else:
            yield {Path(file).stem: np.load(folder / file, mmap_mode="r", allow_pickle=False) for file in files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise InputError(f"{where}: not readable as NumPy arrays ({reason}); save them with numpy.savez.") from error


def _prefixes(arrays: Mapping[str, Any]) -> list[str]:
    """Return the names of the parts that the arrays have, in the order of their images."""
    return [prefix for prefix in PREFIXES if f"{prefix}_images" in arrays]


def _class_names(where: Path, arrays: Mapping[str, Any], options: ReadingOptions) -> tuple[str, ...]:
    for name in ("train_images", "train_labels"):
        if options.training and name not in arrays:
            raise InputError(f"{where} has no array {name}; it needs train_images, train_labels and those of the test.")
    for prefix in PREFIXES:
        if f"{prefix}_images" in arrays and f"{prefix}_labels" not in arrays:
            raise InputError(f"{where} has {prefix}_images but no {prefix}_labels; add the labels.")
    if "class_names" in arrays:
        names = tuple(class_name(str(name), where) for name in np.asarray(arrays["class_names"]).ravel())
        if len(set(names)) < len(names):
            raise InputError(f"{where} names a class twice in class_names; all names must differ.")
    else:
        labels = [np.asarray(arrays[f"{p}_labels"]).ravel() for p in PREFIXES if f"{p}_labels" in arrays]
        names = ordered_classes(class_name(_text(label), where) for part in labels for label in np.unique(part))
    if len(names) < 2 and options.training:
        raise InputError(f"{where} has only one class; a study needs images of at least two classes.")
    return names


def _text(label: Any) -> str:
    return str(int(label)) if isinstance(label, np.floating) and float(label).is_integer() else str(label)


def _column(where: Path, name: str, values: NDArray[Any], count: int) -> list[str | None]:
    """Return one text for each image."""
    flat = np.asarray(values).ravel()
    if len(flat) != count:
        raise InputError(f"{where}: {name} has {len(flat):,} entries for {count:,} images; give one for each.")
    return [_text(value) for value in flat]


def _classes(where: Path, key: str, labels: list[str | None], names: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the class of each label: its place among the names, or the number of a class with a name."""
    places = {name: k for k, name in enumerate(names)}
    numbers = {str(k): k for k in range(len(names))}
    known = places if all(label in places for label in labels) else numbers
    wrong = [label for label in labels if label not in known]
    if wrong:
        raise InputError(f"{where}: the label {wrong[0]!r} in {key} is not one of the {len(names)} classes.")
    return np.array([known[str(label)] for label in labels], dtype=np.int64)


def _checked(where: Path, name: str, images: NDArray[Any]) -> NDArray[Any]:
    """Return images with the channels last; ``InputError`` for another shape or type."""
    if images.ndim == 4 and images.shape[-1] not in (1, 3, 4) and images.shape[1] in (1, 3, 4):
        images = np.moveaxis(images, 1, -1)
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] not in (1, 3, 4)) or 0 in images.shape:
        raise InputError(f"{where}: {name} has the shape {images.shape}, not (N, H, W) or (N, H, W, 1, 3 or 4).")
    if images.dtype not in (np.uint8, np.uint16, np.bool_) and images.dtype.kind != "f":
        raise InputError(f"{where}: {name} is of type {images.dtype}; save pixels as uint8, uint16 or numbers 0 to 1.")
    return images


def _picture(pixels: NDArray[Any]) -> tuple[Image.Image, tuple[str, ...]]:
    """Return one image as a picture in RGB."""
    found: tuple[str, ...]
    if pixels.dtype == np.uint16:
        values, found = eight_bits(pixels), ("of 16 bits",)
    elif pixels.dtype == np.uint8:
        values, found = pixels, ()
    else:
        numbers = np.asarray(pixels, dtype=np.float64)
        if not (np.isfinite(numbers).all() and numbers.min() >= 0 and numbers.max() <= 1):
            raise UnreadablePicture("floating-point pixels outside 0 to 1; scale them")
        values, found = np.rint(255 * numbers).astype(np.uint8), ("of floating-point pixels",)
    if values.ndim == 3 and values.shape[-1] == 1:
        values = values[..., 0]
    picture, kind = to_rgb(Image.fromarray(np.ascontiguousarray(values)))
    return picture, (*found, *kind)
