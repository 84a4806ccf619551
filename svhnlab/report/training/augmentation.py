"""Augmentation: examples and strengths of the transforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.select import NotComputed, augmented_runs
from svhnlab.report.core.style import SMALL, Theme
from svhnlab.report.core.text import listing, percent, quantity
from svhnlab.store.schema import Study

LABEL_WIDTH = 1.9  # images
GAP = 0.35  # images


@dataclass(frozen=True)
class AugmentationGrid(AxesDisplay):
    """Original images and random variants of them, a row for each transform.

    Attributes
    ----------
    originals
        uint8, shape (S, 3, H, W).
    variants
        V variants of each original by name of the transform, uint8, shape (S, V, 3, H, W).
    """

    originals: NDArray[np.uint8]
    variants: Mapping[str, NDArray[np.uint8]]

    @classmethod
    def from_study(cls, study: Study, *, n_originals: int = 3, n_variants: int = 3) -> AugmentationGrid:
        """Select `n_originals` images and `n_variants` variants of each; ``NotComputed`` without stored examples."""
        preview = study.augmentation
        if preview is None:
            raise NotComputed("the examples of augmentation are not computed yet")
        variants = {name: images[:n_originals, :n_variants] for name, images in preview.variants.items()}
        return cls(preview.originals[:n_originals], variants)

    @property
    def _columns(self) -> int:
        """Number of variants of each original in the widest row."""
        return max(images.shape[1] for images in self.variants.values())

    @property
    def _width(self) -> float:
        """Width in images."""
        return LABEL_WIDTH + len(self._shown) * (1 + self._columns + GAP) - GAP

    @property
    def _shown(self) -> NDArray[np.uint8]:
        """The originals that are drawn: phones show only the first one."""
        return self.originals[:1] if self.narrow else self.originals

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, self.width / self._width * len(self.variants) + 0.3

    @property
    def alt(self) -> str:
        """The transforms."""
        return (
            f"Grid of {quantity(len(self.originals), 'training image')} and {self._columns} random variants "
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
        """Draw a block of columns for each original, with the original at the left."""
        block = 1 + self._columns + GAP
        images: list[NDArray[np.uint8]] = []
        corners: list[tuple[float, float]] = []
        for row, (name, outcomes) in enumerate(self.variants.items()):
            ax.text(LABEL_WIDTH - 0.15, row + 0.5, name.capitalize(), ha="right", va="center", color=theme.text)
            for i, original in enumerate(self._shown):
                left = LABEL_WIDTH + i * block
                images += [original, *outcomes[i]]
                corners += [(left + j, row) for j in range(1 + outcomes.shape[1])]
        place_images(ax, images, corners, self._width, len(self.variants))
        for i in range(len(self._shown)):
            left = LABEL_WIDTH + i * block
            ax.text(left + 0.5, -0.12, "Original", ha="center", va="bottom", fontsize=SMALL, color=theme.muted)
            ax.plot([left + 1, left + 1], [0.03, len(self.variants) - 0.03], color=theme.text, linewidth=0.8)


# Effect of each strength of the augmentation on an image; unknown ones are described by their name.
_CHANGES = {
    "rotation": Markdown("rotated by up to {value:g}°"),
    "translation": Markdown("shifted by up to {share} of its side"),
    "scale": Markdown("scaled by up to {share}"),
    "shear": Markdown("sheared by up to {value:g}°"),
    "brightness": Markdown("changed in brightness by up to {share} of the range"),
    "contrast": Markdown("changed in contrast by up to {share}"),
    "saturation": Markdown("changed in saturation by up to {share}"),
    "inversion": Markdown("inverted with a probability of {share}"),
    "cutout": Markdown("covered by a square of {value:g} by {value:g} pixels"),
}
_PROBABILITY = "_probability"


def describe_transforms(study: Study) -> Markdown:
    """State how the augmentation changes images, by the settings of the first configuration with augmentation.

    Networks standardise each image (`svhnlab.models.networks.Classifier.standardise`), which undoes most of a change in
    brightness or contrast; the text says so.

    Raises
    ------
    NotComputed
        If no configuration with augmentation is trained.
    """
    strengths = augmented_runs(study)[0].recipe["augmentation"]
    return sentences(
        [
            Markdown("In each epoch, every image is randomly {}.").format(changes_to_images(strengths)),
            _undone_by_standardisation(strengths),
        ]
    )


def _undone_by_standardisation(strengths: Mapping[str, Any]) -> Markdown:
    """State which of the changes a network hardly sees; empty if there is none."""
    effects = []
    if strengths.get("brightness"):
        effects.append("the change in brightness acts only through pixels that it clips at black or white")
    if strengths.get("contrast"):
        effects.append("most of the change in contrast is removed")
    if not effects:
        return Markdown("")
    return Markdown(
        "The network then [standardises](glossary.qmd#term-standardisation) the image, by which {}."
    ).format(listing(effects))


def changes_to_images(strengths: Mapping[str, Any]) -> Markdown:
    """Describe an augmentation of these strengths, e.g. "rotated by up to 8° and shifted by up to 8% of its side"."""
    changes = []
    for name, value in strengths.items():
        if not value or name.endswith(_PROBABILITY):
            continue
        template = _CHANGES.get(name, Markdown("changed in {name} by {value:g}"))
        change = template.format(name=name.replace("_", " "), value=value, share=percent(value, 0))
        probability = strengths.get(f"{name}{_PROBABILITY}")
        if probability is not None:
            change = Markdown("{} with a probability of {}").format(change, percent(probability, 0))
        changes.append(change)
    return listing(changes)


def describe_mirror(study: Study) -> Markdown:
    """State why images are not mirrored."""
    if study.data.kind == "custom":
        return Markdown("A mirrored image may belong to another class or to none, so no image is mirrored here.")
    return Markdown(
        "A slightly rotated, shifted or sheared 2 is still a 2, and so is one in other colours; a mirrored 2 is not a "
        "digit, so no image is mirrored here."
    )
