"""The representation of displays and tables, the colours and the words."""

from __future__ import annotations

import io
import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from svhnlab.displays import (
    AccuracyChart,
    ClassDistribution,
    ConfusionMatrix,
    MisclassifiedGallery,
    ModelComparison,
    MostConfusedPairs,
    PerClassTable,
)
from svhnlab.displays.base import as_runs
from svhnlab.displays.mistakes import ORDERS
from svhnlab.displays.names import short_names
from svhnlab.displays.style import CLASS_COLOURS, THEMES, contrast_ratio, for_paper, spread, text_on, theme_context
from svhnlab.displays.svg import shorten
from svhnlab.displays.text import (
    confidence,
    duration,
    escape_attribute,
    escape_markdown,
    listing,
    number,
    percent,
    points,
    quantity,
    wrapped,
)
from svhnlab.results import Estimate
from svhnlab.scripts import script_json
from tests.fakes import fake_run, fake_run_statistics, fake_study

NASTY = 'a|b *c* _d_ "e" \\ {f} <g> </script> @h #i $j$ [k](l) `m` &amp; {{< n >}}'


@pytest.fixture(scope="module")
def study():
    return fake_study(n_test=120)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestDisplay:
    def test_markdown_shows_the_right_picture(self, study, folder):
        """Pages get the light and the dark picture, all else the printed one, and all three files are there."""
        display = ConfusionMatrix.from_results(study.runs["cnn"], study.class_names)
        text = display._repr_mimebundle_()["text/markdown"]
        paths = re.findall(r"!\[\]\((figures/ConfusionMatrix-[0-9a-f]{12}-(\w+)\.svg)\)", text)
        assert [theme for _, theme in paths] == ["light", "dark", "print"]
        for path, _ in paths:
            assert Path(path).read_bytes().startswith(b"<svg")
        html, other = text.split("\n:::\n\n")
        assert html.startswith('::: {.content-visible when-format="html"}')
        assert ".light-content" in html
        assert ".dark-content" in html
        assert other.startswith('::: {.content-visible unless-format="html"}')

    def test_pages_get_a_narrow_picture_too(self, study, folder):
        """Where a display has a form for phones, pages hold both, each marked for the widths that it serves."""
        text = AccuracyChart.from_results(study).markdown()
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
        """Drawing twice gives equal files under equal names, whatever matplotlib was set to."""
        first = ConfusionMatrix.from_results(study.runs["cnn"], study.class_names).save()
        bytes_before = {name: path.read_bytes() for name, path in first.items()}
        for path in first.values():
            path.unlink()
        again = ConfusionMatrix.from_results(study.runs["cnn"], study.class_names).save()
        assert again == first
        assert {name: path.read_bytes() for name, path in again.items()} == bytes_before
        assert ConfusionMatrix.from_results(study.runs["cnn-aug"], study.class_names).save() != first

    @pytest.mark.parametrize(("target", "themes"), [("html", {"light", "dark"}), ("typst", {"print"})])
    def test_draws_what_the_format_shows(self, study, folder, tmp_path, monkeypatch, target, themes):
        """Where Quarto executes a chapter for one format, only that format's pictures are drawn and shown."""
        info = tmp_path / "info.json"
        info.write_text(json.dumps({"format": {"identifier": {"base-format": target}}}))
        monkeypatch.setenv("QUARTO_EXECUTE_INFO", str(info))
        text = ConfusionMatrix.from_results(study.runs["cnn"], study.class_names).markdown()
        assert {path.stem.rsplit("-", 1)[1] for path in (folder / "figures").glob("*.svg")} == themes
        assert text.count("![](") == len(themes)
        assert ('when-format="html"' in text) == (target == "html")

    def test_leaves_nothing_else(self, study, folder):
        """Only the pictures stay in the folder."""
        AccuracyChart.from_results(study).save()
        assert sorted(path.suffix for path in folder.rglob("*.*")) == [".svg"] * 3

    def test_text_is_drawn_as_outlines(self, study):
        """Pictures need no font on the reader's machine and no date of drawing."""
        svg = AccuracyChart.from_results(study).svg("light").decode()
        assert "<text" not in svg
        assert "<dc:date>" not in svg

    def test_class_names_are_no_formulas(self):
        """Dollar signs in a class name are shown, not read as mathematics."""
        names = ["$x$", "$", "\\frac{", "a_b"]
        display = ConfusionMatrix.from_predictions([0, 1, 2, 3], [0, 1, 2, 3], names)
        assert display.svg("light")
        assert [label.get_text() for label in display.plot().axes[0].get_yticklabels()] == names


class TestTable:
    def test_numbers_to_the_right(self, study):
        """Columns of numbers are aligned to the right, names to the left."""
        rule = ModelComparison.from_results(study).markdown().splitlines()[1]
        columns = rule.strip("|").split("|")
        assert columns[0].startswith(":")
        assert all(column.endswith(":") for column in columns[1:])

    def test_outside_text_is_escaped(self):
        """A class name cannot break the table or become markup."""
        text = MostConfusedPairs.from_predictions([0, 1], [1, 0], [NASTY, "b"]).markdown()
        row = text.splitlines()[2]
        assert len(re.findall(r"(?<!\\)\|", row)) == 7
        assert not re.search(r"(?<!\\)[<>*_`@$#\[\]{}]", row)

    def test_survives_pandoc(self):
        """What pandoc reads back from a table cell and from an attribute is the text that went in."""
        pypandoc = pytest.importorskip("pypandoc")
        text = f"{MostConfusedPairs.from_predictions([0, 1], [1, 0], [NASTY, 'b']).markdown()}\n\n"
        text += f'![](x.svg){{fig-alt="{escape_attribute(NASTY)}"}}\n'
        tree = json.loads(pypandoc.convert_text(text, "json", format="markdown"))
        plain = pypandoc.convert_text(text, "plain", format="markdown", extra_args=["--wrap=none", "--columns=400"])
        assert NASTY in plain
        assert json.dumps(NASTY)[1:-1] in json.dumps(tree["blocks"][1])


class TestStyle:
    def test_colours_tell_classes_apart(self):
        """Any two class colours differ for readers with each kind of colour vision (OKLab, Machado 2009)."""
        visions = [
            np.eye(3),
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
            [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
        ]
        to_cone = np.array(
            [
                [0.41222147, 0.53633254, 0.05144599],
                [0.21190350, 0.68069955, 0.10739696],
                [0.08830246, 0.28171884, 0.6299787],
            ]
        )
        to_lab = np.array(
            [
                [0.21045426, 0.79361779, -0.00407205],
                [1.9779985, -2.42859221, 0.45059371],
                [0.02590404, 0.78277177, -0.80867577],
            ]
        )
        encoded = np.array([[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in CLASS_COLOURS])
        linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
        for vision in visions:
            seen = np.cbrt(np.clip(linear @ np.array(vision).T, 0, 1) @ np.transpose(to_cone)) @ np.transpose(to_lab)
            for one, other in itertools.combinations(seen, 2):
                assert np.linalg.norm(one - other) > 0.075

    @pytest.mark.parametrize("name", list(THEMES))
    def test_words_are_legible(self, name):
        """Words and marks stand out from the page as WCAG 2.2 asks: 4.5 for words, 3 for marks."""
        theme = THEMES[name]
        for colour in (theme.text, theme.muted, theme.accent, theme.error):
            assert contrast_ratio(colour, theme.page) >= 4.5
        assert contrast_ratio(theme.line, theme.page) >= 3
        for colour in CLASS_COLOURS:
            assert contrast_ratio(colour, theme.page) >= 2

    @given(st.tuples(*[st.floats(0, 1)] * 3))
    def test_text_on(self, background):
        """Text on any cell has a contrast of at least 4.5."""
        assert contrast_ratio(text_on(background), background) >= 4.5

    @given(st.lists(st.floats(0, 10), min_size=1, max_size=5))
    def test_spread(self, positions):
        """Labels end at least a gap apart, inside the range, in their old order."""
        placed = spread(positions, 1.0, 0.0, 10.0)
        ordered = np.array(placed)[np.argsort(positions, kind="stable")]
        assert (np.diff(ordered) >= 1 - 1e-9).all()
        assert min(placed) >= -1e-9
        assert max(placed) <= 10 + 1e-9


class TestText:
    def test_numbers(self):
        """Shares, counts, differences and times read as people write them."""
        assert percent(0.9234) == "92.3%"
        assert percent(float("nan")) == "–"
        assert number(-1.5, 1) == "−1.5"
        assert confidence(0.99999) == "> 99.9%"
        assert quantity(1, "image") == "1 image"
        assert quantity(26032, "image") == "26,032 images"
        assert points(-0.01) == "1.0 percentage point"
        assert points(0.0134) == "1.3 percentage points"
        assert [duration(value) for value in (48, 700, 12000)] == ["48\u00a0s", "12\u00a0min", "3.3\u00a0h"]
        assert listing(["a", "b", "c"]) == "a, b and c"
        assert listing([]) == ""

    def test_wrapped(self):
        """What stands in brackets is not torn apart."""
        assert wrapped("ResNet-18 (random start)", 12) == "ResNet-18\n(random start)"
        assert wrapped("Short", 12) == "Short"

    @given(st.text(max_size=30))
    def test_escapes_keep_one_line(self, text):
        """Escaped text stands on one line and cannot close an attribute."""
        assert "\n" not in escape_markdown(text)
        assert not set('"{}\\\n') & set(escape_attribute(text))

    @given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3))
    def test_script_json(self, value):
        """JSON inside a script element reads back the same and holds no bracket of HTML."""
        text = script_json(value)
        assert json.loads(text) == value
        assert not set("<>&") & set(text)


class TestAsRuns:
    def test_forms(self, study):
        """One run, a mapping and a list are all accepted; nothing at all is not."""
        run = study.runs["cnn"]
        assert as_runs(run) == [run]
        assert as_runs(study.runs) == list(study.runs.values())
        assert as_runs([run]) == [run]
        with pytest.raises(ValueError, match="at least one"):
            as_runs({})


class TestEveryDisplay:
    @pytest.mark.parametrize("names", [tuple("0123456789"), ("cat", "dog", "automobile")])
    def test_has_words_and_numbers(self, names):
        """Every display has a table, a text of one paragraph, and can be drawn, for digits and other classes."""
        for display in every_display(fake_study(n_test=60, class_names=names)):
            assert isinstance(display.frame(), pd.DataFrame)
            assert len(display.alt) > 20
            assert "\n" not in display.alt
            assert "nan" not in display.alt.lower()
            assert type(display).__name__ in repr(display)
            if hasattr(display, "plot"):
                display.plot()
            else:
                assert display.cells().shape[0] > 0

    @pytest.mark.parametrize("noise", [0.0, 0.01])
    def test_without_errors(self, noise):
        """A perfect run, even one whose features have no spread at all, breaks no display."""
        study = fake_study(n_test=40, noise=noise, runs=["cnn"])
        for display in every_display(study):
            assert len(display.frame().columns) > 0
            assert display.alt
            if hasattr(display, "plot"):
                display.plot()
        gallery = MisclassifiedGallery.from_results(study, "cnn")
        assert "no such error" in gallery.alt

    def test_class_without_images(self):
        """A class that the test set lacks is shown as undefined, not as zero per cent."""
        run = fake_run(n_test=60, n_classes=3)
        names = ["a", "b", "c", "never"]
        none = Estimate(np.nan, np.nan, np.nan)
        own = fake_run_statistics(run)
        own = replace(own, precision=(*own.precision, none), recall=(*own.recall, none), f1=(*own.f1, none))
        table = PerClassTable(names, [30, 20, 10, 0], own)
        assert table.cells().iloc[3].tolist() == ["never", "–", "–", "–", "0"]
        assert "never" not in table.alt
        ConfusionMatrix.from_predictions(run.test.labels, run.test.predicted, names).plot()

    def test_wrong_number_of_names(self):
        """Class names that do not fit the classes are refused."""
        with pytest.raises(ValueError, match="as many names"):
            ClassDistribution({"train": [1, 2, 3]}, ["a", "b"])


def every_display(study):
    """One of each display of a study."""
    from svhnlab import displays as d

    run, names = study.runs["cnn"], study.class_names
    return [
        d.ClassDistribution.from_results(study.data, names),
        d.SampleGrid.from_results(study.data, names),
        d.ChannelStatistics.from_results(study.data),
        d.BrightnessContrast.from_results(study.data),
        d.AugmentationGrid.from_results(study.augmentation),
        d.TrainingCurves.from_results(run),
        d.TrainingCurves.from_results(study.runs),
        d.ConfusionMatrix.from_results(run, names),
        d.PerClassTable.from_results(study, run.name),
        d.EmbeddingMaps2D.from_results(study.runs, names),
        d.EmbeddingMaps3D.from_results(study.runs, names),
        d.MapScoresTable.from_results(study.runs, names),
        *[d.MisclassifiedGallery.from_results(study, run.name, order=order) for order in ORDERS],
        d.MostConfusedPairs.from_results(run, names),
        d.CentroidDistances.from_results(study.runs),
        d.CentroidDistances.from_results(run, scale_free=False),
        d.MarginDistributions.from_results(study.runs),
        d.CentroidTable.from_results(study.runs),
        d.ModelComparison.from_results(study),
        d.AccuracyChart.from_results(study),
        d.CostTable.from_results(study),
        d.AccuracyCost.from_results(study),
        d.PairedTable.from_results(study),
        d.ClassDifferences.from_results(study),
        d.InteractionChart.from_results(study),
        d.SeedTable.from_results(study),
        d.AgreementFigure.from_results(study.runs),
    ]


NAMES_OF_OTHERS = ("ambulance", "<b>bus</b>", "a|b", "$x$", "*", "fire engine with a long ladder")


class TestClassNames:
    @pytest.mark.parametrize("n_classes", [2, 6, 12, 26])
    def test_any_number_of_any_names(self, n_classes):
        """Every display can be drawn for few and many classes, with names that are markup elsewhere."""
        names = (*NAMES_OF_OTHERS, *(f"class {k}" for k in range(20)))[:n_classes]
        for display in every_display(fake_study(n_test=30 * n_classes, class_names=names)):
            assert len(display.alt) > 20
            if hasattr(display, "size"):
                width, height = display.size
                assert width <= 7.6
                assert height <= 9.4, type(display).__name__
                display.plot()
            else:
                assert display.cells().shape[0] > 0

    def test_are_no_markup(self, folder):
        """A name from outside stands for itself on the page: no tag, table cell, formula or emphasis comes of it."""
        for display in every_display(fake_study(n_test=180, class_names=NAMES_OF_OTHERS)):
            text = display.markdown()
            assert "<b>" not in text
            outside = re.sub(r"```{=html}.*?```", "", text, flags=re.DOTALL)  # there Pandoc reads no Markdown
            assert not {"$x$", "a|b"} & set(re.findall(r"[$]x[$]|a\|b", outside))

    @pytest.mark.parametrize("width", [6, 10, 20])
    def test_short_names_differ(self, width):
        """Shortened names fit their place and are told apart, also where only their ends or nothing there differ."""
        long = "emergency vehicle of the fire brigade"
        names = [f"{long} {k}" for k in "AB"] + [f"{long[:-3]}{k} brigade of the town" for k in "CD"] + ["bus"]
        short = short_names(names, width)
        assert len(set(short)) == len(names)
        assert all(len(name) <= width for name in short)
        assert short[-1] == "bus"


class TestForPaper:
    def test_every_colour_of_the_theme(self) -> None:
        """What is light on the page is drawn in the darker colours of paper, each by its own."""
        light, paper = THEMES["light"], THEMES["print"]
        assert light.ramp == paper.ramp
        assert light.page == paper.page
        for one, other in [
            *((getattr(light, name), getattr(paper, name)) for name in ("text", "muted", "line", "faint", "accent")),
            (light.error, paper.error),
            *zip(light.hues, paper.hues, strict=True),
        ]:
            assert for_paper(f"fill: {one}".encode()) == f"fill: {other}".encode()

    def test_classes_keep_their_colours(self) -> None:
        """The colours of classes are the same in every theme."""
        for colour in (*CLASS_COLOURS, "#000000", "#ffffff"):
            assert for_paper(colour.encode()) == colour.encode()

    def test_same_picture(self) -> None:
        """A picture for print is the one that its own theme would draw."""
        display = ClassDistribution.from_results(fake_study().data, fake_study().class_names)
        with theme_context("print") as theme:
            figure = Figure(figsize=display.size, layout=display.layout)
            display.draw(figure, theme)
            buffer = io.BytesIO()
            figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        pictures = (shorten(buffer.getvalue()), display.svg("print"))
        # Names of shared shapes are digests that depend on the colour; black is what SVG fills with unless told.
        change = rb'(?<=[#"])[a-z]+[0-9a-f]{10}| style="fill: #000000"|fill: #000000; ?'
        one, other = (re.sub(change, b"", picture) for picture in pictures)
        assert one == other
