"""The data of a study: description, and images that the report shows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from svhnlab.store.schema.files import Files, Stored

DataKind = Literal["official", "custom", "generated"]
DataLayout = Literal["format2", "folder", "table", "arrays", "hugging_face", "torchvision"]


@dataclass(frozen=True)
class ImageStatistics:
    """Brightness, contrast and colour of the images of one split; pixel values are scaled to 0–1.

    Attributes
    ----------
    counts
        Images per class, shape (K,).
    channel_mean, channel_std
        Mean and standard deviation over all pixels of each colour channel (red, green, blue), shape (3,).
    brightness
        Mean luma of each image, shape (N,).
    contrast
        Standard deviation of the luma within each image, shape (N,).
    """

    counts: NDArray[np.int64]
    channel_mean: NDArray[np.float64]
    channel_std: NDArray[np.float64]
    brightness: NDArray[np.float32]
    contrast: NDArray[np.float32]


@dataclass(frozen=True)
class SplitStatistics(Stored):
    """Image statistics of each split."""

    FILES: ClassVar[Files] = Files(arrays="statistics.npz")

    train: ImageStatistics
    validation: ImageStatistics
    test: ImageStatistics


@dataclass(frozen=True)
class Reading:
    """How pictures of any size were read; Format 2 files have none.

    Attributes
    ----------
    layout
        How the data are laid out on disk.
    stored_size
        Height and width in pixels at which pictures are stored and given to models.
    converted
        Number of pictures by what was converted, such as "grey" or "with transparency".
    skipped
        Reason for each file that was left out, by name.
    warnings
        What is unusual about the data, one sentence each.
    named_groups
        Whether the data say which images are from one photograph, patient or video.
    """

    layout: DataLayout
    stored_size: int
    converted: dict[str, int]
    skipped: dict[str, str]
    warnings: tuple[str, ...]
    named_groups: bool


@dataclass(frozen=True)
class DataSummary(Stored):
    """The data of a study: origin, and images that the report shows.

    Attributes
    ----------
    kind
        "official" (the SVHN files, recognised by their digests), "custom" or "generated".
    name
        Name of the data in the report: "SVHN", "generated digits", or for custom data the name in ``study.toml``, by
        default "custom Format 2 files".
    digest
        SHA-256 over the files of the data, in hexadecimal.
    protocol
        How the data were split, as one sentence.
    samples
        Sample of the training images, uint8, shape (K, S, 3, H, W): S images of each class. All images here are at no
        more than 64 pixels.
    test_images, test_labels
        All test images, uint8, shape (N, 3, H, W), and their labels, shape (N,).
    injected
        Rows of the test images with an injected label error, which is thus known to be wrong, shape (P,). Empty unless
        the images are generated.
    true_labels
        Class that each test image shows, shape (N,); None if unknown, as for photographs and in the results of versions
        that did not store it.
    reading
        How pictures were read; None for Format 2 files.
    names
        Name of each test image, such as the path of its file, shape (N,); None without names.
    """

    FILES: ClassVar[Files] = Files(arrays="images.npz", json="summary.json")

    kind: DataKind
    name: str
    digest: str
    protocol: str
    samples: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]
    injected: Annotated[NDArray[np.int64], Field(alias="planted")]
    true_labels: NDArray[np.int64] | None = field(default=None, kw_only=True)
    reading: Reading | None = field(default=None, kw_only=True)
    names: NDArray[np.str_] | None = field(default=None, kw_only=True)

    @property
    def known_wrong(self) -> NDArray[np.bool_]:
        """True where the label of a test image is known to be wrong, shape (N,)."""
        return np.isin(np.arange(len(self.test_labels)), self.injected)

    @cached_property
    def images_digest(self) -> str:
        """SHA-256 of the test images, in hexadecimal: equal for the same images in the same order."""
        images = np.ascontiguousarray(self.test_images)
        return hashlib.sha256(f"{images.dtype} {images.shape}".encode() + images.tobytes()).hexdigest()


@dataclass(frozen=True)
class Division:
    """Which images are in each split.

    Attributes
    ----------
    indices
        By split: position of each image in its file, counted from 0, shape (N,).
    photographs
        By split: number of the photograph that each image was cut from, counted from 0 in its file, shape (N,). None in
        the results of versions that did not store it.
    """

    indices: dict[str, NDArray[np.int64]]
    photographs: dict[str, NDArray[np.int64]] | None

    def photographs_of(self, split: str) -> NDArray[np.int64] | None:
        """Number of the photograph of each image of a split, shape (N,); None if they are not stored."""
        return None if self.photographs is None else self.photographs[split]


@dataclass(frozen=True)
class DataResult(DataSummary):
    """The data of a study, read from the store.

    Attributes
    ----------
    splits
        Image statistics by split name, in the order "train", "validation", "test".
    indices
        Number of each image by split: its position in its file, counted from 0, shape (N,). Pages, CSV files and
        messages identify an image by this number. Test images are in the test file ("official" protocol) or in the
        training file ("tutorial").
    photographs
        Number of the photograph that each image was cut from, by split, shape (N,); None in the results of versions
        that did not store it.
    key, checksum
        Name of the result in the store and the digest of its files.
    """

    splits: dict[str, ImageStatistics]
    indices: dict[str, NDArray[np.int64]]
    photographs: dict[str, NDArray[np.int64]] | None
    key: str
    checksum: str

    @property
    def test_photographs(self) -> NDArray[np.int64] | None:
        """Number of the photograph of each test image, shape (N,); None if it is not stored."""
        return None if self.photographs is None else self.photographs["test"]


@dataclass(frozen=True)
class AugmentationPreview:
    """Examples of each augmentation on a few training images.

    Attributes
    ----------
    originals
        uint8, shape (S, 3, H, W).
    variants
        By name of the transform, uint8, shape (S, V, 3, H, W): V random variants of each original.
    """

    originals: NDArray[np.uint8]
    variants: dict[str, NDArray[np.uint8]]
