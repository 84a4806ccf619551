"""Choices from the errors for paper, where nobody can sort and filter them."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from svhnlab.report.comparison.pairwise_tests import augmentation_pairs
from svhnlab.report.core.markdown import escape_attribute
from svhnlab.report.core.select import as_runs
from svhnlab.report.errors.gallery import ErrorGallery, GalleryPart
from svhnlab.report.errors.misclassified import COLUMNS, MisclassifiedGallery
from svhnlab.report.errors.order import order_values
from svhnlab.store.schema import RunResult, Study

# How the errors of the best model are ordered, and what comes first then.
ORDERS = {
    "confidence": "the most confident errors",
    "margin": "the errors that lie deepest in the predicted class",
    "label": "the errors whose label is most suspect",
}


class PrintGallery(ErrorGallery):
    """Errors of the best model in other orders, and those that augmentation mends and makes in it; for print alone."""

    @classmethod
    def from_results(cls, study: Study, n_images: int = COLUMNS) -> Self:
        """Make the display from all stored runs of a study; `n_images` of each kind are shown.

        Raises
        ------
        ValueError
            If no run is stored, or the statistics are not made yet.
        """

        def part(heading: str, run: RunResult, order: str, rows: NDArray[np.intp]) -> GalleryPart:
            gallery = MisclassifiedGallery(
                study.data.test_images,
                run.test.labels,
                run.test.predicted,
                order_values(study, run, order),
                study.class_names,
                order=order,
                n_images=n_images,
                rows=rows,
            )
            return GalleryPart(heading, gallery)

        best = min(as_runs(study.runs), key=lambda run: int(run.test.wrong.sum()))
        parts = [
            part(f"{best.title}: {words}", best, order, np.flatnonzero(best.test.wrong))
            for order, words in ORDERS.items()
        ]
        for pair in augmentation_pairs(study):
            if best.name not in pair:
                continue
            for run, other in (pair, pair[::-1]):
                wrong, mended = study.runs[run], study.runs[other]
                rows = np.flatnonzero(wrong.test.wrong & ~mended.test.wrong)
                parts.append(part(f"{wrong.title}: errors that {mended.title} does not make", wrong, "loss", rows))
        return cls(parts)

    def markdown(self) -> str:
        """Write the picture for print and return the Markdown that shows it; a page has the whole gallery."""
        picture = self.save(themes=("print",))["print"].as_posix()
        return f'![]({picture}){{fig-alt="{escape_attribute(self.alt)}"}}'
