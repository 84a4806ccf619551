"""Settings of the study, commands that reproduce it, and recipe and environment of each training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from svhnlab.report.core.markdown import Markdown
from svhnlab.report.core.select import is_imported, trained_runs
from svhnlab.report.core.table import Column, Table
from svhnlab.report.core.text import quantity
from svhnlab.report.study.stored_results import SHORT
from svhnlab.store.recorded_settings import train_command
from svhnlab.store.schema import RunResult, Study


def show_commands(study: Study) -> Markdown:
    """Return a code block with the commands that reproduce the report."""
    imported = [run for run in study.runs.values() if run.imported]
    trained = len(imported) < len(study.runs) or study.missing
    commands = [
        *([train_command(study.settings)] if trained or not imported else []),
        *(f"svhnlab import {run.name} --predictions FILE" for run in imported),
        "svhnlab report",
    ]
    return Markdown("```bash\n{}\n```").format(Markdown("\n".join(commands)))


@dataclass(frozen=True)
class StudySettings(Table[tuple[str, str]]):
    """The settings of the study and the digest of its data, as pairs of name and value."""

    key: str
    settings: tuple[tuple[str, str], ...]

    @classmethod
    def from_study(cls, study: Study) -> StudySettings:
        """Take the settings of a study."""
        data, imported = study.data, is_imported(study)
        start = " ".join(filter(None, study.settings["start"].values()))
        # the summary of a profile speaks of the recipes and the data of SVHN
        profile = study.profile if data.kind == "custom" else f"{study.profile}: {study.settings['profile']['summary']}"
        training = {} if imported else {"Profile": profile, "Initial weights of ResNet-18": start}
        settings = {
            "Study key": study.key,
            "Data": data.name,
            "Data digest (SHA-256)": data.digest,
            "Split": data.protocol,
            **training,
            "Seed": str(study.settings["seed"]),
            "Data result": f"{data.key}, checksum {data.checksum[:SHORT]}",
        }
        return cls(study.key, tuple(settings.items()))

    @property
    def alt(self) -> str:
        """The study and the number of its settings."""
        return f"The settings of study {self.key}, {quantity(len(self.settings), 'row')}."

    def rows(self) -> Sequence[tuple[str, str]]:
        """Name and value of each setting."""
        return self.settings

    def columns(self) -> Sequence[Column[tuple[str, str]]]:
        """Name and value."""
        return Column("setting", lambda row: row[0], "Setting"), Column("value", lambda row: row[1], "Value")


#: Headings of the settings of a recipe.
RECIPE = {
    "image_size": "Side (px)",
    "epochs": "Epochs",
    "batch_size": "Batch",
    "learning_rate": "Learning rate",
    "weight_decay": "Weight decay",
    "label_smoothing": "Smoothing",
}


@dataclass(frozen=True)
class TrainingSettings(Table[RunResult]):
    """The recipe of each training, with the number of training images."""

    runs: tuple[RunResult, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> TrainingSettings:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if one is not trained."""
        return cls(tuple(trained_runs(study, *configurations, what="recipe")))

    @property
    def alt(self) -> str:
        """The number of runs."""
        return f"Training settings of {quantity(len(self.runs), 'stored run')}."

    def rows(self) -> Sequence[RunResult]:
        """Each run."""
        return self.runs

    def columns(self) -> Sequence[Column[RunResult]]:
        """Number of training images, and the settings of the recipe."""
        return (
            Column("run", lambda run: run.name, "Run"),
            Column("images", lambda run: run.settings["image_count"]),
            *(_recipe_column(name, heading) for name, heading in RECIPE.items()),
        )


def _recipe_column(name: str, heading: str) -> Column[RunResult]:
    return Column(name, lambda run: run.recipe[name], heading)


@dataclass(frozen=True)
class Environments(Table[RunResult]):
    """Machine and packages of each training."""

    runs: tuple[RunResult, ...]

    @classmethod
    def from_study(cls, study: Study, *configurations: str) -> Environments:
        """Select the named configurations (by default all trained ones); ``NotComputed`` if one is not trained."""
        return cls(tuple(trained_runs(study, *configurations, what="recipe")))

    @property
    def alt(self) -> str:
        """The number of runs and of kinds of processor."""
        kinds = quantity(len({run.environment["processor"] for run in self.runs}), "kind")
        return f"Machine and packages of {quantity(len(self.runs), 'stored run')}, on {kinds} of processor."

    def rows(self) -> Sequence[RunResult]:
        """Each run."""
        return self.runs

    def columns(self) -> Sequence[Column[RunResult]]:
        """Device, precision and versions."""
        packages = dict.fromkeys(name for run in self.runs for name in run.environment["packages"])
        return (
            Column("run", lambda run: run.name, "Run"),
            Column("device", lambda run: _device(run.environment), "Device"),
            Column("threads", lambda run: str(run.environment["threads"]), "Threads"),
            Column("precision", lambda run: run.environment["precision"], "Precision"),
            Column("system", lambda run: run.environment["system"], "System"),
            Column("python", lambda run: run.environment["python"], "python"),
            *(_package_column(name) for name in packages),
        )

    def cells(self) -> pd.DataFrame:
        """Return the table as shown on the page, with a column per run, since there are more facts than runs."""
        transposed = super().cells().set_index("Run").T
        transposed.insert(0, "Fact", transposed.index)
        return transposed.reset_index(drop=True)


def _device(environment: dict[str, Any]) -> str:
    return f"{environment['device']}: {environment['device_name'] or environment['processor']}"


def _package_column(name: str) -> Column[RunResult]:
    return Column(name, lambda run: run.environment["packages"].get(name), name, lambda version: version or "–")
