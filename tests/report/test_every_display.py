"""Every figure and table has numbers, a text alternative, and a picture or cells, for all kinds of studies."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import svhnlab.report
from svhnlab.analysis.metrics import evaluate
from svhnlab.report import (
    ClassDistribution,
    ConfusionMatrix,
    Display,
    EmbeddingMaps3D,
    MisclassifiedGallery,
    PerClassTable,
    Table,
    TrainingCurves,
)
from svhnlab.report.core.display import PrintDisplay
from svhnlab.report.core.names import short_names
from svhnlab.report.core.style import CSS_DPI, PHONE_WIDTH
from svhnlab.report.errors.order import ORDERS
from svhnlab.store.schema import Estimate, Study
from tests.fixtures.fake_runs import fake_run
from tests.fixtures.fake_statistics import fake_run_statistics
from tests.fixtures.fakes import fake_study
from tests.report.core.test_display import NAMES_OF_OTHERS
from tests.report.helpers import drawn_texts, misplaced_texts, with_every_cause

OBJECTS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

#: Figures that phones scroll, each with the reason.
WITHOUT_PHONE_FORM = {
    "CauseMaps": "only for print",
    "EmbeddingMaps2D": "a page has an interactive map instead",
    "ErrorGallery": "a page has an interactive gallery instead",
    "ErrorStrip": "a page has a list of links instead",
}


def every_class() -> list[type]:
    """Every figure and table of a study's results; tables of its files and settings need a stored study."""
    exported = (getattr(svhnlab.report, name) for name in svhnlab.report.__all__)
    classes = [one for one in exported if isinstance(one, type) and issubclass(one, Display | Table)]
    return [one for one in classes if hasattr(one, "from_study") and ".report.study." not in one.__module__]


def every_display(study: Study) -> Iterator[Display | Table]:
    """One of each figure and table of a study, and some with other options."""
    for one in every_class():
        single = "configuration" in inspect.signature(one.from_study).parameters
        yield one.from_study(study, "cnn") if single else one.from_study(study)
    yield TrainingCurves.from_study(study, "cnn")
    for order in ORDERS:
        yield MisclassifiedGallery.from_study(study, "cnn", order=order)


def other_names(n_classes: int) -> tuple[str, ...]:
    """Names of classes, of which some are markup elsewhere."""
    return (*NAMES_OF_OTHERS, *(f"class {k}" for k in range(20)))[:n_classes]


class TestEveryDisplay:
    @pytest.mark.parametrize(
        ("images", "names"), [(60, tuple("0123456789")), *((30 * n, other_names(n)) for n in (2, 6, 12, 26))]
    )
    def test_has_words_numbers_and_picture(self, images, names):
        """Each has its numbers, a text of one paragraph, and a picture or cells, for few and many classes.

        Their names may be markup elsewhere.
        """
        for display in every_display(fake_study(n_test=images, class_names=names)):
            assert isinstance(display.frame(), pd.DataFrame)
            assert len(display.alt) > 20
            assert "\n" not in display.alt
            assert "nan" not in display.alt.lower()
            assert type(display).__name__ in repr(display)
            if hasattr(display, "size"):
                width, height = display.size
                assert width <= 7.6
                assert height <= 9.4, type(display).__name__
                display.plot()
            else:
                assert display.cells().shape[0] > 0

    def test_alternatives_are_short(self, study: Study) -> None:
        """The text alternative of a figure is one sentence; the numbers are in the table behind it."""
        figures = [display for display in every_display(study) if isinstance(display, Display)]
        long = {
            type(figure).__name__: figure.alt
            for figure in figures
            if len(figure.alt) > 250 or re.search(r"[.!?]\s+[A-Z]", figure.alt) or not figure.alt.endswith(".")
        }
        assert long == {}

    def test_tables_are_narrow(self, study: Study) -> None:
        """A table has at most seven columns, which fit a phone."""
        wide = [table for table in every_display(study) if isinstance(table, Table) and table.cells().shape[1] > 7]
        assert wide == []

    @pytest.mark.parametrize("noise", [0.0, 0.01])
    def test_without_errors(self, noise):
        """A perfect model, even one whose features have no spread at all, can be shown."""
        study = fake_study(n_test=40, noise=noise)
        for display in every_display(study):
            assert len(display.frame().columns) > 0
            assert display.alt
            if hasattr(display, "plot"):
                display.plot()
        gallery = MisclassifiedGallery.from_study(study, "cnn")
        assert "no such error" in gallery.alt

    def test_class_without_images(self):
        """A class without test images is shown as undefined, not as zero per cent."""
        run = fake_run(n_test=60, n_classes=3)
        names = ("a", "b", "c", "never")
        none = Estimate(np.nan, np.nan, np.nan)
        metrics = fake_run_statistics(run)
        per_class = {name: (*getattr(metrics, name), none) for name in ("precision", "recall", "f1")}
        table = PerClassTable(names, (30, 20, 10, 0), replace(metrics, **per_class))
        assert table.cells().iloc[3].tolist() == ["never", "–", "–", "–", "0"]
        assert "never" not in table.alt
        ConfusionMatrix(evaluate(run.test.labels, run.test.predicted, 4), names).plot()

    def test_wrong_number_of_names(self):
        """Class names that do not match the classes are rejected."""
        with pytest.raises(ValueError, match="as many names"):
            ClassDistribution({"train": np.array([1, 2, 3])}, ("a", "b"))


class TestPhones:
    def test_form_fits(self):
        """Almost every figure has a form for phones, whose texts are in the figure, apart and as large as on a page."""
        without, faults = set(), {}
        for display in every_display(fake_study(n_test=120, class_names=OBJECTS)):
            if not isinstance(display, Display):
                continue
            phone = display.for_phone()
            if phone is None:
                without.add(type(display).__name__)
                continue
            assert phone.size[0] <= PHONE_WIDTH
            texts = drawn_texts(phone)
            if isinstance(display, EmbeddingMaps3D):  # in a projection, the centres of two classes may coincide
                texts = [(text, box) for text, box in texts if text.get_text() not in display.short_class_names]
            smallest = min(text.get_fontsize() for text, _ in drawn_texts(display))
            found = [f"{text.get_text()!r} is small" for text, _ in texts if text.get_fontsize() < smallest]
            if found := found + misplaced_texts(phone, texts):
                faults[type(display).__name__] = found
        assert faults == {}
        assert without == set(WITHOUT_PHONE_FORM)

    def test_form_fits_one_screen(self):
        """The form for phones is at most as high as the screen of a phone, 844 pixels."""
        heights = {}
        for display in every_display(with_every_cause(fake_study(n_test=900, class_names=OBJECTS, kind="official"))):
            phone = display.for_phone() if isinstance(display, Display) else None
            # Only the PDF shows these.
            if phone is not None and not isinstance(display, PrintDisplay | MisclassifiedGallery):
                heights[type(display).__name__] = round(CSS_DPI * phone.size[1])
        assert {name: height for name, height in heights.items() if height > 844} == {}


class TestClassNames:
    def test_are_no_markup(self, folder, monkeypatch):
        """A name from outside is shown literally: it cannot become a tag, table cell, formula or emphasis."""
        monkeypatch.setattr(Display, "_pictures", lambda self, themes: dict.fromkeys(themes, b""))
        for display in every_display(fake_study(n_test=180, class_names=NAMES_OF_OTHERS)):
            text = display.markdown()
            assert "<b>" not in text
            outside = re.sub(r"```{=html}.*?```", "", text, flags=re.DOTALL)  # there Pandoc reads no Markdown
            assert not {"$x$", "a|b"} & set(re.findall(r"[$]x[$]|a\|b", outside))

    @pytest.mark.parametrize("width", [6, 10, 20])
    def test_short_names_differ(self, width):
        """Shortened names fit and differ, even if they differ only at the end or not at all."""
        long = "emergency vehicle of the fire brigade"
        names = [f"{long} {k}" for k in "AB"] + [f"{long[:-3]}{k} brigade of the town" for k in "CD"] + ["bus"]
        short = short_names(names, width)
        assert len(set(short)) == len(names)
        assert all(len(name) <= width for name in short)
        assert short[-1] == "bus"
