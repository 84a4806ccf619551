"""The line at the foot of every page: which data, settings and code its numbers come from."""

from __future__ import annotations

from pathlib import Path

import svhnlab
from svhnlab.environment import commit
from svhnlab.store import Store
from svhnlab.study import read_record, results_folder


def footer_line(results: Path | None = None) -> str:
    """Name version, commit, data, profile and study key of the current study.

    Raises
    ------
    InputError
        When nothing was trained yet.
    """
    record = read_record(Store(results_folder(results)))
    about, code = record["settings"], commit()
    version = f"svhnlab {svhnlab.__version__}"
    if code["sha"]:
        version += f" ({code['sha'][:12]}{', uncommitted changes' if code['dirty'] else ''})"
    return (
        f"{version} · {about['data']['name']}, digest {about['data']['digest'][:12]} · "
        f"profile {record['profile']}, {about['split']['protocol']} split · study {record['key']}"
    )
