"""The representation of tables."""

from __future__ import annotations

import json
import re

import pytest

from svhnlab.analysis.errors import confused_pairs
from svhnlab.report import ModelComparison, MostConfusedPairs
from svhnlab.report.core.markdown import escape_attribute
from tests.report.core.test_display import NASTY


def table_of_names(*names: str) -> MostConfusedPairs:
    """A table of two classes, each of which is confused with the other once."""
    return MostConfusedPairs(tuple(confused_pairs([[0, 1], [1, 0]])), 2, names)


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
        assert len(re.findall(r"(?<!\\)\|", row)) == 7
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
