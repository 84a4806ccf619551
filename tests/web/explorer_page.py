"""What tests do on the page of the explorer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from svhnlab.site.checks import watch


@contextmanager
def open_explorer(chromium: Browser, folder: Path) -> Iterator[Page]:
    """Open the light page of a folder; what it loads must lie on the disk, and its console must stay quiet."""
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    problems: list[str] = []
    watch(page, "file:", problems.append)
    page.goto((folder / "light.html").as_uri())
    page.wait_for_selector("[data-selected]")
    yield page
    page.context.close()
    assert problems == []


def show(page: Page, fragment: str) -> None:
    """Go to an address of the explorer."""
    page.evaluate("(hash) => { location.hash = '#explore?model=cnn&other'; location.hash = hash; }", fragment)
    page.wait_for_timeout(60)


def address(page: Page) -> str:
    """Return the fragment once it has the state."""
    page.wait_for_timeout(250)
    return str(page.evaluate("location.hash"))


def selected(page: Page) -> int:
    """Return the number of selected images."""
    return int(page.locator(".test-explorer").get_attribute("data-selected") or -1)


def plot(page: Page, which: int = 0) -> Locator:
    return page.locator(".explorer-plot").nth(which)


def drag(page: Page, places: list[tuple[float, float]]) -> None:
    """Drag the mouse over places on the first map, in shares of its width and height."""
    plot(page).scroll_into_view_if_needed()
    frame = plot(page).bounding_box()
    assert frame is not None
    points = [(frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=6)
    page.mouse.up()
