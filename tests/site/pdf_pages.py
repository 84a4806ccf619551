"""Pages of a PDF as the tests see them: their layout, their size in points, and letters that overlap."""

from __future__ import annotations

import numpy as np
import pypdfium2 as pdfium

from tests.fixtures.paths import EXTENSION

MILLIMETRE = 72 / 25.4
MARGIN = 27 * MILLIMETRE
WIDTH, HEIGHT = 210 * MILLIMETRE, 297 * MILLIMETRE


def in_layout(body: str) -> str:
    """Return a Typst document with a body in the book's layout."""
    look = (EXTENSION / "book.typ").read_text(encoding="utf-8")
    return f'{look}\n#set heading(numbering: "1.1")\n#show: book.with(title: "Book", number: it => "1")\n{body}'


def overlapping(page: pdfium.PdfTextPage) -> list[tuple[str, str]]:
    """Return the pairs of letters of a page whose boxes overlap, except for neighbours and ligatures."""
    letters = [page.get_text_range(i, 1) for i in range(page.count_chars())]
    boxes = np.array([page.get_charbox(i) for i in range(len(letters))]).reshape(-1, 4)
    common = np.minimum(boxes[:, None, 2:], boxes[:, 2:]) - np.maximum(boxes[:, None, :2], boxes[:, :2])
    pairs = np.argwhere(np.triu((common > 1).all(axis=2), 3))
    seen = [letter.isprintable() and not letter.isspace() for letter in letters]
    return [(letters[i], letters[j]) for i, j in pairs if seen[i] and seen[j]]


def bottom_of(page: pdfium.PdfTextPage, word: str) -> float:
    """Return the height above the end of the page, in points, at which the first letter of a word ends."""
    found = page.search(word).get_next()
    assert found is not None
    return float(page.get_charbox(found[0])[1])
