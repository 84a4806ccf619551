"""The label review in a real browser, opened from disk: keys, touch, storage, export and accessibility."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from svhnlab.analysis.label_audit import choose_images
from svhnlab.site.checks import AXE_OPTIONS
from svhnlab.store.schema import UNCLEAR, Study
from svhnlab.store.verdict_file import read_verdict_file, verdicts_of
from tests.fixtures.fake_verdicts import write_export

TOTAL = 212
"""Images of the review: 12 with a suspected label, and 200 others."""


@pytest.fixture(scope="module")
def listed(study: Study) -> list[int]:
    """Images of the review in its order."""
    assert study.statistics is not None
    rows: list[int] = choose_images(study.statistics.labels.suspected, 300, study.data.images_digest).tolist()
    return rows


@pytest.fixture
def address(evidence_site: Path) -> str:
    """Address of the page with the review."""
    return (evidence_site / "chapters" / "end.html").as_uri()


def form(page: Page) -> Locator:
    return page.get_by_role("group", name="Label review")


def status(page: Page) -> Locator:
    return form(page).get_by_role("status")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


#: Name of the verdicts in the browser's storage.
NAME = "`svhnlab-review-${svhnlabReview.study}-${svhnlabReview.list}`"


def stored(page: Page) -> dict[str, Any]:
    """Return the verdicts in the browser's storage."""
    found: dict[str, Any] = page.evaluate(f"() => JSON.parse(localStorage.getItem({NAME}) ?? '{{}}')")
    return found


def nearly_done(page: Page, address: str, listed: list[int], study: Study) -> None:
    """Open the page with verdicts on all images but the last two; the first is another class, the second unclear."""
    labels = study.data.test_labels
    verdicts: dict[str, Any] = {str(row): int(labels[row]) for row in listed[:-2]}
    verdicts[str(listed[0])] = int((labels[listed[0]] + 1) % 10)
    verdicts[str(listed[1])] = "unclear"
    page.goto(address)
    expect(form(page)).to_be_visible()
    page.evaluate(f"(text) => localStorage.setItem({NAME}, text)", json.dumps(verdicts))
    page.reload()


class TestKeys:
    def test_verdicts(self, page: Page, address: str, listed: list[int]) -> None:
        """Keys give verdicts, skip and go back; the state outlives a reload."""
        page.goto(address)
        expect(status(page)).to_have_text(f"0 of {TOTAL} images reviewed.")
        page.get_by_role("button", name="Start the review").focus()
        page.keyboard.press("Enter")
        expect(form(page)).to_be_focused()
        picture = page.get_by_role("img", name=f"Test image to review, 1 of {TOTAL}")
        expect(picture).to_be_visible()
        for key, text in {
            "3": f"Image 2 of {TOTAL}, 1 reviewed. Last verdict: 3.",
            "u": f"Image 3 of {TOTAL}, 2 reviewed. Last verdict: unclear.",
            "s": f"Image 4 of {TOTAL}, 2 reviewed.",
            "B": f"Image 3 of {TOTAL}, 2 reviewed.",
            "b": f"Image 2 of {TOTAL}, 2 reviewed.",
        }.items():
            page.keyboard.press(key)
            expect(status(page)).to_have_text(text)
        expect(page.get_by_role("button", name="Unclear")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("9")
        expect(status(page)).to_have_text(f"Image 3 of {TOTAL}, 2 reviewed. Last verdict: 9.")
        assert stored(page) == {str(listed[0]): 3, str(listed[1]): 9}
        page.reload()
        expect(status(page)).to_have_text(f"2 of {TOTAL} images reviewed.")
        press(page, "Continue the review")
        expect(status(page)).to_have_text(f"Image 3 of {TOTAL}, 2 reviewed.")

    def test_other_keys(self, page: Page, address: str) -> None:
        """Keys with a modifier, held keys, and keys outside the form give no verdict."""
        page.goto(address)
        page.keyboard.press("3")
        press(page, "Start the review")
        for key in ("Control+3", "Alt+3", "Meta+3", "x", "Tab"):
            page.keyboard.press(key)
        first = f"Image 1 of {TOTAL}, 0 reviewed."
        expect(status(page)).to_have_text(first)
        page.get_by_label("Continue from an exported file").focus()
        page.keyboard.press("3")
        page.locator("main h1").click()
        page.keyboard.press("3")
        page.keyboard.press("/")  # the search
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("3")
        page.keyboard.press("Escape")
        expect(status(page)).to_have_text(first)
        page.get_by_role("img").click()
        page.keyboard.down("3")
        for _ in range(3):
            page.keyboard.down("3")  # as if held
        page.keyboard.up("3")
        expect(status(page)).to_have_text(f"Image 2 of {TOTAL}, 1 reviewed. Last verdict: 3.")

    @pytest.mark.parametrize("names", [("cat", "dog", "emu"), tuple("abcdefghijkl")])
    def test_names_of_classes(self, page: Page, address: str, names: tuple[str, ...]) -> None:
        """Up to ten classes have keys by their position; more have buttons only."""
        page.goto(address)
        script = page.evaluate("() => JSON.stringify(window.svhnlabReview)")
        content = json.dumps({**json.loads(script), "classes": names})
        page.route("**/evidence/review.js", lambda route: route.fulfill(body=f"window.svhnlabReview = {content};"))
        page.reload()
        press(page, "Start the review")
        page.keyboard.press("1")
        has_keys = len(names) <= 10
        expect(status(page)).to_contain_text("1 reviewed. Last verdict: dog." if has_keys else "0 reviewed.")
        button = page.get_by_role("button", name=names[-1], exact=True)
        expect(button).to_be_visible()
        assert button.get_attribute("aria-keyshortcuts") == (str(len(names) - 1) if has_keys else None)
        button.click()
        expect(status(page)).to_contain_text(f"Last verdict: {names[-1]}.")


class TestTouch:
    def test_taps(self, chromium: Browser, address: str) -> None:
        """On a phone the buttons are large enough, and give verdicts."""
        context = chromium.new_context(has_touch=True, viewport={"width": 390, "height": 800})
        page = context.new_page()
        page.goto(address)
        page.get_by_role("button", name="Start the review").tap()
        page.get_by_role("button", name="7", exact=True).tap()
        page.get_by_role("button", name="Unclear").tap()
        page.get_by_role("button", name="Skip").tap()
        page.get_by_role("button", name="Back").tap()
        expect(status(page)).to_have_text(f"Image 3 of {TOTAL}, 2 reviewed.")
        for button in page.locator(".label-review button:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        context.close()


class TestPicture:
    def test_tile(self, page: Page, address: str) -> None:
        """The canvas shows the image's tile, pixel by pixel."""
        page.goto(address)
        press(page, "Start the review")
        for _ in range(23):
            page.keyboard.press("s")
        picture = page.get_by_role("img", name=f"Test image to review, 24 of {TOTAL}")
        assert re.search(r"/evidence/review-000\.webp 3 2$", picture.get_attribute("data-tile") or "")
        assert picture.evaluate("(canvas) => [canvas.width, canvas.height]") == [32, 32]


class TestFiles:
    def test_export(self, page: Page, address: str, study: Study, listed: list[int], tmp_path: Path) -> None:
        """The exported file is one that `svhnlab verdicts` accepts, with the verdicts on the images that were shown."""
        page.goto(address)
        export = page.get_by_role("button", name="Export the verdicts")
        expect(export).to_be_disabled()
        press(page, "Start the review")
        page.keyboard.press("4")
        page.keyboard.press("u")
        with page.expect_download() as download:
            export.click()
        assert re.fullmatch(r"verdicts-\d{4}-\d\d-\d\d\.json", download.value.suggested_filename)
        download.value.save_as(tmp_path / "v.json")
        file = read_verdict_file(tmp_path / "v.json")
        assert (file.study, file.data) == (study.key, "generated digits")
        verdicts = verdicts_of(file, study.data, 10)
        expected = {listed[0]: 4, listed[1]: UNCLEAR}
        assert dict(zip(verdicts.rows.tolist(), verdicts.classes.tolist(), strict=True)) == expected

    def test_import(self, page: Page, address: str, study: Study, listed: list[int], tmp_path: Path) -> None:
        """An exported file continues the review; entries that are not in the list or no class are left out."""
        outside = next(row for row in range(300) if row not in listed)
        verdicts = {str(listed[0]): 5, str(listed[1]): "unclear", str(listed[2]): 10, str(outside): 1}
        page.goto(address)
        field = page.get_by_label("Continue from an exported file")
        field.set_input_files(write_export(tmp_path / "v.json", study, verdicts=verdicts))
        expect(status(page)).to_have_text(f"2 of {TOTAL} images reviewed. 2 verdicts added.")
        assert stored(page) == {str(listed[0]): 5, str(listed[1]): "unclear"}
        field.set_input_files(write_export(tmp_path / "chosen.json", study, verdicts=verdicts, chosen=[listed[0]]))
        expect(status(page)).to_have_text(f"2 of {TOTAL} images reviewed. 1 verdict added.")
        for change in ({"test_images": "0" * 64}, {"format": "x"}):
            field.set_input_files(write_export(tmp_path / "other.json", study, **change))
            expect(status(page)).to_contain_text("The file has no verdicts on these test images.")
        (tmp_path / "broken.json").write_text("{")
        field.set_input_files(tmp_path / "broken.json")
        expect(status(page)).to_contain_text(f"2 of {TOTAL} images reviewed. The file has no verdicts")

    def test_reset(self, page: Page, address: str) -> None:
        """Reset asks first, then deletes all verdicts."""
        answers: list[Callable[[Dialog], None]] = [lambda dialog: dialog.dismiss(), lambda dialog: dialog.accept()]
        questions: list[str] = []

        def answer(dialog: Dialog) -> None:
            questions.append(dialog.message)
            answers.pop(0)(dialog)

        page.on("dialog", answer)
        page.goto(address)
        press(page, "Start the review")
        page.keyboard.press("4")
        press(page, "Reset")
        expect(status(page)).to_contain_text("1 reviewed")
        press(page, "Reset")
        expect(status(page)).to_have_text(f"0 of {TOTAL} images reviewed.")
        expect(page.get_by_role("button", name="Start the review")).to_be_focused()
        assert questions == ["Delete 1 verdict from this browser?"] * 2
        assert stored(page) == {}


class TestEnd:
    def test_labels_follow_the_last_verdict(self, page: Page, address: str, listed: list[int], study: Study) -> None:
        """After the last verdict the labels can be compared; then there is no way back to the images."""
        nearly_done(page, address, listed, study)
        press(page, "Continue the review")
        page.keyboard.press("s")
        expect(status(page)).to_have_text(f"Image {TOTAL} of {TOTAL}, {TOTAL - 2} reviewed.")
        last = int(study.data.test_labels[listed[-1]])
        page.keyboard.press(str(last))
        page.keyboard.press("s")
        expect(status(page)).to_contain_text("All other images are reviewed.")
        expect(page.get_by_role("table")).to_have_count(0)
        other = int(study.data.test_labels[listed[-2]] + 1) % 10
        page.keyboard.press(str(other))
        expect(page.get_by_role("heading", name="All images are reviewed")).to_be_visible()
        expect(form(page).locator(".review-end")).to_be_focused()
        press(page, "Back")
        expect(status(page)).to_have_text(f"Image {TOTAL} of {TOTAL}, {TOTAL} reviewed.")
        page.keyboard.press("s")
        press(page, "Compare with the labels")
        expect(page.get_by_text(f"The verdict differs from the label for 2 of {TOTAL} images.")).to_be_visible()
        rows = [row.split() for row in page.get_by_role("row").all_inner_texts()]
        assert rows[0] == ["Image", "Label", "Verdict", "Models"]
        assert study.statistics is not None
        labels, suggested = study.data.test_labels, study.statistics.labels.suggested
        assert rows[1:] == [
            [str(row), str(labels[row]), str(verdict), str(suggested[row])]
            for row, verdict in ((listed[0], (labels[listed[0]] + 1) % 10), (listed[-2], other))
        ]
        expect(page.get_by_role("button", name="Back")).to_have_count(0)


class TestStorage:
    def test_unavailable(self, page: Page, address: str) -> None:
        """Without storage the review works, and says that the verdicts are not kept."""
        page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } });")
        page.goto(address)
        press(page, "Start the review")
        page.keyboard.press("4")
        expect(status(page)).to_contain_text("1 reviewed")
        expect(form(page).get_by_role("alert")).to_contain_text("does not keep the verdicts")
        expect(page.get_by_role("button", name="Export the verdicts")).to_be_enabled()

    def test_foreign_content(self, page: Page, address: str) -> None:
        """Invalid content of the storage is ignored."""
        page.goto(address)
        press(page, "Start the review")
        page.keyboard.press("4")
        page.evaluate("() => { for (const name of Object.keys(localStorage)) localStorage[name] = '{\"a\": [1]'; }")
        page.reload()
        expect(status(page)).to_have_text(f"0 of {TOTAL} images reviewed.")

    def test_without_the_list(self, page: Page, address: str) -> None:
        """If the list is missing, the static text stays."""
        page.route("**/evidence/review.js", lambda route: route.fulfill(body=""))
        page.goto(address)
        expect(page.get_by_text("The static text.")).to_be_visible()


class TestAccessibility:
    @pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
    def test_every_state(
        self, page: Page, address: str, listed: list[int], study: Study, theme: Any, width: int
    ) -> None:
        """Before, during and after the review, axe finds nothing (WCAG 2.2 AA)."""
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 900})
        nearly_done(page, address, listed, study)

        def violations() -> list[str]:
            options = {**AXE_OPTIONS, "preload": False}  # a page opened from disk can't fetch its style sheets
            return [found["id"] for found in Axe().run(page, options=options).response["violations"]]

        assert violations() == []
        press(page, "Continue the review")
        page.keyboard.press("b")
        assert violations() == []
        for key in "s12":
            page.keyboard.press(key)
        assert violations() == []
        press(page, "Compare with the labels")
        assert violations() == []
