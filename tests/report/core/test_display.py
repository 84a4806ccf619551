"""The representation of figures on pages and in print."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from svhnlab.analysis.metrics import evaluate
from svhnlab.report import AccuracyChart, ConfusionMatrix, ErrorGallery

NASTY = 'a|b *c* _d_ "e" \\ {f} <g> </script> @h #i $j$ [k](l) `m` &amp; {{< n >}}'


class TestDisplay:
    def test_markdown_shows_the_right_picture(self, study, folder):
        """Pages have the light and the dark picture, other formats the one for print, and all files exist."""
        display = ErrorGallery.from_study(study)
        text = display._repr_mimebundle_()["text/markdown"]
        paths = re.findall(r"!\[\]\((figures/ErrorGallery-[0-9a-f]{12}-(\w+)\.svg)\)", text)
        assert [theme for _, theme in paths] == ["light", "dark", "print"]
        for path, _ in paths:
            assert Path(path).read_bytes().startswith(b"<svg")
        html, other = text.split("\n:::\n\n")
        assert html.startswith('::: {.content-visible when-format="html"}')
        assert ".light-content" in html
        assert ".dark-content" in html
        assert other.startswith('::: {.content-visible unless-format="html"}')

    def test_pages_get_a_narrow_picture_too(self, study, folder):
        """If a display has a version for phones, pages have both, each marked for its widths."""
        text = AccuracyChart.from_study(study).markdown()
        pattern = r"\((figures/\S+)-(\w+)\.svg\)\{(?:\.\w+-content )?(?:\.(\w+)-content )?.* width=(\d+)"
        shown = re.findall(pattern, text)
        assert [(theme, where, int(width)) for _, theme, where, width in shown] == [
            ("light", "wide", 720),
            ("dark", "wide", 720),
            ("light", "narrow", 358),
            ("dark", "narrow", 358),
        ]
        assert len({picture for picture, *_ in shown}) == 2
        assert text.count("-print.svg") == 1

    def test_same_numbers_same_bytes(self, study, folder):
        """Drawing twice gives equal files with equal names, whatever the settings of matplotlib."""
        first = ConfusionMatrix.from_study(study, "cnn").save()
        bytes_before = {name: path.read_bytes() for name, path in first.items()}
        for path in first.values():
            path.unlink()
        again = ConfusionMatrix.from_study(study, "cnn").save()
        assert again == first
        assert {name: path.read_bytes() for name, path in again.items()} == bytes_before
        assert ConfusionMatrix.from_study(study, "cnn-aug").save() != first

    @pytest.mark.parametrize(("target", "themes"), [("html", {"light", "dark"}), ("typst", {"print"})])
    def test_draws_what_the_format_shows(self, study, folder, tmp_path, monkeypatch, target, themes):
        """If Quarto executes a chapter for one format, only the pictures of that format are drawn and shown."""
        info = tmp_path / "info.json"
        info.write_text(json.dumps({"format": {"identifier": {"base-format": target}}}))
        monkeypatch.setenv("QUARTO_EXECUTE_INFO", str(info))
        text = ErrorGallery.from_study(study).markdown()
        assert {path.stem.rsplit("-", 1)[1] for path in (folder / "figures").glob("*.svg")} == themes
        assert text.count("![](") == len(themes)
        assert ('when-format="html"' in text) == (target == "html")

    def test_leaves_nothing_else(self, study, folder):
        """Only the pictures stay in the folder."""
        AccuracyChart.from_study(study).save()
        assert sorted(path.suffix for path in folder.rglob("*.*")) == [".svg"] * 3

    def test_text_is_drawn_as_outlines(self, study):
        """Pictures need no font on the reader's machine and no date of drawing."""
        svg = AccuracyChart.from_study(study).svg("light").decode()
        assert "<text" not in svg
        assert "<dc:date>" not in svg

    def test_class_names_are_no_formulas(self):
        """Dollar signs in a class name are shown, not read as mathematics."""
        names = ("$x$", "$", "\\frac{", "a_b")
        display = ConfusionMatrix(evaluate([0, 1, 2, 3], [0, 1, 2, 3], 4), names)
        assert display.svg("light")
        assert tuple(label.get_text() for label in display.plot().axes[0].get_yticklabels()) == names


NAMES_OF_OTHERS = ("ambulance", "<b>bus</b>", "a|b", "$x$", "*", "fire engine with a long ladder")
