"""Links on confusion matrices, and on the bars that phones show instead, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from svhnlab.store.schema import Study
from tests.web.evidence_page import address, rows, state, tiles


class TestConfusionMatrix:
    def test_click_on_a_cell_shows_its_images(self, page: Page, site: Path, study: Study) -> None:
        """A cell links to as many images as its count, and they have this confusion."""
        test = study.runs["cnn"].test
        confusion = np.zeros((10, 10), dtype=int)
        np.add.at(confusion, (test.labels, test.predicted), 1)
        np.fill_diagonal(confusion, 0)
        i, j = np.unravel_index(confusion.argmax(), confusion.shape)
        page.goto(address(site, "one"))
        page.get_by_role("link", name=f"{i} predicted as {j}: {confusion[i, j]} images").click()
        dialog = page.get_by_role("dialog", name="Images")
        expect(dialog.get_by_role("status")).to_have_text(
            f"{confusion[i, j]} images: errors of Two-layer CNN, labelled {i}, predicted as {j}."
        )
        assert set(rows(dialog)) == set(np.flatnonzero((test.labels == i) & (test.predicted == j)))
        assert state(page) == f"#errors?model=cnn&true={i}&predicted={j}&labels=all"
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert "#" not in page.url
        page.go_forward()
        expect(dialog).to_be_visible()
        page.go_back()
        expect(dialog).to_be_hidden()

    def test_cells_are_reached_by_keys(self, page: Page, site: Path) -> None:
        """One tab stop, arrows from cell to cell, and back to the cell after closing."""
        page.goto(address(site, "one"))
        cells = page.locator(".evidence-cells").first.locator("a")
        assert cells.evaluate_all("all => all.filter(a => a.tabIndex === 0).length") == 1
        cells.first.focus()
        page.keyboard.press("ArrowRight")
        focused = page.evaluate("document.activeElement.ariaLabel")
        assert re.match(r"0 predicted as \d: ", focused)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="Images")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog", name="Images")).to_be_hidden()
        assert page.evaluate("document.activeElement.ariaLabel") == focused

    @pytest.mark.parametrize("width", [1280, 390])
    def test_links_lie_on_the_picture(self, page: Page, site: Path, width: int) -> None:
        """The links cover the cells at any width: of two panels or, on a phone, of one that does not scroll."""
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address(site, "one"))
        picture = page.locator(".evidence-figure img.light-content:visible")
        expect(picture).to_have_js_property("complete", True)
        image, figure = picture.bounding_box(), page.locator(".evidence-figure").bounding_box()
        assert image is not None
        assert figure is not None
        assert figure == pytest.approx(image, abs=1)
        panels = page.locator(".evidence-cells:visible")
        expect(panels).to_have_count(2 if width > 640 else 1)
        for panel in (one.bounding_box() for one in panels.all()):
            assert panel is not None
            assert panel["x"] >= image["x"]
            assert panel["x"] + panel["width"] <= min(image["x"] + image["width"], width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


class TestPairBars:
    """The bars that phones show instead of a matrix of many classes."""

    @pytest.fixture
    def pairs(self, study: Study) -> list[tuple[int, int]]:
        """The true and the predicted class of two confusions."""
        test = study.runs["cnn"].test
        found = sorted({(int(i), int(j)) for i, j in zip(test.labels, test.predicted, strict=True) if i != j})
        return found[:2]

    @pytest.fixture
    def bars(self, page: Page, site: Path, pairs: list[tuple[int, int]]) -> Iterator[Locator]:
        """The links of a page whose matrix has bars for phones, in its place."""
        original = site / "chapters" / "one.html"
        text = original.read_text(encoding="utf-8")
        place = f'"bars": {{"pairs": {[list(pair) for pair in pairs]}, "place": [0.1, 0.2, 0.8, 0.6]}}'
        changed = re.sub(r'"phone": ?\[\[.*?\]\], ?"bars": ?null', f'"phone": [], {place}', text)
        assert changed != text
        copy = original.with_name("bars.html")
        copy.write_text(changed, encoding="utf-8")
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(copy.as_uri())
        yield page.locator(".evidence-cells:visible").locator("a")
        copy.unlink()

    def test_mouse_and_keys(self, page: Page, bars: Locator, study: Study, pairs: list[tuple[int, int]]) -> None:
        """A bar opens exactly its images; the bars are one tab stop, and arrows move between them."""
        expect(bars).to_have_count(2)
        test, (first, (label, predicted)) = study.runs["cnn"].test, pairs
        assert [bar.get_attribute("tabindex") for bar in bars.all()] == ["0", "-1"]
        bars.first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Images")
        expect(tiles(dialog).first).to_be_visible()
        assert set(rows(dialog)) == set(np.flatnonzero((test.labels == label) & (test.predicted == predicted)))
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert page.evaluate("document.activeElement.ariaLabel").startswith(f"{label} predicted as {predicted}: ")
        bars.first.click()
        expect(dialog.get_by_role("status")).to_contain_text(f"labelled {first[0]}, predicted as {first[1]}")

    def test_finger(self, bars: Locator) -> None:
        """A bar is at least 24 pixels high."""
        for bar in bars.all():
            box = bar.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24
