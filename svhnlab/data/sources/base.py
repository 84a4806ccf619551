"""What every data source provides: its identity, its classes, and the images of each part."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

from svhnlab.data.labelled_images import LabelledImages
from svhnlab.data.pictures import ReadingOptions
from svhnlab.store.schema import DataKind, Reading

Part = Literal["train", "validation", "test"]


@dataclass(frozen=True, eq=False)
class DataSource(ABC):
    """Images with labels in two or three parts.

    Attributes
    ----------
    folder
        Folder of the data.
    kind, name
        Kind of the data, and their display name.
    digest
        SHA-256 in hexadecimal; equal for the same images in the same order.
    options
        How pictures are read.
    """

    folder: Path
    kind: DataKind
    name: str
    digest: str
    options: ReadingOptions

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """Names of the classes in the order of the labels; None if the source has none."""
        return None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is unusual about the data and may affect the results, one sentence each."""
        return ()

    @abstractmethod
    def location(self, part: Part) -> Path:
        """Return the file or folder of a part, for messages."""

    @abstractmethod
    def read(self, n_classes: int | None) -> Mapping[Part, LabelledImages]:
        """Read the images of each part: "train" and "test", and "validation" if the source has one.

        Parameters
        ----------
        n_classes
            Number of classes if ``study.toml`` or the source names them; None for the ten digits.

        Raises
        ------
        InputError
            If a file cannot be used.
        """

    def reading(self) -> Reading | None:
        """Return how the pictures were read; None if they have one size and format."""
        return None

    @abstractmethod
    def find_again(self) -> DataSource:
        """Find the same data once more, in this process; ``InputError`` if they are not there."""

    def absolute(self) -> Self:
        """Return the source with absolute paths."""
        cache = self.options.cache
        options = replace(self.options, cache=None if cache is None else cache.absolute())
        return replace(self, folder=self.folder.absolute(), options=options)
