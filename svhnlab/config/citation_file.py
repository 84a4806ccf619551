"""Reading and validation of ``CITATION.cff``, and the citation of a project's report.

The file follows the Citation File Format 1.2.0 (S. Druskat et al. 2021, https://doi.org/10.5281/zenodo.5171937). It
describes the report itself, or software together with a report as its preferred citation; ``study.toml`` may replace
the title and the authors.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from svhnlab.config.citation import Author, Citation
from svhnlab.config.quarto_file import YAML_ERRORS
from svhnlab.config.study_file import FILE_NAME, read_study_file
from svhnlab.errors import InputError
from svhnlab.printable import check_paragraph, check_printable

CITATION_FILE = "CITATION.cff"
VERSION_VARIABLE = "SVHNLAB_VERSION"
"""Environment variable with the version of a report being published; default: the version in ``CITATION.cff``."""
DATE_VARIABLE = "SOURCE_DATE_EPOCH"
"""Environment variable that overrides the current date, in seconds since 1970
(https://reproducible-builds.org/specs/source-date-epoch/)."""

UNTITLED, UNNAMED = "Untitled report", "Unnamed Author"
"""Placeholders for title and author in the ``CITATION.cff`` that ``svhnlab init`` writes."""

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}")

# One-line strings, used in BibTeX fields, page titles and metadata.
_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(check_printable)]
_Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^https?://[^\s<>{}\\\"'`^|]+$"),
    AfterValidator(check_printable),
]
_Doi = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^10\.\d{4,9}/[-._;()/:A-Za-z0-9]+$")]
_Orcid = Annotated[str, StringConstraints(pattern=r"^https://orcid\.org/\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Name(_Model):
    """A person or an entity, with the format's identifying keys."""

    name: _Line | None = None
    given: _Line | None = Field(None, alias="given-names")
    family: _Line | None = Field(None, alias="family-names")
    particle: _Line | None = Field(None, alias="name-particle")
    suffix: _Line | None = Field(None, alias="name-suffix")
    alias: _Line | None = None
    affiliation: _Line | None = None
    orcid: _Orcid | None = None
    email: _Line | None = None
    website: _Address | None = None

    def author(self) -> Author:
        """Return the author; raise ``ValueError`` if it has no name."""
        family = " ".join(filter(None, (self.particle, self.family, self.suffix))) or None
        name = self.name or " ".join(filter(None, (self.given, family))) or self.alias
        if not name:
            raise ValueError("an author needs 'name', or 'family-names' and 'given-names'")
        given = None if self.name or not family else self.given
        return Author(name, given, None if self.name else family, self.orcid, self.affiliation)


class _Work(_Model):
    """The keys of a work that its citation uses."""

    title: _Line
    abstract: Annotated[str, AfterValidator(check_paragraph)] = ""
    authors: list[_Name] = Field(min_length=1)
    version: Annotated[str, StringConstraints(pattern=f"^{_VERSION.pattern}$")] | None = None
    released: date | None = Field(None, alias="date-released")
    license: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.+-]+$")] | None = None
    doi: _Doi | None = None
    url: _Address | None = None
    repository: _Address | None = Field(None, alias="repository-code")
    keywords: list[_Line] = []


class _Report(_Work):
    """A report as the preferred citation of software."""

    type: Literal["report"]
    license_url: Any = Field(None, alias="license-url")


class _File(_Work):
    """The top-level keys of the format; keys that the report does not use are not validated."""

    cff_version: Literal["1.2.0"] = Field(alias="cff-version")
    message: _Line
    type: Literal["software", "dataset"] = "software"
    preferred: Any = Field(None, alias="preferred-citation")
    contact: Any = None
    identifiers: Any = None
    references: Any = None
    commit: Any = None
    license_url: Any = Field(None, alias="license-url")
    other_repository: Any = Field(None, alias="repository")
    artifact: Any = Field(None, alias="repository-artifact")


def read_citation(path: Path) -> Citation:
    """Read and check a ``CITATION.cff``.

    The report is the file's preferred citation if its type is ``report``, else the work that the top-level keys
    describe. Version, date, licence and repository missing from the preferred citation are taken from the top level.
    Version, release date and licence are required here, although they are optional in the format.

    Raises
    ------
    InputError
        The file is missing or not valid YAML, or a key is missing or invalid; the message names the key.
    """
    return _read(path)[0]


def _read(path: Path) -> tuple[Citation, bool]:
    """Return the citation of a file, and whether the file describes software."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}); the report takes its authors from it.") from error
    except YAML_ERRORS as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} has no keys; the Citation File Format begins with `cff-version: 1.2.0`.")
    preferred = content.get("preferred-citation")
    report = preferred if isinstance(preferred, dict) and preferred.get("type") == "report" else None
    for keys in (content, report or {}):
        if isinstance(keys.get("version"), int | float):
            raise InputError(f"{path}: put the version into quotes, or else YAML reads 1.10 as the number 1.1.")
    place = ""
    try:
        file = _File.model_validate(content)
        place = "preferred-citation." if report else ""
        work = _Report.model_validate(report) if report else file
        authors = tuple(entry.author() for entry in work.authors)
    except ValidationError as error:
        raise InputError(f"{path}: {_first_problem(error, place)}") from error
    except ValueError as error:
        raise InputError(f"{path}: {error}.") from error
    version, released = work.version or file.version, work.released or file.released
    license_id = work.license or file.license
    if version is None or released is None or license_id is None:
        key = "version" if version is None else "date-released" if released is None else "license"
        raise InputError(f"{path}: the key {key!r} is missing.")
    citation = Citation(
        title=work.title,
        authors=authors,
        version=version,
        date=released.isoformat(),
        doi=work.doi,
        license=license_id,
        abstract=work.abstract,
        url=work.url,
        repository=work.repository or file.repository,
        keywords=tuple(work.keywords),
    )
    return citation, file.type == "software"


def placeholders(citation: Citation) -> tuple[str, ...]:
    """Return the keys of ``CITATION.cff`` that still have the placeholders of ``svhnlab init``."""
    unnamed = any(author.name == UNNAMED for author in citation.authors)
    return ("title",) * (citation.title == UNTITLED) + ("authors",) * unnamed


def _first_problem(error: ValidationError, above: str) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    place = above + ".".join(str(part + 1) if isinstance(part, int) else part for part in problem["loc"])
    if problem["type"] == "missing":
        return f"the key {place!r} is missing."
    if problem["type"] == "extra_forbidden":
        return f"{place!r} is not a key of the Citation File Format that is allowed here."
    return f"the value of {place!r} can't be used: {problem['msg']}."


def report_citation(project: Path, environment: Mapping[str, str] = os.environ) -> Citation:
    """Return the citation of a project's report.

    The citation is read from ``CITATION.cff``; a title or authors in ``study.toml`` override those in the file. If the
    file describes software, this makes a different report from the one distributed with the software, so DOI, URL,
    abstract and keywords are dropped. When a report is published, its version is ``SVHNLAB_VERSION`` and its date is
    ``SOURCE_DATE_EPOCH``, or today (UTC).

    Raises
    ------
    InputError
        One of the files can't be used, or the version is invalid.
    """
    citation, software = _read(project / CITATION_FILE)
    if (project / FILE_NAME).is_file():
        study = read_study_file(project / FILE_NAME)
        if software and (study.title or study.authors):
            citation = replace(citation, doi=None, url=None, abstract="", keywords=())
        authors = tuple(_named(name) for name in study.authors) or citation.authors
        citation = replace(citation, title=study.title or citation.title, authors=authors)
    version = environment.get(VERSION_VARIABLE)
    if version is None:
        return citation
    if not _VERSION.fullmatch(version):
        raise InputError(f"{version!r} is not a valid version; use letters, digits, dots and hyphens, as in 1.2.")
    return replace(citation, version=version, date=_today(environment).isoformat())


def _named(name: str) -> Author:
    """Return the author for a name: "Lovelace, Ada" is split into family and given name, other names are not."""
    family, comma, given = (part.strip() for part in name.partition(","))
    return Author(f"{given} {family}", given, family) if comma and family and given else Author(name.strip())


def _today(environment: Mapping[str, str]) -> date:
    given = environment.get(DATE_VARIABLE)
    if given is None:
        return datetime.now(UTC).date()
    if not re.fullmatch(r"\d{1,11}", given):
        raise InputError(f"{DATE_VARIABLE} is {given!r}; it has to be a number of seconds since 1970.")
    return datetime.fromtimestamp(int(given), UTC).date()
