"""Text from outside (names, paths, notes) has no effect in a terminal, in settings, on pages and in the PDF."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from rich.table import Table
from rich.text import Text

from svhnlab.cli import main
from svhnlab.cli.options import console, say
from svhnlab.config.citation_file import read_citation
from svhnlab.config.study_file import read_study_file
from svhnlab.errors import InputError
from svhnlab.printable import is_printable, printable
from svhnlab.report.core.markdown import escape_attribute, escape_markdown
from svhnlab.site.builtin.build import BuildReport, build
from svhnlab.site.prerender.prepare import quarto_settings
from svhnlab.site.quarto.hooks import quarto_text
from svhnlab.store.ablation_file import AblationFile
from svhnlab.store.recorded_settings import class_names_of
from tests.config.test_citation import CITATION as CITATION_OF_A_REPORT
from tests.fixtures.fake_ablation import fake_ablation
from tests.fixtures.site_project import CITATION, Page, write_project

#: Text that a terminal obeys, or that hides or reorders other text, and what is shown instead.
COMMANDS = {
    "clears the screen": ("a\x1b[2Jb", r"a\x1b[2Jb"),
    "links": ("\x1b]8;;http://x\x07a\x1b]8;;\x07", r"\x1b]8;;http://x\x07a\x1b]8;;\x07"),
    "8-bit command": ("a\x9b2Jb", r"a\x9b2Jb"),
    "overwrites its line": ("bad\rgood", r"bad\rgood"),
    "forges a line": ("a\nError: b", r"a\nError: b"),
    "deletes": ("a\x08b\x7f", r"a\x08b\x7f"),
    "reverses": ("a\u202efdp.b", r"a\u202efdp.b"),
    "isolates": ("a\u2066b\u2069", r"a\u2066b\u2069"),
    "hides": ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
    "separates lines": ("a\u2028b\x85", r"a\u2028b\x85"),
    "is no letter": ("a\udcffb", r"a\udcffb"),
}
commands = pytest.mark.parametrize(("text", "shown"), COMMANDS.values(), ids=list(COMMANDS))

#: Names in the syntax of every language that they are written in.
NAMES = (
    "<script>alert(1)</script>",
    "</script><b>x</b><!--",
    "<img src=x onerror=alert(1)>",
    '"><a onclick=alert(1)> &lt; &amp;',
    '#import "x.typ": * #panic()',
    "] #text(red)[x] @fig-x <label>",
    "{{< include x.qmd >}} {.a onclick=x}",
    "`x`{=html} ```{=typst} $x$ \\input",
    "[a](javascript:alert(1)) ![](x.png)",
    "::: {.x} | a || *b* _c_ ~d~ ^e^",
)
NOTE = " ".join(NAMES)


class TestPrintable:
    @commands
    def test_escaped(self, text: str, shown: str) -> None:
        """Control characters are shown as escapes, also in Markdown and its attributes."""
        assert not is_printable(text)
        assert printable(text) == shown
        assert is_printable(escape_markdown(text))
        assert is_printable(escape_attribute(text))

    @pytest.mark.parametrize("text", ["", "日本語 é", "\u0915\u094d\u200d\u0937", "1\u00a0s", *NAMES])
    def test_unchanged(self, text: str) -> None:
        """Letters of every script, joiners, spaces and signs are shown as they are."""
        assert printable(text) == text


class TestTerminal:
    @commands
    def test_output(self, capsys: pytest.CaptureFixture[str], text: str, shown: str) -> None:
        """A line stays one line, and no cell of a table has a control character."""
        say(f"File {text}.")
        assert capsys.readouterr().out.encode(errors="surrogateescape").decode() == f"File {shown}.\n"
        table = Table("Name")
        table.add_row(Text(text))
        console.print(table)
        console.print(text)
        assert is_printable(capsys.readouterr().out.replace("\n", ""))

    @pytest.mark.parametrize("text", ["[red]x[/red]", ":smile:", "[/x]"])
    def test_no_markup(self, capsys: pytest.CaptureFixture[str], text: str) -> None:
        """Brackets and colons are text, also where the pipeline prints them."""
        console.print(text)
        assert capsys.readouterr().out == f"{text}\n"

    @commands
    @pytest.mark.parametrize("command", [["verify"], ["status", "--results"], ["evaluate", "cnn", "--on"], ["init"]])
    def test_errors(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        command: list[str],
        text: str,
        shown: str,
    ) -> None:
        """A path in an error, of usage or of input, is escaped, and the error is one line."""
        (tmp_path / "file").touch()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["svhnlab", *command, f"file/{text}"])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code
        error = capsys.readouterr().err
        assert error.startswith("Error: ")
        assert is_printable(error.removesuffix("\n"))


class TestSettings:
    @commands
    @pytest.mark.parametrize("key", ["title", "authors", "class_names", "data_name", "data_description"])
    def test_study_file(self, tmp_path: Path, key: str, text: str, shown: str) -> None:
        """A name with a control character is refused in one line that names the key."""
        value = "".join(f"\\U{ord(one):08x}" for one in f"x{text}x".replace("\udcff", "\ufffe"))
        value = f'["{value}", "y"]' if key in ("authors", "class_names") else f'"{value}"'
        (tmp_path / "study.toml").write_text(f"{key} = {value}\n")
        with pytest.raises(InputError, match=key) as caught:
            read_study_file(tmp_path / "study.toml")
        assert "characters that cannot be printed" in str(caught.value)

    @pytest.mark.parametrize("text", ["a\\u202Eb", "a\\x9Bb", "a\\eb", "a\\u200Bb"])
    @pytest.mark.parametrize("key", ["title", "authors.1.name", "abstract", "keywords.1", "url"])
    def test_citation_file(self, tmp_path: Path, key: str, text: str) -> None:
        """The same holds for ``CITATION.cff``."""
        value = f'"https://x.org/{text}"' if key == "url" else f'"{text}"'
        entry = {"authors.1.name": f"authors: [{{name: {value}}}]", "keywords.1": f"keywords: [{value}]"}
        lines = [line for line in CITATION.splitlines() if not line.startswith(("title", "authors", "  -"))]
        others = {"title": "title: A", "authors.1.name": "authors: [{name: B}]"}
        kept = [line for name, line in others.items() if name != key]
        (tmp_path / "CITATION.cff").write_text("\n".join([*lines, *kept, entry.get(key, f"{key}: {value}"), ""]))
        with pytest.raises(InputError, match=key) as caught:
            read_citation(tmp_path / "CITATION.cff")
        assert "characters that cannot be printed" in str(caught.value)

    def test_stored_text(self) -> None:
        """A stored note and the class names of a stored study are checked, too."""
        stored = fake_ablation().model_dump()
        with pytest.raises(ValueError, match="cannot be printed"):
            AblationFile.model_validate({**stored, "note": "a\x1b[2J"})
        assert AblationFile.model_validate({**stored, "note": " a\n b"}).note == "a b"
        with pytest.raises(InputError, match="cannot be printed"):
            class_names_of({"class_names": ["a", "b\u202e"]})


class TestQuartoText:
    @pytest.mark.parametrize("text", [name for name in NAMES if "{{<" not in name])
    def test_is_markdown(self, text: str) -> None:
        """Quarto reads titles, authors and the footer as Markdown."""
        assert quarto_text(text) == escape_markdown(text)
        book = quarto_settings(replace(CITATION_OF_A_REPORT, title=text, keywords=('a "b"',)), "a.pdf", quarto_text)
        assert book["book"]["title"] == escape_markdown(text)
        assert '"' not in book["keywords"][0]

    def test_no_shortcode(self) -> None:
        """Quarto runs shortcodes in settings also if they are escaped."""
        with pytest.raises(InputError, match="Quarto would run the shortcode"):
            quarto_text("{{< include x.qmd >}}")


CHAPTER = f"""\
# Names {{#sec-one}}

```{{python}}
#| include: false
from svhnlab.report import *
from svhnlab.report.training.ablations import AblationChart, describe_ablation
from tests.fixtures.fake_ablation import fake_ablation
from tests.fixtures.fakes import fake_study

chapter = Chapter(fake_study(n_test=60, class_names={NAMES!r}, runs=["cnn"]))
ablation = fake_ablation().model_copy(update={{"note": {NOTE!r}}})
```

`{{python}} describe_ablation(ablation, AblationChart(ablation.runs[0], "training", ablation.folds))`

::: {{#fig-matrix}}
```{{python}}
chapter.show(ConfusionMatrix, "cnn")
```

A matrix.
:::

::: {{#tbl-classes}}
```{{python}}
chapter.show(PerClassTable, "cnn")
```

Each class.
:::

::: {{#fig-map}}
```{{python}}
chapter.show(EmbeddingMaps2D)
```

A map.
:::
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuildReport:
    """A book with these names as title, authors, classes and note."""
    root = tmp_path_factory.mktemp("names")
    project = write_project(root / "project", one=CHAPTER, two="# Two\n", index="# Overview {.unnumbered}\n")
    authors = "".join(f"  - {{name: {json.dumps(name)}}}\n" for name in NAMES)
    kept = CITATION.partition("title:")[0], CITATION.partition("\nversion:")[2]
    text = f"{kept[0]}title: {json.dumps(NAMES[0])}\nauthors:\n{authors}version:{kept[1]}"
    (project / "CITATION.cff").write_text(text, encoding="utf-8")
    return build(project, root / "site", footer=NAMES[4])


class TestBook:
    def test_pages(self, built: BuildReport) -> None:
        """Pages have every name as text, and no element, handler or address from a name."""
        pages = {page.stem: Page(page.read_text(encoding="utf-8")) for page in built.pages}
        for name, page in pages.items():
            words = " ".join(page.words.split())
            assert NAMES[0] in words
            assert NAMES[4] in words
            if name in ("index", "one"):
                assert [one for one in NAMES if one not in words] == []
            for tag, attributes in page.elements:
                assert tag not in ("b", "label") or name == "one"
                assert not [attribute for attribute in attributes if attribute.startswith("on")]
                assert not {"a", "x"} & set(attributes.get("class", "").split())
                assert attributes.get("src", attributes.get("href", "")) not in ("x", "x.png", "javascript:alert(1)")
        scripts = [text for page in built.pages for text in re.findall("<script.*?>(.*?)</script>", page.read_text())]
        assert not [text for text in scripts if text.strip().startswith("alert")]
        assert NOTE in " ".join(pages["one"].words.split())

    def test_pdf(self, built: BuildReport) -> None:
        """The PDF has every name as text."""
        assert built.pdf is not None
        pages = [page.get_textpage().get_text_bounded() for page in pdfium.PdfDocument(built.pdf)]
        text = "".join("".join(pages).split())
        assert [name for name in NAMES if "".join(name.split()) not in text] == []
