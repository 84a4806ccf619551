"""Stored ablations: accuracy of each variant of a recipe on each held-out fold. Imports no torch.

Each call of ``svhnlab ablation`` writes one file below the results folder; existing files are never changed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError

from svhnlab.errors import InputError
from svhnlab.files import write_atomically
from svhnlab.printable import check_paragraph
from svhnlab.store.schema.measurement import LARGEST, Commit, Machine, Part

About = Literal["augmentation", "training"]

#: Folder of the files, below the results folder.
ABLATIONS = "ablations"


class AblationRow(Part):
    """One variant of a recipe.

    Attributes
    ----------
    title
        Name shown in the report.
    about
        What the variant changes: the augmentation, or another part of the training.
    accuracies
        Accuracy on each held-out fold.
    """

    title: str
    about: About
    accuracies: tuple[float, ...] = Field(min_length=2)


class AblationRun(Part):
    """The variants of one run's recipe; the first row is the unchanged recipe."""

    name: str
    epochs: int
    image_size: int
    rows: tuple[AblationRow, ...] = Field(min_length=1)


class AblationFile(Part):
    """Cross-validated accuracies of the variants of one or more recipes.

    Attributes
    ----------
    data
        Name of the data.
    data_digest
        Digest of the data files, see :class:`svhnlab.data.sources.base.DataSource`; None in files of older versions.
    images
        Number of training images. They are divided into ``folds`` parts; each training holds out one part and is
        evaluated on it.
    unit
        What the folds divide: "photograph", or "image" in files of older versions, where images from one photograph may
        be in several folds.
    note
        Author's note, shown in the report. The only field that may be edited later.
    """

    date: datetime
    commit: Commit
    machine: Machine
    data: str
    data_digest: str | None = None
    images: int
    profile: str
    folds: int
    unit: Literal["photograph", "image"] = "image"
    note: Annotated[str, AfterValidator(check_paragraph)] = ""
    runs: tuple[AblationRun, ...]

    def run(self, name: str) -> AblationRun | None:
        """Return the variants of a run; None if its recipe was not varied."""
        return next((run for run in self.runs if run.name == name), None)


def write_ablation(results: Path, ablation: AblationFile) -> Path:
    """Write an ablation to a new file, named after its time in UTC, and return the path.

    Raises
    ------
    InputError
        If the file already exists.
    """
    path = results / ABLATIONS / f"{ablation.date.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}.json"
    if path.exists():
        raise InputError(f"{path} exists already, and stored ablations are never overwritten; run the command again.")
    write_atomically(path, ablation.model_dump_json(indent=1).encode())
    return path


def read_ablation(path: Path) -> AblationFile:
    """Read a stored ablation; ``InputError`` if the file is not one."""
    if path.stat().st_size > LARGEST:
        raise InputError(f"{path} is too large to be an ablation; remove it.")
    try:
        return AblationFile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(f"{path} is not a stored ablation ({error.error_count()} problems); remove it.") from error


def ablation_files(folder: Path) -> list[Path]:
    """List the stored ablations in a folder, oldest first."""
    return sorted(folder.glob("*.json"))


def newest_ablation(results: Path, data_digest: str, run: str) -> AblationFile | None:
    """Return the newest stored ablation of a run on the data with this digest; None if there is none.

    Raises
    ------
    InputError
        If a file in the folder is damaged.
    """
    stored = (read_ablation(path) for path in reversed(ablation_files(results / ABLATIONS)))
    return next((file for file in stored if file.data_digest == data_digest and file.run(run)), None)
