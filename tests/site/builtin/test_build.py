from __future__ import annotations

import re
from pathlib import Path

import pytest

from svhnlab.errors import InputError, SvhnlabError
from svhnlab.report.core.style import THEMES, ThemeName
from svhnlab.site.book import Book, BookChapter, read_book
from svhnlab.site.builtin.build import BuildReport, build
from svhnlab.site.builtin.conversions import Conversions
from svhnlab.site.builtin.pandoc import Converter, collect_labels
from svhnlab.site.builtin.pdf import typst_source
from svhnlab.site.execute.cache import execute_chapters
from svhnlab.site.output import child_environment
from svhnlab.site.postprocess.assets import write_assets
from svhnlab.web.resources import resource_text
from tests.fixtures.paths import EXTENSION
from tests.fixtures.site_project import Page, write_project

FOOTER = "Generated digits <demo> & 0.1.0"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # characters that mean something else in addresses, in Markdown and in Typst
    return write_project(tmp_path_factory.mktemp("book") / "my%20report #1 [é]")


@pytest.fixture(scope="module")
def built(root: Path) -> BuildReport:
    return build(root, root / "_site", footer=FOOTER, finish=lambda site: write_assets(site, root))


@pytest.fixture(scope="module")
def pages(built: BuildReport) -> dict[str, Page]:
    return {page.stem: Page(page.read_text(encoding="utf-8")) for page in built.pages}


@pytest.fixture(scope="module")
def typst_text(root: Path, built: BuildReport, tmp_path_factory: pytest.TempPathFactory) -> str:
    project = read_book(root)
    markdown = execute_chapters(project, env=child_environment({}), inputs="")
    folder = tmp_path_factory.mktemp("work")
    conversions = Conversions(folder / "pandoc")
    converter = Converter(project, collect_labels(markdown, conversions), folder, conversions)
    return typst_source(project, markdown, converter, footer=FOOTER)


class TestBuild:
    def test_report(self, built: BuildReport, root: Path) -> None:
        """The report lists the written files in the order of the chapters, with their sizes."""
        assert [page.stem for page in built.pages] == ["index", "one", "two", "end"]
        assert built.pdf == root / "_site" / "tiny.pdf"
        assert built.pdf.read_bytes().startswith(b"%PDF")
        assert built.pdf_bytes == built.pdf.stat().st_size
        files = [file for file in (root / "_site").rglob("*") if file.is_file()]
        assert built.site_bytes + built.pdf_bytes == sum(file.stat().st_size for file in files)

    def test_nothing_left_beside(self, built: BuildReport, root: Path) -> None:
        """No temporary folder is left."""
        assert not list(root.glob("_site-*"))

    def test_reference_across_chapters(self, pages: dict[str, Page]) -> None:
        """A reference to another chapter's figure has its number and links to its page."""
        assert pages["index"].find("a", href="chapters/two.html#fig-square")
        assert "Figure\xa02.1" in pages["index"].words
        assert pages["two"].find("a", href="one.html#fig-bar")
        assert "Figure\xa01.1" in pages["two"].words
        assert "only its number: 1.1" in " ".join(pages["two"].words.split())
        assert pages["one"].find("figure", id="fig-bar")

    def test_numbers_like_quarto(self, pages: dict[str, Page]) -> None:
        """Index unnumbered, chapters 1 to n, appendix A, sections by depth; tab headings do not count."""
        assert "Table\xa01:" in pages["index"].words
        assert "Table\xa0A.1:" in pages["end"].words
        assert "Section\xa01.2.1" in pages["one"].words
        assert "Appendix\xa0A" in pages["two"].words
        assert pages["two"].find("a", href="end.html#sec-end")

    def test_number_of_a_title(self, root: Path, built: BuildReport) -> None:
        """A chapter's number precedes its title, both for a heading and in the front matter."""
        number = '<span class="section-number">{}</span> '
        for name, title in (("one", number.format(1) + "Data"), ("two", number.format(2) + "Model")):
            (heading,) = re.findall(
                r"<h1[^>]*>(.*?)</h1>", (root / "_site" / "chapters" / f"{name}.html").read_text(encoding="utf-8")
            )
            assert heading == title

    def test_group_of_references(self, pages: dict[str, Page]) -> None:
        """Two references in one pair of brackets become two links."""
        assert "Figure\xa01.1, Figure\xa02.1" in pages["one"].words

    def test_link_to_a_chapter(self, pages: dict[str, Page]) -> None:
        """A link to a chapter's source becomes a link to its page."""
        assert pages["index"].find("a", href="chapters/one.html#sec-one")

    def test_inline_values(self, pages: dict[str, Page]) -> None:
        """Computed values are plain text in the sentence; markup in them is escaped."""
        assert "The answer is 42, and the name is a_b*c <i>." in pages["index"].words
        assert "A bar with 3 units & more." in pages["one"].words

    def test_alternative_text(self, pages: dict[str, Page], typst_text: str) -> None:
        """The figure's text alternative is on the page for both themes, and in the PDF."""
        alt = 'A bar of 3 "units" < 4.'
        for theme in ("light", "dark"):
            (image,) = pages["one"].find("img", src=f"figures/bar-{theme}.svg")
            assert image["alt"] == alt
            assert image["class"] == f"{theme}-content"
        assert 'image("/chapters/figures/bar-print.svg", alt: "A bar of 3 \\"units\\" < 4.")' in typst_text
        assert "bar-light" not in typst_text

    def test_only_used_pictures(self, root: Path, built: BuildReport) -> None:
        """The site has only the pictures of its pages, not those of the PDF."""
        names = {file.name for file in (root / "_site" / "chapters" / "figures").iterdir()}
        assert names == {"bar-light.svg", "bar-dark.svg", "square.svg"}

    def test_content_by_format(self, pages: dict[str, Page], typst_text: str) -> None:
        """Each format has its own content, raw blocks included."""
        assert "Only on the page." in pages["two"].words
        assert "Only on paper." not in pages["two"].words
        assert pages["two"].find("div", id="raw-html")
        assert "Only on paper." in typst_text
        assert "#text(fill: red)[raw typst]" in typst_text
        assert "Only on the page." not in typst_text

    def test_callouts_and_tabs(self, pages: dict[str, Page], typst_text: str) -> None:
        """Callouts and tabs keep title and content in both formats; a collapsed note folds on the page."""
        one = pages["one"]
        assert one.find("details", **{"class": "callout callout-note"})
        assert one.find("div", **{"class": "callout callout-warning"})
        assert len(one.find("div", **{"class": "tab-panel"})) == 2
        for words in ("Folded", "Inside the note.", "A heading as title", "Left text.", "Right text."):
            assert words in one.words
            assert words in typst_text

    def test_code_cells(self, pages: dict[str, Page]) -> None:
        """Code is shown only on request, folded; results are shown unless switched off."""
        one = pages["one"]
        assert one.find("details", **{"class": "code-fold"})
        assert "printed <b>" in one.words
        assert "never shown" not in one.words
        assert "include: false" not in one.words

    def test_citations_and_notes(self, pages: dict[str, Page], typst_text: str) -> None:
        """References are listed in the chapters that cite them, and once in the PDF."""
        assert "Netzer et al. 2011" in pages["one"].words
        assert pages["one"].find("h2", id="references")
        assert not pages["two"].find("h2", id="references")
        assert typst_text.count("<ref-netzer2011>\n") == 1
        assert "The note." in typst_text

    def test_no_request_leaves_the_page(self, root: Path, built: BuildReport) -> None:
        """All files that a page loads are in the site; only links in the text are external."""
        site = root / "_site"
        for file in built.pages:
            for tag, attributes in Page(file.read_text(encoding="utf-8")).elements:
                address = attributes.get("src") or (attributes.get("href") if tag != "a" else None)
                if address:
                    assert not re.match(r"\w+:|//", address), address
                    assert (file.parent / address).resolve().is_relative_to(site)
                    assert (file.parent / address).is_file(), address
        for sheet in site.rglob("*.css"):
            assert not re.search(r"@import|url\((?![\"']?data:)", sheet.read_text(encoding="utf-8"))

    def test_every_local_link_leads_somewhere(self, root: Path, built: BuildReport) -> None:
        """Links between the pages have a target file, and a target element if they have a fragment."""
        pages = {file: Page(file.read_text(encoding="utf-8")) for file in built.pages}
        anchors = {file: {a["id"] for _, a in page.elements if "id" in a} for file, page in pages.items()}
        for file, page in pages.items():
            for attributes in page.find("a"):
                address, _, anchor = attributes["href"].partition("#")
                if "://" in address:
                    continue
                target = (file.parent / address).resolve() if address else file
                assert target.is_file(), attributes["href"]
                if anchor:
                    assert anchor in anchors[target], attributes["href"]

    def test_text_is_escaped(self, pages: dict[str, Page]) -> None:
        """Title and footer from outside are text, never markup."""
        for page in pages.values():
            assert FOOTER in page.words
            assert "<what> digit classifiers" in page.words
            assert not page.find("what")
            assert not page.find("demo")

    def test_authors(self, pages: dict[str, Page]) -> None:
        """The first page names the authors, with affiliation and a link to the ORCID record."""
        assert "Ada Example (The <lab>, ORCID), The group, 2026-11-22" in pages["index"].words
        assert pages["index"].find("a", href="https://orcid.org/0000-0001-2345-6789")
        assert "Ada Example" not in pages["one"].words

    def test_navigation(self, pages: dict[str, Page]) -> None:
        """Each page has landmarks, a skip link, its own entry marked, and its neighbours."""
        one = pages["one"]
        assert one.find("a", href="#content", **{"class": "skip-link"})
        assert one.find("main", id="content")
        assert len([a for a in one.find("a") if a.get("aria-current") == "page"]) == 1
        assert one.find("a", rel="prev", href="../index.html")
        assert one.find("a", rel="next", href="../chapters/two.html")

    def test_ids_are_unique(self, pages: dict[str, Page]) -> None:
        """No id is given twice on a page."""
        for page in pages.values():
            ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
            assert len(ids) == len(set(ids))


class TestBuildFailing:
    """A failed build reports chapter and cause in one line, and keeps the old site."""

    @staticmethod
    def old_site(root: Path) -> Path:
        """Put a site of an earlier build in place."""
        site = root / "_site"
        site.mkdir()
        (site / "index.html").write_text("old", encoding="utf-8")
        return site

    @pytest.mark.parametrize(
        ("two", "message"),
        [
            ("# Two\n\n@fig-nowhere\n", r"chapters/two\.qmd: .*fig-nowhere"),
            ("# Two\n\n::: {#fig-bar}\nx\n\ncaption\n:::\n", r"two\.qmd: .*fig-bar is also in .*one\.qmd"),
            ("# Two\n\n::: {#fig-x}\n- no\n:::\n", r"two\.qmd: fig-x has no caption"),
            ("# Two\n\n![](figures/square.svg)\n", r"two\.qmd: .*square\.svg has no text alternative"),
            ('# Two\n\n![](gone.svg){fig-alt="x"}\n', r"two\.qmd: gone\.svg .* missing"),
            ('# Two\n\n![](../../gone.svg){fig-alt="x"}\n', r"two\.qmd: .*is outside the site"),
            ("# Two\n\n[@nobody1999]\n", r"two\.qmd: .*nobody1999 not found"),
            ("no title\n", r"two\.qmd: .*no title"),
        ],
    )
    def test_faulty_chapter(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, two: str, message: str) -> None:
        """A fault in a chapter gives one line with the chapter's name, and the old site stays complete."""
        one = "# Data\n\n::: {#fig-bar}\nx\n\nA bar.\n:::\n"
        root = write_project(tmp_path / "p", evidence=False, index="# Index\n", one=one)
        (root / "chapters" / "two.qmd").write_text(two, encoding="utf-8")
        site = self.old_site(root)
        with pytest.raises(SvhnlabError, match=message) as caught:
            build(root, site, formats=("html",))
        assert "\n" not in str(caught.value)
        assert [file.name for file in site.iterdir()] == ["index.html"]
        assert (site / "index.html").read_text(encoding="utf-8") == "old"
        assert not list(root.glob("_site-*"))

    def test_failing_cell(self, tmp_path: Path) -> None:
        """A failing cell is reported with chapter, line of the file and exception."""
        two = "# Two\n\n```{python}\n#| echo: false\nx = 1\nx / 0\n```\n"
        root = write_project(tmp_path / "p", evidence=False, index="# Index\n", one="# One\n", two=two)
        site = self.old_site(root)
        with pytest.raises(SvhnlabError) as caught:
            build(root, site)
        assert str(caught.value) == "chapters/two.qmd, line 6: ZeroDivisionError: division by zero"
        assert (site / "index.html").read_text(encoding="utf-8") == "old"

    def test_failing_inline_expression(self, tmp_path: Path) -> None:
        """A failing inline expression is reported with its source."""
        index = "# Index\n\n```{python}\n```\n`{python} nothing`\n"
        root = write_project(tmp_path / "p", evidence=False, index=index, one="# One\n")
        (root / "chapters" / "two.qmd").write_text("# Two\n", encoding="utf-8")
        with pytest.raises(SvhnlabError, match=r"^index\.qmd, line 5: in `nothing` NameError: .*nothing"):
            build(root, root / "_site")

    def test_failing_script(self, tmp_path: Path) -> None:
        """A script that runs before the chapters and fails is named."""
        root = write_project(tmp_path / "p", evidence=False)
        (root / "prepare.py").write_text("raise OSError('full')", encoding="utf-8")
        with pytest.raises(SvhnlabError, match=r"prepare\.py failed: OSError: full"):
            build(root, root / "_site")

    def test_foreign_folder(self, tmp_path: Path) -> None:
        """A folder with other files is never replaced, nor is the project."""
        root = write_project(tmp_path / "p", evidence=False)
        other = tmp_path / "thesis"
        other.mkdir()
        (other / "chapter.tex").write_text("years of work", encoding="utf-8")
        with pytest.raises(InputError, match="files that are not part of a report"):
            build(root, other)
        with pytest.raises(InputError, match="holds the project"):
            build(root, root)
        assert (other / "chapter.tex").exists()


class TestReadProject:
    def test_numbers(self, root: Path) -> None:
        """Numbers follow the order: none for the index, then 1 to n, then letters."""
        project: Book = read_book(root)
        assert [chapter.number for chapter in project.chapters] == ["", "1", "2", "A"]
        assert [str(chapter.page) for chapter in project.chapters][1] == "chapters/one.html"
        assert [chapter.to_root for chapter in project.chapters][:2] == ["", "../"]
        assert isinstance(project.chapters[0], BookChapter)
        assert not project.echo

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("book: [", "not valid YAML"),
            ("project: {type: website}", "no book"),
            ("book: {chapters: [gone.qmd]}", r"names gone\.qmd"),
            ("book: {chapters: [{part: x}]}", "as a file name"),
        ],
    )
    def test_refused(self, tmp_path: Path, text: str, message: str) -> None:
        """Invalid settings of a book are refused with one line."""
        (tmp_path / "_quarto.yml").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=message):
            read_book(tmp_path)

    def test_missing(self, tmp_path: Path) -> None:
        """A folder without a project is reported."""
        with pytest.raises(InputError, match=r"has no _quarto\.yml"):
            read_book(tmp_path)


class TestLook:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_one_palette(self, theme: ThemeName) -> None:
        """Figures, the style sheet of both engines and Quarto's theme have the same colours."""
        sheet = resource_text("svhnlab.css")
        quarto = (EXTENSION / f"{theme}.scss").read_text(encoding="utf-8")
        block = sheet.split("body.quarto-dark {" if theme == "dark" else "body.quarto-light {")[1].split("}")[0]
        colours = THEMES[theme]
        for name, colour in (("page", colours.page), ("text", colours.text), ("muted", colours.muted)):
            assert f"--{name}: {colour};" in block
            assert colour in quarto
        assert set(re.findall(r"#[0-9a-f]{6}", quarto)) <= set(re.findall(r"#[0-9a-f]{6}", block))
