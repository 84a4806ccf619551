"""What each augmentation does to real images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.style import SMALL, WIDTH, Theme
from svhnlab.report.core.text import listing, percent, quantity
from svhnlab.store.schema import AugmentationPreview, Study

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


# What each strength of the augmentation does to an image; one that is not listed is told by its name.
_CHANGES = {
    "rotation": "turned by up to {value:g}°",
    "translation": "shifted by up to {share} of its side",
    "scale": "made larger or smaller by up to {share}",
    "shear": "slanted by up to {value:g}°",
    "brightness": "made lighter or darker by up to {share} of the range",
    "contrast": "changed in contrast by up to {share}",
    "saturation": "changed in saturation by up to {share}",
    "inversion": "inverted from light to dark with a probability of {share}",
    "cutout": "covered by a square of {value:g} by {value:g} pixels",
}
_PROBABILITY = "_probability"


def describe_transforms(study: Study) -> Markdown:
    """Say how far the augmentation changes an image, from the settings of the first stored run that augments."""
    found = (run.settings.get("recipe", {}).get("augmentation") for run in study.runs.values())
    strengths: Mapping[str, Any] | None = next((own for own in found if own), None)
    if strengths is None:
        return Markdown("No run with augmentation is stored.")
    return Markdown(f"At every epoch anew, an image is {changes_to_images(strengths)}.")


def changes_to_images(strengths: Mapping[str, Any]) -> str:
    """Say what an augmentation of these strengths does, e.g. "turned by up to 8° and shifted by up to 8%"."""
    changes = []
    for name, value in strengths.items():
        if not value or name.endswith(_PROBABILITY):
            continue
        words = _CHANGES.get(name, "changed in {name} by {value:g}")
        probability = strengths.get(f"{name}{_PROBABILITY}")
        often = "" if probability is None else f" with a probability of {percent(probability, 0)}"
        called = escape_markdown(name.replace("_", " "))
        changes.append(f"{words.format(name=called, value=value, share=percent(value, 0))}{often}")
    return listing(changes)


def describe_mirror(study: Study) -> Markdown:
    """Say why no augmentation mirrors an image."""
    if study.data.kind == "custom":
        return Markdown("A mirror image may belong to another class or to none, and nothing is mirrored here.")
    return Markdown(
        "A small turn, shift or slant leaves a 2 a 2, and so do other colours; a mirrored 2 is no digit, and nothing "
        "is mirrored here."
    )
