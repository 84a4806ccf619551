"""Where the numbers come from: settings, results with keys and checksums, and the machine that made them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from svhnlab.displays.base import Table
from svhnlab.displays.text import duration
from svhnlab.results import RunResult, Study

SHORT = 12  # hexadecimal digits of a digest that are shown


def _commit(run: RunResult) -> str:
    commit = run.environment["commit"]
    if commit["sha"] is None:
        return "outside a checkout"
    changes = {True: " (with uncommitted changes)", False: "", None: " (changes unknown)"}[commit["dirty"]]
    return f"{commit['sha'][:SHORT]}{changes}"


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
class StoredRuns(Table):
    """Key, checksum, commit and time of each stored run."""

    runs: tuple[RunResult, ...]

    @classmethod
    def from_results(cls, study: Study) -> StoredRuns:
        """Make the table of a study's stored runs."""
        return cls(tuple(study.runs.values()))

    @property
    def alt(self) -> str:
        """What the table holds."""
        return f"Keys and checksums of {len(self.runs)} stored runs."

    def frame(self) -> pd.DataFrame:
        """Return one row per run."""
        return pd.DataFrame(
            {
                "run": [run.name for run in self.runs],
                "key": [run.key for run in self.runs],
                "checksum": [run.checksum for run in self.runs],
                "commit": [_commit(run) for run in self.runs],
                "training_seconds": [run.environment["training_seconds"] for run in self.runs],
            }
        )

    def cells(self) -> pd.DataFrame:
        """Return the table as it is shown."""
        frame = self.frame()
        return pd.DataFrame(
            {
                "Run": frame["run"],
                "Key": frame["key"],
                "Checksum": frame["checksum"].str[:SHORT],
                "Commit": frame["commit"],
                "Training": [duration(seconds) for seconds in frame["training_seconds"]],
            }
        )


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
