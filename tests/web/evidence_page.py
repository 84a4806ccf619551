"""What the tests of cards, galleries and matrices share: addresses of the pages, and parts of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page

from svhnlab.report.core.truth import doubtful_labels
from svhnlab.store.schema import Study


def address(site: Path, chapter: str, state: str = "") -> str:
    return f"{(site / 'chapters' / f'{chapter}.html').as_uri()}{state}"


def state(page: Page) -> str:
    """Return the part of the address after the name of the page."""
    return "#" + page.url.partition("#")[2]


def tiles(within: Page | Locator) -> Locator:
    return within.locator(".evidence-list a")


def rows(within: Page | Locator) -> list[int]:
    """Return the rows of the images in a gallery, in its order."""
    return [int(href.removeprefix("#image-")) for href in tiles(within).evaluate_all("all => all.map(a => a.hash)")]


def choice(page: Page, name: str) -> Locator:
    return page.get_by_role("combobox", name=name, exact=True)


def errors_of(study: Study, run: str) -> np.ndarray:
    return study.runs[run].test.wrong


def sound_errors_of(study: Study, run: str) -> np.ndarray:
    """Errors at labels that are neither suspected nor known to be wrong."""
    return errors_of(study, run) & ~doubtful_labels(study)


def article(study: Study, row: int) -> str:
    """Return the class that an image shows, with its article."""
    assert study.data.true_labels is not None
    name = study.class_names[study.data.true_labels[row]]
    return f"{'an' if name == '8' else 'a'} {name}"
