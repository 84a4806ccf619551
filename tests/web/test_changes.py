"""Changed versions of an image in a real browser: the section of its card, and the slider of a chapter."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from svhnlab.report.robustness.examples import describe_change
from svhnlab.report.robustness.least_change import LeastChanges
from svhnlab.store.schema import Study


@pytest.fixture
def chapter(page: Page, evidence_site: Path) -> Page:
    page.goto((evidence_site / "index.html").as_uri())
    page.locator("#fig-least").scroll_into_view_if_needed()
    expect(page.locator(".change-view")).to_be_visible()
    return page


def predictions(study: Study, row: int, condition: int) -> list[str]:
    """Names of the classes that the models predict."""
    column = np.searchsorted(study.robustness.rows, row)
    return [study.class_names[study.robustness.predicted[name][condition, column]] for name in study.runs]


def test_slider(chapter: Page, study: Study) -> None:
    """Keys move the slider over the severities of the chosen corruption; the predictions are the stored ones."""
    first = LeastChanges.from_study(study).broken[0].row
    chapter.locator(".change-view select").select_option(label="Rotation")
    slider = chapter.get_by_role("slider", name="Strength of the change")
    slider.press("Home")
    expect(chapter.locator(".change-phrase")).to_have_text("Unchanged")
    answers = chapter.locator(".change-answers strong")
    assert answers.all_inner_texts() == predictions(study, first, 0)
    slider.press("End")
    position = study.robustness.corruptions["rotate"][-1]
    phrase = describe_change(study.robustness.conditions[position], study.robustness.seed, first)
    expect(chapter.locator(".change-phrase")).to_have_text(re.compile(phrase, re.IGNORECASE))
    assert slider.get_attribute("aria-valuetext") == phrase
    assert answers.all_inner_texts() == predictions(study, first, position + 1)
    expect(chapter.locator(".change-view [role=status]")).to_contain_text(phrase)


def test_choice_of_image(chapter: Page, study: Study) -> None:
    """Arrow keys choose another image."""
    changes = LeastChanges.from_study(study)
    images = [one.row for one in (*changes.broken, *changes.repaired)]
    radios = chapter.locator(".change-explorer input[type=radio]")
    assert radios.count() == len(set(images))
    radios.first.press("ArrowRight")
    slider = chapter.get_by_role("slider", name="Strength of the change")
    slider.press("Home")
    expect(chapter.locator(".change-answers strong")).to_have_text(predictions(study, images[1], 0))


def test_card(chapter: Page, study: Study) -> None:
    """The card names the least change for each model, and shows the pictures and predictions of a corruption."""
    row = LeastChanges.from_study(study).broken[0].row
    chapter.evaluate(f"location.hash = '#image-{row}'")
    section = chapter.locator(".evidence-changes")
    expect(section).to_be_visible()
    assert section.locator("li").count() == len(study.runs)
    section.get_by_role("combobox").select_option(label="Shift")
    positions = [0, *(i + 1 for i in study.robustness.corruptions["shift"])]
    assert section.locator("thead .evidence-tile").count() == len(positions)
    for model, line in enumerate(section.locator("tbody tr").all()):
        expected = [predictions(study, row, position)[model] for position in positions]
        assert line.locator("strong").all_inner_texts() == expected
    violations = Axe().run(chapter, options={"preload": False}).response["violations"]
    assert [one["id"] for one in violations] == []
