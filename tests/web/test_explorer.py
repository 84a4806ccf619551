"""The explorer in a real browser, opened from disk: each view filters the others, with mouse, keys and touch."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from matplotlib.path import Path as Polygon
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from svhnlab.analysis.metrics import share_estimate
from svhnlab.analysis.slices import quantile_slices
from svhnlab.report.core.style import class_colours
from svhnlab.site.checks import AXE_OPTIONS
from svhnlab.store.schema import UNCLEAR, Study
from svhnlab.store.verdict_file import read_verdict_file, verdicts_of
from svhnlab.web.resources import write_page_files
from tests.fixtures.browser import wait_until
from tests.fixtures.explorer_file import ExplorerFile, read_explorer, write_explorer_pages
from tests.fixtures.fakes import fake_study
from tests.report.helpers import with_numbers
from tests.web.explorer_page import address, drag, open_explorer, plot, selected, show

TOTAL = 400
WITHOUT_WEBGL = """() => {
  const { prototype } = HTMLCanvasElement;
  const get = prototype.getContext;
  prototype.getContext = function (kind, ...rest) { return kind === "webgl2" ? null : get.call(this, kind, ...rest); };
  window.restoreContext = () => { prototype.getContext = get; };
}"""


@pytest.fixture(scope="module")
def study() -> Study:
    return with_numbers(fake_study(n_test=TOTAL))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, study: Study) -> Path:
    """A page in both themes with the data of the study."""
    folder = tmp_path_factory.mktemp("explorer")
    write_explorer_pages(study, folder)
    return folder


@pytest.fixture(scope="module")
def file(folder: Path) -> ExplorerFile:
    return read_explorer(folder / "evidence")


@pytest.fixture(scope="module")
def shared(chromium: Browser, folder: Path) -> Iterator[Page]:
    """One page for all tests that only select images."""
    with open_explorer(chromium, folder) as page:
        yield page


@pytest.fixture
def explorer(shared: Page) -> Page:
    """The shared page without filters, and the pointer away from maps and pictures."""
    shared.mouse.move(0, 0)
    show(shared, "#explore")
    return shared


def errors(file: ExplorerFile, run: int = 0) -> NDArray[np.bool_]:
    """Whether a run misclassifies each image."""
    return np.asarray(file.of_run(run, "predicted", np.uint16) != file.labels)


def positions(file: ExplorerFile, run: int = 0) -> NDArray[np.int64]:
    """Coordinates of each image on the map of a run."""
    return np.stack([file.of_run(run, axis, np.int16) for axis in "xy"], axis=1).astype(np.int64)


def region_of(fragment: str) -> tuple[str, list[int]]:
    """Return the run and the corners of the region in an address."""
    found = re.search(r"region=([\w-]+):([-\d,]+)", fragment)
    assert found
    return found[1], [int(number) for number in found[2].split(",")]


def check_numbers(page: Page, file: ExplorerFile, inside: NDArray[np.bool_], run: int = 0) -> None:
    """Check that all views show a selection, which has at most 60 images."""
    wrong = errors(file, run)
    total, right = int(inside.sum()), int((inside & ~wrong).sum())
    assert selected(page) == total
    low, high = share_estimate(right, total, file.content["runs"][run]["designEffect"]).limits
    words = f"accuracy of {file.content['runs'][run]['title']} {right / total:.1%} ({low:.1%}–{high:.1%})"
    if outcome := re.search(r"show=(errors|correct)", address(page)):
        words = f"; {outcome[1]} of {file.content['runs'][run]['title']}."
    expect(page.locator(".explorer-summary")).to_contain_text(words.replace("100.0%", "100%"))
    shown = page.locator(".explorer-tiles a").evaluate_all("(links) => links.map((link) => link.hash)")
    assert len(shown) == min(total, 60)
    numbers = {f"#image-{number}" for number in file.numbers[inside]}
    assert set(shown) <= numbers
    slices = page.locator(".explorer-slices tbody").first.locator("tr").all_inner_texts()[1:]
    labels = file.labels
    for k, line in enumerate(slices):
        cells = line.split("\t")
        assert int(cells[1]) == int((inside & (labels == k)).sum())
        assert int(cells[2]) == int((inside & wrong & (labels == k)).sum())


class TestFirstView:
    def test_all_images(self, explorer: Page, file: ExplorerFile) -> None:
        """At first all images are selected, in the colours of their labels."""
        expect(explorer.locator(".explorer-summary")).to_contain_text(f"All {TOTAL} images")
        assert selected(explorer) == TOTAL
        most = np.argsort(
            -np.bincount(10 * file.labels[errors(file)] + file.of_run(0, "predicted", np.uint16)[errors(file)]),
            kind="stable",
        )[0]
        expect(explorer.locator(".explorer-summary")).to_contain_text(f"Most confused: {most // 10} as {most % 10}")
        assert explorer.locator(".explorer-legend span").count() == 10

    def test_points_are_drawn(self, explorer: Page, file: ExplorerFile) -> None:
        """A point has the colour of its class, at its position; with WebGL and without."""
        image = int(np.flatnonzero(~errors(file))[0])
        x, y = positions(file)[image]
        show(explorer, f"#explore?view={x},{y},1&show=correct")
        red, green, blue = (int(class_colours(10)[file.labels[image]][i : i + 2], 16) for i in (1, 3, 5))
        for lost in (False, True):
            if lost:
                explorer.evaluate(WITHOUT_WEBGL)
                explorer.get_by_label("Second model").select_option("1")
            # The pixel is read in the frame in which it is drawn.
            near = explorer.evaluate(
                """([which, colour]) => new Promise((done) => {
                  const plot = document.querySelectorAll(".explorer-plot")[which];
                  const canvas = plot.querySelector("canvas");
                  canvas.dispatchEvent(new Event("redraw"));
                  requestAnimationFrame(() => {
                    const copy = document.createElement("canvas");
                    copy.width = canvas.width; copy.height = canvas.height;
                    const pen = copy.getContext("2d");
                    pen.drawImage(canvas, 0, 0);
                    const { data } = pen.getImageData(0, 0, copy.width, copy.height);
                    let hits = 0;
                    for (let i = 0; i < data.length; i += 4) {
                      if (data[i + 3] > 150 && colour.every((part, c) => Math.abs(part - data[i + c]) < 12)) hits++;
                    }
                    done(hits);
                  });
                })""",
                [int(lost), [red, green, blue]],
            )
            assert near > 20
        explorer.evaluate("window.restoreContext()")


class TestMap:
    def test_box(self, explorer: Page, file: ExplorerFile) -> None:
        """A box selects exactly the images in it; a new one replaces it."""
        explorer.get_by_role("radio", name="Box").check()
        for far in (0.6, 0.5):
            drag(explorer, [(0.3, 0.2), (far, far)])
            run, (left, bottom, right, top) = region_of(address(explorer))
            x, y = positions(file).T
            inside = (left <= x) & (x <= right) & (bottom <= y) & (y <= top)
            assert run == "cnn"
            assert 0 < inside.sum() < TOTAL
            check_numbers(explorer, file, inside)
        explorer.get_by_role("radio", name="Move").check()

    def test_lasso(self, explorer: Page, file: ExplorerFile) -> None:
        """A lasso selects exactly the images in its polygon."""
        explorer.get_by_role("radio", name="Lasso").check()
        drag(explorer, [(0.3, 0.4), (0.5, 0.15), (0.8, 0.5), (0.45, 0.8), (0.5, 0.5)])
        _, corners = region_of(address(explorer))
        assert len(corners) > 10
        check_numbers(explorer, file, Polygon(np.reshape(corners, (-1, 2))).contains_points(positions(file)))
        explorer.get_by_role("radio", name="Move").check()

    def test_view(self, explorer: Page, file: ExplorerFile) -> None:
        """Keys zoom and move, a button selects what is in view, and the address has the view."""
        plot(explorer).focus()
        for key in ("+", "+", "ArrowRight", "ArrowUp"):
            explorer.keyboard.press(key)
        x, y, zoom = re.search(r"view=(-?\d+),(-?\d+),([\d.]+)", address(explorer)).groups()
        assert float(zoom) == pytest.approx(1.96)
        assert int(x) > 0
        assert int(y) > 0
        explorer.get_by_role("button", name="Select what is in view").click()
        _, (left, bottom, right, top) = region_of(address(explorer))
        a, b = positions(file).T
        check_numbers(explorer, file, (left <= a) & (a <= right) & (bottom <= b) & (b <= top))
        plot(explorer).focus()
        explorer.keyboard.press("0")
        assert "view=" not in address(explorer)

    def test_wheel(self, explorer: Page) -> None:
        """The wheel scrolls the page over a map; with Ctrl it zooms."""
        frame = plot(explorer).bounding_box()
        assert frame is not None
        explorer.mouse.move(frame["x"] + 50, frame["y"] + 50)
        explorer.mouse.wheel(0, 60)
        wait_until(explorer, "scrollY > 0")
        assert "view=" not in address(explorer)
        explorer.keyboard.down("Control")
        explorer.mouse.wheel(0, -60)
        explorer.keyboard.up("Control")
        assert "view=" in address(explorer)
        explorer.evaluate("scrollTo(0, 0)")

    def test_thumbnails(self, explorer: Page, file: ExplorerFile) -> None:
        """When few images are in view, their pictures are the points."""
        image = int(np.argmax(positions(file)[:, 0]))
        assert plot(explorer).get_attribute("data-thumbnails") == "0"
        x, y = positions(file)[image]
        show(explorer, f"#explore?view={x},{y},9")
        wait_until(explorer, "document.querySelector('.explorer-plot').dataset.thumbnails > 0")

    def test_two_models(self, explorer: Page, file: ExplorerFile) -> None:
        """A pointer on one map shows the image on both; lines lead to its neighbours."""
        image = int(np.argmax(positions(file)[:, 1]))
        x, y = positions(file)[image]
        show(explorer, f"#explore?second=resnet18&view={x},{y},3")
        expect(explorer.locator(".explorer-map h3")).to_have_text(["Two-layer CNN", "ResNet-18 (random start)"])
        explorer.get_by_label("Lines to the nearest neighbours").check()
        frame = plot(explorer).bounding_box()
        assert frame is not None
        explorer.mouse.move(frame["x"] + frame["width"] / 2 + 3, frame["y"] + frame["height"] / 2)
        explorer.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
        for which, run in ((0, 0), (1, 2)):
            tip = plot(explorer, which).locator(".map-tip")
            guess = file.of_run(run, "predicted", np.uint16)[image]
            expect(tip).to_contain_text(f"Image {file.numbers[image]:,}: {file.labels[image]} → {guess}")
            mapped = np.flatnonzero(file.column("onMap", np.uint16) != 65_535)
            mapped = mapped[np.argsort(file.column("onMap", np.uint16)[mapped])]
            distance = np.linalg.norm(positions(file, run) - positions(file, run)[image], axis=1)
            others = distance[mapped[mapped != image]]
            neighbours = mapped[file.neighbours(run)[image]]
            separated = int((distance[neighbours] > np.sort(others)[14]).sum())
            expect(tip).to_contain_text(f"{separated} of 5 neighbours separated")
        explorer.get_by_label("Lines to the nearest neighbours").uncheck()
        explorer.mouse.move(0, 0)


class TestFilters:
    def test_matrix(self, explorer: Page, file: ExplorerFile) -> None:
        """A cell selects its images; cells add up, and the matrix keeps its numbers."""
        predicted = file.of_run(0, "predicted", np.uint16)
        cells = np.bincount(10 * file.labels + predicted, minlength=100).reshape(10, 10)
        shown = explorer.locator(".explorer-matrix button").all_inner_texts()
        assert [int(text or 0) for text in shown] == cells.ravel().tolist()
        off = np.where(np.eye(10, dtype=bool), 0, cells)
        inside = np.zeros(TOTAL, dtype=bool)
        for cell in np.argsort(-off.ravel(), kind="stable")[:2]:
            label, guess = divmod(int(cell), 10)
            explorer.get_by_role("button", name=f"Label {label}, predicted {guess}:").click()
            inside |= (file.labels == label) & (predicted == guess)
            check_numbers(explorer, file, inside)
        assert explorer.locator(".explorer-matrix button").all_inner_texts() == shown
        explorer.get_by_role("button", name=f"Remove the filter: {label} as {guess}").click()
        assert selected(explorer) == off.max()

    def test_matrix_keys(self, explorer: Page) -> None:
        """The matrix has one tab stop and is walked by arrow keys."""
        assert explorer.locator('.explorer-matrix button[tabindex="0"]').count() == 1
        explorer.locator('.explorer-matrix button[tabindex="0"]').focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
            explorer.keyboard.press(key)
        focus = explorer.evaluate("document.activeElement.ariaLabel")
        assert re.match(r"Label 2, predicted 1: \d+ images?", focus)
        for key in ("ArrowUp", "ArrowUp", "ArrowLeft"):
            explorer.keyboard.press(key)

    def test_ranges(self, explorer: Page, file: ExplorerFile) -> None:
        """Ranges of numbers filter, alone and together."""
        confidence = file.of_run(0, "confidence", np.uint16) / 10_000
        explorer.get_by_role("spinbutton", name="Confidence, from").fill("0.5")
        explorer.keyboard.press("Enter")
        explorer.get_by_role("spinbutton", name="Confidence, to").fill("0.9")
        explorer.keyboard.press("Enter")
        inside = (confidence >= 0.5) & (confidence <= 0.9)
        check_numbers(explorer, file, inside)
        part = next(one for one in file.content["properties"] if one["name"] == "sharpness")
        values = file.decode(part["values"], np.float32).astype(np.float64)
        high = float(np.round(np.median(values), 2))
        explorer.get_by_role("spinbutton", name="Sharpness, to").fill(str(high))
        explorer.keyboard.press("Enter")
        low = float(explorer.get_by_role("spinbutton", name="Sharpness, from").input_value())
        check_numbers(explorer, file, inside & (values >= low) & (values <= high))
        explorer.get_by_role("button", name="All values of sharpness").click()
        assert selected(explorer) == inside.sum()

    def test_drag_over_a_histogram(self, explorer: Page, file: ExplorerFile) -> None:
        """A drag over the bars selects whole bars."""
        bars = explorer.locator(".explorer-bars svg").first
        bars.scroll_into_view_if_needed()
        frame = bars.bounding_box()
        assert frame is not None
        explorer.mouse.move(frame["x"] + 0.51 * frame["width"], frame["y"] + 20)
        explorer.mouse.down()
        explorer.mouse.move(frame["x"] + 0.74 * frame["width"], frame["y"] + 20, steps=3)
        explorer.mouse.up()
        assert "confidence=0.5,0.75" in address(explorer)
        confidence = file.of_run(0, "confidence", np.uint16) / 10_000
        check_numbers(explorer, file, (confidence >= 0.5) & (confidence <= 0.75))

    def test_slices(self, explorer: Page, file: ExplorerFile, study: Study) -> None:
        """Slices of a property are those of the report; a row filters."""
        part = next(one for one in file.content["properties"] if one["name"] == "contrast")
        values = file.decode(part["values"], np.float32)
        members = [inside for _, _, inside in quantile_slices(values)]
        body = explorer.locator(".explorer-slices tbody", has=explorer.get_by_text("Contrast", exact=True))
        lines = [line.split("\t") for line in body.locator("tr").all_inner_texts()[1:]]
        wrong = errors(file)
        assert [(int(line[1]), int(line[2])) for line in lines] == [
            (int(m.sum()), int((m & wrong).sum())) for m in members
        ]
        body.get_by_role("button").first.click()
        check_numbers(explorer, file, members[0])
        # The other slices show what they would select.
        assert [int(line.split("\t")[1]) for line in body.locator("tr").all_inner_texts()[1:]] == [
            int(m.sum()) for m in members
        ]
        explorer.get_by_role("button", name="Errors only", exact=True).click()
        check_numbers(explorer, file, members[0] & wrong)

    def test_other_model(self, explorer: Page, file: ExplorerFile) -> None:
        """Filters follow the model."""
        show(explorer, "#explore?model=resnet18-aug&show=errors")
        check_numbers(explorer, file, errors(file, 3), run=3)

    def test_comparison(self, explorer: Page, file: ExplorerFile) -> None:
        """Two selections are compared, with an interval unless they share images."""
        show(explorer, "#explore?slice=class:1")
        explorer.get_by_role("button", name="Keep the selection as A").click()
        show(explorer, f"{address(explorer)}&slice=class:2".replace("slice=class:1&", "", 1))
        explorer.get_by_role("button", name="Keep the selection as B").click()
        shares, bounds = [], []
        for k in (1, 2):
            members = file.labels == k
            right, total = int((members & ~errors(file)).sum()), int(members.sum())
            shares.append(right / total)
            bounds.append(share_estimate(right, total, file.content["runs"][0]["designEffect"]).limits)
        difference = shares[0] - shares[1]
        low = difference - np.hypot(shares[0] - bounds[0][0], bounds[1][1] - shares[1])
        high = difference + np.hypot(bounds[0][1] - shares[0], shares[1] - bounds[1][0])
        text = explorer.locator(".explorer-compare p").inner_text()
        numbers = [float(number.replace("−", "-")) for number in re.findall(r"[+−]?\d+\.\d", text)]
        assert numbers == pytest.approx([100 * difference, 100 * low, 100 * high], abs=0.051)
        show(explorer, re.sub(r"&slice=[^&]*", "", address(explorer)))
        explorer.get_by_role("button", name="Keep the selection as A").click()
        expect(explorer.locator(".explorer-compare p")).to_contain_text(f"share {(file.labels == 2).sum()} images")


class TestAddress:
    def test_round_trip(self, explorer: Page, folder: Path) -> None:
        """The address has the whole state, and gives it again."""
        fragment = (
            "#explore?model=cnn-aug&region=cnn:-9999,-9999,3000,9999&cells=1-1,2-2&show=correct&confidence=0.3,1"
            "&slice=labels:sound&second=cnn&colour=loss&view=100,-50,1.500&a=model%3Dcnn%26slice%3Dclass%253A3"
        )
        show(explorer, fragment)
        count = selected(explorer)
        assert 0 < count < TOTAL
        explorer.get_by_role("button", name="Copy the address").click()
        written = address(explorer)
        for part in (
            "model=cnn-aug",
            "region=cnn:-9999,-9999,3000,9999",
            "cells=1-1,2-2",
            "show=correct",
            "colour=loss",
            "slice=labels:sound",
            "second=cnn&",
            "view=100,-50,1.500",
        ):
            assert part in written
        show(explorer, "#explore")
        assert selected(explorer) == TOTAL
        show(explorer, written)
        assert selected(explorer) == count
        assert explorer.locator(".explorer-compare tbody tr").count() == 1
        explorer.get_by_role("button", name="Copy the address").click()
        assert address(explorer) == written

    def test_invalid(self, explorer: Page) -> None:
        """Invalid parts of an address are left out."""
        show(
            explorer,
            "#explore?model=x&region=cnn:1,2,3&cells=99-1,a&show=y&confidence=1,0&slice=class:77&second=z&colour=q&view=a,b,c",
        )
        assert selected(explorer) == TOTAL
        expect(explorer.locator(".explorer-chips button")).to_have_text(["Errors only", "Correct only"])


class TestImages:
    def test_number(self, explorer: Page, file: ExplorerFile) -> None:
        """An image is found by its number, also outside the selection; an unknown number gives a message."""
        image = int(np.flatnonzero(~errors(file))[5])
        number = int(file.numbers[image])
        show(explorer, "#explore?show=errors")
        field = explorer.get_by_role("spinbutton", name="Image number")
        field.fill(str(number))
        field.press("Enter")
        note = explorer.locator(".explorer-head .explorer-note")
        expect(note).to_contain_text(f"Image {number}: labelled {file.labels[image]}")
        assert selected(explorer) == TOTAL
        assert "view=" in address(explorer)
        field.fill("1")
        field.press("Enter")
        expect(note).to_have_text("There is no test image 1.")

    def test_keys_walk_the_selection(self, explorer: Page, file: ExplorerFile) -> None:
        """The pictures have one tab stop and arrow keys; on the map, N and P go through them."""
        show(explorer, "#explore?show=errors")
        links = explorer.locator(".explorer-tiles a")
        hashes = links.evaluate_all("(links) => links.map((link) => link.hash)")
        assert explorer.locator('.explorer-tiles a[tabindex="0"]').count() == 1
        links.first.focus()
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home", "ArrowRight"):
            explorer.keyboard.press(key)
        assert explorer.evaluate("document.activeElement.hash") == hashes[1]
        image = {f"#image-{number}": i for i, number in enumerate(file.numbers)}[hashes[1]]
        name = explorer.evaluate("document.activeElement.ariaLabel")
        assert name.startswith(f"{file.labels[image]} predicted as {file.of_run(0, 'predicted', np.uint16)[image]}, ")
        plot(explorer).focus()
        note = explorer.locator(".explorer-head .explorer-note a")
        for key, place in (("n", 2), ("n", 3), ("p", 2)):
            explorer.keyboard.press(key)
            assert note.get_attribute("href") == hashes[place]

    def test_card(self, explorer: Page, file: ExplorerFile) -> None:
        """A click opens the card of any image, which steps through the selection; closing it returns to the picture."""
        show(explorer, "#explore?show=correct&slice=models:1")
        link = explorer.locator(".explorer-tiles a").nth(1)
        link.click()
        card = explorer.get_by_role("dialog")
        image = int(link.get_attribute("data-image") or -1)
        expect(card.get_by_role("heading", level=2)).to_have_text(f"Test image {file.numbers[image]:,}")
        expect(card).to_contain_text(f"Labelled {file.labels[image]}")
        lines = [line.split("\t") for line in card.locator("tbody tr").all_inner_texts()]
        assert [line[0] for line in lines] == [run["title"] for run in file.content["runs"]]
        guesses = [int(file.of_run(run, "predicted", np.uint16)[image]) for run in range(4)]
        assert [int(line[1].split()[-1]) for line in lines] == guesses
        expect(card).to_contain_text(f"2 of {selected(explorer)}")
        explorer.keyboard.press("ArrowRight")
        following = explorer.locator(".explorer-tiles a").nth(2)
        number = int((following.get_attribute("href") or "").removeprefix("#image-"))
        expect(card.get_by_role("heading", level=2)).to_have_text(f"Test image {number:,}")
        explorer.keyboard.press("Escape")
        expect(card).to_be_hidden()
        assert following.evaluate("(link) => link === document.activeElement")
        assert "show=correct" in address(explorer)

    def test_more_pictures(self, explorer: Page) -> None:
        """A button adds pictures, and the focus goes to the first of them."""
        button = explorer.get_by_role("button", name=re.compile("^Show more"))
        button.click()
        assert explorer.locator(".explorer-tiles a").count() == 120
        assert explorer.locator(".explorer-tiles a").nth(60).evaluate("(link) => link === document.activeElement")

    def test_tags_and_files(self, explorer: Page, file: ExplorerFile, study: Study, tmp_path: Path) -> None:
        """Tags that name a class are verdicts that `svhnlab verdicts` accepts; the CSV file has the selection."""
        show(explorer, "#explore?show=errors&slice=class:3")
        inside = errors(file) & (file.labels == 3)
        explorer.get_by_role("button", name=re.compile("^Tag the")).click()
        expect(explorer.locator(".explorer-tags [role=status]")).to_contain_text("Enter a tag first")
        field = explorer.get_by_label("Tag", exact=True)
        field.fill("5")
        explorer.get_by_role("button", name=re.compile("^Tag the")).click()
        expect(explorer.locator(".explorer-tag")).to_have_count(min(60, int(inside.sum())))
        links = explorer.locator(".explorer-tiles a")
        hashes = links.evaluate_all("(links) => links.map((link) => link.hash)")
        for place, tag in ((0, "unclear"), (1, "blurred, dark")):
            field.fill(tag)
            links.nth(place).focus()
            explorer.keyboard.press("t")
        with explorer.expect_download() as download:
            explorer.get_by_role("button", name="Export as JSON").click()
        download.value.save_as(tmp_path / "v.json")
        stored = read_verdict_file(tmp_path / "v.json")
        assert (stored.study, stored.data) == (study.key, study.data.name)
        verdicts = verdicts_of(stored, study.data, 10)
        unclear, own = (int(fragment.removeprefix("#image-")) for fragment in hashes[:2])
        assert verdicts.chosen.tolist() == verdicts.rows.tolist()
        expected = {int(number): 5 for number in file.numbers[inside]} | {unclear: UNCLEAR}
        del expected[own]
        assert dict(zip(study.data.indices["test"][verdicts.rows], verdicts.classes, strict=True)) == expected
        with explorer.expect_download() as download:
            explorer.get_by_role("button", name="Export as CSV").click()
        download.value.save_as(tmp_path / "s.csv")
        with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as stream:
            lines = {int(line["image"]): line for line in csv.DictReader(stream)}
        assert set(lines) == set(file.numbers[inside].tolist())
        assert (lines[own]["tag"], lines[unclear]["tag"]) == ("blurred, dark", "unclear")
        image = int(np.flatnonzero(file.numbers == own)[0])
        assert float(lines[own]["confidence cnn"]) == file.of_run(0, "confidence", np.uint16)[image] / 10_000
        explorer.once("dialog", lambda dialog: dialog.accept())
        explorer.get_by_role("button", name="Remove all tags").click()
        expect(explorer.locator(".explorer-tag")).to_have_count(0)


class TestDevices:
    def test_touch(self, chromium: Browser, folder: Path, file: ExplorerFile) -> None:
        """On a phone nothing is cut off, a first tap shows the image, and a second one opens its card."""
        context = chromium.new_context(has_touch=True, viewport={"width": 390, "height": 800})
        page = context.new_page()
        image = int(np.argmax(positions(file)[:, 0]))
        x, y = positions(file)[image]
        page.goto(f"{(folder / 'light.html').as_uri()}#explore?view={x},{y},2")
        page.wait_for_selector("[data-selected]")
        plot(page).scroll_into_view_if_needed()
        frame = plot(page).bounding_box()
        assert frame is not None
        middle = (frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
        page.touchscreen.tap(*middle)
        expect(plot(page).locator(".map-tip")).to_contain_text(f"Image {file.numbers[image]:,}")
        assert "#image" not in page.evaluate("location.hash")
        page.touchscreen.tap(*middle)
        assert page.evaluate("location.hash") == f"#image-{file.numbers[image]}"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        context.close()

    @pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
    def test_accessible(self, chromium: Browser, folder: Path, theme: str, width: int) -> None:
        """With a selection, two maps and a comparison, axe finds nothing (WCAG 2.2 AA), and nothing is cut off."""
        page = chromium.new_context(viewport={"width": width, "height": 900}).new_page()
        state = "#explore?show=errors&cells=3-5,1-7&second=resnet18&confidence=0.2,1&a=model%3Dcnn&b=model%3Dcnn"
        page.goto((folder / f"{theme}.html").as_uri() + state)
        page.wait_for_selector("[data-selected]")
        options: dict[str, Any] = {
            **AXE_OPTIONS,
            "preload": False,
        }  # a page opened from disk can't fetch its style sheets
        found = Axe().run(page, options=options).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.context.close()

    def test_many_classes(self, chromium: Browser, tmp_path: Path) -> None:
        """With many classes, the most confused pairs stand in place of the confusion matrix, and filter."""
        names = [f"class <{k}>" for k in range(40)]
        study = fake_study(n_test=TOTAL, runs=("cnn",), class_names=names)
        write_explorer_pages(study, tmp_path)
        page = chromium.new_page()
        page.goto((tmp_path / "light.html").as_uri())
        pair = page.get_by_role("region", name="Most confused pairs").get_by_role("button").first
        label, guess, count = re.fullmatch(r"class <(\d+)> as class <(\d+)>: (\d+) images?", pair.inner_text()).groups()
        pair.click()
        test = study.runs["cnn"].test
        assert selected(page) == int(count) == ((test.labels == int(label)) & (test.predicted == int(guess))).sum()
        # Label and prediction of long names are in two lines, each shortened at its own end.
        lines = page.locator(".explorer-tiles a").first.locator(".evidence-line")
        assert lines.all_text_contents() == [f"class <{label}>", f" → class <{guess}>"]
        first, second = (lines.nth(k).bounding_box() for k in (0, 1))
        assert first["y"] + first["height"] <= second["y"] + 0.5
        page.close()

    def test_without_data(self, chromium: Browser, folder: Path, tmp_path: Path) -> None:
        """Without data the static text stays."""
        write_page_files(tmp_path / "assets")
        (tmp_path / "page.html").write_text((folder / "light.html").read_text())
        page = chromium.new_page()
        page.goto((tmp_path / "page.html").as_uri())
        expect(page.get_by_text("The static text.")).to_be_visible()
        page.close()
