"""Gallery of all misclassified images of a study, which can be searched and sorted on the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from svhnlab.analysis.errors import compare_errors
from svhnlab.report.comparison.pairwise_tests import augmentation_pairs
from svhnlab.report.core.display import Display, PrintDisplay
from svhnlab.report.core.select import runs_of
from svhnlab.report.core.style import PHONE_HEIGHT, TITLE, Theme, ThemeName
from svhnlab.report.core.text import quantity, without_start
from svhnlab.report.core.truth import doubtful_labels, doubtful_words
from svhnlab.report.errors.misclassified import COLUMNS, MisclassifiedGallery, first_errors
from svhnlab.store.schema import RunResult, Study

HEADING, LINE = 0.32, 0.21  # inches, of a heading and of each further line
HIGHEST = 9.3  # largest height in inches, which leaves room for a caption on a page

# Orders of the errors of the most accurate model in the PDF, each with a description of its first errors.
PRINTED_ORDERS = {
    "confidence": "the most confident errors",
    "margin": "the errors with the lowest margin",
    "label": "the errors with the lowest label quality",
}


@dataclass(frozen=True)
class GalleryPart:
    """One row of images with its heading."""

    heading: str
    gallery: MisclassifiedGallery


@dataclass(frozen=True)
class GalleryRows(Display):
    """Rows of images, each with a heading."""

    parts: tuple[GalleryPart, ...]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return self.width, sum(_height(part) for part in self._rows)

    @property
    def _rows(self) -> list[GalleryPart]:
        """The rows as they are drawn, with smaller images where they would be higher than a page or a phone."""
        rows = self._spaced(1.0)
        excess = sum(_height(part) for part in rows) - (PHONE_HEIGHT if self.narrow else HIGHEST)
        if excess <= 0:
            return rows
        column = rows[0].gallery.column
        return self._spaced(column / (column - excess / sum(len(part.gallery.images) > 0 for part in rows)))

    def _spaced(self, spacing: float) -> list[GalleryPart]:
        """Return the rows with this distance between columns in image sides; phones show half of the images."""
        if not self.narrow:
            return [replace(part, gallery=replace(part.gallery, spacing=spacing)) for part in self.parts]
        galleries = [replace(part.gallery.first(COLUMNS // 2), spacing=spacing) for part in self.parts]
        return [
            GalleryPart(fill(part.heading, 38), gallery.for_phone() or gallery)
            for part, gallery in zip(self.parts, galleries, strict=True)
        ]

    @property
    def alt(self) -> str:
        """The number of rows and images, and the heading of the first row."""
        shown = sum(len(part.gallery.images) for part in self.parts)
        if not shown:
            return "No image to show: there is no such error."
        return (
            f"{quantity(shown, 'misclassified image')} in {quantity(len(self.parts), 'row')}, each with its label and "
            f"the predicted class, the first row: {self.parts[0].heading[0].lower()}{self.parts[0].heading[1:]}."
        )

    def frame(self) -> pd.DataFrame:
        """Number, label, predicted class, value and kind of each image in the static picture."""
        frames = [part.gallery.frame().assign(kind=part.heading.split(":")[0]) for part in self.parts]
        return pd.concat(frames, ignore_index=True)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw one row of images below the other, each below its heading."""
        rows = self._rows
        grid = figure.add_gridspec(len(rows), height_ratios=[_height(part) for part in rows])
        for row, part in enumerate(rows):
            ax = figure.add_subplot(grid[row])
            part.gallery.draw_axes(ax, theme)
            ax.set_anchor("NW")  # rows of different heights begin at the same place
            ax.set_title(part.heading, fontsize=TITLE - 0.5, pad=5)


class ErrorGallery(GalleryRows):
    """Typical errors that all models share or only one makes, and errors at doubtful labels, a row for each.

    On a page, a script of `svhnlab.web` replaces it with a gallery in which all errors can be searched and sorted. The
    script reads the bundle of `svhnlab.site.prerender.evidence`. A page has at most one gallery.
    """

    def for_phone(self) -> None:
        """Return None: a page shows the gallery of the script."""

    @classmethod
    def from_study(cls, study: Study, *, n_images: int = COLUMNS) -> ErrorGallery:
        """Select errors of all trained configurations; `n_images` of each kind are in the static picture.

        Raises
        ------
        NotComputed
            If no configuration is trained.
        """
        runs = runs_of(study)

        doubtful = doubtful_labels(study)

        def part(heading: str, run: RunResult, selected: NDArray[np.bool_], order: str = "typical") -> GalleryPart:
            gallery = first_errors(study, run, selected, order=order, n_images=n_images)
            return GalleryPart(f"{heading}: {quantity(gallery.candidates, 'image')}", gallery)

        agreement = compare_errors(study.data.test_labels, [run.test.predicted for run in runs])
        best = _most_accurate(runs)
        words = doubtful_words(study).capitalize()
        labels = part(f"{words} ({without_start(best.title)})", best, doubtful, "loss")
        last = (labels,) if labels.gallery.candidates else ()
        wrong = agreement.wrong & ~doubtful
        if len(runs) == 1:
            return cls((part(f"Errors of {runs[0].title}", runs[0], wrong[0]), *last))
        return cls(
            (
                part(
                    f"Misclassified by every model (predictions of {best.title})", best, wrong.sum(axis=0) == len(runs)
                ),
                *(
                    part(f"Misclassified only by {run.title}", run, errors & (wrong.sum(axis=0) == 1))
                    for run, errors in zip(runs, wrong, strict=True)
                ),
                *last,
            )
        )

    def _html_part(self, paths: Mapping[ThemeName, Path], alt: str) -> str:
        return f":::: {{#errors .evidence-gallery}}\n{super()._html_part(paths, alt)}\n::::"


class PrintGallery(PrintDisplay, GalleryRows):
    """Errors of the most accurate model in other orders, and those that depend on augmentation."""

    @classmethod
    def from_study(cls, study: Study, *, n_images: int = COLUMNS) -> PrintGallery:
        """Select errors of the most accurate trained configuration; `n_images` of each kind are shown.

        Raises
        ------
        NotComputed
            If no configuration is trained, or the centroids or statistics are not computed yet.
        """
        sound = ~doubtful_labels(study)

        def part(heading: str, run: RunResult, order: str, selected: NDArray[np.bool_]) -> GalleryPart:
            return GalleryPart(heading, first_errors(study, run, selected, order=order, n_images=n_images))

        best = _most_accurate(runs_of(study))
        parts = [
            part(f"{best.title}: {first}", best, order, best.test.wrong if order == "label" else sound)
            for order, first in PRINTED_ORDERS.items()
        ]
        for pair in augmentation_pairs(study):
            if best.name not in pair:
                continue
            for run, other in ((study.runs[one], study.runs[two]) for one, two in (pair, pair[::-1])):
                parts.append(
                    part(
                        f"{run.title}: errors that {other.title} does not make",
                        run,
                        "typical",
                        sound & ~other.test.wrong,
                    )
                )
        return cls(tuple(parts))


def _height(part: GalleryPart) -> float:
    """Height of a row of images with its heading, in inches."""
    return part.gallery.size[1] + HEADING + LINE * part.heading.count("\n")


def _most_accurate(runs: list[RunResult]) -> RunResult:
    return min(runs, key=lambda run: int(run.test.wrong.sum()))
