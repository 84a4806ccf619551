"""What several test modules share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Page, expect, sync_playwright

from svhnlab.config.architectures import DESIGN
from svhnlab.site.checks import CHROMIUM, FLAGS, find_chromium, watch
from tests.fixtures.build_once import BuildOnce, shared_folders
from tests.fixtures.paths import SAMPLE
from tests.fixtures.reading_site import build_site
from tests.fixtures.report_project import render_project
from tests.fixtures.tiny import tiny_data, tiny_pipeline, train_on_pictures

# No test fails by the clock: the first example may pay for an import, or share the machine.
settings.register_profile("svhnlab", deadline=None)
settings.load_profile("svhnlab")
expect.set_options(timeout=60_000)  # milliseconds; a page may be slow for the same reasons


#: Fixtures that take minutes to build and are shared by all workers, the slowest first.
SLOWEST = ("public", "rendered_report", "tiny_results", "cnn_results")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that need a slow shared fixture first.

    One worker then builds it while the others run tests that do not need it. At the end of a run all workers would wait
    for the one that builds.
    """

    def place(item: pytest.Item) -> int:
        needed = getattr(item, "fixturenames", ())
        return next((i for i, name in enumerate(SLOWEST) if name in needed), len(SLOWEST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def build_once(tmp_path_factory: pytest.TempPathFactory) -> BuildOnce:
    """See `tests.fixtures.build_once`."""
    return shared_folders(tmp_path_factory)


@pytest.fixture(scope="session")
def data_folder(build_once: BuildOnce) -> Path:
    """A folder with a few generated digits."""
    return build_once("digits", tiny_data)


@pytest.fixture(scope="session")
def tiny_results(build_once: BuildOnce, data_folder: Path) -> Path:
    """Results of the whole tiny study; tests read them and change nothing."""
    return build_once("tiny-results", lambda folder: tiny_pipeline(folder, data_folder).run(DESIGN))


@pytest.fixture(scope="session")
def cnn_results(build_once: BuildOnce, data_folder: Path) -> Path:
    """Results of the tiny study with the CNN alone; tests change copies of it."""
    return build_once("cnn-results", lambda folder: tiny_pipeline(folder, data_folder).run(("cnn",)))


@pytest.fixture(scope="session")
def picture_study(build_once: BuildOnce) -> Path:
    """A study of pictures of five classes and mixed sizes: ``data/`` and ``results/``; tests change nothing."""
    return build_once("pictures", train_on_pictures)


@pytest.fixture(scope="session")
def rendered_report(build_once: BuildOnce, tiny_results: Path) -> Path:
    """The report of the tiny study, rendered once: ``project/`` and ``site/``; tests read it and change nothing."""
    return build_once("report", lambda folder: render_project(folder, tiny_results))


@pytest.fixture
def sample_folder() -> Path:
    """Real SVHN photographs, where they are at hand."""
    if not (SAMPLE / "train_32x32.mat").is_file():
        pytest.skip(f"no SVHN sample in {SAMPLE.name}/ beside the repository")
    return SAMPLE


@pytest.fixture(scope="session")
def reading_site(build_once: BuildOnce) -> Path:
    """A small finished site of the made-up study; tests read it and change nothing."""
    return build_once("reading", build_site) / "site"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a module; a longer life would keep an event loop running under other tests."""
    command = find_chromium()
    if command is None:
        pytest.skip(f"no browser: none of {', '.join(CHROMIUM)} is on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=command, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page; what it loads must lie on the disk, and its console must stay quiet."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    problems: list[str] = []
    watch(opened, "file:", problems.append)
    yield opened
    context.close()
    assert problems == []
