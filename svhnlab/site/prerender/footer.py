"""The line at the foot of every page: which version of which report this is, and what its numbers come from."""

from __future__ import annotations

from pathlib import Path

import svhnlab
from svhnlab.config.citation_file import report_citation
from svhnlab.paths import project_root
from svhnlab.store.environment import commit
from svhnlab.store.store import Store
from svhnlab.store.study import read_record, results_folder

SHORT = 12  # hexadecimal digits of a digest that are shown


def footer_line(results: Path | None = None, project: Path | None = None) -> str:
    """Name the report's version, code, commit, data, profile and study key; plain text.

    Parameters
    ----------
    results
        Results folder; by default ``SVHNLAB_RESULTS`` or ``results``.
    project
        Folder of the project; the one that the current folder lies in when not given.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    """
    record = read_record(Store(results_folder(results)))
    about = record["settings"]
    version = report_citation(project or project_root()).version
    return (
        f"Version {version} · {_code_words()} · {about['data']['name']}, digest {about['data']['digest'][:SHORT]} · "
        f"profile {record['profile']}, {about['split']['protocol']} split · study {record['key']}"
    )


def _code_words() -> str:
    """Name version and commit of the program, and whether the commit is all there is."""
    code = commit()
    if not code["sha"]:
        return f"svhnlab {svhnlab.__version__}"
    changes = {True: " with uncommitted changes", False: "", None: ", changes unknown"}[code["dirty"]]
    return f"svhnlab {svhnlab.__version__}, commit {code['sha'][:SHORT]}{changes}"
