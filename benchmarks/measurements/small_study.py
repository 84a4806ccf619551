"""The study whose report is rendered, and a copy of the project."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.fresh_process import in_fresh_process
from benchmarks.settings import ROOT, Settings

# Not copied: generated and large files.
_NOT_COPIED = (
    "_site*",
    ".svhnlab",
    "results",
    "data",
    "public",
    "figures",
    "wandb",
    "node_modules",
    "__pycache__",
)


def study_results(settings: Settings) -> tuple[Path, str]:
    """Return the results folder and its description; without one in the settings, train a small study first."""
    if settings.results is not None:
        return settings.results.resolve(), "stored results"
    settings.say("  no results folder was given; a small study is trained")
    return _small_study(), "a small study of generated digits, trained for this measurement"


@cache
def _small_study() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="svhnlab-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    in_fresh_process("benchmarks.measurements.small_study:train_small", folder=str(folder))
    return folder / "results"


def train_small(folder: str) -> None:
    """Train the small study of the tests, which has every result that a report needs."""
    from tests.fixtures.tiny import tiny_data, tiny_pipeline  # noqa: PLC0415

    pipeline = tiny_pipeline(Path(folder) / "results", tiny_data(Path(folder) / "digits"))
    pipeline.run(("cnn", "cnn-aug", "resnet18", "resnet18-aug"))


def copy_project(target: Path) -> Path:
    """Copy the sources of the report, so that the project itself stays unchanged."""
    shutil.copytree(ROOT, target, ignore=lambda place, names: _not_copied(Path(place), names))
    return target


def _not_copied(place: Path, names: list[str]) -> set[str]:
    hidden = {name for name in names if name.startswith(".")}
    return hidden | (shutil.ignore_patterns(*_NOT_COPIED)(os.fspath(place), names) if place == ROOT else set())
