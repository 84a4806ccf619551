"""Footers of figures, and compression of pictures."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from svhnlab.report.core.figure_footer import code_address, data_table, figure_footer, site_root, write_data
from svhnlab.report.core.svg import pack_rasters, shorten
from svhnlab.report.errors.confusion_matrix import ConfusionMatrix

COORDINATES = st.integers(-50_000, 50_000).map(lambda hundredths: hundredths / 100)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A chapter's folder within a project."""
    (tmp_path / "_quarto.yml").touch()
    chapters = tmp_path / "chapters"
    chapters.mkdir()
    monkeypatch.chdir(chapters)
    return chapters


DATA = pd.DataFrame(
    {"class_name": ["<b>", "b"], "share": [0.123456789, np.nan], "count": [-12, 3], "kept": [True, False]}
)


class TestFoot:
    def test_figure(self, folder: Path) -> None:
        """A figure has its data, all of them in a file, and a link to the code that drew it."""
        text = figure_footer("Shown", ConfusionMatrix.draw, DATA, Path("figures"), table=False)
        file = re.search(r'href="(figures/Shown-[0-9a-f]{12}\.csv)"', text)
        assert file is not None
        assert (folder / file[1]).is_file()
        line = ConfusionMatrix.draw.__code__.co_firstlineno
        assert f'href="../code/svhnlab/report/errors/confusion_matrix.html#L{line}"' in text
        assert "<details" in text

    def test_code_from_elsewhere(self, folder: Path) -> None:
        """A function that is not part of the package has no link."""
        assert "Code" not in figure_footer("Shown", lambda: None, DATA, Path("figures"), table=True)
        assert code_address(lambda: None) is None

    def test_rows_that_are_not_shown_are_counted(self, folder: Path) -> None:
        """A long table states how many of its rows are on the page."""
        text = figure_footer(
            "Shown", ConfusionMatrix.draw, pd.DataFrame({"x": range(1234)}), Path("figures"), table=False
        )
        assert "The first 20 of 1,234 rows." in text
        assert text.count("<tr>") == 21


class TestWriteData:
    def test_name_follows_content(self, folder: Path) -> None:
        """Equal data have equal file names, different data different ones, and the files can be read back."""
        one, same = write_data(DATA, Path("figures"), "Shown"), write_data(DATA.copy(), Path("figures"), "Shown")
        other = write_data(DATA.assign(share=0.5), Path("figures"), "Shown")
        assert one == same != other
        read = pd.read_csv(one)
        assert read["share"].tolist() == pytest.approx([0.12346, np.nan], nan_ok=True)
        assert read["class_name"].tolist() == ["<b>", "b"]

    @pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "-2", "+3", "  =1", "\u00a0=1", "＝1"])
    def test_no_text_is_a_formula(self, folder: Path, name: str) -> None:
        """A spreadsheet computes nothing in a text or a heading; numbers stay numbers."""
        data = pd.DataFrame({"class_name": [name, "b"], "change": [-1.5, 2.0], name: [1, -2]})
        file = write_data(data, Path("figures"), "Shown")
        assert file.read_text().splitlines() == [f"class_name,change,'{name}", f"'{name},-1.5,1", "b,2,-2"]

    def test_no_part_of_a_text_is_a_formula(self, folder: Path) -> None:
        """A text with a semicolon is two cells to some spreadsheets; one with a line break stays one line."""
        file = write_data(pd.DataFrame({"class_name": ["a; =1+1", "a,=1", "a\r=1"]}), Path("figures"), "Shown")
        assert file.read_text().splitlines() == ["class_name", "a;' =1+1", '"a,=1"', r"a\r=1"]


class TestDataTable:
    def test_numbers_for_people_and_text_escaped(self) -> None:
        """Numbers are rounded, undefined ones are dashes, and no class name becomes markup."""
        text = data_table(DATA)
        cells = re.findall(r"<td[^>]*>(.*?)</td>", text)
        assert cells == ["&lt;b&gt;", "0.1235", "−12", "yes", "b", "–", "3", "no"]
        assert '<th scope="col">class name</th>' in text


class TestSiteRoot:
    def test_steps_up(self, folder: Path) -> None:
        """The path to the root has a step for each folder, none in the root, and none outside a project."""
        assert site_root(folder) == "../"
        assert site_root(folder.parent) == ""
        assert site_root(Path("/")) == ""


class TestShorten:
    def draw(self) -> bytes:
        buffer = io.BytesIO()
        figure = Figure(figsize=(4, 3))
        ax = figure.add_subplot()
        ax.plot([0, 1.23456789, 3], [0, 2, 1])
        chance = np.random.default_rng(0)
        ax.scatter(chance.random(500), chance.random(500), c=chance.random(500), rasterized=True)
        ax.imshow(chance.integers(0, 255, (32, 32, 3), dtype=np.uint8), interpolation="none")
        figure.savefig(buffer, format="svg")
        return buffer.getvalue()

    def test_smaller_and_whole(self) -> None:
        """Everything drawn is kept in fewer bytes, and every reference within the picture has a target."""
        before = self.draw()
        after = pack_rasters(shorten(before), screen=True)
        assert len(after) < 0.85 * len(before)
        for mark in (b"<path", b"<use", b"<image"):
            assert after.count(mark) == before.count(mark)
        named = set(re.findall(rb' id="([^"]*)"', after))
        assert set(re.findall(rb'(?:href="|url\()#([^")]*)', after)) <= named

    @given(st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=12))
    def test_paths_keep_their_points(self, points: list[tuple[float, float]]) -> None:
        """A path leads through the same points, to the tenth, however long it is."""
        (x, y), *rest = points
        d = f"M{x} {y}" + "".join(f"L{x} {y}" for x, y in rest) + f"zQ{x} {y} {rest[0][0]} {rest[0][1]}"
        shown = shorten(f'<path d="{d}"/>'.encode()).decode().split('"')[1]
        place, found = (0.0, 0.0), []
        for command, values in re.findall(r"([a-z])([^a-z]*)", shown):
            numbers = [float(value) for value in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", values)]
            moved = [(place[0] + dx, place[1] + dy) for dx, dy in zip(numbers[::2], numbers[1::2], strict=True)]
            found += moved
            place = found[0] if command == "z" else moved[-1]
        assert np.allclose(found, [*points, (x, y), rest[0]], atol=0.1001)

    def test_outlined_words_are_drawn_once(self) -> None:
        """Outlined text is one path, with its stroke below its fill."""
        figure = Figure(figsize=(2, 1))
        figure.text(0.5, 0.5, "word", color="#123456", path_effects=[withStroke(linewidth=2, foreground="#ffffff")])
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg")
        after = shorten(buffer.getvalue())
        assert after.count(b"<path") == buffer.getvalue().count(b"<path") - 1
        assert b"fill: #123456; stroke: #ffffff; stroke-width: 2; paint-order: stroke" in after

    def test_letters_keep_their_places(self) -> None:
        """Glyphs keep their positions."""
        figure = Figure(figsize=(2, 1))
        figure.text(0.1, 0.5, "A word, 128")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg")
        before, after = buffer.getvalue(), shorten(buffer.getvalue())
        moves, places = re.findall(rb"translate\(([\d.]+) 0\)", before), re.findall(rb'<use [^>]* x="([\d.]+)"', after)
        assert moves
        assert np.allclose(np.array(places, dtype=float), np.array(moves, dtype=float), atol=0.1)

    def test_paper_gets_what_every_program_reads(self) -> None:
        """Photographs become WebP only for browsers."""
        assert b"image/webp" in pack_rasters(self.draw(), screen=True)
        assert b"image/webp" not in pack_rasters(self.draw(), screen=False)
