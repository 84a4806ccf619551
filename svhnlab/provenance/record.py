"""``provenance.json``: from which data, code, settings and results a site was made, and what its files are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

import svhnlab
from svhnlab.citation import Citation
from svhnlab.citation_file import CITATION_FILE
from svhnlab.environment import commit
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.provenance.crate import CRATE, write_crate
from svhnlab.provenance.predictions import PREDICTIONS, site_predictions, write_predictions
from svhnlab.results import DataKind, Estimate, Study
from svhnlab.store import Store, file_sha256
from svhnlab.study import needed_results, read_record

PROVENANCE = "provenance.json"
SCHEMA: Literal[1] = 1
NOT_LISTED = (PROVENANCE, CRATE, "version.js")
"""Files of a site that the record has no digest of; ``version.js`` is written where a version is published."""

MOST_BYTES = 64 * 2**20
"""Most that a record may measure: that of a site with ten thousand files has 2 MB."""


def _inside(path: str) -> str:
    parts = path.split("/")
    if "\\" in path or ":" in parts[0] or any(part in ("", ".", "..") for part in parts) or not path.isprintable():
        raise ValueError("leads out of the site")
    return path


_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Key = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]+$")]
_SitePath = Annotated[str, AfterValidator(_inside)]
_Share = Annotated[float, Field(ge=-1, le=2, allow_inf_nan=False)]
_Bounds = tuple[_Share, _Share, _Share]


@dataclass(frozen=True)
class Code:
    """The program that drew the site; commit and dirty are None where it was no checkout."""

    package: str
    version: str
    commit: str | None
    dirty: bool | None
    repository: str | None


@dataclass(frozen=True)
class DataRecord:
    """The data of the study."""

    name: str
    kind: DataKind
    digest: _Digest


@dataclass(frozen=True)
class StudyRecord:
    """The study that the site shows."""

    key: _Key
    profile: str
    data: DataRecord
    split: dict[str, Any]
    class_names: tuple[str, ...]
    settings: dict[str, Any]


@dataclass(frozen=True)
class ResultRecord:
    """One stored result that the site was drawn from, as its manifest describes it.

    Attributes
    ----------
    kind, label, key
        Its place in the store.
    checksum
        Digest over the digests of its files.
    inputs
        Everything that decided its numbers.
    environment
        Packages, machine, commit and time of its making.
    """

    kind: str
    label: str
    key: _Key
    checksum: _Digest
    inputs: dict[str, Any]
    environment: dict[str, Any]


@dataclass(frozen=True)
class Bootstrap:
    """What the intervals of macro-F1 and ECE were drawn with."""

    resamples: Annotated[int, Field(ge=1, le=100_000)]
    seed: Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class HeadlineRecord:
    """The headline numbers of one run: value, lower and upper bound of the 95% interval, as shares."""

    title: str
    images: int
    accuracy: _Bounds
    macro_f1: _Bounds
    ece: _Bounds


@dataclass(frozen=True)
class Provenance:
    """Content of ``provenance.json``.

    Attributes
    ----------
    schema
        Version of this format.
    title, version, date
        Of the report.
    engine
        What drew it: "quarto" or "builtin".
    inputs
        Digest of all that decides the content of the site.
    results
        Every stored result that the site was drawn from.
    bootstrap
        None where there are no intervals.
    headline
        By name of the run; empty where there are no intervals.
    pages
        The chapters' pages, ``index.html`` first.
    files
        SHA-256 of every file of the site but `NOT_LISTED`, by path.
    """

    schema: Literal[1]
    title: str
    version: str
    date: str
    code: Code
    engine: str
    inputs: str
    study: StudyRecord
    results: tuple[ResultRecord, ...]
    bootstrap: Bootstrap | None
    headline: dict[str, HeadlineRecord]
    pages: tuple[_SitePath, ...]
    files: dict[_SitePath, _Digest]


def read_provenance(path: Path) -> Provenance:
    """Read and check a ``provenance.json`` that may come from anywhere.

    Raises
    ------
    InputError
        The file is missing or too large, or does not say what it has to.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path} is larger than {MOST_BYTES >> 20} MiB; it is no record of a report.")
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no valid JSON ({error}).") from error
    try:
        return TypeAdapter(Provenance).validate_python(content)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in problem["loc"]) or "the whole"
        raise InputError(f"{path}: {place} can't be used: {problem['msg']}.") from error


def write_provenance(
    site: Path, study: Study, store_root: Path, citation: Citation, engine: str, inputs: str
) -> Provenance:
    """Write what proves a finished site: predictions, citation, record, and the same as an RO-Crate.

    These are ``data/predictions.npz``, ``CITATION.cff``, ``provenance.json`` and ``ro-crate-metadata.json``. Nothing
    may change in the site afterwards.

    Parameters
    ----------
    site
        Folder of the site.
    study
        What it shows.
    store_root
        Results folder that the study was read from.
    citation
        How the report is cited.
    engine
        "quarto" or "builtin".
    inputs
        Digest of all that decides the content of the site.

    Raises
    ------
    InputError
        The store's current study is another one.
    SvhnlabError
        The site holds a link to another place.
    """
    write_predictions(site_predictions(study), site / PREDICTIONS)
    (site / CITATION_FILE).write_text(citation.cff(), encoding="utf-8")
    store = Store(store_root)
    record = read_record(store)
    if record["key"] != study.key:
        raise InputError(f"{store_root} shows study {record['key']} now, not {study.key}; draw the report again.")
    found = Provenance(
        schema=SCHEMA,
        title=citation.title,
        version=citation.version,
        date=citation.date,
        code=_code(citation),
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
    )
    text = json.dumps(asdict(found), indent=1, ensure_ascii=False, allow_nan=False)
    (site / PROVENANCE).write_text(text, encoding="utf-8")
    write_crate(site, found, citation)
    return found


def _code(citation: Citation) -> Code:
    at = commit()
    return Code("svhnlab", svhnlab.__version__, at["sha"], at["dirty"], citation.repository)


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
    found = (need.stored for need in needed_results(store, record))
    return tuple(
        ResultRecord(
            kind=stored.manifest["kind"],
            label=stored.manifest["label"],
            key=stored.key,
            checksum=stored.checksum,
            inputs=stored.manifest["inputs"],
            environment=stored.manifest["environment"],
        )
        for stored in found
        if stored is not None
    )


def _headline(study: Study) -> dict[str, HeadlineRecord]:
    if study.statistics is None:
        return {}

    def bounds(estimate: Estimate) -> _Bounds:
        return estimate.value, estimate.low, estimate.high

    return {
        name: HeadlineRecord(
            title=study.runs[name].title,
            images=len(study.runs[name].test.labels),
            accuracy=bounds(found.accuracy),
            macro_f1=bounds(found.macro_f1),
            ece=bounds(found.calibration.ece),
        )
        for name, found in study.statistics.runs.items()
    }


def site_files(site: Path) -> list[PurePosixPath]:
    """Return the paths of all files of a site but `NOT_LISTED`, relative to it and sorted.

    Raises
    ------
    SvhnlabError
        The site holds a symbolic link: its target is not part of the site.
    """
    found = []
    for file in site.rglob("*"):
        path = PurePosixPath(file.relative_to(site).as_posix())
        if file.is_symlink():
            raise SvhnlabError(f"{file} is a link; a site holds files alone.")
        if file.is_file() and str(path) not in NOT_LISTED:
            found.append(path)
    return sorted(found)


def site_digests(site: Path) -> dict[str, str]:
    """Return the SHA-256 of each of `site_files`, by path."""
    return {str(path): file_sha256(site / path) for path in site_files(site)}


def _pages(site: Path) -> tuple[str, ...]:
    """Pages of chapters: what lies in the site's root and in ``chapters``, in the order of their names."""
    pages = [str(path) for path in site_files(site) if re.fullmatch(r"(chapters/)?[^/]+\.html", str(path))]
    return tuple(sorted(pages, key=lambda page: (page != "index.html", page)))
