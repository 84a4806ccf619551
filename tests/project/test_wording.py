"""Phrases that texts avoid, with the field's own terms for them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.fixtures.paths import ROOT

#: The phrase, in lower case, and the term to use instead.
AVOIDED = {
    "taken for": "predicted as",
    "told apart": "differ significantly (paired test)",
    "tell apart": "differ significantly (paired test)",
    "hand over": "defer",
    "handed over": "deferred",
    "weak segment": "underperforming slice",
    "chance in training": "variability between trainings",
    "drawing of the test": "sampling variability of the test set",
    "shifted views": "test-time augmentation, or shifted copies",
    "thin door": "thin wrapper",
    "at the door": "early",
    "comes true": "matches the accuracy",
    "way past each": "residual (skip) connection",
    "light falls": "lighting varies",
    "answers for": "is responsible for, or determines",
}
PAGES = [
    ROOT / "README.md",
    *(file for pattern in ("*.qmd", "chapters/*.qmd", "docs/*.qmd") for file in sorted(ROOT.glob(pattern))),
    *(file for suffix in ("md", "html") for file in sorted((ROOT / "svhnlab").rglob(f"templates/**/*.{suffix}"))),
]
MODULES = sorted((ROOT / "svhnlab").rglob("*.py"))


def avoided(text: str) -> list[str]:
    """Return advice for each phrase in a text; a phrase may be broken across lines."""
    words = " ".join(text.lower().split())
    return [f'"{phrase}": write "{AVOIDED[phrase]}"' for phrase in AVOIDED if re.search(rf"\b{phrase}", words)]


#: Lines that git leaves between two versions of a text.
CONFLICT = re.compile(r"^(<<<<<<< |=======$|>>>>>>> )", re.MULTILINE)


@pytest.mark.parametrize("file", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda file: str(file.relative_to(ROOT)))
def test_no_conflict_is_left(file: Path) -> None:
    """No text has both versions of a passage."""
    assert not CONFLICT.search(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_pages(file: Path) -> None:
    """Chapters, documentation and templates use the field's terms."""
    assert avoided(file.read_text(encoding="utf-8")) == []


def test_strings() -> None:
    """Docstrings and messages of the package do, too."""
    found = []
    for file in MODULES:
        tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        strings = [node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        found += [f"{file.relative_to(ROOT)}: {advice}" for text in strings for advice in avoided(text)]
    assert not found, "\n".join(found)
