from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.errors import SvhnlabError
from svhnlab.paths import CHAPTER_END
from svhnlab.site.execute.notebook import CodeCell, TextPart, execute, parse

PROSE = st.text(alphabet="ab `{}python\n#~", max_size=60)


class TestParse:
    def test_cells_and_inline(self) -> None:
        """Cells and expressions are found with their lines and options; other text stays."""
        text = "a `{python} x + 1` b\n\n```{python}\n#| echo: true\ny\n```\nend\n"
        parts = parse(text, "c")
        codes = [part for part in parts if isinstance(part, CodeCell)]
        assert [(code.source, code.line, code.inline) for code in codes] == [
            ("x + 1", 1, True),
            ("#| echo: true\ny\n", 4, False),
        ]
        assert codes[1].options == {"echo": True}
        assert "".join(part.text for part in parts if isinstance(part, TextPart)) == "a  b\n\nend\n"

    def test_code_that_is_shown_only(self) -> None:
        """Code blocks of other kinds, and code in double backticks, are text."""
        text = "```python\n`{python} x`\n```\n\n````\n```{python}\nx\n```\n````\n`` `{python} x` ``\n"
        assert not [part for part in parse(text, "c") if isinstance(part, CodeCell)]

    @given(PROSE)
    def test_text_is_kept(self, text: str) -> None:
        """Text without a cell is unchanged."""
        if "{python}" not in text:
            parts = parse(text, "c")
            assert "".join(part.text for part in parts if isinstance(part, TextPart)) == text

    def test_open_cell(self) -> None:
        """An unclosed cell is an error with its line."""
        with pytest.raises(SvhnlabError, match=r"c, line 2: this cell is not closed"):
            parse("x\n```{python}\n1\n", "c")

    def test_unknown_option(self) -> None:
        """An option that only Quarto supports is refused, not ignored."""
        with pytest.raises(SvhnlabError, match="the cell option 'fig-cap' is not supported"):
            parse("```{python}\n#| fig-cap: x\n1\n```\n", "c")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("chapter")
    file = folder / "c.qmd"
    file.write_text(
        "```{python}\n"
        "import base64, sys, warnings\n"
        "class Picture:\n"
        "    def _repr_png_(self): return b'png bytes'\n"
        "    def __repr__(self): return 'A \"picture\"'\n"
        "class Marked:\n"
        "    def _repr_markdown_(self): return '**bold**'\n"
        "warnings.warn('to stderr')\n"
        "```\n"
        "\n```{python}\nPicture()\n```\n"
        "\n```{python}\n41 + 1\n```\n"
        "\n```{python}\n#| output: asis\nprint('- item')\n```\n"
        "\nHere is `{python} Marked()` and `{python} '*'`; in `{python} __import__('os').getcwd()`.\n",
        encoding="utf-8",
    )
    return execute(file, "c", folder / "figures", echo=False, warning=False), folder


class TestExecute:
    def test_inline_alone(self, tmp_path: Path) -> None:
        """Inline expressions without a cell, which Quarto would not evaluate, are refused."""
        (tmp_path / "c.qmd").write_text("# C\n\n`{python} 1`\n", encoding="utf-8")
        with pytest.raises(SvhnlabError, match=r"c, line 3: .* without a cell"):
            execute(tmp_path / "c.qmd", "c", tmp_path / "figures", echo=False, warning=False)

    def test_results(self, shown: tuple[str, Path]) -> None:
        """Markdown stays Markdown, pictures become files with a text alternative, plain text is verbatim."""
        text, folder = shown
        (picture,) = (folder / "figures").iterdir()
        assert picture.read_bytes() == b"png bytes"
        assert f'![](figures/{picture.name}){{fig-alt="A &#34;picture&#34;"}}' in text
        assert "`````\n42\n`````" in text
        assert "\n- item\n" in text
        assert r"Here is **bold** and \*;" in text

    def test_value_that_cannot_be_shown(self, tmp_path: Path) -> None:
        """A figure that fails while it is drawn fails the chapter instead of appearing as plain text."""
        text = (
            "```{python}\nclass Figure:\n    def _repr_markdown_(self): raise ValueError('no numbers')\nFigure()\n```\n"
        )
        (tmp_path / "c.qmd").write_text(text, encoding="utf-8")
        with pytest.raises(SvhnlabError, match=r"c, line 2: ValueError: no numbers"):
            execute(tmp_path / "c.qmd", "c", tmp_path / "figures", echo=False, warning=False)

    def test_end(self, tmp_path: Path) -> None:
        """Content after the mark of a chapter's end is neither run nor shown."""
        end = f"from IPython.display import Markdown\nMarkdown({CHAPTER_END!r})"
        text = f"# C\n\nLead.\n\n```{{python}}\n{end}\n```\n\n## More\n\n```{{python}}\n1 / 0\n```\n"
        (tmp_path / "c.qmd").write_text(text, encoding="utf-8")
        result = execute(tmp_path / "c.qmd", "c", tmp_path / "figures", echo=False, warning=False)
        assert "Lead." in result
        assert "More" not in result

    def test_folder(self, shown: tuple[str, Path]) -> None:
        """A chapter runs in its own folder, as with Quarto."""
        text, folder = shown
        assert folder.name in text.replace("\\", "")

    def test_warnings_are_not_shown(self, shown: tuple[str, Path]) -> None:
        """Output to stderr is hidden if the project's settings hide it."""
        assert "to stderr" not in shown[0]
