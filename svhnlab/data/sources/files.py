"""Pictures in single files, as a folder or a table lists them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from PIL import Image

from svhnlab.data.picture_cache import ReadOne, cache_folder, digests_of
from svhnlab.data.pictures import ReadingOptions, read_picture
from svhnlab.data.sources.base import DataSource, Part
from svhnlab.data.sources.listed import READER_VERSION, Entry, ListedSource, Listing, check_classes, class_warnings
from svhnlab.store.schema import DataLayout


@dataclass(frozen=True, eq=False)
class FilesSource(ListedSource):
    """Pictures in files.

    The digest covers the content, path, class, part, group and further values of each file, and the stored size.
    """

    def location(self, part: Part) -> Path:
        """Return the folder of the part, or that of the table."""
        return self.folder / part if self.layout == "folder" else self.folder

    def open_pictures(self) -> ReadOne:
        """Return a function that reads a file by its place in the list."""

        def read_one(number: int) -> tuple[Image.Image, tuple[str, ...]]:
            return read_picture(self.folder / self.listing.entries[number].path, self.options.side)

        return read_one

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
    check_classes(folder, listing.class_names, entries, options)
    digest, digests = _digest(folder, listing, options)
    found = (*class_warnings(listing), *_repeated_names(entries), *_repeated_contents(entries, digests))
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
