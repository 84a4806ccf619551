"""Citation of the report: one file defines it, and everything else is derived from it."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

import svhnlab
from svhnlab.config.citation import NO_DOI, Author, Citation, escape_bibtex
from svhnlab.config.citation_file import read_citation, report_citation
from svhnlab.errors import InputError
from svhnlab.report import HowToCite
from svhnlab.site.prerender.footer import footer_line
from svhnlab.site.prerender.prepare import quarto_settings
from svhnlab.store.keys import RECORD
from svhnlab.store.store import Store
from svhnlab.web.resources import write_page_files
from tests.fixtures.paths import ROOT

ADA = Author("Ada King of Lovelace", "Ada", "King of Lovelace", "https://orcid.org/0000-0001-2345-678X", "Home")
GROUP = Author("The R&D {group}")
CITATION = Citation(
    title="What <classifiers> get wrong, 100% & why_not",
    authors=(ADA, GROUP),
    version="1.2",
    date="2026-03-04",
    doi="10.5281/zenodo.1234567",
    license="MIT",
    abstract="One sentence. Another one.",
    url="https://example.org/report",
    repository="https://example.org/code",
    keywords=("one", "two"),
)

MINIMAL = {
    "cff-version": "1.2.0",
    "message": "Cite it.",
    "title": "A title",
    "authors": [{"family-names": "Lovelace", "given-names": "Ada"}],
    "version": "0.1.0",
    "date-released": "2026-01-02",
    "license": "MIT",
}
REPORT = {
    "type": "report",
    "title": "A report",
    "authors": [{"name": "The lab"}],
    "doi": "10.5281/zenodo.2",
    "keywords": ["digits"],
}


def write(folder: Path, **changes: object) -> Path:
    """Write a small valid file with some keys changed; None leaves a key out."""
    content = {**MINIMAL, **{name.replace("_", "-"): value for name, value in changes.items()}}
    path = folder / "CITATION.cff"
    lines = yaml.safe_dump({key: value for key, value in content.items() if value is not None})
    path.write_text(lines.replace("'2026-01-02'", "2026-01-02"), encoding="utf-8")
    return path


class TestReadCitation:
    def test_reads_a_small_file(self, tmp_path: Path) -> None:
        """The citation has the values in the file; missing keys are None or empty."""
        found = read_citation(write(tmp_path))
        assert found.authors == (Author("Ada Lovelace", "Ada", "Lovelace"),)
        assert (found.title, found.version, found.date, found.license) == ("A title", "0.1.0", "2026-01-02", "MIT")
        assert (found.doi, found.url, found.repository, found.abstract, found.keywords) == (None, None, None, "", ())
        assert found.doi_text == NO_DOI

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"title": None}, "'title' is missing"),
            ({"authors": []}, "'authors'"),
            ({"authors": [{"affiliation": "Home"}]}, "an author needs"),
            ({"authors": [{"name": "A", "orcid": "0000"}]}, "'authors.1.orcid'"),
            ({"doi": "https://doi.org/10.5281/zenodo.1"}, "'doi'"),
            ({"url": "javascript:alert(1)"}, "'url'"),
            ({"licence": "MIT"}, "'licence' is not a key"),
            ({"license": "MIT or so"}, "'license'"),
            ({"version": 1.1}, "quotes"),
            ({"version": "../1"}, "'version'"),
            ({"title": "two\nlines"}, "'title'"),
            ({"preferred_citation": {"type": "report"}}, "'preferred-citation.title' is missing"),
            ({"preferred_citation": {**REPORT, "version": 1.1}}, "quotes"),
            ({"version": None}, "'version' is missing"),
            ({"date_released": None}, "'date-released' is missing"),
            ({"license": None}, "'license' is missing"),
            ({"cff_version": "0.9"}, "'cff-version'"),
            ({"date_released": "soon"}, "'date-released'"),
        ],
    )
    def test_names_what_is_wrong(self, tmp_path: Path, changes: dict[str, object], said: str) -> None:
        """A value that can't be used is named by its key, in one line."""
        with pytest.raises(InputError) as caught:
            read_citation(write(tmp_path, **changes))
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_report_of_software(self, tmp_path: Path) -> None:
        """A preferred citation of type report is used; its missing keys come from the software."""
        found = read_citation(write(tmp_path, repository_code="https://example.org/code", preferred_citation=REPORT))
        assert (found.title, found.authors, found.doi) == ("A report", (Author("The lab"),), "10.5281/zenodo.2")
        assert (found.version, found.date, found.license) == ("0.1.0", "2026-01-02", "MIT")
        assert found.repository == "https://example.org/code"

    def test_other_preferred_citation(self, tmp_path: Path) -> None:
        """A preferred citation of another type is ignored: the title is that of the top level."""
        assert read_citation(write(tmp_path, preferred_citation={"type": "article"})).title == "A title"

    @pytest.mark.parametrize("text", ["- a list", "a: [", "", "date-released: 2026-13-01", "[" * 10_000])
    def test_no_citation_file(self, tmp_path: Path, text: str) -> None:
        """A malformed or missing file, or a date that does not exist, is an error."""
        (tmp_path / "CITATION.cff").write_text(text)
        with pytest.raises(InputError):
            read_citation(tmp_path / "CITATION.cff")
        with pytest.raises(InputError, match="authors"):
            read_citation(tmp_path / "absent.cff")


# one-line strings without control characters, in Unicode's composed form
LINES = (
    st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30)
    .map(lambda text: unicodedata.normalize("NFC", text).strip())
    .filter(bool)
)


class TestCitation:
    @given(title=LINES, family=LINES, given=LINES, keyword=LINES)
    def test_cff_gives_the_citation_back(
        self, tmp_path_factory: pytest.TempPathFactory, title: str, family: str, given: str, keyword: str
    ) -> None:
        """A citation written as CFF is read back unchanged."""
        author = Author(f"{given} {family}", given, family)
        citation = replace(CITATION, title=title, authors=(author, *CITATION.authors), keywords=(keyword,))
        path = tmp_path_factory.getbasetemp() / "round.cff"
        path.write_text(citation.cff(), encoding="utf-8")
        assert read_citation(path) == citation

    def test_text(self) -> None:
        """The reference has authors with initials, year, title, version and URL."""
        assert CITATION.text() == (
            "King of Lovelace, A., & The R&D {group}. (2026). What <classifiers> get wrong, 100% & why_not "
            "(Version 1.2). https://doi.org/10.5281/zenodo.1234567"
        )
        assert replace(CITATION, doi=None).text().endswith("(Version 1.2). https://example.org/report")
        assert replace(CITATION, doi=None, url=None).text().endswith("(Version 1.2).")

    def test_initials(self) -> None:
        """Each given name becomes an initial, and hyphens are kept."""
        assert Author("Jean-Luc Marie Godard", "Jean-Luc Marie", "Godard").short_name == "Godard, J.-L. M."
        assert Author("Plato", None, "Plato").short_name == "Plato"

    def test_bibtex(self) -> None:
        """LaTeX markup is escaped, and braces protect names of groups and capitals."""
        entry = CITATION.bibtex()
        assert entry.startswith("@misc{kingoflovelace2026v1.2,\n")
        assert "author = {King of Lovelace, Ada and {The R\\&D \\{group\\}}}" in entry
        assert "title = {{What <classifiers> get wrong, 100\\% \\& why\\_not}}" in entry
        assert "month = mar" in entry
        assert "doi = {10.5281/zenodo.1234567}" in entry
        assert "doi" not in replace(CITATION, doi=None).bibtex()

    def test_bibtex_has_no_shortcode(self) -> None:
        """Quarto would take ``{{<`` for the beginning of a shortcode and lose the rest of the book."""
        assert "title = {{{}<b> of a}}" in replace(CITATION, title="<b> of a").bibtex()

    @given(LINES)
    def test_escaped_text_is_balanced(self, text: str) -> None:
        """In escaped text, braces are balanced and special characters have a backslash."""
        bare = escape_bibtex(text).replace(r"\{", "").replace(r"\}", "")
        assert bare.count("{") == bare.count("}")
        assert not any(f" {sign}" in f" {bare}".replace("\\", " \\") for sign in "%#&$_")

    def test_names(self) -> None:
        """A title page lists all authors on one line."""
        assert CITATION.names == "Ada King of Lovelace and The R&D {group}"
        assert replace(CITATION, authors=(GROUP,)).names == "The R&D {group}"


class TestReportCitation:
    def test_study_file_gives_title_and_authors(self, tmp_path: Path) -> None:
        """A report on other data has its own title and authors, and no DOI or abstract of the software's report."""
        write(tmp_path, doi="10.5281/zenodo.1", url="https://example.org", abstract="About digits.", keywords=["SVHN"])
        (tmp_path / "study.toml").write_text('title = "Vehicles"\nauthors = ["Hopper, Grace", "The lab"]\n')
        found = report_citation(tmp_path, {})
        assert found.title == "Vehicles"
        assert found.authors == (Author("Grace Hopper", "Grace", "Hopper"), Author("The lab"))
        assert (found.doi, found.url, found.abstract, found.keywords) == (None, None, "", ())
        assert found.version == "0.1.0"

    def test_study_file_beside_the_reports_own_citation(self, tmp_path: Path) -> None:
        """Where the citation describes the report itself, only title and authors are replaced."""
        write(tmp_path, type="dataset", doi="10.5281/zenodo.1", abstract="On vehicles.", keywords=["vehicles"])
        (tmp_path / "study.toml").write_text('title = "Vehicles"\n')
        found = report_citation(tmp_path, {})
        assert (found.title, found.authors) == ("Vehicles", (Author("Ada Lovelace", "Ada", "Lovelace"),))
        assert (found.doi, found.abstract, found.keywords) == ("10.5281/zenodo.1", "On vehicles.", ("vehicles",))

    def test_published_version(self, tmp_path: Path) -> None:
        """A published report has the version and the date of its publication."""
        write(tmp_path)
        day = datetime(2027, 5, 6, 23, 59, tzinfo=UTC)
        environment = {"SVHNLAB_VERSION": "2.0", "SOURCE_DATE_EPOCH": str(int(day.timestamp()))}
        found = report_citation(tmp_path, environment)
        assert (found.version, found.date) == ("2.0", "2027-05-06")
        before = datetime.now(UTC).date().isoformat()
        today = report_citation(tmp_path, {"SVHNLAB_VERSION": "2.0"}).date
        assert before <= today <= datetime.now(UTC).date().isoformat()

    @pytest.mark.parametrize("version", ["", "../2", "2 0", "<b>"])
    def test_refuses_what_is_no_version(self, tmp_path: Path, version: str) -> None:
        """A version is used as a folder name and on every page, so special characters are refused."""
        write(tmp_path)
        with pytest.raises(InputError, match="version"):
            report_citation(tmp_path, {"SVHNLAB_VERSION": version})


class TestHowToCite:
    def test_both_formats(self) -> None:
        """Web pages show the entry in a box with a button, print in a code block; both have the same entry."""
        text = HowToCite(CITATION).markdown()
        assert CITATION.bibtex() in text
        assert "Copy BibTeX" in text
        assert "<classifiers>" not in HowToCite(CITATION).html()
        assert "&lt;classifiers&gt;" in HowToCite(CITATION).html()

    def test_says_that_there_is_no_doi(self) -> None:
        """Without a DOI, the page says in its place that none is assigned yet."""
        assert f"DOI: {NO_DOI}." in HowToCite(replace(CITATION, doi=None)).markdown()


class TestCopying:
    def test_button_copies_the_entry(self, page: Page, tmp_path: Path) -> None:
        """The button copies the whole entry unchanged and confirms it."""
        write_page_files(tmp_path / "assets")
        script = '<script defer src="assets/report.js"></script>'
        (tmp_path / "page.html").write_text(
            f"<!DOCTYPE html>{script}<main>{HowToCite(CITATION).html()}</main>", encoding="utf-8"
        )
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto((tmp_path / "page.html").as_uri())
        page.get_by_role("button", name="Copy BibTeX").click()
        page.get_by_text("Copied").wait_for()
        assert page.evaluate("getSelection().toString()").strip() == CITATION.bibtex()
        assert page.evaluate("navigator.clipboard.readText()") == CITATION.bibtex()


class TestFooterLine:
    @pytest.mark.parametrize(
        ("at", "words"),
        [
            ({"sha": "abcdef0123456789", "dirty": True}, "commit abcdef012345 with uncommitted changes"),
            ({"sha": "abcdef0123456789", "dirty": False}, "commit abcdef012345 ·"),
            ({"sha": None, "dirty": None}, "Version 3.1 ·"),
        ],
    )
    def test_names_version_code_data_and_study(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: dict[str, object], words: str
    ) -> None:
        """The footer names the published version, the author's commit, the data's digest and the study's key."""
        data = {"name": "vehicles", "digest": "d" * 64, "kind": "custom"}
        settings = {"data": data, "split": {"protocol": "official"}}
        record = {"schema": RECORD, "key": "0123456789abcdef", "profile": "quick", "settings": settings}
        record["runs"] = {"cnn": {}}
        Store(tmp_path).write_study("0123456789abcdef", record)
        write(tmp_path)
        monkeypatch.setattr("svhnlab.site.prerender.footer.git_state", lambda project: at)
        monkeypatch.setenv("SVHNLAB_VERSION", "3.1")
        line = footer_line(tmp_path, tmp_path)
        assert line.startswith("Version 3.1")
        assert "svhnlab" not in line
        assert words in line
        assert "vehicles, digest dddddddddddd · profile quick ·" in line
        assert line.endswith("study 0123456789abcdef")


class TestOneSource:
    def test_package_and_file_agree(self) -> None:
        """Version, authors and licence of package, project file, licence and citation are the same."""
        report = read_citation(ROOT / "CITATION.cff")
        software = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
        assert software["version"] == report.version == svhnlab.__version__
        assert software["license"] == project["license"]
        assert software["authors"] == project["authors"]
        assert licence.startswith(f"{software['license']} License")
        assert f"Copyright (c) {report.year} {report.names}" in licence

    def test_everything_follows(self) -> None:
        """Book settings, search engine tags, BibTeX and the reference agree with the citation."""
        book = quarto_settings(CITATION, "mine.pdf")
        tags = CITATION.scholar_tags()
        assert book["book"]["title"] == CITATION.title == dict(tags)["citation_title"]
        assert [author["name"] for author in book["book"]["author"]] == [author.name for author in CITATION.authors]
        assert [text for name, text in tags if name == "citation_author"] == [
            author.sorted_name for author in CITATION.authors
        ]
        assert book["book"]["date"] == CITATION.date == dict(tags)["citation_publication_date"].replace("/", "-")
        assert book["book"]["output-file"] == "mine"
        assert book["book"]["author"][0]["orcid"] == "0000-0001-2345-678X"  # Quarto prepends the URL
        assert book["book"]["author"][0]["affiliation"] == "Home"
        assert book["report-version"] == CITATION.version
        assert book["book"]["doi"] == CITATION.doi == dict(tags)["citation_doi"]
        assert book["report-doi"] == CITATION.doi_text
        assert f"Version {CITATION.version}" in CITATION.bibtex()
        assert f"Version {CITATION.version}" in CITATION.text()

    def test_settings_of_the_book_have_no_second_source(self) -> None:
        """The project's ``_quarto.yml`` does not set title, authors or date; they come from the citation."""
        book = yaml.safe_load((ROOT / "_quarto.yml").read_text(encoding="utf-8"))["book"]
        assert not {"title", "author", "date", "doi", "description"} & set(book)
