"""Write ``provenance.json``: data, code, settings and results behind a site, and the digests of its files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

import svhnlab
from svhnlab.analysis.metric_registry import HEADLINE
from svhnlab.config.citation import Citation
from svhnlab.config.citation_file import CITATION_FILE
from svhnlab.errors import InputError
from svhnlab.provenance.predictions import PREDICTIONS, site_predictions, write_predictions
from svhnlab.provenance.ro_crate import write_crate
from svhnlab.provenance.schema import (
    PROVENANCE,
    SCHEMA,
    Bootstrap,
    DataRecord,
    HeadlineRecord,
    Provenance,
    ResultRecord,
    SoftwareRecord,
    SourceRecord,
    StudyRecord,
    provenance_json,
)
from svhnlab.provenance.site_files import site_digests, site_files
from svhnlab.store.environment import commit
from svhnlab.store.record import read_record
from svhnlab.store.required import required_results
from svhnlab.store.schema import Study
from svhnlab.store.store import Store
from svhnlab.store.verdict_file import merge_verdicts


def write_provenance(
    site: Path,
    study: Study,
    store_root: Path,
    citation: Citation,
    engine: str,
    inputs: str,
    source: SourceRecord,
) -> Provenance:
    """Write predictions, verdicts, citation and provenance record of a finished site, and the record as an RO-Crate.

    The files are ``data/predictions.npz``, ``data/verdicts.json`` if there are verdicts on labels, ``CITATION.cff``,
    ``provenance.json`` and ``ro-crate-metadata.json``. No file of the site may change afterwards.

    Parameters
    ----------
    site
        Folder of the site.
    study
        Study of the report.
    store_root
        Results folder that the study was read from.
    citation
        Citation of the report.
    engine
        Name of the engine that rendered the site.
    inputs
        Digest of everything that determines the content of the site.
    source
        Repository with the text of the report.

    Raises
    ------
    InputError
        If the store's current study is another one.
    SvhnlabError
        If the site holds a symbolic link.
    """
    write_predictions(site_predictions(study), site / PREDICTIONS)
    if (verdicts := merge_verdicts(store_root, study.data)) is not None:
        (site / "data" / "verdicts.json").write_text(verdicts.model_dump_json(indent=1), encoding="utf-8")
    (site / CITATION_FILE).write_text(citation.cff(), encoding="utf-8")
    store = Store(store_root)
    record = read_record(store)
    if record["key"] != study.key:
        raise InputError(f"{store_root} has study {record['key']} now, not {study.key}; render the report again.")
    provenance = Provenance(
        schema=SCHEMA,
        title=citation.title,
        version=citation.version,
        date=citation.date,
        code=_code(source),
        engine=engine,
        inputs=inputs,
        study=_study(study),
        results=_results(store, record),
        bootstrap=None
        if study.statistics is None
        else Bootstrap(resamples=study.statistics.resamples, seed=study.statistics.seed),
        headline=_headline(study),
        pages=_pages(site),
        files=site_digests(site),
        source=source,
    )
    (site / PROVENANCE).write_text(provenance_json(provenance), encoding="utf-8")
    write_crate(site, provenance, citation)
    return provenance


def _code(source: SourceRecord) -> SoftwareRecord:
    git = commit()
    # The code's repository is known only if it also contains the report.
    repository = source.repository if git["sha"] and git["sha"] == source.commit else None
    return SoftwareRecord("svhnlab", svhnlab.__version__, git["sha"], git["dirty"], repository)


def _study(study: Study) -> StudyRecord:
    data = DataRecord(study.data.name, study.data.kind, study.data.digest)
    return StudyRecord(
        key=study.key,
        profile=study.profile,
        data=data,
        split=study.settings["split"],
        class_names=tuple(study.class_names),
        settings=study.settings,
    )


def _results(store: Store, record: Mapping[str, Any]) -> tuple[ResultRecord, ...]:
    results = (need.stored for need in required_results(store, record))
    return tuple(
        ResultRecord(
            kind=stored.manifest["kind"],
            label=stored.manifest["label"],
            key=stored.key,
            checksum=stored.checksum,
            inputs=stored.manifest["inputs"],
            environment=stored.manifest["environment"],
        )
        for stored in results
        if stored is not None
    )


def _headline(study: Study) -> dict[str, HeadlineRecord]:
    if study.statistics is None:
        return {}

    records = {}
    for name, statistics in study.statistics.runs.items():
        run = study.runs[name]
        metrics = {metric: astuple(statistics.metrics[metric]) for metric in HEADLINE}
        records[name] = HeadlineRecord(run.title, len(run.test.labels), metrics)
    return records


def _pages(site: Path) -> tuple[str, ...]:
    """Return the pages of the chapters: ``index.html``, then those in the root and in ``chapters`` by name."""
    pages = [str(path) for path in site_files(site) if re.fullmatch(r"(chapters/)?[^/]+\.html", str(path))]
    return tuple(sorted(pages, key=lambda page: (page != "index.html", page)))
