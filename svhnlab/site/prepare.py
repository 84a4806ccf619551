"""What is made before the pages: settings from ``CITATION.cff``, the foot's line, plotly.js, the evidence bundle."""

from __future__ import annotations

import json
import os
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from svhnlab.citation import Citation, report_citation
from svhnlab.site.drawing import KEPT, draw_chapters
from svhnlab.site.footer import footer_line
from svhnlab.site.freeze import freeze_chapters
from svhnlab.site.inputs import drawing_inputs
from svhnlab.site.project import LOCAL, read_project
from svhnlab.store import Store, digest_of, file_sha256, write_atomically
from svhnlab.study import open_study, results_folder

#: Folder of the evidence bundle, at the project's root and in the site.
EVIDENCE = "evidence"
# Quarto gives it to the scripts that run before and after a rendering.
OUTPUT_VARIABLE = "QUARTO_PROJECT_OUTPUT_DIR"


def prepare(project: Path) -> None:
    """Write what pages need into the project's folder; for Quarto, draw the chapters too.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    SvhnlabError
        When a chapter can't be drawn.
    """
    inputs = drawing_inputs(project, Store(results_folder()))
    # JSON is YAML.
    _write(project / LOCAL, quarto_settings(report_citation(project)))
    # Quarto's `{{< var footer >}}`.
    _write(project / "_variables.yml", {"footer": footer_line()})
    # The report works without a network, so that plotly.js travels with it.
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as script:
        shutil.copyfile(script, project / "assets" / "plotly.min.js")
    _evidence(project, inputs)
    if OUTPUT_VARIABLE in os.environ:
        book = read_project(project)
        freeze_chapters(book, draw_chapters(book, env=os.environ, inputs=inputs))


def quarto_settings(citation: Citation) -> dict[str, Any]:
    """Return what the citation says as settings of a Quarto book."""
    authors = [
        {"name": author.name}
        | ({"orcid": author.orcid} if author.orcid else {})
        | ({"affiliation": author.affiliation} if author.affiliation else {})
        for author in citation.authors
    ]
    book: dict[str, Any] = {
        "title": citation.title,
        "author": authors,
        "date": citation.date,
        "description": citation.abstract,
    }
    if citation.doi:
        book["doi"] = citation.doi
    return {
        "book": book,
        "report-version": citation.version,
        "report-doi": citation.doi_text,
        "report-license": citation.license,
        "keywords": list(citation.keywords),
    }


def _write(file: Path, content: dict[str, Any]) -> None:
    write_atomically(file, json.dumps(content, ensure_ascii=False, indent=1).encode())


def _evidence(project: Path, inputs: str) -> None:
    """Write the evidence bundle, unless it is there and whole."""
    folder, stamp = project / EVIDENCE, project / KEPT / f"{EVIDENCE}.json"
    there = {file.name: file_sha256(file) for file in sorted(folder.glob("*"))}
    wanted = json.dumps({"inputs": inputs, "files": digest_of(there)})
    if there and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    # What it needs takes seconds to import, and most reports have their bundle already.
    from svhnlab.site.evidence import write_evidence  # noqa: PLC0415

    write_evidence(open_study(), folder)
    there = {file.name: file_sha256(file) for file in sorted(folder.glob("*"))}
    write_atomically(stamp, json.dumps({"inputs": inputs, "files": digest_of(there)}).encode())
