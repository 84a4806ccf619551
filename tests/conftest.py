"""What several test modules share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Page, sync_playwright

from svhnlab.site.checks import CHROMIUM, FLAGS, find_chromium, watch
from tests.fixtures.paths import SAMPLE
from tests.fixtures.reading_site import build_site
from tests.fixtures.tiny import tiny_data, tiny_pipeline

# No test fails by the clock: the first example may pay for an import, or share the machine.
settings.register_profile("svhnlab", deadline=None)
settings.load_profile("svhnlab")


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a few generated digits."""
    return tiny_data(tmp_path_factory.mktemp("tiny") / "digits")


@pytest.fixture(scope="session")
def tiny_results(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Path:
    """Results of the whole tiny study; tests read them and change nothing."""
    results = tmp_path_factory.mktemp("study") / "results"
    tiny_pipeline(results, data_folder).run(("cnn", "cnn-aug", "resnet18", "resnet18-aug"))
    return results


@pytest.fixture
def sample_folder() -> Path:
    """Real SVHN photographs, where they are at hand."""
    if not (SAMPLE / "train_32x32.mat").is_file():
        pytest.skip(f"no SVHN sample in {SAMPLE.name}/ beside the repository")
    return SAMPLE


@pytest.fixture(scope="session")
def reading_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished site of the made-up study; tests read it and change nothing."""
    return build_site(tmp_path_factory.mktemp("reading"))


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
