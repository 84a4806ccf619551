"""The checks of a finished site: a correct site passes them all, and each check can fail."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from svhnlab.errors import InputError
from svhnlab.site.checks import VIEWS, check_accessibility, check_html, check_links, check_offline, check_site
from svhnlab.web.content_policy import add_policies

PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>A page</title>{head}</head>'
    "<body><main><h1>A page</h1>{body}</main></body></html>"
)

#: A picture of one pixel.
PICTURE = base64.b64decode("R0lGODlhAQABAAAAACw=")


@pytest.fixture
def broken(tmp_path: Path):
    """Function that writes a site of one page with the given content."""

    def write(body: str = "", head: str = "") -> Path:
        (tmp_path / "index.html").write_text(PAGE.format(body=body, head=head), encoding="utf-8")
        return tmp_path

    return write


class TestCheckAccessibility:
    def test_site_in_order(self, chromium: Browser, reading_site: Path) -> None:
        """No page violates a machine-checkable rule of WCAG 2.2 AA.

        `tests/publishing/test_published_report.py` checks the other views, on the pages of a whole report.
        """
        assert check_accessibility(chromium, reading_site, views=VIEWS[:1]) == []

    def test_picture_without_alternative(self, chromium: Browser, broken) -> None:
        """A picture without a text alternative is reported with its page and place."""
        (found, *_) = check_accessibility(chromium, broken('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'))
        assert found.startswith("index.html (light, 1280 px): image-alt")

    def test_pale_text_in_one_theme(self, chromium: Browser, broken) -> None:
        """Contrast is checked in both themes."""
        style = "<style>@media (prefers-color-scheme: dark) { body { background: #000; color: #333; } }</style>"
        found = check_accessibility(chromium, broken("<p>Words.</p>", style))
        assert {line.split(" px")[0] for line in found} == {"index.html (dark, 1280"}

    def test_theme_that_is_read_once(self, chromium: Browser, broken) -> None:
        """A page whose script reads the theme when it is loaded is loaded again for the other theme."""
        head = "<style>.dark body { background: #000; color: #333; }</style>"
        dark = "matchMedia('(prefers-color-scheme: dark)').matches"
        script = f"<p>Words.</p><script>document.documentElement.classList.toggle('dark', {dark});</script>"
        found = check_accessibility(chromium, broken(script, head))
        assert {line.split(" px")[0] for line in found} == {"index.html (dark, 1280"}

    def test_shown_on_a_phone_only(self, chromium: Browser, broken) -> None:
        """Rules are checked at the width of a phone, too, and inside folded details."""
        head = "<style>@media (min-width: 600px) { details { display: none; } }</style>"
        pale = '<details><summary>More</summary><p style="color: #ccc">Words.</p></details>'
        found = check_accessibility(chromium, broken(pale, head))
        assert {line.split(" px")[0] for line in found} == {"index.html (light, 390"}

    def test_every_page(self, chromium: Browser, broken) -> None:
        """All pages are checked, also if there are more pages than tabs."""
        folder = broken("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>")
        names = {f"page-{number}.html" for number in range(5)}
        for name in names:
            shutil.copy(folder / "index.html", folder / name)
        found = check_accessibility(chromium, folder)
        assert {line.split(" (")[0] for line in found if "image-alt" in line} == {"index.html", *names}
        assert len([line for line in found if "image-alt" in line]) == 3 * 6


class TestCheckSite:
    def test_no_pages(self, tmp_path: Path) -> None:
        """A folder without pages is an error."""
        with pytest.raises(InputError, match="has no HTML pages"):
            check_site(tmp_path)


class TestCheckLinks:
    def test_site_in_order(self, reading_site: Path) -> None:
        """All loaded files and link targets exist, including line numbers of the code."""
        assert check_links(reading_site) == []

    @pytest.mark.parametrize(
        ("body", "complaint"),
        [
            ('<a href="gone.html">x</a>', "links to gone.html, which is not there"),
            ('<a href="#gone">x</a>', "links to #gone, an anchor that is not there"),
            ('<a href="./">x</a>', "links to ./, which is a folder"),
            ('<img src="gone.png" alt="x">', "loads gone.png, which is not there"),
            ('<img src="https://example.org/x.png" alt="x">', "loads https://example.org/x.png from outside"),
        ],
    )
    def test_broken(self, broken, body: str, complaint: str) -> None:
        """Broken links, and files loaded from outside, are reported."""
        assert check_links(broken(body)) == [f"index.html {complaint}"]


class TestCheckHtml:
    def test_site_in_order(self, reading_site: Path) -> None:
        """Every page is valid HTML."""
        assert check_html(reading_site) == []

    def test_wrong_nesting(self, broken, monkeypatch: pytest.MonkeyPatch) -> None:
        """Wrongly nested tags are invalid syntax, also without the Nu Html Checker."""
        monkeypatch.setenv("PATH", "")
        assert "not valid HTML" in check_html(broken("<p><b>Words</p></b>"))[0]

    @pytest.mark.skipif(shutil.which("java") is None, reason="no Java for the Nu Html Checker")
    def test_unknown_attribute(self, broken) -> None:
        """The Nu Html Checker reports errors that the parser accepts."""
        (found,) = check_html(broken('<p colour="red">Words</p>'))
        assert found.startswith("index.html:")
        assert "colour" in found


class TestCheckOffline:
    def test_site_in_order(self, chromium: Browser, reading_site: Path) -> None:
        """Pages opened from disk make no external requests, and their scripts report no errors."""
        assert check_offline(chromium, reading_site) == []

    @pytest.mark.parametrize(
        ("body", "complaint"),
        [
            ("<script>new Image().src = 'http://127.0.0.1:9/x.png';</script>", "requests http://127.0.0.1:9/x.png"),
            ('<script src="gone.js"></script>', "fails to load file://"),
            ("<script>console.error('no good');</script>", "reports: no good"),
            ("<script>throw new Error('broken');</script>", "fails: broken"),
        ],
    )
    def test_broken(self, chromium: Browser, broken, body: str, complaint: str) -> None:
        """Requests and errors are reported with their page."""
        assert any(line.startswith(f"index.html {complaint}") for line in check_offline(chromium, broken(body)))

    @pytest.mark.parametrize(
        "body",
        [
            "<script>document.title = 'changed';</script>",
            '<button onclick="alert(1)">x</button>',
            '<img src="x.png" alt="" onload="alert(1)">',
            '<object data="x.png"></object>',
        ],
    )
    def test_against_the_policy(self, chromium: Browser, broken, body: str) -> None:
        """What a page's content security policy blocks is reported, also handlers that no one has called."""
        folder = broken(body)
        (folder / "x.png").write_bytes(PICTURE)
        add_policies(folder)
        found = check_offline(chromium, folder)
        assert any("Content Security Policy" in line for line in found), found

    def test_left_early(self, chromium: Browser, broken, page: Page) -> None:
        """A request that is aborted because its page is left is not reported as a missing file."""
        folder = broken('<script async src="late.js"></script>')
        page.route("**/late.js", lambda route: None)
        page.goto((folder / "index.html").as_uri(), wait_until="commit")
        with page.expect_event("requestfailed"):
            page.goto("about:blank")
