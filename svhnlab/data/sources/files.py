"""Pictures in single files, as a folder or a table lists them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from svhnlab.data.labelled_images import LabelledImages
from svhnlab.data.picture_cache import StoredPictures, cache_folder, digests_of, store_pictures
from svhnlab.data.pictures import ReadingOptions, read_picture
from svhnlab.data.sources.base import DataSource, Part
from svhnlab.errors import InputError
from svhnlab.image_rows import ImageRows
from svhnlab.printable import check_printable, printable
from svhnlab.store.schema import DataLayout, Reading

PARTS: tuple[Part, ...] = get_args(Part)
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
        Path in the folder of the data, with slashes.
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
    """

    entries: tuple[Entry, ...]
    columns: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes in the order of the labels: whole numbers by size, other names by alphabet."""
        return ordered_classes(entry.label for entry in self.entries)


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
class FilesSource(DataSource):
    """Pictures in files, stored at one size beside them when they are first read.

    The digest covers the content, path, class, part, group and further values of each file, and the stored size.
    """

    layout: DataLayout
    listing: Listing
    found: tuple[str, ...] = field(default=())

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the folders, or the labels in the table."""
        return self.listing.class_names

    @property
    def warnings(self) -> tuple[str, ...]:
        """Pictures that are there twice, and classes with few images or none in the test."""
        return self.found

    def location(self, part: Part) -> Path:
        """Return the folder of the part, or that of the table."""
        return self.folder / part if self.layout == "folder" else self.folder

    def stored(self) -> StoredPictures:
        """Store the pictures at one size, if they are not yet, and return the files."""

        def read_one(number: int) -> tuple[Image.Image, tuple[str, ...]]:
            return read_picture(self.folder / self.listing.entries[number].path, self.options.side)

        cache = cache_folder(self.folder, self.options)
        return store_pictures(cache, self.digest, len(self.listing.entries), self.options.side, read_one)

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
        check_classes(self.folder, class_names, kept)
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

    def find_again(self) -> DataSource:
        """Compute the digest of the listed files once more."""
        digest, _ = _digest(self.folder, self.listing, self.options)
        return replace(self, digest=digest)


def files_source(folder: Path, layout: DataLayout, listing: Listing, options: ReadingOptions) -> FilesSource:
    """Check a listing, compute its digest, and return the source.

    Raises
    ------
    InputError
        If there are fewer than two classes or no training images, a class has no training images, or a file cannot be
        read.
    """
    entries = tuple(sorted(listing.entries, key=lambda entry: (entry.part, entry.path)))
    listing = replace(listing, entries=entries)
    check_classes(folder, listing.class_names, entries)
    digest, digests = _digest(folder, listing, options)
    found = (*_class_warnings(listing), *_repeated_names(entries), *_repeated_contents(entries, digests))
    return FilesSource(folder, "custom", folder.absolute().name, digest, options, layout, listing, found)


def _digest(folder: Path, listing: Listing, options: ReadingOptions) -> tuple[str, list[str]]:
    """Return the digest of the data, and that of each file."""
    digests = digests_of(folder, [entry.path for entry in listing.entries], cache_folder(folder, options))
    head = {"reader": READER_VERSION, "side": options.side, "columns": listing.columns}
    lines = [
        json.dumps([entry.part, entry.label, entry.group, entry.path, *entry.values, digest])
        for entry, digest in zip(listing.entries, digests, strict=True)
    ]
    text = "\n".join([json.dumps(head), *sorted(lines)])
    return hashlib.sha256(text.encode()).hexdigest(), digests


def check_classes(folder: Path, class_names: Sequence[str], entries: Iterable[Entry]) -> None:
    """Raise ``InputError`` unless there are two classes or more, each with training images."""
    if len(class_names) < 2:
        names = f"only the class {class_names[0]!r}" if class_names else "no pictures"
        raise InputError(f"{folder} has {names}; a study needs pictures of at least two classes.")
    trained = {entry.label for entry in entries if entry.part == "train"}
    lacking = [name for name in class_names if name not in trained]
    if lacking:
        more = f" and {len(lacking) - 1:,} more classes have" if len(lacking) > 1 else " has"
        raise InputError(f"{folder}: class {lacking[0]!r}{more} no training images; add some, or remove the class.")


def _class_warnings(listing: Listing) -> list[str]:
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


def _repeated_names(entries: Sequence[Entry]) -> list[str]:
    """Tell of files of a class and a part that have the same name up to the suffix and the case."""
    by_name: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for entry in entries:
        path = PurePosixPath(entry.path)
        by_name[entry.part, entry.label, str(path.parent), path.stem.casefold()].append(entry.path)
    repeated = [paths for paths in by_name.values() if len(paths) > 1]
    if not repeated:
        return []
    return [f"{_pairs(repeated)} the same name but for the suffix or the case: {' and '.join(repeated[0][:2])}."]


def _repeated_contents(entries: Sequence[Entry], digests: Sequence[str]) -> list[str]:
    """Tell of files with the same content: of two parts, of two classes, or of one part and class."""
    by_digest: dict[str, list[Entry]] = defaultdict(list)
    for entry, digest in zip(entries, digests, strict=True):
        by_digest[digest].append(entry)
    several = [group for group in by_digest.values() if len(group) > 1]
    kinds: dict[str, list[list[str]]] = {"in two parts": [], "with two labels": [], "in one class": []}
    for group in several:
        paths = [entry.path for entry in group]
        if len({entry.part for entry in group}) > 1:
            kinds["in two parts"].append(_different(group, "part"))
        if len({entry.label for entry in group}) > 1:
            kinds["with two labels"].append(_different(group, "label"))
        elif len({entry.part for entry in group}) == 1:
            kinds["in one class"].append(paths)
    return [
        f"{_pairs(found)} the same content {kind}: {' and '.join(found[0][:2])}."
        for kind, found in kinds.items()
        if found
    ]


def _different(group: Sequence[Entry], what: str) -> list[str]:
    """Return the paths of two entries that differ in a field."""
    first = group[0]
    return [first.path, next(entry.path for entry in group if getattr(entry, what) != getattr(first, what))]


def _pairs(repeated: Sequence[Sequence[str]]) -> str:
    return "Two files have" if len(repeated) == 1 else f"{len(repeated):,} sets of files have"


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
