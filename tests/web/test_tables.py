"""Tables on phones: rows as blocks, and every table of a whole report."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.fixtures.browser import wait_until
from tests.fixtures.paths import ROOT

PHONE: ViewportSize = {"width": 390, "height": 844}
# All tabs and folded parts are opened, so that nothing is left out.
OPEN = """
[hidden].tab-panel { display: block !important; }
"""
WIDER = """[...document.querySelectorAll("main table")]
  .filter((table) => !table.closest(".foot-table"))
  .filter((table) => {
    const place = table.closest(".table-scroll") ?? table.parentElement;
    return place.scrollWidth > place.clientWidth;
  })
  .map((table) => table.closest("figure")?.id ?? "a table without a caption")"""


class TestStacked:
    def test_rows_become_blocks(self, page: Page, reading_site: Path) -> None:
        """A table that is too wide shows each row as a block, and is a table again where it fits."""
        page.set_viewport_size({"width": 260, "height": 844})
        page.goto(f"{(reading_site / 'chapters' / 'one.html').as_uri()}#tbl-classes")
        table = page.locator("#tbl-classes .table-scroll table").first
        expect(table).to_have_class("stacked")
        scroller = page.locator("#tbl-classes .table-scroll").first
        assert scroller.evaluate("box => box.scrollWidth <= box.clientWidth")
        name, value = (table.locator("tbody tr").first.locator("td").nth(place) for place in (0, 1))
        assert value.bounding_box()["y"] >= name.bounding_box()["y"] + name.bounding_box()["height"]
        assert "Precision" in value.evaluate("cell => getComputedStyle(cell, '::before').content")
        page.set_viewport_size({"width": 1000, "height": 844})
        wait_until(page, "!document.querySelector('#tbl-classes table').classList.contains('stacked')")

    def test_single_value_has_the_whole_row(self, page: Page, reading_site: Path) -> None:
        """A row of a name and one value has the value in its whole width, not in a column of it."""
        page.set_viewport_size({"width": 260, "height": 844})
        page.goto(f"{(reading_site / 'chapters' / 'one.html').as_uri()}#tbl-classes")
        row = page.locator("#tbl-classes table.stacked tbody tr").first
        several = row.locator("td").nth(1).bounding_box()["width"]
        row.evaluate("row => { while (row.cells.length > 2) row.deleteCell(2); }")
        assert row.locator("td").nth(1).bounding_box()["width"] > 1.5 * several

    def test_tab_stop(self, page: Page, reading_site: Path) -> None:
        """The keyboard reaches a table only while it scrolls, sideways or, behind a figure, up and down."""
        page.set_viewport_size({"width": 1000, "height": 844})
        page.goto(f"{(reading_site / 'chapters' / 'one.html').as_uri()}#tbl-classes")
        scroller = page.locator("#tbl-classes .table-scroll").first
        wait_until(page, "document.querySelector('#tbl-classes [role=table]')")
        expect(scroller).not_to_have_attribute("tabindex", "0")
        assert scroller.get_attribute("role") is None
        scroller.evaluate("box => { box.style.width = '80px'; box.firstElementChild.style.minWidth = '300px'; }")
        expect(scroller).to_have_attribute("tabindex", "0")
        expect(scroller).to_have_accessible_name("Scrollable")
        scroller.evaluate("box => { box.style.width = ''; box.style.maxHeight = '60px'; }")
        expect(scroller).to_have_attribute("tabindex", "0")
        scroller.evaluate("box => { box.style.maxHeight = ''; }")
        expect(scroller).not_to_have_attribute("tabindex", "0")

    def test_still_a_table(self, page: Page, reading_site: Path) -> None:
        """Rows, cells and the headings of rows and columns are announced in both forms; labels are not read twice."""
        for width in (260, 1000):
            page.set_viewport_size({"width": width, "height": 844})
            page.goto(f"{(reading_site / 'chapters' / 'one.html').as_uri()}#tbl-classes")
            table = page.locator("#tbl-classes .table-scroll").first.get_by_role("table")
            expect(table.get_by_role("columnheader", name="Recall")).to_have_count(1)
            expect(table.get_by_role("row")).to_have_count(12)
            expect(table.get_by_role("rowheader")).to_have_count(11)
            expect(table.get_by_role("rowheader").first).to_have_accessible_name("0")


class TestLongWords:
    def test_checksum_wraps(self, page: Page) -> None:
        """The style that both engines use wraps a checksum in a sentence on a phone."""
        page.set_viewport_size(PHONE)
        style = (ROOT / "svhnlab" / "web" / "svhnlab.css").read_text(encoding="utf-8")
        checksum = "0123456789abcdef" * 4
        page.set_content(
            f"<style>code {{ white-space: pre; }} {style}</style>"  # Quarto's own style
            f'<body class="quarto-light"><main><p><code>{checksum}</code></p></main>'
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


class TestReport:
    def test_no_table_scrolls_on_a_phone(self, chromium: Browser, rendered_report: Path) -> None:
        """On every page of a report, with all tabs, no table is wider than a phone, and no script fails."""
        page = chromium.new_page(viewport=PHONE)
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        wide: dict[str, list[str]] = {}
        tables = 0
        for file in sorted((rendered_report / "site").rglob("*.html")):
            if "code" in file.relative_to(rendered_report).parts:
                continue
            page.goto(file.as_uri())
            page.add_style_tag(content=OPEN)
            tables += page.locator("main table").count()
            page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            if found := page.evaluate(WIDER):
                wide[file.name] = found
        page.close()
        assert wide == {}
        assert errors == []
        assert tables > 40
