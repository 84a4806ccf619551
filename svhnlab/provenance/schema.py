"""``provenance.json``: from which data, code, settings and results a site was made, and what its files are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

from svhnlab.errors import InputError
from svhnlab.store.schema import DataKind

if TYPE_CHECKING:
    pass

PROVENANCE = "provenance.json"
CRATE = "ro-crate-metadata.json"
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
class SoftwareRecord:
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
    code: SoftwareRecord
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
