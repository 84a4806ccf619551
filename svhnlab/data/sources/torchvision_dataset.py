"""A dataset of torchvision that is on disk: ``ROOT/NAME`` is the class ``torchvision.datasets.NAME`` with its root.

Nothing is downloaded. Classes that give paths of pictures have them read as all other files. The others read arrays;
those of CIFAR are pickled, and torchvision unpickles a file only if it has the checksum of the original.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from inspect import signature
from pathlib import Path
from typing import Any

from PIL import Image

from svhnlab.data.picture_cache import ReadOne, cache_folder, digests_of
from svhnlab.data.pictures import ReadingOptions, read_picture, to_rgb
from svhnlab.data.sources.base import DataSource, Part
from svhnlab.data.sources.listed import (
    READER_VERSION,
    Entry,
    ListedSource,
    Listing,
    check_classes,
    class_name,
    class_warnings,
)
from svhnlab.errors import InputError

_FLAG: dict[Part, dict[str, Any]] = {"train": {"train": True}, "test": {"train": False}}
_TWO: dict[Part, dict[str, Any]] = {"train": {"split": "train"}, "test": {"split": "test"}}
_THREE: dict[Part, dict[str, Any]] = {**_TWO, "validation": {"split": "val"}}
DATASETS: Mapping[str, Mapping[Part, Mapping[str, Any]]] = {
    **dict.fromkeys(("MNIST", "FashionMNIST", "KMNIST", "USPS", "CIFAR10", "CIFAR100"), _FLAG),
    "STL10": _TWO,
    **dict.fromkeys(("Food101", "StanfordCars"), _TWO),
    **dict.fromkeys(("DTD", "FGVCAircraft", "Flowers102", "RenderedSST2"), _THREE),
    "Country211": {**_TWO, "validation": {"split": "valid"}},
}
"""Arguments of the class for each part."""


def is_torchvision_dataset(path: Path) -> bool:
    """Return whether a path is that of a folder with the name of a supported class of torchvision added."""
    return path.name in DATASETS and path.parent.is_dir()


@dataclass(frozen=True, eq=False)
class TorchvisionSource(ListedSource):
    """Pictures of a dataset of torchvision; the digest covers the pictures, their classes and the stored size.

    Attributes
    ----------
    dataset
        Name of the class.
    """

    dataset: str = ""

    def open_pictures(self) -> ReadOne:
        """Return a function that reads a picture by its place in the list."""
        parts = _parts(self.folder, self.dataset).values()
        places = [(pictures, row) for pictures in parts for row in range(len(pictures))]

        def read_one(number: int) -> tuple[Image.Image, tuple[str, ...]]:
            pictures, row = places[number]
            picture = pictures[row][0]
            if isinstance(picture, Image.Image):
                return to_rgb(picture)
            return read_picture(Path(picture), self.options.side)

        return read_one

    def find_again(self) -> DataSource:
        """Compute the digest of the pictures once more."""
        return find_torchvision(self.folder / self.dataset, self.options)


def find_torchvision(path: Path, options: ReadingOptions) -> TorchvisionSource:
    """List the pictures of a dataset.

    Parameters
    ----------
    path
        Root of the dataset, with the name of its class.

    Raises
    ------
    InputError
        If torchvision is missing, or does not find the dataset below its root.
    """
    root, name = path.parent, path.name
    parts = _parts(root, name)
    classes = _class_names(root, parts)
    entries: list[Entry] = []
    digests: dict[str, str] = {}
    for part, pictures in parts.items():
        for row in range(len(pictures)):
            picture, label = pictures[row]
            if isinstance(picture, Image.Image):
                inside = f"{part}/{row}"
                pixels = f"{picture.mode} {picture.size}".encode() + picture.tobytes()
                digests[inside] = hashlib.sha256(pixels).hexdigest()
            else:
                inside = _inside(root, Path(picture))
            entries.append(Entry(part, classes[int(label)], inside))
    listing = Listing(tuple(entries), classes=tuple(classes.values()))
    check_classes(path, listing.class_names, entries, options)
    if files := [entry.path for entry in entries if entry.path not in digests]:
        digests.update(zip(files, digests_of(root, files, cache_folder(root, options)), strict=True))
    lines = [[entry.part, entry.label, entry.path, digests[entry.path]] for entry in entries]
    head = {"reader": READER_VERSION, "side": options.side, "classes": listing.class_names, "pictures": lines}
    return TorchvisionSource(
        folder=root,
        kind="custom",
        name=name,
        digest=hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest(),
        options=options,
        layout="torchvision",
        listing=listing,
        found=tuple(class_warnings(listing)),
        dataset=name,
    )


@lru_cache(maxsize=1)
def _parts(root: Path, name: str) -> dict[Part, Any]:
    """Open a dataset, whose rows are a picture or its path and a label; kept, since it may take seconds."""
    try:
        from svhnlab.models.torchvision_import import torchvision  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(
            f"{root / name}: reading a dataset of torchvision needs the package; install it with "
            "`pip install torch torchvision`."
        ) from error
    make = getattr(torchvision.datasets, name)
    paths = {"loader": str} if "loader" in signature(make).parameters else {}
    try:
        return {part: make(root, **arguments, **paths) for part, arguments in DATASETS[name].items()}
    except (OSError, RuntimeError, ValueError, TypeError, LookupError, AssertionError, EOFError, struct.error) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{root / name}: torchvision cannot open {name} in {root} ({reason}); download it there with "
            f"torchvision.datasets.{name}({str(root)!r}, download=True)."
        ) from error


def _inside(root: Path, picture: Path) -> str:
    """Return the path of a picture in the root; ``InputError`` if a file of the dataset leads out of it."""
    if not picture.is_relative_to(root) or ".." in picture.relative_to(root).parts:
        raise InputError(
            f"{root}: the dataset lists {str(picture)!r}, which is not below it; download the dataset again."
        )
    return picture.relative_to(root).as_posix()


def _class_names(root: Path, parts: Mapping[Part, Any]) -> dict[int, str]:
    """Return the name of each label in the order of the labels; labels without a name are their own."""
    named = getattr(parts["train"], "classes", None)
    if named is None:
        numbers = {int(pictures[row][1]) for pictures in parts.values() for row in range(len(pictures))}
        return {number: str(number) for number in sorted(numbers)}
    names = [class_name(str(one), root) for one in named]
    if len(set(names)) < len(names):
        raise InputError(f"{root}: torchvision names two classes alike; save the pictures in folders by class instead.")
    return dict(enumerate(names))
