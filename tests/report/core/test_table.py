"""The representation of tables."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from svhnlab.report import ModelComparison, Table
from svhnlab.report.core.markdown import escape_attribute
from svhnlab.report.core.table import Column
from tests.report.core.test_display import NASTY


@dataclass(frozen=True)
class Names(Table[tuple[str, str]]):
    """A table of pairs of names."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def alt(self) -> str:
        return "Names."

    def rows(self) -> Sequence[tuple[str, str]]:
        return self.pairs

    def columns(self) -> Sequence[Column[tuple[str, str]]]:
        return (
            Column("first", lambda pair: pair[0], "First"),
            Column("second", lambda pair: pair[1], "Second"),
            Column("images", lambda pair: 1, "Images"),
        )


def table_of_names(*names: str) -> Names:
    """A table of two classes, each of which is confused with the other once."""
    return Names((names, names[::-1]))


class TestTable:
    def test_numbers_to_the_right(self, study):
        """Columns of numbers are aligned to the right, names to the left."""
        rule = ModelComparison.from_study(study).markdown().splitlines()[1]
        columns = rule.strip("|").split("|")
        assert columns[0].startswith(":")
        assert all(column.endswith(":") for column in columns[1:])

    def test_outside_text_is_escaped(self):
        """A class name cannot break the table or become markup."""
        text = table_of_names(NASTY, "b").markdown()
        row = text.splitlines()[2]
        assert len(re.findall(r"(?<!\\)\|", row)) == 4
        assert not re.search(r"(?<!\\)[<>*_`@$#\[\]{}]", row)

    def test_survives_pandoc(self):
        """What pandoc reads back from a table cell and from an attribute is the text that went in."""
        pypandoc = pytest.importorskip("pypandoc")
        text = f"{table_of_names(NASTY, 'b').markdown()}\n\n"
        text += f'![](x.svg){{fig-alt="{escape_attribute(NASTY)}"}}\n'
        tree = json.loads(pypandoc.convert_text(text, "json", format="markdown"))
        plain = pypandoc.convert_text(text, "plain", format="markdown", extra_args=["--wrap=none", "--columns=400"])
        assert NASTY in plain
        assert json.dumps(NASTY)[1:-1] in json.dumps(tree["blocks"][1])
