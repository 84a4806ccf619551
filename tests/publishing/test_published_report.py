"""Two complete reports, published as two versions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from scipy.io import loadmat, savemat

from svhnlab.config.architectures import DESIGN
from svhnlab.publishing.publish import publish
from svhnlab.publishing.verify import verify
from svhnlab.site.checks import VIEWS, View, check_accessibility, check_html, check_links, check_offline
from tests.fixtures.build_once import BuildOnce
from tests.fixtures.paths import SAMPLE
from tests.fixtures.report_project import VERSION, render_builtin, write_report_project
from tests.fixtures.tiny import tiny_pipeline

#: Pages of the small report.
INDEX = """\
# Overview {.unnumbered}

```{python}
#| include: false
from svhnlab.report import *

chapter = Chapter()
```

`{python} version_facts()` @sec-cnn says more.

::: {#fig-overview}

```{python}
chapter.show(AccuracyChart)
```

Accuracy on the test images.
:::

```{python}
HowToCite.from_project()
```
"""
CNN = """\
# A small network {#sec-cnn}

```{python}
#| include: false
from svhnlab.report import *

chapter = Chapter()
```

::: {#fig-confusion}

```{python}
chapter.show(ConfusionMatrix, "cnn")
```

Confusion matrix of the test images.
:::
"""


def some_of(folder: Path, target: Path) -> Path:
    """Write the first images of a folder's Format 2 files, as many as in the generated digits."""
    target.mkdir(parents=True)
    for name, images in (("train_32x32.mat", 400), ("test_32x32.mat", 150)):
        content = loadmat(folder / name)
        savemat(target / name, {"X": content["X"][..., :images], "y": content["y"][:images]})
    return target


def write_small_project(folder: Path) -> Path:
    """Write a report project of two short pages."""
    write_report_project(folder)
    (folder / "index.qmd").write_text(INDEX, encoding="utf-8")
    (folder / "chapters" / "cnn.qmd").write_text(CNN, encoding="utf-8")
    settings = folder / "_quarto.yml"
    kept = ("index.qmd", "chapters/cnn.qmd")
    lines = settings.read_text(encoding="utf-8").splitlines(keepends=True)
    settings.write_text("".join(line for line in lines if ".qmd" not in line or line.strip(" -\n") in kept), "utf-8")
    return folder


def publish_two_versions(folder: Path, rendered: Path, cnn_results: Path) -> None:
    """Publish a small report as version 1.0, and the report of the tiny study as version 1.1.

    The small report has few chapters and one configuration, which takes a fraction of the time: it is about the CNN on
    real photographs (if there are none, on the generated digits).
    """
    results = cnn_results
    if (SAMPLE / "train_32x32.mat").is_file():
        results = folder / "results"
        tiny_pipeline(results, some_of(SAMPLE, folder / "photographs"), seed=1).run(DESIGN[:1])
    small = write_small_project(folder / "project")
    publish(
        small,
        folder / "public",
        "1.0",
        render=lambda site: render_builtin(small, site, results),
        say=lambda line: None,
    )
    publish(
        rendered / "project",
        folder / "public",
        VERSION,
        render=lambda site: shutil.copytree(rendered / "site", site),
        say=lambda line: None,
    )


@pytest.fixture(scope="module")
def public(build_once: BuildOnce, rendered_report: Path, cnn_results: Path) -> Path:
    """The published site, which tests only read."""
    return build_once("published", lambda folder: publish_two_versions(folder, rendered_report, cnn_results)) / "public"


class TestPublishedReport:
    def test_links_lead_somewhere(self, public: Path) -> None:
        """Nothing is loaded from outside, and no link of any version is broken."""
        assert check_links(public) == []

    def test_pages_are_valid(self, public: Path) -> None:
        """Every page of every version is valid HTML."""
        assert check_html(public) == []

    @pytest.mark.parametrize(
        ("version", "pages", "views"),
        [("1.0", ("index.html", "chapters/cnn.html"), VIEWS), ("1.1", (), VIEWS[1:])],
        ids=["1.0", "1.1"],
    )
    def test_everybody_can_read_it(
        self, public: Path, chromium: Browser, version: str, pages: tuple[str, ...], views: Sequence[View]
    ) -> None:
        """No page violates axe's rules for WCAG 2.2 AA: light on a phone, and dark on a wide screen.

        What only a wide page shows in the light theme is alike on all pages, so two pages suffice for that.
        """
        assert check_accessibility(chromium, public / "v" / version, *pages, views=views) == []

    def test_no_request_leaves_it(self, public: Path, chromium: Browser) -> None:
        """All pages work from disk, including old versions, and no script fails."""
        assert check_offline(chromium, public) == []

    def test_it_is_what_it_says(self, public: Path) -> None:
        """Checksums and headline metrics of both versions are verified."""
        assert verify(public).failures == ()

    def test_one_source_of_the_citation(self, public: Path) -> None:
        """Page, BibTeX, provenance and citation file have the version of the publication."""
        for version in ("1.0", "1.1"):
            site = public / "v" / version
            page = (site / "index.html").read_text(encoding="utf-8")
            assert f"note = {{Version {version}}}" in page
            assert json.loads((site / "provenance.json").read_text(encoding="utf-8"))["version"] == version
            assert f"version: {version}" in (site / "CITATION.cff").read_text(encoding="utf-8").replace(
                "'", ""
            ).replace('"', "")

    def test_reader_finds_the_latest(self, public: Path, page: Page) -> None:
        """On an old version a banner links to the same chapter of the latest."""
        page.goto((public / "v" / "1.0" / "chapters" / "cnn.html").as_uri())
        page.get_by_role("link", name="Read this page in version 1.1").click()
        assert page.url == (public / "chapters" / "cnn.html").as_uri()

    def test_what_changed(self, public: Path, page: Page) -> None:
        """The page of changes names both versions and compares the stored accuracies."""
        page.goto((public / "changes.html").as_uri())
        text = page.inner_text("main")
        for version in ("1.0", "1.1"):
            record = json.loads((public / "v" / version / "provenance.json").read_text(encoding="utf-8"))
            assert version in text
            assert f"{record['headline']['cnn']['accuracy'][0]:.2%}" in text
