"""Pictures that are listed one by one, each with its class and its part of the data."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from svhnlab.data.labelled_images import LabelledImages
from svhnlab.data.picture_cache import ReadOne, StoredPictures, cache_folder, store_pictures
from svhnlab.data.pictures import ReadingOptions
from svhnlab.data.sources.base import DataSource, Part
from svhnlab.errors import InputError
from svhnlab.image_rows import ImageRows
from svhnlab.printable import check_printable, printable
from svhnlab.store.schema import DataLayout, Reading

PARTS: tuple[Part, ...] = get_args(Part)
SPLITS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
}
"""Part of the data by the name of a split in lower case."""
READER_VERSION = 1
"""Increased whenever the same files give other pixels."""
MAX_CLASS_NAME = 80
"""Characters of the name of a class."""


@dataclass(frozen=True)
class Entry:
    """One picture.

    Attributes
    ----------
    part, label
        Part of the data, and name of the class.
    path
        Path in the folder of the data, with slashes, or another name that no other picture has.
    group
        Name of the photograph, patient or video that it is from; None if it is its own.
    values
        Value in each further column, a number or a text.
    """

    part: Part
    label: str
    path: str
    group: str | None = None
    values: tuple[float | str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """All pictures of a data set.

    Attributes
    ----------
    entries
        In the order of part and path, which does not depend on the order in which they were found.
    columns
        Names of the further columns.
    foreign
        Files that are not pictures by their suffix.
    classes
        Names of the classes in the order of the labels; empty for the order of `ordered_classes`.
    """

    entries: tuple[Entry, ...]
    columns: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes that pictures have, in the order of the labels."""
        used = {entry.label for entry in self.entries}
        return tuple(name for name in self.classes if name in used) or ordered_classes(used)


def ordered_classes(names: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct class names in the order of the labels: whole numbers by size, others by alphabet."""
    found = set(names)
    numbers = all(name.isascii() and name.isdecimal() for name in found)
    return tuple(sorted(found, key=lambda name: (int(name), name) if numbers else (0, name)))


def class_name(text: str, where: Path) -> str:
    """Return the name of a class in composed form; ``InputError`` if it cannot be shown or is too long."""
    try:
        name = check_printable(text.strip())
    except ValueError as error:
        raise InputError(f"{where}: the class name {text!r} {error}.") from error
    if not 0 < len(name) <= MAX_CLASS_NAME:
        raise InputError(f"{where}: the class name {text!r} must have 1 to {MAX_CLASS_NAME} characters; change it.")
    return name


@dataclass(frozen=True, eq=False)
class ListedSource(DataSource):
    """Listed pictures, stored at one size in a folder beside the data when they are first read.

    Attributes
    ----------
    layout
        How the data are laid out on disk.
    listing
        The pictures.
    found
        What is unusual about the data.
    """

    layout: DataLayout
    listing: Listing
    found: tuple[str, ...] = field(default=())

    @abstractmethod
    def open_pictures(self) -> ReadOne:
        """Return a function that reads a picture by its place in the list, in several threads."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes that pictures have."""
        return self.listing.class_names

    @property
    def warnings(self) -> tuple[str, ...]:
        """Classes with few images or none in the test, and what else was found."""
        return self.found

    def location(self, part: Part) -> Path:
        """Return the folder of the data."""
        return self.folder

    def stored(self) -> StoredPictures:
        """Store the pictures at one size, if they are not yet, and return the files."""
        cache = cache_folder(self.folder, self.options)
        return store_pictures(cache, self.digest, len(self.listing.entries), self.options.side, self.open_pictures())

    def unreadable(self) -> dict[str, str]:
        """Return the reason for each file that cannot be used, by path."""
        reasons = {self.listing.entries[row].path: reason for row, reason in self.stored().unreadable.items()}
        return {**reasons, **dict.fromkeys(self.listing.foreign, "not a picture by its name")}

    def read(self, n_classes: int | None) -> Mapping[Part, LabelledImages]:
        """Read the pictures; see `svhnlab.data.pictures`.

        Raises
        ------
        InputError
            If files cannot be used and are not to be skipped.
        """
        stored, entries = self.stored(), self.listing.entries
        unreadable = self.unreadable()
        if unreadable and not self.options.skip_broken:
            path, reason = next(iter(unreadable.items()))
            others = f", and {len(unreadable) - 1:,} more files cannot be used" if len(unreadable) > 1 else ""
            raise InputError(
                f"{self.folder / path}: {reason}{others}; repair or remove them, or leave them out with --skip-broken."
            )
        usable = np.array([row for row in range(len(entries)) if row not in stored.unreadable], dtype=np.int64)
        kept = [entries[row] for row in usable]
        class_names = self.class_names
        check_classes(self.folder, class_names, kept, self.options)
        places = {name: k for k, name in enumerate(class_names)}
        labels = np.array([places[entry.label] for entry in kept], dtype=np.int64)
        parts = np.array([entry.part for entry in kept])
        groups = numbered_groups([entry.group for entry in kept])
        names = np.array([printable(entry.path) for entry in kept])
        values = {name: np.array([entry.values[i] for entry in kept]) for i, name in enumerate(self.listing.columns)}
        return {
            part: LabelledImages(
                images=ImageRows(stored.pictures, usable[rows]),
                labels=labels[rows],
                photographs=groups[rows],
                properties={name: column[rows] for name, column in values.items()},
                thumbnails=ImageRows(stored.thumbnails, usable[rows]),
                names=names[rows],
            )
            for part in PARTS
            if len(rows := np.flatnonzero(parts == part))
        }

    def reading(self) -> Reading:
        """Return how the pictures were read, and which files were left out."""
        return Reading(
            layout=self.layout,
            stored_size=self.options.side,
            converted=self.stored().converted,
            skipped={printable(path): printable(reason) for path, reason in self.unreadable().items()},
            warnings=tuple(printable(warning) for warning in self.warnings),
            named_groups=any(entry.group is not None for entry in self.listing.entries),
        )


def check_classes(folder: Path, class_names: Sequence[str], entries: Iterable[Entry], options: ReadingOptions) -> None:
    """Raise ``InputError`` unless there are two classes or more, each with training images where these are needed."""
    if not options.training and class_names:
        return
    if len(class_names) < 2:
        names = f"only the class {class_names[0]!r}" if class_names else "no pictures"
        raise InputError(f"{folder} has {names}; a study needs pictures of at least two classes.")
    trained = {entry.label for entry in entries if entry.part == "train"}
    lacking = [name for name in class_names if name not in trained]
    if lacking:
        more = f" and {len(lacking) - 1:,} more classes have" if len(lacking) > 1 else " has"
        raise InputError(f"{folder}: class {lacking[0]!r}{more} no training images; add some, or remove the class.")


def class_warnings(listing: Listing) -> list[str]:
    """Return a sentence on classes without validation or test images, and on those with one training image."""
    warnings = []
    for part in ("validation", "test"):
        there = {entry.label for entry in listing.entries if entry.part == part}
        lacking = [name for name in listing.class_names if name not in there]
        if there and lacking:
            warnings.append(f"No {part} image shows {_some(lacking)}.")
    counts: dict[str, int] = defaultdict(int)
    for entry in listing.entries:
        counts[entry.label] += entry.part == "train"
    single = [name for name in listing.class_names if counts[name] == 1]
    if single:
        warnings.append(f"Only one training image shows {_some(single)}.")
    return warnings


def _some(names: Sequence[str], most: int = 3) -> str:
    named = ", ".join(repr(name) for name in names[:most])
    return named if len(names) <= most else f"{named} and {len(names) - most:,} more classes"


def numbered_groups(groups: Sequence[str | None]) -> NDArray[np.int64]:
    """Number groups from 0 in the order of their first image; an image without a group is its own.

    Examples
    --------
    >>> numbered_groups(["b", None, "a", "b", None]).tolist()
    [0, 1, 2, 0, 3]
    """
    numbers: dict[Any, int] = {}
    return np.array(
        [numbers.setdefault((i,) if group is None else group, len(numbers)) for i, group in enumerate(groups)],
        dtype=np.int64,
    )
