"""Functions of every page in a real browser, from disk: search, enlarged figures, definitions, data, code."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from svhnlab.site.checks import AXE_OPTIONS
from tests.fixtures.browser import wait_until
from tests.fixtures.fakes import fake_study


def address(site: Path, chapter: str, anchor: str = "") -> str:
    return f"{(site / f'{chapter}.html').as_uri()}{anchor}"


def search_for(page: Page, words: str) -> Locator:
    """Open the search by its key, type, and return the dialog."""
    page.keyboard.press("/")
    dialog = page.get_by_role("dialog", name="Search")
    expect(dialog).to_be_visible()
    page.keyboard.type(words)
    return dialog


class TestSearch:
    def test_leads_to_a_figure_on_another_page(self, page: Page, reading_site: Path) -> None:
        """Words of a caption are found from any page, and the result links to the figure; the keyboard suffices."""
        page.goto(address(reading_site, "index"))
        dialog = search_for(page, "zebra")
        expect(dialog.get_by_role("status")).to_have_text("1 place on 1 page")
        expect(dialog.get_by_role("heading", name="Matrix")).to_be_visible()
        expect(dialog.locator("mark")).to_have_text("zebra")
        page.keyboard.press("ArrowDown")
        expect(dialog.get_by_role("link", name="Figure 1.1")).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/chapters/one.html#fig-curves")

    def test_leads_to_a_heading_whatever_accents(self, page: Page, reading_site: Path) -> None:
        """Case and accents don't matter, and Enter opens the first result."""
        page.goto(address(reading_site, "chapters/end"))
        dialog = search_for(page, "UNUSUAL word")
        expect(dialog.get_by_role("link")).to_have_count(1)
        page.keyboard.press("Enter")
        page.wait_for_url("**/chapters/one.html#sec-curves")

    def test_nothing_found_and_escape(self, page: Page, reading_site: Path) -> None:
        """An empty result is announced; Escape closes the dialog and restores the focus to the button."""
        page.goto(address(reading_site, "index"))
        button = page.get_by_role("button", name="Search")
        button.focus()
        page.keyboard.press("Enter")
        page.keyboard.type("xylophone")
        dialog = page.get_by_role("dialog", name="Search")
        expect(dialog.get_by_role("status")).to_have_text("Nothing found.")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(button).to_be_focused()

    def test_key_can_be_turned_off(self, page: Page, reading_site: Path) -> None:
        """Users of speech input can turn off the single-key shortcut."""
        page.goto(address(reading_site, "index"))
        dialog = search_for(page, "")
        dialog.get_by_label("The key / opens the search").uncheck()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        page.keyboard.press("/")
        expect(dialog).to_be_hidden()
        page.locator("main").press("Control+k")
        expect(dialog).to_be_visible()

    def test_figure_in_a_hidden_tab_is_shown(self, page: Page, reading_site: Path) -> None:
        """A result in a hidden tab opens the tab."""
        page.goto(address(reading_site, "chapters/one"))
        table = page.locator("#tbl-classes")
        expect(table).to_be_hidden()
        search_for(page, "table 1.1")
        page.get_by_role("link", name="Table 1.1").click()
        expect(table).to_be_visible()

    @pytest.mark.parametrize(
        ("query", "title"),
        [
            ("overconfident", "Calibration"),
            ("why is a zebra unheard-of?", "Figure 1.1"),
            ("zebras", "Figure 1.1"),
            ("calibration and xylophones", "Calibration"),
        ],
    )
    def test_finds_the_words_of_the_field(self, page: Page, reading_site: Path, query: str, title: str) -> None:
        """Keywords of an entry find it; of several words one suffices, the rarest first; questions and plurals work."""
        page.goto(address(reading_site, "index"))
        dialog = search_for(page, query)
        expect(dialog.get_by_role("link").first).to_contain_text(title)

    @pytest.mark.parametrize("query", ["{}", "image {}", "Test image #{}"])
    def test_image_numbers(self, page: Page, reading_site: Path, query: str) -> None:
        """The number of a test image finds its card."""
        row = fake_study().runs["cnn"].evidence.rows[0]
        page.goto(address(reading_site, "index"))
        dialog = search_for(page, query.format(row))
        expect(dialog.get_by_role("link").first).to_contain_text(f"Test image {row}Labelled ")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name=f"Test image {row}")).to_be_visible()

    def test_number_of_no_image(self, page: Page, reading_site: Path) -> None:
        """A number without a test image finds nothing."""
        page.goto(address(reading_site, "index"))
        expect(search_for(page, "999999").get_by_role("status")).to_have_text("Nothing found.")


class TestLightbox:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_shows_the_picture_of_the_theme(self, page: Page, reading_site: Path, theme: str) -> None:
        """A figure is enlarged by its button in the theme of the page, and Escape goes back to the button."""
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.goto(address(reading_site, "chapters/one"))
        button = page.locator("#fig-curves").get_by_role("button", name="Enlarge")
        button.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Figure 1.1")
        shown = dialog.get_by_role("img")
        expect(shown).to_have_count(1)
        assert shown.get_attribute("src").endswith(f"-{theme}.svg")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(button).to_be_focused()

    def test_click_on_the_picture(self, page: Page, reading_site: Path) -> None:
        """A click on the picture enlarges it, a click beside it closes it."""
        page.goto(address(reading_site, "chapters/one"))
        page.locator("#fig-curves img.light-content.wide-content").click()
        dialog = page.get_by_role("dialog", name="Figure 1.1")
        expect(dialog).to_be_visible()
        page.mouse.click(3, 3)
        expect(dialog).to_be_hidden()


class TestHints:
    def test_definition_on_hover(self, page: Page, reading_site: Path) -> None:
        """A term's definition is shown while the pointer is on it or on the note, and Escape closes it."""
        page.goto(address(reading_site, "index"))
        hint = page.get_by_role("tooltip")
        page.get_by_role("link", name="calibration").first.hover()
        expect(hint).to_contain_text("How far the confidence is right.")
        hint.hover()
        page.wait_for_timeout(400)
        expect(hint).to_be_visible()
        page.keyboard.press("Escape")
        expect(hint).to_be_hidden()

    def test_definition_on_focus(self, page: Page, reading_site: Path) -> None:
        """Keyboard focus shows the definition, too, as description of the link; it closes when the focus leaves."""
        page.goto(address(reading_site, "index"))
        link = page.get_by_role("link", name="calibration").first
        page.keyboard.press("Tab")
        for _ in range(40):
            if link.evaluate("link => link === document.activeElement"):
                break
            page.keyboard.press("Tab")
        hint = page.get_by_role("tooltip")
        expect(hint).to_be_visible()
        assert link.get_attribute("aria-describedby") == hint.get_attribute("id")
        page.keyboard.press("Tab")
        expect(hint).to_be_hidden()

    def test_footnote_and_reference(self, page: Page, reading_site: Path) -> None:
        """Notes and references are shown at their links, which still work."""
        page.goto(address(reading_site, "index"))
        hint = page.get_by_role("tooltip")
        page.locator("a.footnote-ref").hover()
        expect(hint).to_have_text("A note about calibration.")
        page.locator('a[href="#ref-netzer2011"]').hover()
        expect(hint).to_contain_text("Netzer")
        page.locator("a.footnote-ref").click()
        expect(hint).to_be_hidden()
        assert page.url.endswith("#fn1")


class TestFoot:
    def test_data_are_those_of_the_figure(self, page: Page, reading_site: Path) -> None:
        """Below a figure are its first numbers, and a file has all of them."""
        page.goto(address(reading_site, "chapters/one"))
        foot = page.locator("#fig-matrix .figure-foot")
        foot.get_by_text("Data", exact=True).click()
        expect(foot.get_by_role("row")).to_have_count(21)
        expect(foot).to_contain_text("The first 20 of 100 rows.")
        file = foot.get_by_role("link", name="Download all as CSV").get_attribute("href")
        rows = list(csv.DictReader((reading_site / "chapters" / file).open(encoding="utf-8")))
        test = fake_study().runs["cnn"].test
        assert len(rows) == 100
        assert sum(int(row["count"]) for row in rows if row["true"] != row["predicted"]) == test.wrong.sum()

    def test_code_is_one_click_away(self, page: Page, reading_site: Path) -> None:
        """The link points to the first line of the function that drew the figure."""
        page.goto(address(reading_site, "chapters/one"))
        page.locator("#fig-curves .figure-foot").get_by_role("link", name="Code").click()
        page.wait_for_url("**/code/svhnlab/report/training/curves.html#L*")
        line = page.locator(f"[id='{page.url.partition('#')[2]}']")
        expect(line).to_contain_text("def draw")
        expect(page.get_by_role("heading", name="svhnlab/report/training/curves.py")).to_be_visible()

    def test_table_has_a_foot_too(self, page: Page, reading_site: Path) -> None:
        """A table links to its data and its code."""
        page.goto(address(reading_site, "chapters/one", "#tbl-classes"))
        foot = page.locator("#tbl-classes .figure-foot")
        expect(foot.get_by_role("link", name="Data (CSV)")).to_be_visible()
        expect(foot.get_by_role("link", name="Code")).to_be_visible()


class TestAccessibility:
    @pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1280)])
    def test_opened_parts(self, page: Page, reading_site: Path, theme: str, width: int) -> None:
        """The search, a card, the message of a missing card, and a map with its list break no rule of axe."""
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        page.add_init_script(Axe().axe_script)
        row = fake_study().runs["cnn"].evidence.rows[0]

        def violations() -> list[str]:
            return page.evaluate(
                "async (options) => (await axe.run(options)).violations.map("
                "({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`)",
                {**AXE_OPTIONS, "preload": False},  # the policy of the page forbids to fetch its style sheets
            )

        page.goto(address(reading_site, "chapters/end"))
        expect(search_for(page, f"image {row}").get_by_role("link").first).to_contain_text("Test image")
        assert violations() == []
        for image in (row, 999_999):
            page.goto(address(reading_site, "chapters/end", f"#image-{image}"))
            expect(page.get_by_role("dialog", name="Test image")).to_be_visible()
            assert violations() == []
        page.goto(address(reading_site, "chapters/two", "#fig-map"))
        expect(page.locator(".map-plot .main-svg").first).to_be_visible()
        page.locator(".map-points summary").click()
        page.locator(".map-list a").first.focus()
        expect(page.locator(".map-tip").first).to_be_visible()
        assert violations() == []


class TestPage:
    def test_skip_link_and_landmarks(self, page: Page, reading_site: Path) -> None:
        """The first tab stop is a link to the text, and the landmarks of the page have names."""
        page.goto(address(reading_site, "chapters/one"))
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_be_focused()
        for name in ("Chapters", "On this page", "Previous and next chapter"):
            expect(page.get_by_role("navigation", name=name)).to_have_count(1)

    @pytest.mark.parametrize("chapter", ["index", "chapters/one", "chapters/two", "chapters/end"])
    def test_nothing_is_wider_than_a_phone(self, page: Page, reading_site: Path, chapter: str) -> None:
        """Figures have their own form; those without one scroll separately, also by keyboard; the page does not."""
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address(reading_site, chapter))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        body = page.locator("#fig-curves .figure-body")
        if body.count():
            assert body.evaluate("body => body.scrollWidth <= body.clientWidth && body.tabIndex === -1")
            page.add_style_tag(content="#fig-curves img { min-width: 40rem; }")
            scrolls = "body.scrollWidth > body.clientWidth && body.tabIndex === 0"
            wait_until(page, f"(body => {scrolls})(document.querySelector('#fig-curves .figure-body'))")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390

    def test_scroll_bars_are_dark(self, page: Page, reading_site: Path) -> None:
        """On a dark page, parts that scroll have dark scroll bars, whatever the colours of the system."""
        for theme, named in (("dark", True), ("light", False)):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.goto((reading_site / "chapters" / "one.html").as_uri())
            colours = page.locator(".side").evaluate("side => getComputedStyle(side).scrollbarColor")
            assert (colours != "auto") == named

    def test_tabs_on_a_phone(self, page: Page, reading_site: Path) -> None:
        """Tabs that need several lines stand in two columns."""
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address(reading_site, "chapters/one"))
        tabs = page.get_by_role("tab")
        tabs.first.evaluate(
            "tab => ['One with a longer name', 'Another one'].forEach((name) => {"
            " const copy = tab.cloneNode(true); copy.textContent = name; tab.after(copy); })"
        )
        edges = [tab.bounding_box()["x"] for tab in tabs.all()]
        assert len(edges) == 4
        assert edges[0::2] == [edges[0]] * 2
        assert edges[1::2] == [edges[1]] * 2

    def test_tables_on_a_phone(self, page: Page, reading_site: Path) -> None:
        """On a phone intervals stand below their values."""
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address(reading_site, "chapters/one", "#tbl-classes"))
        scroller = page.locator("#tbl-classes .table-scroll").first
        assert scroller.evaluate("box => box.scrollWidth <= box.clientWidth")
        expect(scroller.locator("table")).not_to_have_class("stacked")

    def test_icon(self, reading_site: Path) -> None:
        """Every page names its icon, which is in the site: browsers would ask the server for another one."""
        for file in reading_site.rglob("*.html"):
            icon = re.search(r'<link rel="icon" [^>]*href="([^"]+)"', file.read_text(encoding="utf-8"))
            assert icon, file
            assert (file.parent / icon[1]).is_file()

    def test_italics_come_after_the_text(self, page: Page, reading_site: Path) -> None:
        """The style sheet that holds up the first paint has the upright faces alone; a script loads the others."""
        page.goto(address(reading_site, "index"))
        first = (reading_site / "assets" / "fonts.css").read_text(encoding="utf-8")
        assert first.count("font-style: normal") == first.count("font-display: swap") == 2
        assert len(first) < 90_000
        faces = "[...document.fonts].filter((face) => face.style === 'italic').length"
        wait_until(page, f"{faces} === 2")

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_narrow_picture_on_a_phone(self, page: Page, reading_site: Path, theme: str) -> None:
        """A figure with a narrow picture needs no scrolling on a phone; enlarged and in print it is the wide one."""
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address(reading_site, "chapters/two"))
        figure = page.locator("#fig-accuracy")
        shown = figure.get_by_role("img")
        expect(shown).to_have_count(1)
        assert "narrow-content" in shown.get_attribute("class")
        body = figure.locator(".figure-body")
        assert body.evaluate("body => body.scrollWidth <= body.clientWidth")
        figure.get_by_role("button", name="Enlarge").click()
        expect(page.get_by_role("dialog").get_by_role("img")).to_have_class(f"{theme}-content wide-content enlarges")
        page.keyboard.press("Escape")
        page.emulate_media(media="print", color_scheme=theme)  # type: ignore[arg-type]
        expect(shown).to_have_count(1)
        assert "wide-content" in shown.get_attribute("class")

    def test_paper_shows_what_is_read(self, page: Page, reading_site: Path) -> None:
        """In print there is no navigation, every tab is open, and dark pages are light."""
        page.emulate_media(color_scheme="dark")
        page.goto(address(reading_site, "chapters/one"))
        page.emulate_media(media="print", color_scheme="dark")
        for selector in (
            ".side",
            ".toc",
            ".sequence",
            "#fig-curves .figure-foot",
            "#fig-curves img.dark-content.wide-content",
        ):
            expect(page.locator(selector)).to_be_hidden()
        for selector in ("#fig-curves img.light-content.wide-content", "#fig-matrix", "#tbl-classes"):
            expect(page.locator(selector)).to_be_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
