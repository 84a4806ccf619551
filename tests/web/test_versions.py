"""Selector, banner and the page of changes in a real browser, from disk and from a web server below a path."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from svhnlab.publishing.publish import publish
from svhnlab.site.checks import TAGS, check_html, check_links, check_offline, watch
from tests.fixtures.browser import wait_until
from tests.fixtures.folder_server import serve_folder
from tests.fixtures.published import made_up_predictions, write_site

ONE, TWO, NEW = "index.html", "chapters/one & a.html", "chapters/new#.html"
TITLE = "Two <i>pages</i>"
STYLE = "body { margin: 0 } main { padding: 1rem; max-width: 45rem }"
TALL = "<p style='height: 1500px'></p>"


def plain_page(path: str, text: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Page</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head>\n<body><main>\n<h1>Page of {text}</h1>{TALL}"
        f"<h2 id='the-end'>The end of {path.replace('&', '&amp;')}</h2></main></body></html>\n"
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions; the newest has a page that the older ones lack."""
    base = tmp_path_factory.mktemp("versions")
    (base / "project").mkdir()
    for i, (version, pages) in enumerate((("1.9", (ONE, TWO)), ("1.10", (ONE, TWO)), ("1.11", (ONE, TWO, NEW)))):
        draw = functools.partial(
            write_site,
            text=version,
            pages=pages,
            page=plain_page,
            title=TITLE,
            predictions=made_up_predictions({"cnn": 0.6 + i / 10}, seed=i),
        )
        publish(base / "project", base / "some folder" / "report", version, render=draw, say=lambda line: None)
    return base / "some folder" / "report"


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[str]:
    """Address of the site on a web server, below a path."""
    with serve_folder(root.parents[1]) as address:
        yield f"{address}/some%20folder/report/"


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Any]:
    """Open pages; they may only request files of the site, and must not log errors."""
    problems: list[str] = []
    contexts = []

    def open_at(base: str, **settings: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        contexts.append(context)
        page = context.new_page()
        watch(page, base, problems.append)
        page.on("response", lambda found: None if found.status in (200, 304) else problems.append(found.url))
        return page

    yield open_at
    for context in contexts:
        context.close()
    # browsers request the favicon from web servers
    assert [problem for problem in problems if "favicon" not in problem] == []


@pytest.fixture(params=["disk", "server"])
def base(request: pytest.FixtureRequest, root: Path) -> str:
    """Address of the site: from disk and from the web server."""
    return f"{root.as_uri()}/" if request.param == "disk" else str(request.getfixturevalue("server"))


def path_of(page: Page, base: str) -> str:
    return page.url.removeprefix(base)


def choose(page: Page, version: str) -> None:
    page.get_by_role("combobox", name="Version").select_option(version)
    page.get_by_role("button", name="Open").click()


class TestSelector:
    def test_keeps_page_and_place(self, visit: Any, base: str) -> None:
        """Another version opens at the same chapter and anchor, from and to the root."""
        page = visit(base)
        page.goto(f"{base}chapters/one%20%26%20a.html#the-end")
        choose(page, "1.9")
        expect(page.get_by_role("heading", name="Page of 1.9")).to_be_attached()
        assert path_of(page, base) == "v/1.9/chapters/one%20%26%20a.html#the-end"
        wait_until(page, "scrollY > 500")
        choose(page, "1.10")
        expect(page.get_by_role("heading", name="Page of 1.10")).to_be_attached()
        assert path_of(page, base) == "v/1.10/chapters/one%20%26%20a.html#the-end"
        choose(page, "1.11")
        expect(page.get_by_role("heading", name="Page of 1.11")).to_be_attached()
        assert path_of(page, base) == "chapters/one%20%26%20a.html#the-end"

    def test_falls_back_to_the_first_page(self, visit: Any, base: str) -> None:
        """A version without this page opens at its index, without the anchor."""
        page = visit(base)
        page.goto(f"{base}chapters/new%23.html#the-end")
        choose(page, "1.9")
        expect(page.get_by_role("heading", name="Page of 1.9")).to_be_visible()
        assert path_of(page, base) == "v/1.9/index.html"

    def test_lists_versions_by_number(self, visit: Any, base: str) -> None:
        """The newest comes first, the page's version is selected, and the latest is marked."""
        page = visit(base)
        for path, own in (("index.html", "1.11"), ("v/1.11/index.html", "1.11"), ("v/1.9/index.html", "1.9")):
            page.goto(f"{base}{path}")
            select = page.get_by_role("combobox", name="Version")
            expect(select).to_have_value(own)
            assert select.locator("option").all_inner_texts() == ["1.11 (latest)", "1.10", "1.9"]

    def test_keys(self, visit: Any, base: str) -> None:
        """Keys change the choice without leaving the page; Enter opens it, and so does the button."""
        page = visit(base)
        page.goto(f"{base}index.html")
        select = page.get_by_role("combobox", name="Version")
        page.keyboard.press("Tab")
        expect(select).to_be_focused()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(select).to_have_value("1.9")
        assert path_of(page, base) == "index.html"
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Page of 1.9")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("heading", name="Page of 1.11")).to_be_visible()
        expect(page.get_by_role("combobox", name="Version")).to_have_value("1.11")

    def test_nothing_moves(self, visit: Any, base: str) -> None:
        """The line has a reserved place, so the script causes no layout shift, wide or on a phone."""
        for width in (1280, 390, 320):
            page = visit(base, viewport={"width": width, "height": 800})
            for path in ("index.html", "v/1.9/index.html"):
                page.goto(f"{base}{path}")
                expect(page.get_by_role("combobox", name="Version")).to_be_visible()
                shift = page.evaluate(
                    """() => new Promise((resolve) => {
                      let sum = 0;
                      const add = (list) => list.getEntries().forEach((entry) => { sum += entry.value; });
                      new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
                      setTimeout(() => resolve(sum), 100);
                    })"""
                )
                assert shift < 0.01, (width, path)
                assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (width, path)

    def test_print_shows_the_version_in_words(self, visit: Any, base: str) -> None:
        """In print there is no selector."""
        page = visit(base)
        page.goto(f"{base}v/1.9/index.html")
        expect(page.get_by_role("combobox", name="Version")).to_be_visible()
        page.emulate_media(media="print")
        expect(page.get_by_role("combobox", name="Version")).to_be_hidden()
        expect(page.get_by_text("Version 1.9", exact=True)).to_be_visible()
        expect(page.get_by_text("Not the latest version.")).to_be_visible()

    def test_version_without_its_site_still_tells_its_number(self, visit: Any, root: Path, tmp_path: Path) -> None:
        """A page saved without its site shows its version without a script."""
        copy = tmp_path / "saved.html"
        copy.write_bytes((root / "v" / "1.9" / "index.html").read_bytes())
        page = visit(tmp_path.as_uri(), java_script_enabled=False)
        page.goto(copy.as_uri())
        expect(page.get_by_text("Version 1.9", exact=True)).to_be_visible()


class TestBanner:
    def test_old_version_leads_to_the_same_page_of_the_latest(self, visit: Any, base: str) -> None:
        """The banner's link keeps chapter and anchor, also after the anchor has changed."""
        page = visit(base)
        page.goto(f"{base}v/1.9/chapters/one%20%26%20a.html")
        expect(page.get_by_text("Not the latest version.")).to_be_visible()
        page.evaluate("location.hash = '#the-end'")
        page.evaluate("scrollTo(0, 0)")
        page.get_by_role("link", name="Read this page in version 1.11").click()
        expect(page.get_by_role("heading", name="Page of 1.11")).to_be_attached()
        assert path_of(page, base) == "chapters/one%20%26%20a.html#the-end"

    def test_latest_has_none(self, visit: Any, base: str) -> None:
        """Neither the root nor the latest version below v/ is marked as old."""
        page = visit(base)
        for path in ("index.html", "v/1.11/chapters/new%23.html"):
            page.goto(f"{base}{path}")
            expect(page.get_by_role("combobox", name="Version")).to_be_visible()
            expect(page.get_by_text("Not the latest version.")).to_have_count(0)

    @pytest.mark.parametrize(("path", "pair"), [("index.html", "1.10..1.11"), ("v/1.9/index.html", "1.9..1.11")])
    def test_leads_to_what_changed(self, visit: Any, base: str, path: str, pair: str) -> None:
        """The latest version is compared with the previous one, an old version with the latest."""
        page = visit(base)
        page.goto(f"{base}{path}")
        page.get_by_role("link", name="What changed").click()
        assert path_of(page, base) == f"changes.html#{pair}"
        before, after = pair.split("..")
        expect(page.get_by_role("heading", name=f"From version {before} to {after}")).to_be_visible()


class TestChangesPage:
    def shown(self, page: Page) -> list[str]:
        return page.locator("section.pair:visible").evaluate_all("all => all.map((one) => one.id)")

    def test_default_is_the_latest_against_the_one_before(self, visit: Any, base: str) -> None:
        """Without a valid pair in the address, only the newest pair is shown."""
        page = visit(base)
        for address in ("", "#", "#7..8", "#1.9", "#%E0%A4%A"):
            page.goto("about:blank")
            page.goto(f"{base}changes.html{address}")
            assert self.shown(page) == ["1.10..1.11"]

    def test_selects_choose_and_the_address_keeps_it(self, visit: Any, base: str) -> None:
        """Any two versions can be chosen, in any order; the address restores the choice."""
        page = visit(base)
        page.goto(f"{base}changes.html")
        page.get_by_role("combobox", name="From version").select_option("1.9")
        assert self.shown(page) == ["1.9..1.11"]
        page.get_by_role("combobox", name="to version").select_option("1.10")
        assert self.shown(page) == ["1.9..1.10"]
        assert page.url.endswith("#1.9..1.10")
        page.reload()
        assert self.shown(page) == ["1.9..1.10"]
        page.get_by_role("combobox", name="From version").select_option("1.11")
        assert self.shown(page) == ["1.10..1.11"], "the older version comes first"
        page.get_by_role("combobox", name="From version").select_option("1.11")
        assert self.shown(page) == []
        expect(page.get_by_role("status")).to_contain_text("chosen twice")
        page.evaluate("location.hash = '#1.9..1.11'")
        wait_until(page, "document.getElementById('from').value === '1.9'")
        assert self.shown(page) == ["1.9..1.11"]

    def test_without_a_script_all_pairs_stand_there(self, visit: Any, root: Path) -> None:
        """Without a script all pairs are visible, and the address scrolls to one of them."""
        page = visit(root.as_uri(), java_script_enabled=False)
        page.goto(f"{root.as_uri()}/changes.html#1.9..1.10")
        for name in ("From version 1.10 to 1.11", "From version 1.9 to 1.11", "From version 1.9 to 1.10"):
            expect(page.get_by_role("heading", name=name)).to_be_visible()
        expect(page.get_by_role("combobox")).to_have_count(0)
        expect(page.get_by_role("heading", name="From version 1.9 to 1.10")).to_be_in_viewport()

    def test_fits_a_phone(self, visit: Any, base: str) -> None:
        """Only tables are wider than the screen, and they scroll separately."""
        page = visit(base, viewport={"width": 390, "height": 800})
        page.goto(f"{base}changes.html")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    def test_title_is_text(self, visit: Any, base: str) -> None:
        """Markup in the report's title is shown as text."""
        page = visit(base)
        page.goto(f"{base}changes.html")
        expect(page.get_by_role("link", name=TITLE)).to_be_visible()


class TestSite:
    @pytest.mark.parametrize("width", [1280, 390])
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_accessible(self, visit: Any, root: Path, theme: str, width: int) -> None:
        """axe reports nothing on pages with selector and banner, and on the page of changes."""
        page = visit(root.as_uri(), viewport={"width": width, "height": 900}, color_scheme=theme)
        for path in ("index.html", "v/1.9/index.html", "changes.html"):
            page.goto(f"{root.as_uri()}/{path}")
            found = Axe().run(page, options={"runOnly": {"type": "tag", "values": list(TAGS)}})
            assert [(one["id"], one["nodes"]) for one in found.response["violations"]] == [], path

    def test_valid_whole_and_quiet(self, chromium: Browser, root: Path) -> None:
        """The published pages are valid, their links have targets, and there are no network requests."""
        assert check_html(root) == []
        assert check_links(root) == []
        assert check_offline(chromium, root) == []
