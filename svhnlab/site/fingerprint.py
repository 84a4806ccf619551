"""Digests of a report's inputs: equal digests mean equal reports."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import svhnlab
from svhnlab.config.citation_file import CITATION_FILE, report_citation
from svhnlab.config.quarto_file import chapter_entries
from svhnlab.config.study_file import FILE_NAME
from svhnlab.errors import SvhnlabError
from svhnlab.files import file_sha256
from svhnlab.provenance.schema import PROVENANCE, read_provenance
from svhnlab.provenance.site_files import site_digests
from svhnlab.store.ablation_file import ABLATIONS, ablation_files
from svhnlab.store.environment import commit, git_state
from svhnlab.store.record import read_record
from svhnlab.store.required import required_results
from svhnlab.store.store import Store, digest_of
from svhnlab.store.verdict_file import verdict_files

# Libraries whose versions may change the content of a report.
_PACKAGES = ("matplotlib", "numpy", "pandas", "plotly", "pypandoc-binary", "scikit-learn", "scipy", "typst")
_PROJECT_FILES = ("_quarto.yml", "references.bib", CITATION_FILE, FILE_NAME)
# Folders of the extension and of the author's pictures and styles.
_PROJECT_FOLDERS = ("_extensions", "assets", "images")
#: Name of the built-in engine in a report.
BUILTIN = "the built-in engine"


def chapter_inputs(project: Path, store: Store) -> str:
    """Return a digest of all inputs of a chapter's cells except the chapter's text.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff``, ``_quarto.yml`` or a chapter can't be used.
    """
    inputs = {
        "citation": asdict(report_citation(project)),
        "chapters": [asdict(entry) for entry in chapter_entries(project)],
        "settings": _files(project, project.glob(FILE_NAME)),
    }
    return digest_of({**_results_and_code(store), **inputs})


def report_inputs(project: Path, store: Store, engine: str) -> str:
    """Return a digest of all inputs of the finished report except the day on which a version is published.

    Parameters
    ----------
    project
        Folder with ``_quarto.yml``.
    engine
        Name and version of the engine that renders it.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    """
    texts = [*project.glob("*.qmd"), *(project / "chapters").glob("*.qmd")]
    settings = [file for name in _PROJECT_FILES if (file := project / name).is_file()]
    added = (file for name in _PROJECT_FOLDERS for file in (project / name).rglob("*") if file.is_file())
    rest = {
        "version": report_citation(project).version,
        "commit": commit(),
        "project": git_state(project),
        "engine": engine,
    }
    return digest_of({**_results_and_code(store), **rest, "files": _files(project, [*texts, *settings, *added])})


def is_current(site: Path, inputs: str) -> bool:
    """Return whether a folder holds a complete report from inputs with this digest."""
    try:
        provenance = read_provenance(site / PROVENANCE)
    except SvhnlabError:
        return False  # no report, or one of another version
    return provenance.inputs == inputs and site_digests(site) == provenance.files


def _results_and_code(store: Store) -> dict[str, Any]:
    """Return digests of stored results and package, and versions of libraries."""
    record = read_record(store)
    results = {
        need.address.name: need.stored.checksum if need.stored else None for need in required_results(store, record)
    }
    return {
        "record": record,
        "results": results,
        "ablations": _files(store.root, ablation_files(store.root / ABLATIONS)),
        "verdicts": _files(store.root, verdict_files(store.root)),
        "package": _package(),
        "versions": {name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def _package() -> dict[str, str]:
    folder = Path(svhnlab.__file__).parent
    return _files(folder, (file for file in folder.rglob("*") if file.is_file()))


def _files(root: Path, files: Iterable[Path]) -> dict[str, str]:
    return {
        file.relative_to(root).as_posix(): file_sha256(file)
        for file in sorted(files)
        if "__pycache__" not in file.parts
    }
