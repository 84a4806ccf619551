"""Steps before chapters are executed: settings from ``CITATION.cff``, footer, evidence, review, explorer, and cards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from svhnlab.config.citation import ORCID, Citation
from svhnlab.config.citation_file import report_citation
from svhnlab.config.quarto_file import pdf_name
from svhnlab.config.study_file import project_settings
from svhnlab.errors import SvhnlabError
from svhnlab.files import file_sha256, locked, write_atomically
from svhnlab.paths import CARDS, EVIDENCE
from svhnlab.report.core.typefaces import BOX_FONT, fallback_fonts
from svhnlab.report.study.abstract import write_abstract
from svhnlab.site.book import CACHE, LOCAL
from svhnlab.site.fingerprint import chapter_inputs
from svhnlab.site.prerender.footer import footer_line
from svhnlab.store.record import read_record
from svhnlab.store.recorded_settings import class_names_of
from svhnlab.store.schema import Study
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
    with preparing(project):
        write_settings(project, results)
        write_folders(project, chapter_inputs(project, Store(results_folder(results))), results)


def preparing(project: Path) -> AbstractContextManager[None]:
    """Let only one process at a time write into the project's folder what the pages need."""
    return locked(project / CACHE / "preparing.lock", lambda: None)


def write_settings(project: Path, results: Path | None = None, show: Callable[[str], str] = str) -> None:
    """Write the computed settings of the book.

    Parameters
    ----------
    show
        Writes plain text in the syntax of the engine.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    """
    citation = report_citation(project)
    if not citation.abstract:
        citation = replace(citation, abstract=write_abstract(open_study(results)))
    # JSON is YAML.
    record = Store(results_folder(results)).current_study()
    fonts = {} if record is None else _write_box_font(project, class_names_of(record["settings"]))
    _write(project / LOCAL, quarto_settings(citation, pdf_name(project, citation), show) | fonts)
    # Quarto's `{{< var footer >}}`.
    _write(project / "_variables.yml", {"footer": show(footer_line(results, project))})


def write_folders(project: Path, inputs: str, results: Path | None = None) -> None:
    """Write the evidence on single images, label review, explorer and cards to the cache, unless it has them.

    Parameters
    ----------
    inputs
        Digest of their inputs, see `svhnlab.site.fingerprint.chapter_inputs`.
    """
    study = open_study(results)
    _keep(project, EVIDENCE, study, inputs, lambda cache: _write_evidence(cache, study))
    _keep(project, CARDS, study, inputs, lambda cache: _write_cards(project, cache, study))


def check_prepared(project: Path, results: Path | None = None) -> None:
    """Raise ``SvhnlabError`` if evidence or cards in the cache are not those of the current study."""
    study = read_record(Store(results_folder(results)))["key"]
    for name in (EVIDENCE, CARDS):
        stamp = project / CACHE / f"{name}.json"
        if stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8"))["study"] != study:
            raise SvhnlabError(
                f"The {name} in {project / CACHE} are those of another study: another report was rendered here at the "
                "same time, or the current study changed. Render the report again."
            )


def quarto_settings(citation: Citation, pdf: str, show: Callable[[str], str] = str) -> dict[str, Any]:
    """Return the citation and the name of the PDF as settings of a Quarto book."""
    authors = [
        {"name": show(author.name)}
        # Quarto prepends the address of orcid.org.
        | ({"orcid": author.orcid.removeprefix(ORCID)} if author.orcid else {})
        | ({"affiliation": show(author.affiliation)} if author.affiliation else {})
        for author in citation.authors
    ]
    book: dict[str, Any] = {
        "title": show(citation.title),
        "author": authors,
        "date": citation.date,
        "description": show(citation.abstract),
        "output-file": pdf.removesuffix(".pdf"),
    }
    if citation.doi:
        book["doi"] = citation.doi
    return {
        "book": book,
        "report-version": citation.version,
        "report-doi": citation.doi_text,
        "report-license": citation.license,
        # Quarto writes them into an attribute and leaves quotes as they are.
        "keywords": [show(keyword.replace('"', "”")) for keyword in citation.keywords],
    }


def _write_box_font(project: Path, class_names: Sequence[str]) -> dict[str, Any]:
    """Copy a font that shows letters as boxes into the cache if no other font has those of the class names.

    Typst refuses a PDF/UA with letters that no font has.

    Returns
    -------
    Quarto's setting for the folder of the font; empty if all letters are there.
    """
    if not fallback_fonts("".join(class_names))[1]:
        return {}
    folder = project / CACHE / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / BOX_FONT.name, BOX_FONT.read_bytes())
    return {"font-paths": [f"/{CACHE}/{folder.name}"]}


def _write(file: Path, content: dict[str, Any]) -> None:
    write_atomically(file, json.dumps(content, ensure_ascii=False, indent=1).encode())


def _keep(project: Path, name: str, study: Study, inputs: str, make: Callable[[Path], None]) -> None:
    """Call a function that writes a folder of the cache, unless the folder is complete and from the same inputs."""
    cache = project / CACHE
    folder, stamp = cache / name, cache / f"{name}.json"

    def content() -> bytes:
        files = {file.name: file_sha256(file) for file in sorted(folder.glob("*"))}
        return json.dumps({"study": study.key, "inputs": inputs, "files": digest_of(files)}).encode()

    if folder.is_dir() and stamp.is_file() and stamp.read_bytes() == content():
        return
    shutil.rmtree(folder, ignore_errors=True)
    make(cache)
    write_atomically(stamp, content())


# Imported lazily, since the imports take seconds and most reports have these folders already.


def _write_evidence(cache: Path, study: Study) -> None:
    from svhnlab.site.prerender.evidence import write_evidence  # noqa: PLC0415
    from svhnlab.site.prerender.explorer import write_explorer  # noqa: PLC0415
    from svhnlab.site.prerender.label_review import write_review  # noqa: PLC0415

    write_evidence(study, cache / EVIDENCE)
    write_review(study, cache / EVIDENCE)
    write_explorer(study, cache / EVIDENCE)


def _write_cards(project: Path, cache: Path, study: Study) -> None:
    from svhnlab.cards import write_cards  # noqa: PLC0415

    write_cards(cache, study, report_citation(project), project_settings(project).data_description)
