"""All misclassified images of a study, to be searched and sorted on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pandas as pd
from matplotlib.figure import Figure, SubFigure

from svhnlab.analysis.errors import compare_mistakes
from svhnlab.report.core.display import Display
from svhnlab.report.core.select import as_runs
from svhnlab.report.core.style import TITLE, WIDTH, Theme, ThemeName
from svhnlab.report.core.text import quantity
from svhnlab.report.errors.misclassified import COLUMNS, MisclassifiedGallery
from svhnlab.report.errors.order import order_values
from svhnlab.store.schema import RunResult, Study

HEADING = 0.32  # inches


@dataclass(frozen=True)
class GalleryPart:
    """One row of images with its heading."""

    heading: str
    gallery: MisclassifiedGallery


class ErrorGallery(Display):
    """The errors that all runs share and those that each has alone, a row of each.

    On a page ``svhnlab/web/evidence`` replaces it by a gallery in which all errors can be filtered and sorted, from the
    bundle of `svhnlab.site.prerender.evidence`. A page has at most one.
    """

    def __init__(self, parts: Sequence[GalleryPart]) -> None:
        self.parts = tuple(parts)

    @classmethod
    def from_results(cls, study: Study, n_images: int = COLUMNS) -> Self:
        """Make the display from all stored runs of a study; `n_images` of each kind stand in the still picture.

        Raises
        ------
        ValueError
            If no run is stored.
        """
        runs = as_runs(study.runs)
        agreement = compare_mistakes(study.data.test_labels, [run.test.predicted for run in runs])

        def part(heading: str, run: RunResult, rows: Sequence[int]) -> GalleryPart:
            gallery = MisclassifiedGallery(
                study.data.test_images,
                run.test.labels,
                run.test.predicted,
                order_values(study, run, "loss"),
                study.class_names,
                order="loss",
                n_images=n_images,
                rows=rows,
            )
            return GalleryPart(f"{heading}: {quantity(len(rows), 'image')}", gallery)

        if len(runs) == 1:
            return cls([part(f"Errors of {runs[0].title}", runs[0], agreement.wrong[0].nonzero()[0].tolist())])
        best = min(runs, key=lambda run: int(run.test.wrong.sum()))
        alone = agreement.wrong & (agreement.wrong.sum(axis=0) == 1)
        return cls(
            [
                part(f"Wrong in every model, as {best.title} sees them", best, agreement.wrong_in_all.tolist()),
                *(
                    part(f"Wrong in {run.title} alone", run, own.nonzero()[0].tolist())
                    for run, own in zip(runs, alone, strict=True)
                ),
            ]
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return WIDTH, sum(self._heights)

    @property
    def _heights(self) -> list[float]:
        return [part.gallery.size[1] + HEADING for part in self.parts]

    @property
    def alt(self) -> str:
        """Text alternative with the number of images of each kind and the first of each."""
        return " ".join(f"{part.heading}. {part.gallery.alt}" for part in self.parts)

    def frame(self) -> pd.DataFrame:
        """Kind, row, true class, predicted class and loss of each image in the still picture."""
        frames = [part.gallery.frame().assign(kind=part.heading.split(":")[0]) for part in self.parts]
        return pd.concat(frames, ignore_index=True)

    def draw(self, figure: Figure | SubFigure, theme: Theme) -> None:
        """Draw one row of images below the other, each below its heading."""
        grid = figure.add_gridspec(len(self.parts), height_ratios=self._heights)
        for row, part in enumerate(self.parts):
            ax = figure.add_subplot(grid[row])
            part.gallery.draw_axes(ax, theme)
            ax.set_anchor("N")
            ax.set_title(part.heading, fontsize=TITLE - 0.5, pad=5)

    def _html_part(self, paths: Mapping[ThemeName, Path], alt: str) -> str:
        return f":::: {{#errors .evidence-gallery}}\n{super()._html_part(paths, alt)}\n::::"
