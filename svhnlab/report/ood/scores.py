"""Table of the scores that tell images without a class from test images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import percent, points_with_interval, share_with_interval
from svhnlab.report.ood.kinds import KINDS, SCORES, runs_with_ood
from svhnlab.store.schema import OodScore, Study


@dataclass(frozen=True)
class OodRow:
    """One score on one kind of images; `first` in the first row of a kind."""

    kind: str
    score: str
    images: int
    result: OodScore
    first: bool


@dataclass(frozen=True)
class OodTable(Table[OodRow]):
    """AUROC and false positive rate of each score on each kind of images, for one model."""

    results: tuple[OodRow, ...]

    @classmethod
    def from_study(cls, study: Study, configuration: str) -> OodTable:
        """Select one configuration; ``NotComputed`` if it has no answers."""
        ((_, ood),) = runs_with_ood(study, configuration)
        return cls(
            tuple(
                OodRow(name, SCORES[score], ood.kinds[kind].images, result, position == 0)
                for kind, name in KINDS.items()
                if kind in ood.kinds
                for position, (score, result) in enumerate(ood.kinds[kind].scores.items())
            )
        )

    @property
    def alt(self) -> str:
        """The score with the highest AUROC on each kind."""
        parts = []
        for kind in dict.fromkeys(row.kind for row in self.results):
            best = max((row for row in self.results if row.kind == kind), key=lambda row: row.result.auroc.value)
            parts.append(f"{kind}: {best.score} ({percent(best.result.auroc.value)})")
        return f"Highest AUROC by kind of images: {'; '.join(parts)}."

    def rows(self) -> Sequence[OodRow]:
        """A row for each kind and score."""
        return self.results

    def columns(self) -> Sequence[Column[OodRow]]:
        """AUROC, false positive rate, and difference of the AUROC from that of the confidence."""
        return (
            Column("kind", lambda row: row.kind),
            Column("images", lambda row: row.images),
            Column("", lambda row: row.kind.capitalize() if row.first else "", "Images"),
            Column("score", lambda row: row.score, "Score", str.capitalize),
            Column("auroc", lambda row: row.result.auroc, "AUROC", share_with_interval),
            Column("false_positive_rate", lambda row: row.result.fpr, "FPR at 95% TPR", share_with_interval),
            Column(
                "difference",
                lambda row: row.result.difference,
                "AUROC − confidence",
                lambda value: "" if np.isnan(value.value) else points_with_interval(value),
            ),
        )
