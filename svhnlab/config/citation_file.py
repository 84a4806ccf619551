"""``CITATION.cff``, read and checked, and how the report of a project is cited.

The file follows the Citation File Format 1.2.0 (S. Druskat et al. 2021, https://doi.org/10.5281/zenodo.5171937). Its
title, authors and DOI are those of the report that comes with the software; ``study.toml`` may give the title and the
authors of a report on other data.
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
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from svhnlab.config.citation import Author, Citation
from svhnlab.config.study_file import FILE_NAME, read_study_file
from svhnlab.errors import InputError

CITATION_FILE = "CITATION.cff"
VERSION_VARIABLE = "SVHNLAB_VERSION"
"""Version of a report that is being published; without it, the report has the version in ``CITATION.cff``."""
DATE_VARIABLE = "SOURCE_DATE_EPOCH"
"""Seconds since 1970 that stand for "today" (https://reproducible-builds.org/specs/source-date-epoch/)."""

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}")

# Strings of one line: they become lines of BibTeX, titles of pages, and metadata.
_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Address = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^https?://[^\s<>{}\\\"'`^|]+$")]
_Doi = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^10\.\d{4,9}/[-._;()/:A-Za-z0-9]+$")]
_Orcid = Annotated[str, StringConstraints(pattern=r"^https://orcid\.org/\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Name(_Model):
    """A person or an entity, with those of the format's keys that say who it is."""

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
        """Return the author; ``ValueError`` without a name."""
        family = " ".join(filter(None, (self.particle, self.family, self.suffix))) or None
        name = self.name or " ".join(filter(None, (self.given, family))) or self.alias
        if not name:
            raise ValueError("an author needs 'name', or 'family-names' and 'given-names'")
        given = None if self.name or not family else self.given
        return Author(name, given, None if self.name else family, self.orcid, self.affiliation)


class _File(_Model):
    """The keys of the format at its top; those of which the report makes no use are not looked into."""

    cff_version: Literal["1.2.0"] = Field(alias="cff-version")
    message: _Line
    type: Literal["software", "dataset"] = "software"
    title: _Line
    abstract: str = ""
    authors: list[_Name] = Field(min_length=1)
    version: Annotated[str, StringConstraints(pattern=f"^{_VERSION.pattern}$")]
    released: date = Field(alias="date-released")
    license: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.+-]+$")]
    doi: _Doi | None = None
    url: _Address | None = None
    repository: _Address | None = Field(None, alias="repository-code")
    keywords: list[_Line] = []
    contact: Any = None
    identifiers: Any = None
    references: Any = None
    commit: Any = None
    license_url: Any = Field(None, alias="license-url")
    other_repository: Any = Field(None, alias="repository")
    artifact: Any = Field(None, alias="repository-artifact")


def read_citation(path: Path) -> Citation:
    """Read and check a ``CITATION.cff``.

    Beyond what the format asks for, version, date of release and licence have to be there.

    Raises
    ------
    InputError
        The file is missing, is no YAML, or one of its values can't be used: the message names the key.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}); the report takes its authors from it.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} has no keys; the Citation File Format begins with `cff-version: 1.2.0`.")
    if "preferred-citation" in content:
        raise InputError(f"{path}: give the report's title, authors and DOI at the top, without 'preferred-citation'.")
    if isinstance(content.get("version"), int | float):
        raise InputError(f"{path}: put the version into quotes, or else YAML reads 1.10 as the number 1.1.")
    try:
        found = _File.model_validate(content)
        authors = tuple(entry.author() for entry in found.authors)
    except ValidationError as error:
        raise InputError(f"{path}: {_first_problem(error)}") from error
    except ValueError as error:
        raise InputError(f"{path}: {error}.") from error
    return Citation(
        title=found.title,
        authors=authors,
        version=found.version,
        date=found.released.isoformat(),
        doi=found.doi,
        license=found.license,
        abstract=" ".join(found.abstract.split()),
        url=found.url,
        repository=found.repository,
        keywords=tuple(found.keywords),
    )


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in problem["loc"])
    if problem["type"] == "missing":
        return f"the key {place!r} is missing."
    if problem["type"] == "extra_forbidden":
        return f"{place!r} is no key of the Citation File Format that can stand here."
    return f"the value of {place!r} can't be used: {problem['msg']}."


def report_citation(project: Path, environment: Mapping[str, str] = os.environ) -> Citation:
    """Return how the report of a project is cited.

    That is its ``CITATION.cff``, with the title and the authors of ``study.toml`` where that gives some: what belongs
    to the software's own report alone is then left out (DOI and address; abstract and keywords with another title).
    A report that is
    being published has the version of ``SVHNLAB_VERSION`` and the date of today (UTC), or that of
    ``SOURCE_DATE_EPOCH``.

    Raises
    ------
    InputError
        One of the files can't be used, or the version can't be one.
    """
    citation = read_citation(project / CITATION_FILE)
    if (project / FILE_NAME).is_file():
        own = read_study_file(project / FILE_NAME)
        if own.title or own.authors:
            citation = replace(
                citation,
                title=own.title or citation.title,
                authors=tuple(_named(name) for name in own.authors) or citation.authors,
                doi=None,
                url=None,
                abstract="" if own.title else citation.abstract,
                keywords=() if own.title else citation.keywords,
            )
    version = environment.get(VERSION_VARIABLE)
    if version is None:
        return citation
    if not _VERSION.fullmatch(version):
        raise InputError(f"{version!r} can't be a version; take letters, digits, dots and hyphens, like 1.2.")
    return replace(citation, version=version, date=_today(environment).isoformat())


def _named(name: str) -> Author:
    """Return the author of a name; "Lovelace, Ada" is a person, all else is taken as it is."""
    family, comma, given = (part.strip() for part in name.partition(","))
    return Author(f"{given} {family}", given, family) if comma and family and given else Author(name.strip())


def _today(environment: Mapping[str, str]) -> date:
    given = environment.get(DATE_VARIABLE)
    if given is None:
        return datetime.now(UTC).date()
    if not re.fullmatch(r"\d{1,11}", given):
        raise InputError(f"{DATE_VARIABLE} is {given!r}; it has to be a number of seconds since 1970.")
    return datetime.fromtimestamp(int(given), UTC).date()
