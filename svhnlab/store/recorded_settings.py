"""Settings of a recorded study: names of its classes, comparison with ``study.toml``, and commands with them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from svhnlab.config.architectures import select_configurations
from svhnlab.config.configurations import known_configurations, recorded_tables
from svhnlab.config.study_file import StudyFile
from svhnlab.errors import InputError
from svhnlab.printable import is_printable
from svhnlab.store.schema import (
    DIGITS,
)


def train_command(settings: Mapping[str, Any], *runs: str) -> str:
    """Return the command that trains configurations (by default all) of a study with these recorded settings.

    Options set in ``study.toml`` are left out. The paths of custom data and of weights are not recorded; they appear as
    ``FOLDER`` and ``PATH``.
    """
    weights = {"random": "none", "file": "PATH"}.get(settings["start"]["kind"], settings["start"]["kind"])
    options = {"profile": settings["profile"]["name"]}
    if settings["data"]["kind"] == "custom":
        options["data"] = "FOLDER"
    if settings["split"]["protocol"] != "official":
        options["protocol"] = settings["split"]["protocol"]
    if split_unit(settings) == "image":
        options["split_by"] = "image"
    options |= {"weights": weights, "seed": str(settings["seed"])}
    if settings["seeds"] > 1:
        options["seeds"] = str(settings["seeds"])
    if "stored_size" in settings:
        options["stored_size"] = str(settings["stored_size"])
    overrides = [f"--set {shlex.quote(override)}" for override in settings.get("set", ())]
    in_file = settings.get("from_file", ())
    return " ".join(
        [
            "svhnlab train",
            *runs,
            *(f"--{name.replace('_', '-')} {value}" for name, value in options.items() if name not in in_file),
            *overrides,
        ]
    )


def trained_configurations(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of a recorded study's configurations that are not imported, in the report's order."""
    return tuple(name for name, entry in record["runs"].items() if "imported" not in entry)


def compute_command(record: Mapping[str, Any]) -> str:
    """Return the command that computes the missing results of a recorded study; imports need no training."""
    return train_command(record["settings"]) if trained_configurations(record) else "svhnlab import"


def split_unit(settings: Mapping[str, Any]) -> str:
    """Return what a study with these recorded settings divided: "photograph", or "image" in earlier versions."""
    unit: str = settings["split"].get("unit", "image")
    return unit


def class_names_of(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the class names of a study with these recorded settings; ``InputError`` if they are not printable."""
    names = tuple(settings.get("class_names") or DIGITS)
    for name in names:
        if not is_printable(name):
            raise InputError(f"The study has the class name {name!r}, which cannot be printed; train again.")
    return names


def settings_that_differ(record: Mapping[str, Any], study_file: StudyFile) -> list[str]:
    """List the settings of a ``study.toml`` that differ from those of a recorded study."""
    recorded = record["settings"]
    stored = {
        "runs": trained_configurations(record),
        "profile": record["profile"],
        "protocol": recorded["split"]["protocol"],
        "split_by": split_unit(recorded),
        "seed": recorded["seed"],
        "seeds": recorded["seeds"],
        "class_names": tuple(recorded.get("class_names") or ()),
        "data_name": recorded["data"]["name"] if recorded["data"]["kind"] == "custom" else study_file.data_name,
    }
    wanted = {name: getattr(study_file, name) for name in stored}
    if study_file.runs is not None:
        wanted["runs"] = select_configurations(study_file.runs, known_configurations(study_file.configurations))
    stored["configurations"] = recorded.get("configurations", {})
    wanted["configurations"] = recorded_tables(study_file.configurations)
    return [name for name, value in wanted.items() if value is not None and value != stored[name]]
