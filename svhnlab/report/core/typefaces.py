"""Fonts of the figures and of the PDF, and fonts of the system for letters that these lack."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

# The sans serif of the pages; arrows and letters of other scripts come from matplotlib's default font.
FONTS = ("Source Sans 3", "DejaVu Sans")
for _face in ("SourceSans3-Regular.ttf", "SourceSans3-Bold.ttf"):
    with as_file(files("svhnlab.report.core") / "fonts" / _face) as _file:
        font_manager.fontManager.addfont(_file)
_NORMAL_WEIGHTS = ("normal", "regular", 400)
_BOXES = "Last Resort"  # a font of matplotlib that shows a box for every letter
BOX_FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "LastResortHE-Regular.ttf"
_added: list[str] = []


def families() -> list[str]:
    """Return the font families of figures, in the order in which a letter is looked up."""
    return [*FONTS, *_added]


def use_fonts_for(text: str) -> None:
    """Add families of the system to those of figures, for letters that the others lack."""
    chosen, _ = fallback_fonts(text)
    _added.extend(name for name in chosen if name not in _added)


def fallback_fonts(text: str) -> tuple[dict[str, Path], str]:
    """Choose fonts of the system for the letters of a text that the report's own fonts lack.

    Returns
    -------
    Families with their files, as few as cover the letters found one after the other; and the letters that no font has.
    """
    lacking = {letter for letter in set(text) if letter.isprintable()} - _letters_of(FONTS)
    chosen: dict[str, Path] = {}
    if not lacking:
        return chosen, ""
    _find_new_fonts()
    entries = sorted(
        (
            entry
            for entry in font_manager.fontManager.ttflist
            if entry.weight in _NORMAL_WEIGHTS and not entry.name.startswith(_BOXES)
        ),
        key=lambda entry: (entry.style != "normal", entry.name, entry.fname),
    )
    while lacking:
        best = max(entries, key=lambda entry: len(lacking & _letters(entry.fname)))
        covered = lacking & _letters(best.fname)
        if not covered:
            break
        chosen[best.name] = Path(best.fname)
        lacking -= covered
    return chosen, "".join(sorted(lacking))


@cache
def _find_new_fonts() -> None:
    """Add fonts that were installed after matplotlib listed those of this computer."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for file in sorted(set(font_manager.findSystemFonts()) - known):
        with suppress(RuntimeError):  # a file that is not a usable font
            font_manager.fontManager.addfont(file)


def _letters_of(names: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(_letters(font_manager.findfont(name)) for name in names))


@cache
def _letters(file: str) -> frozenset[str]:
    """Return the characters of a font, and those that need no glyph."""
    return frozenset(map(chr, FT2Font(file).get_charmap())) | {"\u200c", "\u200d", "\n"}
