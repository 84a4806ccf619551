"""Corruption errors: the errors of each configuration on changed images in relation to those of the small network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from svhnlab.config.corruptions import CORRUPTIONS
from svhnlab.report.core.select import robustness_of, trained_runs
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import percent, share_with_interval, without_start
from svhnlab.store.schema import Estimate, Study


@dataclass(frozen=True)
class ErrorRow:
    """Corruption errors of one corruption, or their means.

    Attributes
    ----------
    title
        Of the corruption.
    reference
        Error rate of the reference.
    errors
        Errors of each other configuration, by name, in relation to those of the reference.
    """

    title: str
    reference: float
    errors: Mapping[str, Estimate]


@dataclass(frozen=True)
class CorruptionErrorTable(Table[ErrorRow]):
    """Error rate of the reference under each corruption, and the errors of the others in relation to it.

    Attributes
    ----------
    reference
        Title of the configuration to which errors are related.
    titles
        Title of each other configuration, by name.
    errors
        One row for each corruption, and last the mean.
    """

    reference: str
    titles: Mapping[str, str]
    errors: tuple[ErrorRow, ...]

    @classmethod
    def from_study(cls, study: Study) -> CorruptionErrorTable:
        """Select all trained configurations; ``NotComputed`` if a result is missing."""
        robustness = robustness_of(study)
        others = [run for run in trained_runs(study) if run.name != robustness.reference]
        own = robustness.runs[robustness.reference]
        rows = [
            ErrorRow(
                CORRUPTIONS[name].title,
                1 - sum(own.accuracy[i].value for i in positions) / len(positions),
                {run.name: robustness.runs[run.name].errors.by_corruption[name] for run in others},
            )
            for name, positions in robustness.corruptions.items()
        ]
        means = {run.name: robustness.runs[run.name].errors.mean for run in others}
        rows.append(ErrorRow("Mean", 1 - own.mean.value, means))
        titles = {run.name: run.title for run in others}
        return cls(study.runs[robustness.reference].title, titles, tuple(rows))

    @property
    def alt(self) -> str:
        """Mean corruption error of each configuration."""
        mean = self.errors[-1]
        values = [f"{title} {percent(mean.errors[name].value, 0)}" for name, title in self.titles.items()]
        return (
            f"The mean error rate of {self.reference} over all corruptions is {percent(mean.reference)}. "
            + (f"Mean corruption error in relation to it: {'; '.join(values)}." if values else "")
        ).strip()

    def rows(self) -> Sequence[ErrorRow]:
        """Each corruption, and the mean."""
        return self.errors

    def columns(self) -> Sequence[Column[ErrorRow]]:
        """Error rate of the reference, and a column for each other configuration."""
        return (
            Column("corruption", lambda row: row.title, "Corruption"),
            Column(
                "reference_error", lambda row: row.reference, f"{without_start(self.reference)}: error rate", percent
            ),
            *(
                Column(
                    name,
                    lambda row, name=name: row.errors[name],  # type: ignore[misc]
                    f"{without_start(title)}: relative errors",
                    lambda value: share_with_interval(value, 0),
                )
                for name, title in self.titles.items()
            ),
        )
