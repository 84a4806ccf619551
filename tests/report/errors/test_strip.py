"""The strip of typical errors on the first page."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from svhnlab.report import ErrorStrip
from svhnlab.report.core.causes import cause_codes, cause_titles
from svhnlab.report.core.select import NotComputed
from svhnlab.report.errors.strip import divide
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain, with_numbers, words


class TestErrorStrip:
    def test_errors_of_the_most_accurate_model(self, study: Study) -> None:
        """Each image is an error of that model, with its own cause; every cause of its errors is there."""
        frame = ErrorStrip.from_study(study).frame()
        place = list(study.runs).index("resnet18")
        codes, titles = cause_codes(study)[place], cause_titles(study)
        assert frame["cause"].tolist() == [titles[codes[row]] for row in frame["image"]]
        assert set(frame["cause"]) == {titles[code] for code in codes if code >= 0}
        assert frame["image"].is_unique

    def test_links(self, study: Study, folder) -> None:
        """On a page, each picture is a link to the card of its image, by the number in its file."""
        strip = ErrorStrip.from_study(with_numbers(study))
        text = strip.markdown()
        numbers = [error.number for error in strip.errors]
        assert re.findall(r"\(explore\.qmd#image-(\d+)\)", text) == [str(number) for number in numbers]
        files = re.findall(r"!\[Image \d+\]\((figures/[\w-]+\.png)\)", text)
        assert len(files) == len(numbers)
        assert np.array_equal(np.moveaxis(np.asarray(Image.open(files[0])), -1, 0), strip.errors[0].image)

    def test_without_explorer(self, study: Study, folder) -> None:
        """Without maps there is no explorer: the links lead to the gallery, which numbers cards by the test split."""
        bare = {name: replace(run, embedding=None) for name, run in study.runs.items()}
        text = ErrorStrip.from_study(with_numbers(replace(study, runs=bare))).markdown()
        cards = re.findall(r"\(chapters/errors\.qmd#image-(\d+)\)", text)
        assert cards == [str(error.number) for error in ErrorStrip.from_study(study).errors]
        assert "explore.qmd" not in text

    def test_is_drawn_for_print(self, study: Study) -> None:
        """The picture has the cause and the classes below each image."""
        strip = ErrorStrip.from_study(study)
        ax = strip.plot(theme="print")
        assert f"{strip.errors[0].label} → {strip.errors[0].predicted}" in words(ax)
        assert len(words(ax)) == 2 * len(strip.errors)

    def test_long_names(self) -> None:
        """Long names are in full on a page, and in two short lines in print."""
        study = fake_study(n_test=200, class_names=[f"a kind of animal {k}" for k in range(10)], kind="custom")
        strip = ErrorStrip.from_study(study)
        first = strip.errors[0]
        assert first.label in study.class_names
        assert f"{first.label} → {first.predicted}" in plain(strip.markdown())
        ax = strip.plot(theme="print")
        below = [text.get_text() for text in ax.texts if "→" in text.get_text()]
        assert all(text.count("\n") == 1 and max(map(len, text.split("\n"))) <= 11 for text in below)

    def test_without_causes(self, study: Study) -> None:
        """Studies of earlier versions have no causes."""
        with pytest.raises(NotComputed):
            ErrorStrip.from_study(replace(study, causes=None))


@pytest.mark.parametrize(
    ("counts", "places", "given"),
    [
        ([90, 9, 0, 1], 8, [6, 1, 0, 1]),
        ([1, 1, 1], 8, [1, 1, 1]),
        ([5, 4, 3], 2, [1, 1, 0]),
        ([0, 0], 8, [0, 0]),
    ],
)
def test_divide(counts: list[int], places: int, given: list[int]) -> None:
    """Places go by the counts, at least one to each; no count gets more places than it has images."""
    assert divide(np.array(counts), places).tolist() == given
