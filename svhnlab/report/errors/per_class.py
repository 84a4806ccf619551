"""How good one run is: confusion matrix and figures of each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from svhnlab.report.core.select import check_names, named_runs, statistics_of
from svhnlab.report.core.table import Table
from svhnlab.report.core.text import count, percent, share_with_interval
from svhnlab.store.schema import Estimate, RunStatistics, Study

CLASS_FIGURES = {"precision": "Precision", "recall": "Recall", "f1": "F1"}


class PerClassTable(Table):
    """Precision, recall and F1 of each class, each with its 95% interval, and the number of images."""

    def __init__(
        self,
        class_names: Sequence[str],
        support: Sequence[int],
        statistics: RunStatistics,
    ) -> None:
        """Take the figures of a run, and the name and the number of test images of each class."""
        self.class_names = check_names(class_names, len(support))
        self.support = [int(value) for value in support]
        self.statistics = statistics

    @classmethod
    def from_results(cls, study: Study, run: str) -> PerClassTable:
        """Make the table of one run of a study.

        Raises
        ------
        ValueError
            If the run is not stored or the statistics are not made yet.
        """
        (found,) = named_runs(study, [run])
        support = np.bincount(found.test.labels, minlength=len(study.class_names))
        return cls(study.class_names, support.tolist(), statistics_of(study).runs[run])

    @property
    def alt(self) -> str:
        """Text with the best and the worst class by F1."""
        f1 = np.array([own.value if images else np.nan for own, images in self._with_support("f1")])
        best, worst = int(np.nanargmax(f1)), int(np.nanargmin(f1))
        return (
            "Precision, recall and F1 of each class with 95% intervals over the drawing of test images, and number of "
            f"images. Highest F1: {self.class_names[best]} ({percent(f1[best])}); lowest: {self.class_names[worst]} "
            f"({percent(f1[worst])})."
        )

    def _with_support(self, figure: str) -> list[tuple[Estimate, int]]:
        return list(zip(getattr(self.statistics, figure), self.support, strict=True))

    def frame(self) -> pd.DataFrame:
        """Figures of each class with their bounds as shares, one row for each; NaN where a quantity is undefined."""
        columns: dict[str, Any] = {"class": self.class_names}
        for name in CLASS_FIGURES:
            estimates = getattr(self.statistics, name)
            columns[name] = [own.value for own in estimates]
            columns[f"{name}_lower"] = [own.low for own in estimates]
            columns[f"{name}_upper"] = [own.high for own in estimates]
        return pd.DataFrame({**columns, "support": self.support})

    def cells(self) -> pd.DataFrame:
        """Return the table for people; "–" where a quantity is undefined, macro-F1 in the last row."""
        shown = pd.DataFrame({"Class": [*self.class_names, "All"]})
        for name, heading in CLASS_FIGURES.items():
            total = share_with_interval(self.statistics.macro_f1) if name == "f1" else ""
            shown[heading] = [*(share_with_interval(own) for own in getattr(self.statistics, name)), total]
        shown["Images"] = [*(count(value) for value in self.support), count(sum(self.support))]
        return shown
