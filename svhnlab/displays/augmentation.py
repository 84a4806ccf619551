"""What each augmentation does to real images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from svhnlab.displays.base import AxesDisplay
from svhnlab.displays.pictures import place_images
from svhnlab.displays.style import SMALL, WIDTH, Theme
from svhnlab.displays.text import listing, quantity
from svhnlab.results import AugmentationPreview

LABEL_WIDTH = 1.9  # images
GAP = 0.35  # images


class AugmentationGrid(AxesDisplay):
    """Originals and random outcomes of every transform: a row for each transform."""

    def __init__(
        self,
        originals: NDArray[np.uint8],
        variants: Mapping[str, NDArray[np.uint8]],
        n_originals: int = 3,
        n_variants: int = 3,
    ) -> None:
        """Take images.

        Parameters
        ----------
        originals
            uint8, shape (S, 3, H, W).
        variants
            By name of the transform, uint8, shape (S, V, 3, H, W).
        n_originals, n_variants
            Originals to show, and outcomes of each.
        """
        self.originals = originals[:n_originals]
        self.variants = {name: images[:n_originals, :n_variants] for name, images in variants.items()}

    @classmethod
    def from_results(
        cls, augmentation: AugmentationPreview, n_originals: int = 3, n_variants: int = 3
    ) -> AugmentationGrid:
        """Make the display from the examples of a study."""
        return cls(augmentation.originals, augmentation.variants, n_originals, n_variants)

    @property
    def _columns(self) -> int:
        """Outcomes of each original that the widest row shows."""
        return max(images.shape[1] for images in self.variants.values())

    @property
    def _width(self) -> float:
        """Width in images."""
        return LABEL_WIDTH + len(self.originals) * (1 + self._columns + GAP) - GAP

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, WIDTH / self._width * len(self.variants) + 0.3

    @property
    def alt(self) -> str:
        """Text alternative that names the transforms."""
        return (
            f"Grid of {quantity(len(self.originals), 'training image')} and {self._columns} random outcomes "
            f"of each under {quantity(len(self.variants), 'transform')}: {listing(list(self.variants))}."
        )

    def frame(self) -> pd.DataFrame:
        """Mean absolute change of pixel values (0-1) under each transform."""
        rows = []
        for name, images in self.variants.items():
            change = np.abs(images.astype(np.float64) - self.originals[:, None]) / 255
            rows.append({"transform": name, "images": images[:, :, 0, 0, 0].size, "mean_change": change.mean()})
        return pd.DataFrame(rows)

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a block of columns for each original, the original at its left."""
        block = 1 + self._columns + GAP
        images: list[NDArray[np.uint8]] = []
        corners: list[tuple[float, float]] = []
        for row, (name, outcomes) in enumerate(self.variants.items()):
            ax.text(LABEL_WIDTH - 0.15, row + 0.5, name.capitalize(), ha="right", va="center", color=theme.text)
            for i, original in enumerate(self.originals):
                left = LABEL_WIDTH + i * block
                images += [original, *outcomes[i]]
                corners += [(left + j, row) for j in range(1 + outcomes.shape[1])]
        place_images(ax, images, corners, self._width, len(self.variants))
        for i in range(len(self.originals)):
            left = LABEL_WIDTH + i * block
            ax.text(left + 0.5, -0.12, "Original", ha="center", va="bottom", fontsize=SMALL, color=theme.muted)
            ax.plot([left + 1, left + 1], [0.03, len(self.variants) - 0.03], color=theme.text, linewidth=0.8)
