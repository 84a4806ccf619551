"""A stored ablation: accuracy of each variant of a recipe on each held-out fold. Imports no torch.

``python -m svhnlab.cli.ablation`` writes a new file on each call and never changes one; the report reads the newest.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from svhnlab.errors import InputError
from svhnlab.paths import project_root
from svhnlab.store.schema.measurement import LARGEST, Commit, Machine, Part

About = Literal["augmentation", "training"]

FOLDER = Path("benchmarks") / "results" / "ablations"


class AblationRow(Part):
    """One variant.

    Attributes
    ----------
    title
        Title in tables and figures.
    about
        Part of the recipe that it changes: augmentation, or anything else.
    accuracies
        Accuracy on the held-out images, one for each fold.
    """

    title: str
    about: About
    accuracies: tuple[float, ...] = Field(min_length=2)


class AblationRun(Part):
    """The variants of the recipe of one configuration; the first row is the recipe itself."""

    name: str
    epochs: int
    image_size: int
    rows: tuple[AblationRow, ...] = Field(min_length=1)


class AblationFile(Part):
    """Results of an ablation: the variants of the recipes of some configurations.

    Attributes
    ----------
    data
        Name of the data.
    images
        Number of training images; each training leaves out one of ``folds`` parts of them and is tested on that part.
    note
        Further information for the reader, such as the conclusion; the only part that may be edited later.
    """

    date: datetime
    commit: Commit
    machine: Machine
    data: str
    images: int
    profile: str
    folds: int
    note: str = ""
    runs: tuple[AblationRun, ...]

    def run(self, name: str) -> AblationRun | None:
        """Return the variants of a configuration, None where it has none."""
        return next((run for run in self.runs if run.name == name), None)


def newest_ablation(project: Path | None = None) -> AblationFile | None:
    """Read the project's newest stored ablation, None where there is none; ``InputError`` for a damaged file."""
    paths = sorted(((project or project_root()) / FOLDER).glob("*.json"))
    if not paths:
        return None
    path = paths[-1]
    if path.stat().st_size > LARGEST:
        raise InputError(f"{path} is too large to be an ablation; remove it.")
    try:
        return AblationFile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(f"{path} is no stored ablation ({error.error_count()} problems); remove it.") from error
