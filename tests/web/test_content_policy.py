"""The content security policy: what it allows, in a page and in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from svhnlab.errors import SvhnlabError
from svhnlab.web.content_policy import add_policies, with_policy
from tests.fixtures.folder_server import serve_folder

#: Digest of the script in the head, by `openssl dgst -sha256 -binary | base64`.
DIGEST = "mYpRilE+GRdtcXVjFP+w6DJMcaV6ZF4JWnnkD+mqSFA="
PAGE = """\
<!DOCTYPE html>
<html lang="en"><head>

<meta charset="utf-8">
<title>A page</title>
<script>window.ran = []; window.note = (place) => ran.push(place);</script>
<script type="application/json">{"data": 1}</script>
</head><body>
<script id="before">note("before");</script>
<main><h1>A page</h1>TEXT</main>
<script src="note.js"></script>
</body></html>
"""
ATTACKS = (
    '<script>note("script");</script>',
    '</main><script>note("outside");</script><main>',
    '<img src="gone.png" alt="" onerror="note(\'handler\')">',
    '<svg><script>note("svg");</script></svg>',
    "<iframe srcdoc=\"<script>parent.note('frame')</script>\"></iframe>",
    '<script src="data:text/javascript,note(1)"></script>',
    '<a href="javascript:note(1)" id="link">x</a>',
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page with its policy whose text has every attack, and the same page without a policy."""
    (tmp_path / "note.js").write_text('note("file");')
    page = PAGE.replace("TEXT", "\n".join(ATTACKS))
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    add_policies(tmp_path)
    (tmp_path / "open.html").write_text(page, encoding="utf-8")
    return tmp_path


@pytest.fixture(params=["disk", "server"])
def address(folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of the folder, on the disk and on a web server."""
    if request.param == "disk":
        yield folder.as_uri()
        return
    with serve_folder(folder) as served:
        yield served


class TestInABrowser:
    def test_text_runs_nothing(self, chromium: Browser, address: str) -> None:
        """The page's own scripts run, those in its text do not; without the policy they would."""
        context = chromium.new_context()
        ran = {}
        for name in ("page", "open"):
            page = context.new_page()
            page.goto(f"{address}/{name}.html", wait_until="load")
            page.locator("#link").click()
            page.wait_for_timeout(100)
            ran[name] = page.evaluate("window.ran")
        context.close()
        assert ran["page"] == ["before", "file"]
        assert {"script", "outside", "handler", "svg", "frame", 1} <= set(ran["open"])


class TestWithPolicy:
    def test_after_the_encoding(self) -> None:
        """The policy stands before everything that it restricts, and after the encoding."""
        page = with_policy(PAGE)
        assert '<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="default-src ' in page
        assert with_policy("<head><title>A</title></head>").startswith("<head><meta http-equiv=")

    def test_scripts_by_digest(self) -> None:
        """Inline scripts outside the text are allowed by digest; data and files need none."""
        scripts = with_policy(PAGE).split("script-src ")[1].split(";")[0].split()
        assert scripts[:3] == ["'self'", "file:", f"'sha256-{DIGEST}'"]
        assert len(scripts) == 4
        assert "unsafe" not in "".join(scripts)

    def test_second_call(self) -> None:
        """A second call replaces the policy: it changes nothing, or follows a changed script."""
        once = with_policy(PAGE)
        assert with_policy(once) == once
        other = with_policy(once.replace('note("before")', 'note("changed")'))
        assert other.count("Content-Security-Policy") == 1
        assert other == with_policy(PAGE.replace('note("before")', 'note("changed")'))

    def test_page_without_a_head(self, tmp_path: Path) -> None:
        """A page without a head is an error that names it."""
        (tmp_path / "page.html").write_text("<p>Words</p>")
        with pytest.raises(SvhnlabError, match=r"page\.html has no head"):
            add_policies(tmp_path)
