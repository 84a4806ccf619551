"""The most confident answers of a model to images that show none of its classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from svhnlab.report.core.display import AxesDisplay
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.marks import explain_markers
from svhnlab.report.core.names import short_names
from svhnlab.report.core.pictures import place_images
from svhnlab.report.core.style import SIZE, SMALL, Theme
from svhnlab.report.core.tabs import captioned
from svhnlab.report.core.text import confidence
from svhnlab.report.ood.confidence import OodConfidence, describe_ood
from svhnlab.report.ood.kinds import KINDS, runs_with_ood
from svhnlab.store.schema import Study

HEADING, STEP = 0.3, 1.75  # height of a heading, and of a row with its heading and captions, in image sides
ON_PHONES = 4  # images of each kind
LONGEST_NAME = 12  # letters of a class name that fit below an image


def show_ood(study: Study) -> Markdown:
    """Return sentences and figures of the predictions for images that show no class.

    Raises
    ------
    NotComputed
        If there are none.
    """
    confidences = sentences(
        [
            Markdown(
                "[Confidence](glossary.qmd#term-confidence) of each model on the test images and on images that show "
                "none of the classes."
            ),
            explain_markers(study),
        ]
    )
    predictions = (
        "The most confident predictions of the most accurate trained model for images that show none of the classes."
    )
    return Markdown("\n\n").join(
        [
            describe_ood(study),
            captioned("fig-ood", OodConfidence.from_study(study), confidences),
            captioned("fig-ood-gallery", OodGallery.from_study(study), predictions),
        ]
    )


@dataclass(frozen=True)
class OodGallery(AxesDisplay):
    """The images of each kind that the most accurate model classifies with the highest confidence.

    Attributes
    ----------
    title
        Title of the model.
    images
        By kind, uint8, shape (E, 3, 32, 32).
    predicted, confidences
        Name of the predicted class, and its probability, of each image by kind.
    """

    title: str
    images: dict[str, NDArray[np.uint8]]
    predicted: dict[str, tuple[str, ...]]
    confidences: dict[str, tuple[float, ...]]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> OodGallery:
        """Select the most accurate of the named configurations (by default of all with answers)."""
        run, ood = min(runs_with_ood(study, *configurations), key=lambda one: int(one[0].test.wrong.sum()))
        kinds = [kind for kind in KINDS if kind in ood.kinds]
        names = short_names(study.class_names, LONGEST_NAME)
        return cls(
            run.title,
            {KINDS[kind]: ood.examples[kind] for kind in kinds},
            {KINDS[kind]: tuple(names[k] for k in ood.predicted[kind][: len(ood.examples[kind])]) for kind in kinds},
            {KINDS[kind]: tuple(ood.confidence[kind][: len(ood.examples[kind])].tolist()) for kind in kinds},
        )

    @property
    def _columns(self) -> int:
        most = max(len(images) for images in self.images.values())
        return min(most, ON_PHONES) if self.narrow else most

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, self.width / self._columns * STEP * len(self.images)

    @property
    def alt(self) -> str:
        """The first image of each kind."""
        parts = [
            f"{kind} as {self.predicted[kind][0]} ({confidence(self.confidences[kind][0])})" for kind in self.images
        ]
        return f"Most confident predictions of {self.title} for images without a class: {'; '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """Return predicted class and confidence, one row for each image."""
        return pd.DataFrame(
            [
                {"images": kind, "predicted": name, "confidence": value}
                for kind in self.images
                for name, value in zip(self.predicted[kind], self.confidences[kind], strict=True)
            ]
        )

    def draw_axes(self, ax: Axes, theme: Theme) -> None:
        """Draw a row of images for each kind, with its name above and the predictions below."""
        corners = [
            (column, row * STEP + HEADING)
            for row, images in enumerate(self.images.values())
            for column in range(len(images[: self._columns]))
        ]
        pictures = [image for images in self.images.values() for image in images[: self._columns]]
        place_images(ax, pictures, corners, self._columns, STEP * len(self.images))
        for row, kind in enumerate(self.images):
            top = row * STEP
            ax.text(0.03, top + HEADING - 0.08, kind.capitalize(), fontsize=SIZE, fontweight="bold", color=theme.text)
            words_below = list(zip(self.predicted[kind], self.confidences[kind], strict=True))
            for column, (name, value) in enumerate(words_below[: self._columns]):
                words: dict[str, Any] = {"ha": "center", "va": "top"}
                ax.text(
                    column + 0.5,
                    top + HEADING + 1.0,
                    f"→ {name}",
                    fontweight="bold",
                    fontsize=SMALL + 1,
                    color=theme.text,
                    **words,
                )
                ax.text(
                    column + 0.5, top + HEADING + 1.2, confidence(value), fontsize=SMALL, color=theme.muted, **words
                )
