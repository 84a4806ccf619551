"""Citation metadata of the report, formatted as text, BibTeX, CFF and Google Scholar tags."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

import yaml

NO_DOI = "not assigned yet"
"""Shown in place of a DOI when there is none."""

ORCID = "https://orcid.org/"
"""URL prefix of ORCID records."""
LONGEST_STEM = 60
"""Maximum length of a file name derived from a title, in characters."""

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
    """A person, or a group, which only has a name.

    Attributes
    ----------
    name
        Full name as on a title page, e.g. "Ada Lovelace".
    given, family
        Given and family name of a person; None for a group.
    orcid
        URL of the person's ORCID record, "https://orcid.org/0000-...".
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
        """Name with the family name first ("Lovelace, Ada"); the name of a group is unchanged."""
        if not self.family:
            return self.name
        return f"{self.family}, {self.given}" if self.given else self.family

    @property
    def short_name(self) -> str:
        """Family name and initials ("Lovelace, A."); the name of a group is unchanged."""
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
    """Everything needed to cite the report.

    Attributes
    ----------
    title
        Title of the report.
    authors
        At least one.
    version
        Version of the report: the published version, else the one in ``CITATION.cff``.
    date
        Date of that version, e.g. "2026-11-22".
    doi
        E.g. "10.5281/zenodo.1234567"; None if not assigned yet.
    license
        SPDX identifier.
    abstract
        One paragraph; may be empty.
    url
        URL of the published report; None if unknown.
    repository
        URL of the source code; None if unknown.
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
        """All authors on one line, as on a title page: "Ada Lovelace, Alan Turing and Grace Hopper"."""
        *most, last = [author.name for author in self.authors]
        return f"{', '.join(most)} and {last}" if most else last

    @property
    def doi_text(self) -> str:
        """The DOI, or `NO_DOI` if there is none."""
        return self.doi or NO_DOI

    @property
    def address(self) -> str | None:
        """URL of the report: the DOI link, else ``url``; None if it has neither."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url

    @property
    def license_url(self) -> str:
        """URL of the licence text."""
        return f"https://spdx.org/licenses/{self.license}.html"

    @property
    def file_stem(self) -> str:
        """File name without suffix, derived from the title, e.g. "what-digit-classifiers-get-wrong-and-why"."""
        words = re.findall(r"[a-z0-9]+", _ascii(self.title).lower()) or ["report"]
        stem = "-".join(words)
        return stem if len(stem) <= LONGEST_STEM else stem[: LONGEST_STEM + 1].rpartition("-")[0] or stem[:LONGEST_STEM]

    def text(self) -> str:
        """Return the reference in APA style, on one line."""
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
            "howpublished": "Report",
            "note": f"Version {escape_bibtex(self.version)}",
        }
        # not escaped: styles print both verbatim, and neither can contain a brace
        fields |= {name: value for name, value in (("doi", self.doi), ("url", self.url)) if value}
        lines = [f"  {name} = {value if name == 'month' else f'{{{value}}}'}" for name, value in fields.items()]
        entry = "@misc{" + self._bibtex_key + ",\n" + ",\n".join(lines) + "\n}"
        return entry.replace("{{<", "{{{}<")  # to Quarto, {{< would begin a shortcode, also in a block of code

    @property
    def _bibtex_key(self) -> str:
        first = self.authors[0]
        name = re.sub(r"^the ", "", first.family or first.name, flags=re.IGNORECASE)
        return f"{re.sub(r'[^a-z0-9]', '', _ascii(name).lower()) or 'report'}{self.year}v{self.version}"

    def cff(self) -> str:
        """Return the citation in the Citation File Format; the inverse of `read_citation`."""
        content = {
            "cff-version": "1.2.0",
            "message": "If you use this report, please cite it as below.",
            # The only types in the format are software and dataset.
            "type": "dataset",
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
        """Return the meta tags that Google Scholar indexes, as (name, content) pairs.

        Parameters
        ----------
        pdf_url
            URL of the PDF, which must be in the same folder as the page.

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


def _ascii(text: str) -> str:
    """Return text without accents and without non-ASCII characters."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def escape_bibtex(text: str) -> str:
    r"""Escape the special characters of BibTeX and LaTeX: ``R&D`` becomes ``R\&D``."""
    return "".join(_BIBTEX.get(character, character) for character in text)


def _bibtex_author(author: Author) -> str:
    if author.family:
        parts = (escape_bibtex(part) for part in (author.family, author.given) if part)
        return ", ".join(_guarded(part) for part in parts)
    return "{" + escape_bibtex(author.name) + "}"  # braces keep a group's name together


def _guarded(part: str) -> str:
    """Put a part of a name in braces if BibTeX would split it at a comma or an "and"."""
    return "{" + part + "}" if re.search(r",|\band\b", part) else part
