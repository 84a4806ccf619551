"""Steps before chapters are executed, for both engines: settings from ``CITATION.cff``, footer, evidence, cards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from svhnlab.config.citation import ORCID, Citation
from svhnlab.config.citation_file import report_citation
from svhnlab.config.quarto_file import pdf_name
from svhnlab.config.study_file import project_settings
from svhnlab.files import file_sha256, write_atomically
from svhnlab.paths import CARDS, EVIDENCE
from svhnlab.report.study.abstract import write_abstract
from svhnlab.site.book import CACHE, LOCAL
from svhnlab.site.fingerprint import chapter_inputs
from svhnlab.site.prerender.footer import footer_line
from svhnlab.store.store import Store, digest_of
from svhnlab.store.study import open_study, results_folder


def prepare(project: Path, results: Path | None = None) -> None:
    """Write the computed settings, evidence and cards that pages need into the project's folder.

    Parameters
    ----------
    project
        Folder with ``_quarto.yml``.
    results
        Folder of the stored results; by default ``SVHNLAB_RESULTS`` or ``results``.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    """
    write_settings(project, results)
    write_folders(project, chapter_inputs(project, Store(results_folder(results))), results)


def write_settings(project: Path, results: Path | None = None) -> None:
    """Write the computed settings of the book.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    """
    citation = report_citation(project)
    if not citation.abstract:
        citation = replace(citation, abstract=write_abstract(open_study(results)))
    # JSON is YAML.
    _write(project / LOCAL, quarto_settings(citation, pdf_name(project, citation)))
    # Quarto's `{{< var footer >}}`.
    _write(project / "_variables.yml", {"footer": footer_line(results, project)})


def write_folders(project: Path, inputs: str, results: Path | None = None) -> None:
    """Write the evidence on single images and the cards to the cache, unless the cache has them for these inputs.

    Parameters
    ----------
    inputs
        Digest of their inputs, see `svhnlab.site.fingerprint.chapter_inputs`.
    """
    _keep(project, EVIDENCE, inputs, lambda cache: _write_evidence(cache, results))
    _keep(project, CARDS, inputs, lambda cache: _write_cards(project, cache, results))


def quarto_settings(citation: Citation, pdf: str) -> dict[str, Any]:
    """Return the citation and the name of the PDF as settings of a Quarto book."""
    authors = [
        {"name": author.name}
        # Quarto prepends the address of orcid.org.
        | ({"orcid": author.orcid.removeprefix(ORCID)} if author.orcid else {})
        | ({"affiliation": author.affiliation} if author.affiliation else {})
        for author in citation.authors
    ]
    book: dict[str, Any] = {
        "title": citation.title,
        "author": authors,
        "date": citation.date,
        "description": citation.abstract,
        "output-file": pdf.removesuffix(".pdf"),
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
    """Call a function that writes a folder of the cache, unless the folder is complete and from the same inputs."""
    cache = project / CACHE
    folder, stamp = cache / name, cache / f"{name}.json"
    wanted = json.dumps({"inputs": inputs, "files": _content(folder)})
    if folder.is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    make(cache)
    write_atomically(stamp, json.dumps({"inputs": inputs, "files": _content(folder)}).encode())


def _content(folder: Path) -> str:
    return digest_of({file.name: file_sha256(file) for file in sorted(folder.glob("*"))})


# Imported lazily, since the imports take seconds and most reports have these folders already.


def _write_evidence(cache: Path, results: Path | None) -> None:
    from svhnlab.site.prerender.evidence import write_evidence  # noqa: PLC0415

    write_evidence(open_study(results), cache / EVIDENCE)


def _write_cards(project: Path, cache: Path, results: Path | None) -> None:
    from svhnlab.cards import write_cards  # noqa: PLC0415

    write_cards(cache, open_study(results), report_citation(project), project_settings(project).data_description)
