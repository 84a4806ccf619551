"""Search index, glossary, source code pages, and corrections of Quarto's pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from svhnlab.site.postprocess import sources
from svhnlab.site.postprocess.search import GLOSSARY, INDEX, PageText, write_search
from svhnlab.site.postprocess.sources import write_sources
from svhnlab.site.quarto.fix_pages import fix_pages

PAGE = """<html><body><nav><a href="x">Away</a></nav><main><header><h1>Title</h1></header><p>Top words.</p>
<section id="sec-a"><h2><span class="n">1.1</span> A <em>head</em></h2><p>Text &amp; more<br>here.</p>
<div id="fig-a"><figure><img src="a" alt="b"><script>no()</script><figcaption>Figure 1: Its caption.</figcaption>
<div class="figure-foot">Data</div></figure></div><p>After.</p></section>
<h3 id="term-x" data-keywords="other word">Term</h3><p>Its </script> meaning.</p></main><p>Outside</p></body></html>"""


class TestPageText:
    def test_sections_figures_and_nothing_else(self) -> None:
        """Headings and captions have anchors, text belongs to its section, code and navigation are left out."""
        page = PageText(PAGE)
        assert page.title == "Title"
        assert [(entry.anchor, entry.title, entry.text, entry.keywords) for entry in page.entries] == [
            ("", "Title", "Top words.", ""),
            ("sec-a", "1.1 A head", "Text & more here. After.", ""),
            ("fig-a", "Figure 1", "Its caption.", ""),
            ("term-x", "Term", "Its meaning.", "other word"),
        ]

    def test_keywords_of_a_section(self) -> None:
        """Pandoc writes the keywords of a heading on the section around it; they are those of its first heading."""
        page = PageText(
            '<main><section id="a" data-keywords="x"><h2>A</h2><section id="b"><h3>B</h3></section></section></main>'
        )
        assert [(entry.anchor, entry.keywords) for entry in page.entries] == [("a", "x"), ("b", "")]


class TestWriteSearch:
    def test_scripts(self, tmp_path: Path) -> None:
        """Both scripts are plain assignments of JSON, for all pages except source code pages."""
        (tmp_path / "code").mkdir()
        for name in ("a.html", "code/b.html"):
            (tmp_path / name).write_text(PAGE, encoding="utf-8")
        write_search(tmp_path)
        index = (tmp_path / INDEX).read_text(encoding="utf-8")
        assert [page for page, *_ in json.loads(index.removeprefix("window.svhnlabSearch=").rstrip(";\n"))] == [
            "a.html"
        ]
        terms = (tmp_path / GLOSSARY).read_text(encoding="utf-8")
        assert json.loads(terms.removeprefix("window.svhnlabGlossary=").rstrip(";\n")) == {
            "term-x": ["Term", "Its meaning."]
        }


class TestWriteSources:
    def test_linked_modules_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each linked module has a page with its lines and a link to the file at the commit."""
        monkeypatch.setattr(sources, "commit", lambda: {"sha": "c" * 40, "dirty": False})
        (tmp_path / "index.html").write_text('<a href="code/svhnlab/errors.html#L3">Code</a>', encoding="utf-8")
        write_sources(tmp_path, "https://example.org/svhnlab.git")
        (page,) = (tmp_path / "code").rglob("*.html")
        text = page.read_text(encoding="utf-8")
        source = Path(sources.svhnlab.__file__).with_name("errors.py").read_text(encoding="utf-8")
        assert text.count('<span id="L') == len(source.splitlines())
        assert f"https://example.org/svhnlab/blob/{'c' * 40}/svhnlab/errors.py" in text
        assert 'href="../../assets/svhnlab.css"' in text

    def test_changed_code_is_in_no_repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """If the working tree differs from the commit, the page states it and has no link to the repository."""
        monkeypatch.setattr(sources, "commit", lambda: {"sha": "c" * 40, "dirty": True})
        (tmp_path / "index.html").write_text('<a href="code/svhnlab/errors.html#L3">Code</a>', encoding="utf-8")
        write_sources(tmp_path, "https://example.org/svhnlab")
        text = (tmp_path / "code" / "svhnlab" / "errors.html").read_text(encoding="utf-8")
        assert "with uncommitted changes" in text
        assert "example.org" not in text


class TestMendPages:
    def test_folders_and_names(self, tmp_path: Path) -> None:
        """Links to folders, which list files when opened from disk, are changed; other links are kept."""
        file = tmp_path / "index.html"
        file.write_text('<nav id="quarto-sidebar" class="s"><a href="../">T</a><a href="../x.html">X</a></nav>')
        fix_pages(tmp_path)
        fix_pages(tmp_path)
        assert file.read_text() == (
            '<nav id="quarto-sidebar" aria-label="Chapters" class="s"><a href="../index.html">T</a>'
            '<a href="../x.html">X</a></nav>'
        )

    def test_pages_are_no_xml(self, tmp_path: Path) -> None:
        """Pages do not declare the namespace of XHTML, since WebKit reads such a file on disk as XML and fails."""
        file = tmp_path / "index.html"
        file.write_text('<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en"><head>')
        fix_pages(tmp_path)
        assert file.read_text() == '<!DOCTYPE html>\n<html lang="en" xml:lang="en"><head>'

    def test_links_to_the_next_chapter_have_a_name(self, tmp_path: Path) -> None:
        """The links to the previous and the next chapter are a landmark with a name, on wide pages too."""
        file = tmp_path / "index.html"
        for classes in ("page-navigation", "page-navigation column-page-right"):
            file.write_text(f'<nav class="{classes}">')
            fix_pages(tmp_path)
            fix_pages(tmp_path)
            assert file.read_text() == f'<nav class="{classes}" aria-label="Previous and next chapter">'

    def test_panels_have_names_for_print(self, tmp_path: Path) -> None:
        """The panel of each tab repeats the name of the tab, once."""
        file = tmp_path / "index.html"
        tab = '<a class="nav-link" id="tabset-1-1-tab" data-bs-toggle="tab" href="">Two-layer <em>CNN</em></a>'
        panel = '<div id="tabset-1-1" class="tab-pane" role="tabpanel" aria-labelledby="tabset-1-1-tab">'
        file.write_text(f"{tab}{panel}<p>Text.</p></div>")
        fix_pages(tmp_path)
        fix_pages(tmp_path)
        title = '<p class="tab-title"><strong>Two-layer <em>CNN</em></strong></p>'
        assert file.read_text() == f"{tab}{panel}{title}<p>Text.</p></div>"

    def test_parts_unfold_by_key(self, tmp_path: Path) -> None:
        """The control that unfolds a part of Quarto's contents is a focusable button, not a landmark."""
        file = tmp_path / "index.html"
        link = (
            '<a class="sidebar-item-toggle text-start" data-bs-toggle="collapse" data-bs-target="#part-1"{} aria-x="y">'
        )
        file.write_text(link.format(' role="navigation"'))
        fix_pages(tmp_path)
        fix_pages(tmp_path)
        assert file.read_text() == link.format(' href="#part-1" role="button"')

    def test_scripts_run_from_a_disk(self, tmp_path: Path) -> None:
        """Quarto's script becomes a classic script with its imports inlined; other modules stay modules."""
        scripts = tmp_path / "site_libs" / "quarto-html"
        (scripts / "tabs").mkdir(parents=True)
        (scripts / "quarto.js").write_text('import * as tabs from "./tabs/tabs.js";\n\ntabs.init();\n')
        (scripts / "tabs" / "tabs.js").write_text("export function init() {\n  say(1);\n}\n")
        (tmp_path / "own.js").touch()
        tag = '<script src="{}" type="module"></script>\n'
        names = ("site_libs/quarto-html/quarto.js", "site_libs/quarto-html/tabs/tabs.js", "own.js")
        (tmp_path / "index.html").write_text("".join(map(tag.format, names)))
        fix_pages(tmp_path)
        fix_pages(tmp_path)
        wanted = f'<script src="{names[0]}" defer></script>\n{tag.format("own.js")}'
        assert (tmp_path / "index.html").read_text() == wanted
        made = (scripts / "quarto.js").read_text()
        assert "import" not in made
        assert "export" not in made
        assert "return { init };" in made
        assert not (scripts / "tabs").exists()

    def test_no_second_search(self, tmp_path: Path) -> None:
        """The index of Quarto's search, which is switched off, is removed."""
        (tmp_path / "search.json").write_text("[]")
        fix_pages(tmp_path)
        assert not (tmp_path / "search.json").exists()
