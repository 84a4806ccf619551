"""Complete a site that either engine has rendered: assets, sources, metadata, search, policy, provenance."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from svhnlab.config.citation_file import report_citation
from svhnlab.provenance.record import write_provenance
from svhnlab.provenance.schema import SourceRecord
from svhnlab.publishing.selector import stamp
from svhnlab.report.study.abstract import write_abstract
from svhnlab.site.fingerprint import BUILTIN, report_inputs
from svhnlab.site.postprocess.assets import write_assets
from svhnlab.site.postprocess.compress_pdf import compress_pdf
from svhnlab.site.postprocess.metadata import add_metadata
from svhnlab.site.postprocess.search import write_search
from svhnlab.site.postprocess.sources import write_sources
from svhnlab.store.environment import SOURCE, git_state
from svhnlab.store.store import Store
from svhnlab.store.study import open_study, results_folder
from svhnlab.web.content_policy import add_policies

# Quarto names itself and its version in its pages.
_GENERATOR = re.compile(r'<meta name="generator" content="quarto-([^"]+)"')


def finish_site(site: Path, project: Path, results: Path | None = None) -> None:
    """Complete a rendered site; nothing in it may change afterwards.

    Without HTML pages, only the PDF is compressed.

    Parameters
    ----------
    site
        Folder of the pages and the PDF.
    project
        Folder with ``_quarto.yml``.
    results
        Folder of the stored results; by default ``SVHNLAB_RESULTS`` or ``results``.

    Raises
    ------
    InputError
        When nothing was trained yet, or ``CITATION.cff`` can't be used.
    """
    for pdf in site.glob("*.pdf"):
        compress_pdf(pdf)
    if not (site / "index.html").is_file():
        return  # `quarto render --to typst`: only the PDF
    root = results_folder(results)
    study, citation, engine = open_study(root), report_citation(project), engine_of(site)
    citation = replace(citation, abstract=citation.abstract or write_abstract(study))
    write_assets(site, project)
    # The repository contains the linked source lines only if the project is a checkout of this package.
    write_sources(site, citation.repository if project.resolve() == SOURCE else None)
    add_metadata(site, citation)
    stamp(site, citation)
    write_search(site)
    add_policies(site)
    inputs = report_inputs(project, Store(root), engine)
    git = git_state(project)
    source = SourceRecord(git["sha"], git["dirty"], citation.repository)
    write_provenance(site, study, root, citation, engine, inputs, source)


def engine_of(site: Path) -> str:
    """Return the name of the engine that rendered a site, with its version."""
    match = _GENERATOR.search((site / "index.html").read_text(encoding="utf-8"))
    return f"Quarto {match[1]}" if match else BUILTIN
