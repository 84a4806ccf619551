"""Where the numbers come from: settings, results with keys and checksums, and the machine that made them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from svhnlab.report.core.table import Table
from svhnlab.report.study.result_rows import SHORT
from svhnlab.store.schema import RunResult, Study


@dataclass(frozen=True)
class StudySettings(Table):
    """The settings of the study and the digest of its data."""

    study: Study

    @classmethod
    def from_results(cls, study: Study) -> StudySettings:
        """Make the table of a study."""
        return cls(study)

    @property
    def alt(self) -> str:
        """What the table holds."""
        return f"The settings of study {self.study.key}, {len(self.frame())} lines."

    def frame(self) -> pd.DataFrame:
        """Return one row per setting."""
        study = self.study
        rows = {
            "Study key": study.key,
            "Data": study.data.name,
            "Data digest (SHA-256)": study.data.digest,
            "Split": study.data.protocol,
            "Profile": f"{study.profile}: {study.settings['profile']['summary']}",
            "Start of ResNet-18": " ".join(filter(None, study.settings["start"].values())),
            "Seed": str(study.settings["seed"]),
            "Data result": f"{study.data.key}, checksum {study.data.checksum[:SHORT]}",
        }
        return pd.DataFrame({"setting": rows.keys(), "value": rows.values()})

    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown."""
        return self.frame().rename(columns={"setting": "Setting", "value": "Value"})


@dataclass(frozen=True)
class TrainingSettings(Table):
    """How each run was trained."""

    runs: tuple[RunResult, ...]

    @classmethod
    def from_results(cls, study: Study) -> TrainingSettings:
        """Make the table of a study's stored runs."""
        return cls(tuple(study.runs.values()))

    @property
    def alt(self) -> str:
        """What the table holds."""
        return f"Training settings of {len(self.runs)} stored runs."

    def frame(self) -> pd.DataFrame:
        """Return one row per run: the recipe, with the number of parameters and of training images."""
        names = ("image_size", "epochs", "batch_size", "learning_rate", "weight_decay", "label_smoothing")
        rows = []
        for run in self.runs:
            recipe = {name: run.settings["recipe"][name] for name in names}
            rows.append({"run": run.name, "images": run.settings["image_count"], **recipe})
        return pd.DataFrame(rows, columns=["run", "images", *names])

    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown."""
        headings = {
            "run": "Run",
            "images": "Images",
            "image_size": "Side (px)",
            "epochs": "Epochs",
            "batch_size": "Batch",
            "learning_rate": "Learning rate",
            "weight_decay": "Weight decay",
            "label_smoothing": "Smoothing",
        }
        shown = self.frame().rename(columns=headings)
        shown["Images"] = [f"{count:,}" for count in shown["Images"]]
        return shown.astype(str)
