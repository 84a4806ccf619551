"""The footer of every page: the version of the report, and the data and study behind its numbers."""

from __future__ import annotations

from pathlib import Path

from svhnlab.config.citation_file import report_citation
from svhnlab.paths import project_root
from svhnlab.store.environment import git_state
from svhnlab.store.record import read_record
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
    return " · ".join(
        [
            f"Version {report_citation(folder).version}{_commit(folder)}",
            f"{settings['data']['name']}, digest {settings['data']['digest'][:SHORT]}",
            f"profile {record['profile']}, {settings['split']['protocol']} split",
            f"study {record['key']}",
        ]
    )


def _commit(project: Path) -> str:
    """Return the project's commit, and whether there are uncommitted changes; empty without a commit."""
    state = git_state(project)
    if not state["sha"]:
        return ""
    return f", commit {state['sha'][:SHORT]}{' with uncommitted changes' * bool(state['dirty'])}"
