"""The footer of every page: the version of the report, and the data and study behind its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from svhnlab.config.citation_file import report_citation
from svhnlab.paths import project_root
from svhnlab.store.environment import git_state
from svhnlab.store.record import read_record
from svhnlab.store.recorded_settings import trained_configurations
from svhnlab.store.store import Store
from svhnlab.store.study import results_folder

SHORT = 12  # hexadecimal digits of a digest that are shown


def footer_line(results: Path | None = None, project: Path | None = None) -> str:
    """Return the report's version, the commit of its repository, data, profile and study key as plain text.

    Parameters
    ----------
    results
        Results folder; by default ``SVHNLAB_RESULTS`` or ``results``.
    project
        Folder of the project; by default the one that contains the current folder.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    """
    record = read_record(Store(results_folder(results)))
    settings = record["settings"]
    folder = project or project_root()
    parts = [
        f"Version {report_citation(folder).version}{_commit(folder)}",
        f"{settings['data']['name']}, digest {settings['data']['digest'][:SHORT]}",
        _describe_settings(record),
        f"study {record['key']}",
    ]
    return " · ".join(part for part in parts if part)


def _describe_settings(record: Mapping[str, Any]) -> str:
    """Name the profile if anything is trained, and the split unless the data are the author's, with their own test."""
    settings = record["settings"]
    protocol = settings["split"]["protocol"]
    own = settings["data"]["kind"] == "custom" and protocol == "official"
    profile = [f"profile {record['profile']}"] if trained_configurations(record) else []
    return ", ".join([*profile, *([] if own else [f"{protocol} split"])])


def _commit(project: Path) -> str:
    """Return the project's commit, and whether there are uncommitted changes; empty without a commit."""
    state = git_state(project)
    if not state["sha"]:
        return ""
    return f", commit {state['sha'][:SHORT]}{' with uncommitted changes' * bool(state['dirty'])}"
