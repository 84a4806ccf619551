"""Markdown that escapes what is inserted into it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from svhnlab.printable import isolated
from svhnlab.report.core.markdown import Markdown, escape_attribute, escape_markdown, sentences
from tests.fixtures.paths import ROOT


class TestMarkdown:
    def test_format_escapes(self):
        """Text that is inserted is escaped, Markdown is not, and numbers keep their format."""
        text = Markdown("**{name}** has {share:.2f} of {link}.").format(
            name="a*b|c", share=0.5, link=Markdown("[images](#all)")
        )
        assert text == "**a\\*b\\|c** has 0.50 of [images](#all)."
        assert isinstance(text, Markdown)

    def test_join_and_add_escape(self):
        """Parts that are joined or added are escaped alike, from either side."""
        assert Markdown(", ").join(["*", Markdown("*x*")]) == "\\*, *x*"
        assert Markdown("*x*") + "*" == "*x*\\*"
        assert "*" + Markdown("*x*") == "\\**x*"
        assert isinstance("*" + Markdown("*x*"), Markdown)

    def test_escape_once(self):
        """Escaping what is escaped changes nothing."""
        once = escape_markdown("a_b")
        assert escape_markdown(once) is once

    def test_attribute(self):
        """No quote, brace or bracket is left in an attribute."""
        assert escape_attribute('"{x}"') == "&#34;&#123;x&#125;&#34;"

    def test_isolated_once(self):
        """A name from right to left that is isolated already, as in figures, stays as it is; a stray sign is shown."""
        name = isolated("\N{HEBREW LETTER ALEF}")
        assert escape_markdown(name) == escape_markdown("\N{HEBREW LETTER ALEF}") == name
        assert name in escape_markdown(f"cat → {name}")
        assert escape_attribute(f"cat as {name}") == f"cat as {name}"
        assert escape_attribute("\u2068cat") == "&#92;u2068cat"

    def test_represents_itself(self):
        """A cell that ends in Markdown shows it."""
        assert Markdown("*x*")._repr_mimebundle_() == {"text/markdown": "*x*", "text/plain": "*x*"}

    def test_sentences(self):
        """Empty sentences leave no space."""
        assert sentences([Markdown("A."), Markdown(""), Markdown("B.")]) == "A. B."


SOURCES = sorted(file for folder in ("svhnlab", "benchmarks") for file in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_markdown_of_an_f_string(file: Path) -> None:
    """An f-string would insert text unescaped, so none is passed to `Markdown`."""
    assert f_strings_in_markdown(file.read_text(encoding="utf-8")) == []


def f_strings_in_markdown(source: str) -> list[int]:
    """Lines of the calls of `Markdown` with an f-string in an argument."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [
        call.lineno
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "Markdown"
        and any(isinstance(node, ast.JoinedStr) for argument in call.args for node in ast.walk(argument))
    ]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('Markdown(f"{x}")', [1]),
        ('x = Markdown("a" + f"{x}")', [1]),
        ('Markdown("{x}").format(x=f"{y:g}")', []),
        ('print(f"{x}")', []),
    ],
)
def test_finds_f_strings(source: str, lines: list[int]) -> None:
    """Only an f-string that becomes Markdown itself is found; one that is inserted is escaped."""
    assert f_strings_in_markdown(source) == lines
