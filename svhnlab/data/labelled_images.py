"""Images of one part of a data set, with what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from svhnlab.image_rows import ImageArray


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images and their classes.

    Attributes
    ----------
    images
        Red, green and blue pixel values 0–255, uint8, shape (N, 3, H, W), rows from top to bottom.
    labels
        Classes 0 to K - 1, int64, shape (N,).
    photographs
        Number of the photograph (or another group, such as a patient or a video) that each image is from, int64 from 0,
        shape (N,); None if it is not known.
    true_labels
        Class that each image shows, shape (N,); None if it is not known.
    properties
        Further columns by name: numbers, or texts, shape (N,).
    thumbnails
        The images at no more than 64 pixels, as the report shows them; the images themselves if they are not larger.
    names
        Name of each image in its source, such as the path of its file, shape (N,); None without names.
    """

    images: ImageArray
    labels: NDArray[np.int64]
    photographs: NDArray[np.int64] | None = None
    true_labels: NDArray[np.int64] | None = None
    properties: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    thumbnails: ImageArray | None = None
    names: NDArray[np.str_] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shown(self) -> ImageArray:
        """The images as the report shows them, at no more than 64 pixels."""
        return self.images if self.thumbnails is None else self.thumbnails
