"""The maps of the explorer in three dimensions: rotation, selection, address, mouse, keys and touch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.browser import wait_until
from tests.fixtures.explorer_file import ExplorerFile, read_explorer, write_explorer_pages
from tests.fixtures.fakes import fake_study
from tests.report.helpers import with_numbers
from tests.web.explorer_page import address, drag, open_explorer, plot, selected, show

TOTAL = 400
FIRST = (30.0, 20.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explorer")
    write_explorer_pages(with_numbers(fake_study(n_test=TOTAL)), folder)
    return folder


@pytest.fixture(scope="module")
def file(folder: Path) -> ExplorerFile:
    return read_explorer(folder / "evidence")


@pytest.fixture(scope="module")
def shared(chromium: Browser, folder: Path) -> Iterator[Page]:
    with open_explorer(chromium, folder) as page:
        yield page


@pytest.fixture
def explorer(shared: Page) -> Page:
    """The shared page with maps in three dimensions, seen as at first, without filters."""
    shared.mouse.move(0, 0)
    show(shared, "#explore")
    show(shared, "#explore?model=cnn&rotation=30,20")
    return shared


def seen(file: ExplorerFile, rotation: tuple[float, float] = FIRST, run: int = 0) -> NDArray[np.int64]:
    """Where the images are seen: to the right, upwards, and towards the reader."""
    turn, tilt = np.radians(rotation)
    about_vertical = [[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]
    about_horizontal = [[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]]
    matrix = np.array(about_horizontal) @ np.array(about_vertical)
    return np.rint(file.spatial(run) @ matrix.T).astype(np.int64)


def rotation_of(fragment: str) -> tuple[float, float]:
    """Return the rotation in an address."""
    found = re.search(r"&rotation=([-\d.]+),([-\d.]+)", fragment)
    assert found
    return float(found[1]), float(found[2])


def place(page: Page, file: ExplorerFile, image: int, rotation: tuple[float, float] = FIRST) -> tuple[float, float]:
    """Return where an image is on the page."""
    x, y, _ = seen(file, rotation)[image]
    plot(page).scroll_into_view_if_needed()
    frame = plot(page).bounding_box()
    assert frame is not None
    width, height = frame["width"] - 2, frame["height"] - 2  # without the border
    scale = 0.94 * min(width, height) / (2 * np.linalg.norm(file.spatial(0), axis=1).max())
    return frame["x"] + 1 + width / 2 + x * scale, frame["y"] + 1 + height / 2 - y * scale


class TestSwitch:
    def test_loads_when_chosen(self, chromium: Browser, folder: Path) -> None:
        """The first view is in two dimensions and does not load the others; a switch shows them on both maps."""
        page = chromium.new_page()
        loaded: list[str] = []
        page.on("request", lambda request: loaded.append(request.url.rsplit("/", 1)[-1]))
        page.goto((folder / "light.html").as_uri() + "#explore?second=resnet18")
        page.wait_for_selector("[data-selected]")
        assert "space.js" not in loaded
        expect(page.get_by_role("radio", name="Rotate")).to_be_hidden()
        page.get_by_role("radio", name="3-D").check()
        expect(page.get_by_role("radio", name="Rotate")).to_be_checked()
        assert loaded.count("space.js") == 1
        assert rotation_of(address(page)) == FIRST
        names = page.locator(".explorer-plot canvas[role=img]")
        expect(names.first).to_have_attribute(
            "aria-label", "3-D map of all 400 images, turned by 30° and tilted by 20°"
        )
        assert names.evaluate_all("(all) => new Set(all.map((one) => one.ariaLabel)).size") == 1
        assert "rotate the map" in (plot(page).get_attribute("aria-label") or "")
        page.get_by_role("radio", name="2-D").check()
        expect(names.first).to_have_attribute("aria-label", "Map of all 400 images")
        assert "rotation" not in address(page)
        expect(page.get_by_role("radio", name="Move")).to_be_checked()
        page.close()

    def test_missing_file(self, chromium: Browser, tmp_path: Path) -> None:
        """Without the positions, the maps stay in two dimensions, and a message says so; so does an address."""
        write_explorer_pages(fake_study(n_test=60), tmp_path)
        (tmp_path / "evidence" / "space.js").unlink()
        page = chromium.new_page()
        page.goto((tmp_path / "light.html").as_uri() + "#explore?rotation=10,10")
        page.wait_for_selector("[data-selected]")
        page.get_by_role("radio", name="3-D").click()
        expect(page.get_by_text("The maps in three dimensions could not be loaded.")).to_be_visible()
        expect(page.get_by_role("radio", name="2-D")).to_be_checked()
        page.close()


class TestRotation:
    def test_positions(self, explorer: Page, file: ExplorerFile) -> None:
        """Images are where their rotated positions are; of those at one place, the pointer finds the nearest."""
        for rotation in (FIRST, (-100.0, -45.5)):
            show(explorer, f"#explore?model=cnn&rotation={rotation[0]},{rotation[1]}")
            at = seen(file, rotation)
            image = int(np.argmax(at[:, 0]))
            explorer.mouse.move(*place(explorer, file, image, rotation))
            expect(plot(explorer).locator(".map-tip")).to_contain_text(f"Image {file.numbers[image]:,}:")

    def test_drag_and_keys(self, explorer: Page) -> None:
        """A drag rotates, and so do arrow keys; with Shift they move the map. The wheel scrolls the page."""
        frame = plot(explorer).bounding_box()
        assert frame is not None
        side = min(frame["width"], frame["height"]) - 2
        drag(explorer, [(0.5, 0.5), (0.7, 0.4)])
        turn, tilt = rotation_of(address(explorer))
        assert turn == pytest.approx(30 + 180 * 0.2 * frame["width"] / side, abs=1)
        assert tilt == pytest.approx(20 - 180 * 0.1 * frame["height"] / side, abs=1)
        plot(explorer).focus()
        for key in ("ArrowLeft", "ArrowUp"):
            explorer.keyboard.press(key)
        after = rotation_of(address(explorer))
        assert after[0] == pytest.approx(turn - 18 * (frame["width"] - 2) / side, abs=0.1)
        assert after[1] == pytest.approx(tilt - 18 * (frame["height"] - 2) / side, abs=0.1)
        assert "view=" not in address(explorer)
        for _ in range(8):
            explorer.keyboard.press("ArrowDown")
        assert rotation_of(address(explorer))[1] == 90
        explorer.keyboard.press("Shift+ArrowRight")
        assert re.search(r"view=[1-9]\d+,0,1", address(explorer))
        plot(explorer).hover()
        explorer.mouse.wheel(0, 40)
        wait_until(explorer, "scrollY > 0")
        explorer.evaluate("scrollTo(0, 0)")

    def test_rotates_around_what_is_near(self, explorer: Page, file: ExplorerFile) -> None:
        """When a reader has zoomed, the mean of what is in view stays in the middle."""
        image = int(np.argmax(seen(file)[:, 0]))
        x, y, _ = seen(file)[image]
        show(explorer, f"#explore?model=cnn&rotation=30,20&view={x},{y},300")
        plot(explorer).focus()
        explorer.keyboard.press("ArrowLeft")
        now = seen(file, rotation_of(address(explorer)))[image]
        found = re.search(r"view=(-?\d+),(-?\d+),300", address(explorer))
        assert found
        np.testing.assert_allclose([int(found[1]), int(found[2])], now[:2], atol=2)


class TestSelection:
    def test_box_and_lasso(self, explorer: Page, file: ExplorerFile) -> None:
        """They select what is drawn in them; the images stay selected with other rotations and in two dimensions."""
        for name, places in (
            ("Box", [(0.45, 0.4), (0.65, 0.6)]),
            ("Lasso", [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)]),
        ):
            explorer.get_by_role("radio", name=name).check()
            drag(explorer, places)
            found = re.search(r"region=cnn:30,20:([-\d,]+)", address(explorer))
            assert found
            corners = [int(number) for number in found[1].split(",")]
            x, y, _ = seen(file).T
            if name == "Box":
                left, bottom, right, top = corners
                inside = (left <= x) & (x <= right) & (bottom <= y) & (y <= top)
                assert selected(explorer) == inside.sum()
            assert 0 < selected(explorer) < TOTAL
        count, hashes = (
            selected(explorer),
            explorer.locator(".explorer-tiles a").evaluate_all("(all) => all.map((a) => a.hash)"),
        )
        expect(
            explorer.get_by_role("button", name="Remove the filter: part of the 3-D map of Two-layer CNN")
        ).to_be_visible()
        plot(explorer).focus()
        explorer.keyboard.press("ArrowLeft")
        explorer.get_by_role("radio", name="2-D").check()
        written = address(explorer)
        assert "rotation" not in written
        assert selected(explorer) == count
        show(explorer, "#explore")
        show(explorer, written)
        assert selected(explorer) == count
        assert explorer.locator(".explorer-tiles a").evaluate_all("(all) => all.map((a) => a.hash)") == hashes

    def test_address_of_a_new_page(self, chromium: Browser, folder: Path, file: ExplorerFile) -> None:
        """A page that is opened at an address loads what the address needs, also for a selection that is kept."""
        at = seen(file, (-10.5, 5.0))
        right = int(np.median(at[:, 0]))
        region = f"cnn:-10.5,5:-20000,-20000,{right},20000"
        page = chromium.new_page()
        page.goto((folder / "light.html").as_uri() + f"#explore?model=cnn&a=model%3Dcnn%26region%3D{region}")
        page.wait_for_selector("[data-selected]")
        count = int((at[:, 0] <= right).sum())
        assert selected(page) == TOTAL
        expect(page.locator(".explorer-compare tbody td").nth(1)).to_have_text(str(count))
        page.close()
        page = chromium.new_page()
        page.goto((folder / "light.html").as_uri() + f"#explore?model=cnn&region={region}&rotation=-10.5,5")
        page.wait_for_selector("[data-selected]")
        assert selected(page) == count
        page.get_by_role("button", name="Select what is in view").click()
        assert "region=cnn:-10.5,5:" in address(page)
        assert selected(page) == TOTAL
        page.close()

    def test_invalid(self, explorer: Page) -> None:
        """Invalid rotations are left out, with their regions."""
        show(explorer, "#explore?model=cnn&rotation=30,200&region=cnn:a:0,0,1,1")
        assert selected(explorer) == TOTAL
        expect(explorer.get_by_role("radio", name="2-D")).to_be_checked()


class TestTouch:
    def test_a_finger_scrolls_until_rotation_is_chosen(
        self, chromium: Browser, folder: Path, file: ExplorerFile
    ) -> None:
        """On a phone, a finger scrolls the page until the reader chooses to rotate; taps show images and open them."""
        context = chromium.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
        page = context.new_page()
        page.goto((folder / "light.html").as_uri())
        page.wait_for_selector("[data-selected]")
        page.get_by_role("radio", name="3-D").check()
        expect(page.get_by_role("radio", name="Move")).to_be_checked()
        action = "document.querySelector('.explorer-plot').computedStyleMap().get('touch-action').value"
        assert page.evaluate(action) == "pan-y"
        image = int(np.argmax(seen(file)[:, 0]))
        middle = place(page, file, image)
        page.touchscreen.tap(*middle)
        expect(plot(page).locator(".map-tip")).to_contain_text(f"Image {file.numbers[image]:,}")
        page.touchscreen.tap(*middle)
        assert page.evaluate("location.hash") == f"#image-{file.numbers[image]}"
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.get_by_role("radio", name="Rotate").check()
        assert page.evaluate(action) == "none"
        page.get_by_role("radio", name="2-D").check()
        assert page.evaluate(action) == "pan-y"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        context.close()
