"""What is written before rendering: settings from ``CITATION.cff``, the footer, scripts and styles, evidence, cards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from svhnlab.config.citation import Citation
from svhnlab.config.citation_file import report_citation
from svhnlab.config.study_file import project_settings
from svhnlab.files import file_sha256, write_atomically
from svhnlab.site.book import KEPT, LOCAL
from svhnlab.site.fingerprint import drawing_inputs
from svhnlab.site.prerender.footer import footer_line
from svhnlab.store.store import Store, digest_of
from svhnlab.store.study import open_study, results_folder
from svhnlab.web.resources import write_page_files

#: Folders of the evidence bundle and of the cards, at the project's root and in the site.
EVIDENCE, CARDS = "evidence", "cards"


def prepare(project: Path) -> None:
    """Write what pages need into the project's folder: settings, scripts, evidence and cards.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    """
    write_settings(project)
    write_folders(project, drawing_inputs(project, Store(results_folder())))


def write_settings(project: Path) -> None:
    """Write the settings that are computed, and the scripts and styles of the pages.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    """
    # JSON is YAML.
    _write(project / LOCAL, quarto_settings(report_citation(project)))
    # Quarto's `{{< var footer >}}`.
    _write(project / "_variables.yml", {"footer": footer_line()})
    # The report works without a network, so that plotly.js travels with it.
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as script:
        shutil.copyfile(script, project / "assets" / "plotly.min.js")
    write_page_files(project / "assets")


def write_folders(project: Path, inputs: str) -> None:
    """Write the evidence on single images and the cards, unless they are there and made from the same inputs.

    Parameters
    ----------
    inputs
        Digest of what they are made from, see `svhnlab.site.fingerprint.drawing_inputs`.
    """
    _keep(project, EVIDENCE, inputs, _write_evidence)
    _keep(project, CARDS, inputs, _write_cards)


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


def _keep(project: Path, name: str, inputs: str, make: Callable[[Path], None]) -> None:
    """Have a folder made, unless it is there and whole, made from the same inputs."""
    folder, stamp = project / name, project / KEPT / f"{name}.json"
    wanted = json.dumps({"inputs": inputs, "files": _content(folder)})
    if folder.is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    make(project)
    write_atomically(stamp, json.dumps({"inputs": inputs, "files": _content(folder)}).encode())


def _content(folder: Path) -> str:
    return digest_of({file.name: file_sha256(file) for file in sorted(folder.glob("*"))})


# What the two need takes seconds to import, and most reports have their folders already.


def _write_evidence(project: Path) -> None:
    from svhnlab.site.prerender.evidence import write_evidence  # noqa: PLC0415

    write_evidence(open_study(), project / EVIDENCE)


def _write_cards(project: Path) -> None:
    from svhnlab.cards import write_cards  # noqa: PLC0415

    write_cards(project, open_study(), report_citation(project), project_settings(project).data_description)
