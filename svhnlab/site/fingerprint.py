"""What decides a report's content, as one digest: equal digests, equal reports."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import svhnlab
from svhnlab.config.citation_file import CITATION_FILE, report_citation
from svhnlab.config.study_file import FILE_NAME
from svhnlab.files import file_sha256
from svhnlab.store.ablation_file import ABLATIONS, ablation_files
from svhnlab.store.environment import commit
from svhnlab.store.store import Store, digest_of
from svhnlab.store.study import read_record, required_results
from svhnlab.web.resources import PAGE_FILES

# What draws; another version of it may draw otherwise.
_PACKAGES = ("matplotlib", "numpy", "pandas", "plotly", "pypandoc-binary", "scikit-learn", "scipy", "typst")
_PROJECT_FILES = ("_quarto.yml", "references.bib", CITATION_FILE, FILE_NAME)
# Written anew for each report.
_WRITTEN = {"plotly.min.js", *PAGE_FILES}


def drawing_inputs(project: Path, store: Store) -> str:
    """Digest of all that decides what a chapter's cells give, but the chapter's text.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    """
    said = _files(project, project.glob(FILE_NAME))
    return digest_of({**_made_of(store), "citation": asdict(report_citation(project)), "said": said})


def report_inputs(project: Path, store: Store, engine: str) -> str:
    """Digest of all that decides the finished report, but the day on which a version is published.

    Parameters
    ----------
    project
        Folder with ``_quarto.yml``.
    engine
        Name and version of the engine that draws.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    """
    texts = [*project.glob("*.qmd"), *(project / "chapters").glob("*.qmd")]
    settings = [file for name in _PROJECT_FILES if (file := project / name).is_file()]
    assets = [file for file in (project / "assets").rglob("*") if file.is_file() and file.name not in _WRITTEN]
    about = {"version": report_citation(project).version, "commit": commit(), "engine": engine}
    return digest_of({**_made_of(store), **about, "files": _files(project, [*texts, *settings, *assets])})


def _made_of(store: Store) -> dict[str, Any]:
    """Results, package and libraries."""
    record = read_record(store)
    results = {
        need.address.name: need.stored.checksum if need.stored else None for need in required_results(store, record)
    }
    ablations = _files(store.root, ablation_files(store.root / ABLATIONS))
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {"record": record, "results": results, "ablations": ablations, "package": _package(), "versions": versions}


def _package() -> dict[str, str]:
    folder = Path(svhnlab.__file__).parent
    return _files(folder, (file for file in folder.rglob("*") if file.is_file()))


def _files(root: Path, files: Iterable[Path]) -> dict[str, str]:
    return {
        file.relative_to(root).as_posix(): file_sha256(file)
        for file in sorted(files)
        if "__pycache__" not in file.parts
    }
