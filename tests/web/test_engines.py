"""What differs between browser engines, in Firefox and in WebKit; all other tests of pages run in Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.fixtures.explorer_file import write_explorer_pages
from tests.fixtures.fakes import fake_study
from tests.fixtures.webdriver import ARROW_DOWN, ENTER, ESCAPE, Driver, firefox, webkit

#: Titles of the open dialogs.
OPEN = "[...document.querySelectorAll('dialog[open]')].map((dialog) => dialog.querySelector('h2').textContent)"
TILE = ".evidence-list a"


@pytest.fixture(scope="module", params=[firefox, webkit], ids=["firefox", "webkit"])
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """One browser of each engine for all tests."""
    start: Callable[[Path], AbstractContextManager[Driver]] = request.param
    browser = start(tmp_path_factory.mktemp("profile"))
    try:
        opened = browser.__enter__()
    except LookupError as missing:
        pytest.skip(str(missing))
    yield opened
    browser.__exit__(None, None, None)


@pytest.fixture(scope="module")
def explorer_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a page with the explorer."""
    folder = tmp_path_factory.mktemp("explorer")
    write_explorer_pages(fake_study(), folder)
    return (folder / "light.html").as_uri()


def address(site: Path, chapter: str, anchor: str = "") -> str:
    return (site / "chapters" / f"{chapter}.html").as_uri() + anchor


class TestEscape:
    def test_goes_one_step_back(self, driver: Driver, reading_site: Path) -> None:
        """From the card to the gallery, from there to the page, and not to the page before."""
        driver.open(address(reading_site, "one"))
        driver.wait("document.querySelector('.evidence-cells a[aria-label*=predicted]')")
        driver.point(".evidence-cells a[aria-label*=predicted]")
        driver.wait(f"document.querySelector('dialog {TILE}')")
        driver.point(f"dialog {TILE}")
        driver.wait(f"{OPEN}.length === 2")
        driver.press(ESCAPE)
        driver.wait(f"{OPEN}.length === 1")
        driver.press(ESCAPE)
        driver.wait(f"{OPEN}.length === 0")
        driver.wait(f"location.href === '{address(reading_site, 'one')}'")


class TestAddress:
    def test_opens_a_card(self, driver: Driver, reading_site: Path) -> None:
        """The address of an image opens its card, and the address of an image without one says so."""
        row = fake_study().runs["cnn"].evidence.rows[0]
        driver.open(address(reading_site, "end", f"#image-{row}"))
        driver.wait(f"{OPEN}.includes('Test image {row}')")
        driver.open(address(reading_site, "end", "#image-999999"))
        driver.wait("document.querySelector('dialog[open] .evidence-missing')")

    def test_leads_to_a_figure(self, driver: Driver, reading_site: Path) -> None:
        """The address of a figure leads there, although the gallery above it replaces its picture."""
        driver.open(address(reading_site, "two", "#fig-map"))
        driver.wait(f"document.querySelector('{TILE}') && document.querySelector('.map-plot .main-svg')")
        driver.wait("Math.round(document.querySelector('#fig-map').getBoundingClientRect().top) === 24")


class TestSearch:
    def test_leads_to_a_figure(self, driver: Driver, reading_site: Path) -> None:
        """The search opens by its key, and Enter opens the first result."""
        driver.open(address(reading_site, "end"))
        driver.press("/", *"zebra")
        driver.wait("document.querySelector('.search-results a')")
        driver.press(ENTER)
        driver.wait("location.href.endsWith('/chapters/one.html#fig-curves')")


class TestTabs:
    def test_link_to_a_hidden_tab(self, driver: Driver, reading_site: Path) -> None:
        """The address of a table in a hidden tab opens the tab."""
        driver.open(address(reading_site, "one", "#tbl-classes"))
        driver.wait("document.querySelector('#tbl-classes').checkVisibility()")
        driver.wait("document.querySelector('[role=tab][aria-selected=true]').textContent === 'Table'")


class TestMap:
    def test_taps(self, driver: Driver, reading_site: Path) -> None:
        """The first tap on a point shows its image, the second one opens its card; a click opens it at once."""
        driver.open(address(reading_site, "two"))
        driver.run("document.querySelector('#fig-map').scrollIntoView()")
        driver.wait("document.querySelector('.map-plot .main-svg') && window.svhnlabBundle?.index")
        driver.run("document.querySelector('.map-plot').focus()")
        driver.press("n")  # marks the first error
        shown = "document.querySelector('.map-tip p').textContent"
        first = driver.run(shown)
        driver.run(
            "(() => { const mark = document.querySelector('.map-ring').cloneNode(); mark.id = 'first';"
            " document.querySelector('.map-plot').append(mark); })()"
        )
        driver.press("n")
        driver.wait(f"{shown} !== {json.dumps(first)}")
        driver.point("#first", "touch")
        driver.wait(f"{shown} === {json.dumps(first)}")
        if driver.has_touch:
            assert driver.run(OPEN) == []
            driver.point("#first", "touch")
        driver.wait(f"{OPEN}.length === 1")


class TestExplorer:
    def test_selects_and_opens(self, driver: Driver, explorer_page: str) -> None:
        """A cell of the matrix filters the pictures and the map; a tap on a point shows it, and opens its card."""
        driver.open(f"{explorer_page}#explore?show=errors")
        selected = "Number(document.querySelector('.test-explorer').dataset.selected)"
        driver.wait(f"{selected} > 0")
        cell = "[...document.querySelectorAll('.explorer-matrix button')].find((button) => button.textContent)"
        driver.run(f"{cell}.click()")
        driver.wait(f"{selected} === Number({cell}.textContent)")
        driver.wait(f"document.querySelectorAll('.explorer-tiles a').length === {selected}")
        driver.wait("location.hash.includes('cells=')")
        driver.run("document.querySelector('.explorer-plot').focus()")
        tap_first_image(driver)
        driver.wait(f"{OPEN}.length === 0 && location.hash.includes('cells=')")

    def test_box_and_range(self, driver: Driver, explorer_page: str) -> None:
        """A box on the map and a range of a histogram, both drawn with the mouse, select images together."""
        driver.open(explorer_page)
        selected = "Number(document.querySelector('.test-explorer').dataset.selected)"
        driver.wait(f"{selected} > 0")
        every = driver.run(selected)
        box = "[...document.querySelectorAll('.explorer-tools label')].find((one) => one.textContent.trim() === 'Box')"
        driver.run(f"{box}.click()")
        driver.drag(".explorer-plot", (0.2, 0.2), (0.8, 0.8))
        driver.wait(f"{selected} < {every} && location.hash.includes('region=')")
        inside = driver.run(selected)
        assert inside > 0
        driver.drag(".explorer-histograms svg", (0.5, 0.5), (0.98, 0.5))
        driver.wait(f"{selected} < {inside} && location.hash.includes('confidence=')")


def tap_first_image(driver: Driver) -> None:
    """Tap the first picture on a map of the explorer, which has the focus; a second tap opens its card. Close it."""
    driver.press("+", "n")  # the first picture, in the middle of the map
    driver.wait("!document.querySelector('.map-tip').hidden")
    driver.point(".explorer-plot", "touch")
    if driver.has_touch:
        assert driver.run(OPEN) == []
        driver.point(".explorer-plot", "touch")
    driver.wait(f"{OPEN}.length === 1")
    driver.press(ESCAPE)


class TestSpace:
    def test_rotates_and_selects(self, driver: Driver, explorer_page: str) -> None:
        """Maps in three dimensions load from disk, arrow keys rotate them, and taps show and open an image."""
        driver.open(f"{explorer_page}#explore?show=errors")
        driver.wait("document.querySelector('.test-explorer').dataset.selected > 0")
        driver.run("document.querySelector('input[name=explorer-dimensions][value=\"3\"]').click()")
        name = "document.querySelector('.explorer-plot canvas').ariaLabel"
        driver.wait(f"{name}.startsWith('3-D map') && {name}.endsWith('turned by 30° and tilted by 20°')")
        driver.run("document.querySelector('.explorer-plot').focus()")
        driver.press(ARROW_DOWN)
        driver.wait(f"!{name}.endsWith('tilted by 20°') && location.hash.includes('rotation=30,')")
        tap_first_image(driver)
        driver.wait(f"{OPEN}.length === 0")


class TestPolicy:
    def test_blocks_inline_scripts(self, driver: Driver, reading_site: Path) -> None:
        """The content security policy holds for a page from disk: its own scripts run, and others do not."""
        driver.open(address(reading_site, "one"))
        driver.run(
            "(() => { const added = document.createElement('script'); added.textContent = 'document.title = \"x\"';"
            " document.body.append(added); const loaded = document.createElement('img');"
            " loaded.onerror = () => { document.body.dataset.blocked = ''; };"
            " loaded.src = 'http://127.0.0.1:9/x.png'; document.body.append(loaded); })()"
        )
        driver.wait("'blocked' in document.body.dataset")
        assert driver.run("document.title") != "x"
        assert driver.run("!document.querySelector('.theme-toggle').hidden")
