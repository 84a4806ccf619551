"""Letters that the report's own fonts lack are looked for in the fonts of the system."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib import font_manager
from matplotlib.font_manager import FontEntry

from svhnlab.report.core import typefaces
from svhnlab.report.core.style import THEMES
from svhnlab.report.core.typefaces import FONTS, fallback_fonts, use_fonts_for


@pytest.fixture
def fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system with three fonts, of which one has the letters of two scripts."""
    letters = {"kana.ttf": "ア", "cjk.ttf": "ア日本", "hangul.ttf": "한"}
    entries = [FontEntry(fname=file, name=file.removesuffix(".ttf"), weight=400) for file in letters]
    found = typefaces._letters

    monkeypatch.setattr(font_manager.fontManager, "ttflist", [*font_manager.fontManager.ttflist, *entries])
    monkeypatch.setattr(
        typefaces, "_letters", lambda file: frozenset(letters[file]) if file in letters else _ascii_only(found(file))
    )
    monkeypatch.setattr(typefaces, "_added", [])
    monkeypatch.setattr(typefaces, "_find_new_fonts", lambda: None)


def _ascii_only(letters: frozenset[str]) -> frozenset[str]:
    """Return what remains of a font of this computer, which may have any letters."""
    return frozenset(letter for letter in letters if letter.isascii())


class TestFallbackFonts:
    def test_own_fonts_suffice(self, fonts: None) -> None:
        """No other font is used for letters that the report's fonts have."""
        assert fallback_fonts("digit 0 to 9\n") == ({}, "")

    def test_few_fonts_for_many_letters(self, fonts: None) -> None:
        """The font with most of the missing letters comes first; fonts that add nothing are left out."""
        chosen, missing = fallback_fonts("ア日本한")
        assert chosen == {"cjk": Path("cjk.ttf"), "hangul": Path("hangul.ttf")}
        assert missing == ""

    def test_letters_that_no_font_has(self, fonts: None) -> None:
        """Letters without a font are returned."""
        chosen, missing = fallback_fonts("日ไ")
        assert list(chosen) == ["cjk"]
        assert missing == "ไ"

    def test_figures_use_them(self, fonts: None) -> None:
        """Families of the system come after the report's own in every theme, each once."""
        use_fonts_for("日")
        use_fonts_for("日本")
        assert THEMES["dark"].rc()["font.family"] == [*FONTS, "cjk"]
