"""How the report is cited: its authors and what else a citation says, written in words, as BibTeX and as metadata."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

import yaml

NO_DOI = "not assigned yet"
"""What readers see in the place of a DOI that there is none of."""

ORCID = "https://orcid.org/"
"""Start of the address of a person's ORCID record."""
LONGEST_STEM = 60
"""Most characters of a file name that follows from a title."""

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

    @property
    def file_stem(self) -> str:
        """A name for files, from the title: "what-digit-classifiers-get-wrong-and-why"."""
        words = re.findall(r"[a-z0-9]+", _ascii(self.title).lower()) or ["report"]
        stem = "-".join(words)
        return stem if len(stem) <= LONGEST_STEM else stem[: LONGEST_STEM + 1].rpartition("-")[0] or stem[:LONGEST_STEM]

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
            "howpublished": "Report",
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
        return f"{re.sub(r'[^a-z0-9]', '', _ascii(name).lower()) or 'report'}{self.year}v{self.version}"

    def cff(self) -> str:
        """Write the citation in the Citation File Format; `read_citation` gives it back."""
        content = {
            "cff-version": "1.2.0",
            "message": "If you use this report, please cite it as below.",
            # The format knows software and data sets alone.
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


def _ascii(text: str) -> str:
    """Write text without accents and without letters that ASCII lacks."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


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
