"""Where the numbers come from: settings, results with keys and checksums, and the machine that made them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from svhnlab.report.core.table import Table
from svhnlab.report.core.text import duration, listing
from svhnlab.report.study.result_rows import SHORT, ResultRow, _name, stored_results
from svhnlab.store.schema import RunResult, Study


@dataclass(frozen=True)
class StoredResults(Table):
    """Key, checksum, code and time of every stored result."""

    rows: tuple[ResultRow, ...]

    @classmethod
    def from_store(cls, results: Path | None = None) -> StoredResults:
        """Make the table of the current study; ``InputError`` when nothing was trained yet."""
        return cls(stored_results(results))

    @property
    def alt(self) -> str:
        """What the table holds."""
        return f"Keys and checksums of {len(self.rows)} stored results."

    def frame(self) -> pd.DataFrame:
        """Return one row per result."""
        columns = ("name", "key", "checksum", "program", "seconds")
        return pd.DataFrame({name: [getattr(row, name) for row in self.rows] for name in columns})

    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown."""
        return pd.DataFrame(
            {
                "Result": [row.name for row in self.rows],
                "Key": [row.key for row in self.rows],
                "Checksum": [row.checksum[:SHORT] for row in self.rows],
                "Code": [row.program for row in self.rows],
                "Time": [duration(row.seconds) for row in self.rows],
            }
        )


@dataclass(frozen=True)
class Environments(Table):
    """Machine and packages that each run was trained with."""

    runs: tuple[RunResult, ...]

    @classmethod
    def from_results(cls, study: Study) -> Environments:
        """Make the table of a study's stored runs."""
        return cls(tuple(study.runs.values()))

    @property
    def alt(self) -> str:
        """What the table holds."""
        machines = {run.environment["processor"] for run in self.runs}
        return f"Machine and packages of {len(self.runs)} stored runs, made on {len(machines)} kinds of processor."

    def frame(self) -> pd.DataFrame:
        """Return one row per run."""
        rows = []
        for run in self.runs:
            about = run.environment
            device = about["device_name"] or about["processor"]
            rows.append(
                {
                    "run": run.name,
                    "device": f"{about['device']}: {device}",
                    "threads": str(about["threads"]),
                    "precision": about["precision"],
                    "system": about["system"],
                    "python": about["python"],
                    **about["packages"],
                }
            )
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown, one column per run: there are more facts than runs."""
        turned = self.frame().set_index("run").T
        headings = {"device": "Device", "threads": "Threads", "precision": "Numbers", "system": "System"}
        turned.insert(0, "Fact", [headings.get(name, name) for name in turned.index])
        return turned.reset_index(drop=True).astype(str)


@dataclass(frozen=True)
class ResultSettings(Table):
    """What the stored results were made from, with which settings and where; one row for those that share all of it."""

    rows: tuple[ResultRow, ...]

    @classmethod
    def from_store(cls, results: Path | None = None) -> ResultSettings:
        """Make the table of the current study; ``InputError`` when nothing was trained yet."""
        return cls(stored_results(results))

    @property
    def alt(self) -> str:
        """What the table holds."""
        return f"What {len(self.rows)} stored results were made from."

    def frame(self) -> pd.DataFrame:
        """Return one row per result."""
        return pd.DataFrame(
            {
                "name": [row.name for row in self.rows],
                "made_from": ["; ".join(row.made_from) for row in self.rows],
                "settings": [row.settings for row in self.rows],
                "machine": [row.machine for row in self.rows],
            }
        )

    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown."""
        groups: dict[tuple[str, tuple[str, ...], str, str], list[str]] = {}
        for row in self.rows:
            common = (row.kind, tuple(sorted(row.made_from)), row.settings, row.machine)
            groups.setdefault(common, []).append(row.label)
        runs = {row.name for row in self.rows if row.kind == "run"}
        return pd.DataFrame(
            [
                {
                    "Result": _name(kind, listing(labels)),
                    "Made from": self._origin_words(set(made_from), runs),
                    "Settings": settings or "–",
                    "Machine": machine,
                }
                for (kind, made_from, settings, machine), labels in groups.items()
            ]
        )

    def _origin_words(self, made_from: set[str], runs: set[str]) -> str:
        whole = runs <= made_from and len(runs) > 1
        names = [row.name for row in self.rows if row.name in (made_from - runs if whole else made_from)]
        return listing([*dict.fromkeys(names), *(["all runs"] if whole else [])]) or "the files"
