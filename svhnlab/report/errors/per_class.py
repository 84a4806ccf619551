"""Precision, recall and F1 of each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from svhnlab.report.core.many_classes import end_rows, tell_ends
from svhnlab.report.core.select import runs_with_statistics
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import count, percent, share_with_interval
from svhnlab.store.schema import RunStatistics, Study


@dataclass(frozen=True)
class PerClassTable(Table[int]):
    """Precision, recall and F1 of each class, each with its 95% interval, and the number of images.

    Attributes
    ----------
    class_names
        Name of each of the K classes.
    support
        Test images of each class.
    statistics
        Statistics of one configuration.
    """

    class_names: tuple[str, ...]
    support: tuple[int, ...]
    statistics: RunStatistics

    @classmethod
    def from_study(cls, study: Study, configuration: str) -> PerClassTable:
        """Select one configuration; ``NotComputed`` if its run or its statistics are missing."""
        ((run, statistics),) = runs_with_statistics(study, configuration)
        support = np.bincount(run.test.labels, minlength=len(study.class_names))
        return cls(study.class_names, tuple(support.tolist()), statistics)

    @property
    def alt(self) -> str:
        """The best and the worst class by F1."""
        f1 = np.array([estimate.value for estimate in self.statistics.f1])
        best, worst = int(np.nanargmax(f1)), int(np.nanargmin(f1))
        return (
            "Precision, recall and F1 of each class with 95% intervals, and number of images. Highest "
            f"F1: {self.class_names[best]} ({percent(f1[best])}); lowest: {self.class_names[worst]} "
            f"({percent(f1[worst])}).{tell_ends(len(self.class_names), 'F1')}"
        )

    def rows(self) -> Sequence[int]:
        """Index of each class."""
        return range(len(self.class_names))

    def shown_rows(self) -> Sequence[int | None]:
        """All classes, or of many those with the lowest and the highest F1."""
        return end_rows([estimate.value for estimate in self.statistics.f1])

    def columns(self) -> Sequence[Column[int]]:
        """Metrics with their bounds, shares; NaN where a quantity is undefined."""
        return (
            Column("class", lambda k: self.class_names[k], "Class"),
            Column("precision", lambda k: self.statistics.precision[k], "Precision", share_with_interval),
            Column("recall", lambda k: self.statistics.recall[k], "Recall", share_with_interval),
            Column("f1", lambda k: self.statistics.f1[k], "F1", share_with_interval),
            Column("support", lambda k: self.support[k], "Images", count),
        )

    def cells(self) -> pd.DataFrame:
        """Return the table as shown on the page; the last row has macro-F1 and the number of all images."""
        classes = super().cells()
        macro_f1 = share_with_interval(self.statistics.macro_f1)
        filled = sum(images > 0 for images in self.support)
        name = "All" if filled == len(self.support) else f"All {filled} with images"
        total = {"Class": name, "Precision": "", "Recall": "", "F1": macro_f1, "Images": count(sum(self.support))}
        return pd.concat([classes, pd.DataFrame([total])], ignore_index=True)
