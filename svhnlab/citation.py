"""How the report is cited: ``CITATION.cff`` is the one source of title, authors, version, date, DOI and licence.

The file follows the Citation File Format 1.2.0 (S. Druskat et al. 2021, https://doi.org/10.5281/zenodo.5171937). Its
title, authors and DOI are those of the report that comes with the software; ``study.toml`` may give the title and the
authors of a report on other data.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from svhnlab.errors import InputError
from svhnlab.study_file import FILE_NAME, read_study_file

CITATION_FILE = "CITATION.cff"
VERSION_VARIABLE = "SVHNLAB_VERSION"
"""Version of a report that is being published; without it, the report has the version in ``CITATION.cff``."""
DATE_VARIABLE = "SOURCE_DATE_EPOCH"
"""Seconds since 1970 that stand for "today" (https://reproducible-builds.org/specs/source-date-epoch/)."""
NO_DOI = "not assigned yet"
"""What readers see in the place of a DOI that there is none of."""

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BIBTEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}


@dataclass(frozen=True)
class Author:
    """A person, or a group that has a name alone.

    Attributes
    ----------
    name
        As it is written on a title page: "Ada Lovelace".
    given, family
        The parts of a person's name; None of a group.
    orcid
        Address of the person's ORCID record, "https://orcid.org/0000-...".
    affiliation
        Where the person works.
    """

    name: str
    given: str | None = None
    family: str | None = None
    orcid: str | None = None
    affiliation: str | None = None

    @property
    def sorted_name(self) -> str:
        """Family name first, as in a bibliography: "Lovelace, Ada"; the name of a group as it is."""
        if not self.family:
            return self.name
        return f"{self.family}, {self.given}" if self.given else self.family

    @property
    def short_name(self) -> str:
        """Family name and initials: "Lovelace, A."; the name of a group as it is."""
        if not self.family or not self.given:
            return self.sorted_name
        initials = [
            "-".join(f"{part[0]}." for part in word.split("-") if part) for word in self.given.split() if word != "-"
        ]
        return f"{self.family}, {' '.join(initials)}"

    def cff(self) -> dict[str, str]:
        """Return the author as an entry of the Citation File Format."""
        names = {"family-names": self.family, "given-names": self.given} if self.family else {"name": self.name}
        entry = {**names, "affiliation": self.affiliation, "orcid": self.orcid}
        return {key: value for key, value in entry.items() if value}


@dataclass(frozen=True)
class Citation:
    """All that is needed to cite the report.

    Attributes
    ----------
    title
        Title of the report.
    authors
        One or more.
    version
        Version of the report: that of the software, or the one it is published as.
    date
        Date of that version, "2026-11-22".
    doi
        "10.5281/zenodo.1234567"; None where none is assigned yet.
    license
        SPDX identifier.
    abstract
        One paragraph; empty where there is none.
    url
        Where the report is published; None where that is not known.
    repository
        Address of the source code; None where that is not known.
    keywords
        May be empty.
    """

    title: str
    authors: tuple[Author, ...]
    version: str
    date: str
    doi: str | None
    license: str
    abstract: str
    url: str | None
    repository: str | None
    keywords: tuple[str, ...] = ()

    @property
    def year(self) -> str:
        """Year of the version."""
        return self.date[:4]

    @property
    def names(self) -> str:
        """All authors in one line, as on a title page: "Ada Lovelace, Alan Turing and Grace Hopper"."""
        *most, last = [author.name for author in self.authors]
        return f"{', '.join(most)} and {last}" if most else last

    @property
    def doi_text(self) -> str:
        """The DOI, or words that say there is none yet."""
        return self.doi or NO_DOI

    @property
    def address(self) -> str | None:
        """Where the report is found: by its DOI, else at its address; None where there is neither."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url

    @property
    def license_url(self) -> str:
        """Where the licence can be read."""
        return f"https://spdx.org/licenses/{self.license}.html"

    def text(self) -> str:
        """One line for a list of references, in the manner of the APA's style."""
        *most, last = [author.short_name for author in self.authors]
        authors = f"{', '.join(most)}, & {last}" if most else last
        line = f"{authors.rstrip('.')}. ({self.year}). {self.title} (Version {self.version})."
        return f"{line} {self.address}" if self.address else line

    def bibtex(self) -> str:
        """Return an entry for BibTeX and biblatex."""
        fields = {
            "author": " and ".join(_bibtex_author(author) for author in self.authors),
            "title": "{" + escape_bibtex(self.title) + "}",  # a second pair of braces keeps the capitals
            "year": self.year,
            "month": _MONTHS[int(self.date[5:7]) - 1],
            "howpublished": "Report, made with svhnlab",
            "note": f"Version {escape_bibtex(self.version)}",
        }
        # not escaped: styles set both verbatim, and neither can hold a brace
        fields |= {name: value for name, value in (("doi", self.doi), ("url", self.url)) if value}
        lines = [f"  {name} = {value if name == 'month' else f'{{{value}}}'}" for name, value in fields.items()]
        return "@misc{" + self._bibtex_key + ",\n" + ",\n".join(lines) + "\n}"

    @property
    def _bibtex_key(self) -> str:
        first = self.authors[0]
        name = re.sub(r"^the ", "", first.family or first.name, flags=re.IGNORECASE)
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        return f"{re.sub(r'[^a-z0-9]', '', plain.lower()) or 'report'}{self.year}v{self.version}"

    def cff(self) -> str:
        """Write the citation in the Citation File Format; `read_citation` gives it back."""
        content = {
            "cff-version": "1.2.0",
            "message": "If you use this report or the software behind it, please cite it as below.",
            "type": "software",
            "title": self.title,
            "abstract": self.abstract,
            "authors": [author.cff() for author in self.authors],
            "version": self.version,
            "date-released": date.fromisoformat(self.date),
            "license": self.license,
            "doi": self.doi,
            "url": self.url,
            "repository-code": self.repository,
            "keywords": list(self.keywords),
        }
        known = {key: value for key, value in content.items() if value}
        return yaml.safe_dump(known, sort_keys=False, allow_unicode=True, width=110)

    def scholar_tags(self, pdf_url: str | None = None) -> list[tuple[str, str]]:
        """Return the tags by which Google Scholar recognises the report, as names and contents.

        Parameters
        ----------
        pdf_url
            Address of the PDF; it has to lie in the same folder as the page.

        References
        ----------
        Google Scholar, Inclusion Guidelines for Webmasters, "Indexing guidelines: Configuring the meta-tags".
        """
        tags = [("citation_title", self.title)]
        for author in self.authors:
            tags.append(("citation_author", author.sorted_name))
            if author.affiliation:
                tags.append(("citation_author_institution", author.affiliation))
            if author.orcid:
                tags.append(("citation_author_orcid", author.orcid))
        tags.append(("citation_publication_date", self.date.replace("-", "/")))
        tags += [("citation_doi", self.doi)] if self.doi else []
        tags += [("citation_abstract_html_url", self.url)] if self.url else []
        tags += [("citation_pdf_url", pdf_url)] if pdf_url else []
        tags += [("citation_keywords", keyword) for keyword in self.keywords]
        return [*tags, ("citation_language", "en")]


def escape_bibtex(text: str) -> str:
    r"""Write text so that BibTeX and LaTeX take every character for itself: ``R&D`` becomes ``R\&D``."""
    return "".join(_BIBTEX.get(character, character) for character in text)


def _bibtex_author(author: Author) -> str:
    if author.family:
        parts = (escape_bibtex(part) for part in (author.family, author.given) if part)
        return ", ".join(_guarded(part) for part in parts)
    return "{" + escape_bibtex(author.name) + "}"  # braces: a group has no family name


def _guarded(part: str) -> str:
    """Keep BibTeX from reading a comma or an "and" in a part of a name as the end of it."""
    return "{" + part + "}" if re.search(r",|\band\b", part) else part


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
