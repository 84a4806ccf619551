"""Content of ``provenance.json``: data, code, settings and results behind a site, and the digests of its files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, TypeAdapter, ValidationError

from svhnlab.errors import InputError
from svhnlab.store.schema import DataKind, Estimate

PROVENANCE = "provenance.json"
CRATE = "ro-crate-metadata.json"
SCHEMA: Literal[1] = 1
NOT_LISTED = (PROVENANCE, CRATE, "version.js")
"""Files of a site without a digest in the record; ``version.js`` is written on publication."""
MOST_BYTES = 64 * 2**20
"""Maximum size of a record; a site with ten thousand files has a record of 2 MB."""


def _inside(path: str) -> str:
    parts = path.split("/")
    if "\\" in path or ":" in parts[0] or any(part in ("", ".", "..") for part in parts) or not path.isprintable():
        raise ValueError("is outside of the site")
    return path


_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Key = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]+$")]
_SitePath = Annotated[str, AfterValidator(_inside)]
_Share = Annotated[float, Field(ge=-1, le=2, allow_inf_nan=False)]
_Bounds = tuple[_Share, _Share, _Share]


@dataclass(frozen=True)
class SoftwareRecord:
    """The program that rendered the site; commit and dirty are None outside a git checkout."""

    package: str
    version: str
    commit: str | None
    dirty: bool | None
    repository: str | None


@dataclass(frozen=True)
class SourceRecord:
    """The repository with the text of the report; commit and dirty are None outside a git repository."""

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
    """The study of the report."""

    key: _Key
    profile: str
    data: DataRecord
    split: dict[str, Any]
    class_names: tuple[str, ...]
    settings: dict[str, Any]


@dataclass(frozen=True)
class ResultRecord:
    """One stored result behind the site, as in its manifest.

    Attributes
    ----------
    kind, label, key
        Its address in the store.
    checksum
        Digest over the digests of its files.
    inputs
        Everything that determines its numbers.
    environment
        Packages, machine, commit and computing time.
    """

    kind: str
    label: str
    key: _Key
    checksum: _Digest
    inputs: dict[str, Any]
    environment: dict[str, Any]


@dataclass(frozen=True)
class Bootstrap:
    """Resamples behind the intervals of macro-F1 and ECE."""

    resamples: Annotated[int, Field(ge=1, le=100_000)]
    seed: Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class HeadlineRecord:
    """Headline metrics of one configuration.

    Attributes
    ----------
    title
        Title of the configuration.
    images
        Number of test images.
    metrics
        By name: value, lower and upper bound of the 95% interval, as shares; siblings of the title in the file.
    """

    title: str
    images: int
    metrics: dict[str, _Bounds]

    @property
    def estimates(self) -> dict[str, Estimate]:
        """The metrics by name."""
        return {name: Estimate(*bounds) for name, bounds in self.metrics.items()}


def _gather_metrics(entry: Any) -> Any:
    """Collect the metrics of an entry, which are siblings of its other fields in the file."""
    if not isinstance(entry, dict):
        return entry
    fields = ("title", "images")
    rest = {name: value for name, value in entry.items() if name not in fields}
    return {**{name: entry[name] for name in fields if name in entry}, "metrics": rest}


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
        Name of the engine that rendered it.
    inputs
        Digest of everything that determines the content of the site.
    results
        Every stored result of the study.
    bootstrap
        None if there are no intervals.
    headline
        By configuration; empty if there are no intervals.
    pages
        The chapters' pages, ``index.html`` first.
    files
        SHA-256 of every file of the site except `NOT_LISTED`, by path.
    source
        None in older records, which did not distinguish it from the code's repository, see `report_source`.
    """

    schema: Literal[1]
    title: str
    version: str
    date: str
    code: SoftwareRecord
    engine: str
    inputs: str
    study: StudyRecord
    results: tuple[ResultRecord, ...]
    bootstrap: Bootstrap | None
    headline: dict[str, Annotated[HeadlineRecord, BeforeValidator(_gather_metrics)]]
    pages: tuple[_SitePath, ...]
    files: dict[_SitePath, _Digest]
    source: SourceRecord | None = None

    @property
    def report_source(self) -> SourceRecord:
        """The repository with the text of the report; in older records, that of the code."""
        return self.source or SourceRecord(self.code.commit, self.code.dirty, self.code.repository)


def provenance_json(provenance: Provenance) -> str:
    """Return the content of the file."""
    content = asdict(provenance)
    for entry in content["headline"].values():
        entry.update(entry.pop("metrics"))
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)


def read_provenance(path: Path) -> Provenance:
    """Read and validate an untrusted ``provenance.json``.

    Raises
    ------
    InputError
        If the file is missing, too large or invalid.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path} is larger than {MOST_BYTES >> 20} MiB; it can't be the record of a report.")
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not valid JSON ({error}).") from error
    try:
        return TypeAdapter(Provenance).validate_python(content)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in problem["loc"]) or "the file"
        raise InputError(f"{path}: {place} can't be used: {problem['msg']}.") from error
