"""The search's index, the glossary, the shipped code and Quarto's pages mended."""

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
<h3 id="term-x">Term</h3><p>Its </script> meaning.</p></main><p>Outside</p></body></html>"""


class TestPageText:
    def test_sections_figures_and_nothing_else(self) -> None:
        """Headings and captions lead to their places, text belongs to its section, code and navigation to none."""
        page = PageText(PAGE)
        assert page.title == "Title"
        assert [(entry.anchor, entry.title, entry.text) for entry in page.entries] == [
            ("", "Title", "Top words."),
            ("sec-a", "1.1 A head", "Text & more here. After."),
            ("fig-a", "Figure 1", "Its caption."),
            ("term-x", "Term", "Its meaning."),
        ]


class TestWriteSearch:
    def test_scripts(self, tmp_path: Path) -> None:
        """Both scripts are plain assignments of JSON, for all pages but those of code."""
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
        """Each linked module has a page with its lines, and leads to the file at the very commit."""
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
        """Where the working tree differs from the commit, the page says so and leads nowhere else."""
        monkeypatch.setattr(sources, "commit", lambda: {"sha": "c" * 40, "dirty": True})
        (tmp_path / "index.html").write_text('<a href="code/svhnlab/errors.html#L3">Code</a>', encoding="utf-8")
        write_sources(tmp_path, "https://example.org/svhnlab")
        text = (tmp_path / "code" / "svhnlab" / "errors.html").read_text(encoding="utf-8")
        assert "with uncommitted changes" in text
        assert "example.org" not in text


class TestMendPages:
    def test_folders_and_names(self, tmp_path: Path) -> None:
        """From a disk a link to a folder would list its files; other links stay as they are."""
        file = tmp_path / "index.html"
        file.write_text('<nav id="quarto-sidebar" class="s"><a href="../">T</a><a href="../x.html">X</a></nav>')
        fix_pages(tmp_path)
        fix_pages(tmp_path)
        assert file.read_text() == (
            '<nav id="quarto-sidebar" aria-label="Chapters" class="s"><a href="../index.html">T</a>'
            '<a href="../x.html">X</a></nav>'
        )

    def test_parts_unfold_by_key(self, tmp_path: Path) -> None:
        """What unfolds a part of Quarto's contents is a button that the keyboard reaches, and no landmark."""
        file = tmp_path / "index.html"
        link = (
            '<a class="sidebar-item-toggle text-start" data-bs-toggle="collapse" data-bs-target="#part-1"{} aria-x="y">'
        )
        file.write_text(link.format(' role="navigation"'))
        fix_pages(tmp_path)
        fix_pages(tmp_path)
        assert file.read_text() == link.format(' href="#part-1" role="button"')

    def test_scripts_run_from_a_disk(self, tmp_path: Path) -> None:
        """Quarto's script becomes a plain one that holds what it imported; other modules stay modules."""
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
        """The index of a search that is switched off does not travel with the site."""
        (tmp_path / "search.json").write_text("[]")
        fix_pages(tmp_path)
        assert not (tmp_path / "search.json").exists()
