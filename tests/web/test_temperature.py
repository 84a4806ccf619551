"""The slider of the temperature in a real browser, on a page opened from disk."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from svhnlab.analysis.metric_registry import resample
from svhnlab.analysis.temperature import fit_temperature, scaled_probabilities, temperature_scaling
from svhnlab.report.calibration.reliability import ReliabilityDiagram
from svhnlab.report.calibration.temperature import TemperatureTable
from svhnlab.site.checks import check_accessibility
from svhnlab.store.schema import RunResult, RunStatistics, Study
from svhnlab.web import resources
from svhnlab.web.content_policy import add_policies
from svhnlab.web.resources import plain_script, write_resource
from tests.fixtures.browser import wait_until
from tests.fixtures.fakes import fake_study
from tests.report.helpers import with_statistics

METRICS = ("ECE", "Adaptive ECE", "Brier score", "Log loss")


def with_real_scaling(run: RunResult, statistics: RunStatistics) -> RunStatistics:
    """The statistics of a run with metrics and temperature scaling of its predictions."""
    temperature, test = fit_temperature(run.validation), run.test
    before, after = (
        resample(test.labels, {"run": probabilities}, resamples=50, seed=0)["run"]
        for probabilities in (test.probabilities, scaled_probabilities(test, temperature))
    )
    scaling = temperature_scaling(temperature, len(run.validation.labels), test, before, after)
    return replace(statistics, metrics=before.estimates(), temperature_scaling=scaling)


@pytest.fixture(scope="module")
def study() -> Study:
    made_up = fake_study()
    runs = {name: with_real_scaling(run, made_up.statistics.runs[name]) for name, run in made_up.runs.items()}
    return with_statistics(made_up, runs=runs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, study: Study) -> Path:
    """A page with the figure."""
    folder = tmp_path_factory.mktemp("temperature")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        markdown = ReliabilityDiagram.from_study(study).markdown()
    raw = re.search(r"```\{=html\}\n(<div id=.*?)\n```", markdown, re.DOTALL)[1]
    scripts = folder / "scripts"
    shutil.copytree(Path(resources.__file__).parent, scripts)
    (scripts / "start.js").write_text('import { startTemperature } from "./temperature.js";\nstartTemperature();\n')
    (folder / "start.js").write_text(plain_script(scripts / "start.js"))
    shutil.rmtree(scripts)
    write_resource("svhnlab.css", folder)
    (folder / "page.html").write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Calibration</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="svhnlab.css">'
        "<style>body { background: var(--page); color: var(--text); }</style>"
        '<script defer src="start.js"></script></head><body class="quarto-light"><script>'
        'if (matchMedia("(prefers-color-scheme: dark)").matches) document.body.className = "quarto-dark";</script>'
        f"<main><h1>Calibration</h1><figure><p>still</p>{raw}<figcaption>Caption</figcaption></figure></main>"
        "</body></html>",
        encoding="utf-8",
    )
    add_policies(folder)
    return folder


@pytest.fixture
def slider(page: Page, folder: Path) -> Locator:
    page.goto((folder / "page.html").as_uri())
    return page.get_by_role("slider", name="Temperature")


def shown(page: Page) -> dict[str, str]:
    """The metrics on the page."""
    terms, values = (page.locator(f".temperature-scores {tag}").all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(terms, values, strict=True))


def in_table(study: Study, row: int) -> dict[str, str]:
    """The metrics in a row of the table, without their intervals."""
    cells = TemperatureTable.from_study(study).cells()
    return {metric: cells[metric][row].split(" (")[0] for metric in METRICS}


class TestTemperatureSlider:
    def test_numbers_are_those_of_the_table(self, page: Page, slider: Locator, study: Study) -> None:
        """At T = 1 and at the fitted temperature, the page shows the numbers of the table, for every model."""
        for i, statistics in enumerate(study.statistics.runs.values()):
            page.get_by_role("radio").nth(i).check()
            page.get_by_role("button", name="As trained").click()
            assert shown(page) == in_table(study, 2 * i)
            expect(slider).to_have_attribute("aria-valuetext", "1.00, as trained")
            fitted = f"{statistics.temperature_scaling.temperature:.2f}"
            page.get_by_role("button", name=f"Fitted, T = {fitted}").click()
            assert shown(page) == in_table(study, 2 * i + 1)
            expect(slider).to_have_attribute("aria-valuetext", f"{fitted}, fitted")

    def test_keys(self, page: Page, slider: Locator, study: Study) -> None:
        """Keys move the slider through the stored temperatures; the diagram has a point for each bin with images."""
        grid = study.statistics.runs["cnn"].temperature_scaling.grid
        slider.focus()
        for key, step in (("ArrowRight", 25), ("Home", 0), ("End", len(grid) - 1)):
            page.keyboard.press(key)
            expect(page.locator(".temperature-value")).to_have_text(re.compile(f"^T = {grid[step].temperature:.2f}"))
            assert shown(page)["Log loss"] == f"{grid[step].metrics['log_loss']:.3f}"
            expect(page.locator(".temperature-plot circle")).to_have_count(sum(map(bool, grid[step].images)))

    def test_another_model(self, page: Page, slider: Locator, study: Study) -> None:
        """Another model has the same temperature; if it was the fitted one, its own fitted one."""
        slider.focus()
        page.keyboard.press("Home")
        page.get_by_role("radio").nth(1).check()
        expect(slider).to_have_attribute("aria-valuetext", "0.25")
        page.get_by_role("button", name="Fitted").click()
        page.get_by_role("radio").nth(2).check()
        fitted = list(study.statistics.runs.values())[2].temperature_scaling.temperature
        expect(slider).to_have_attribute("aria-valuetext", f"{fitted:.2f}, fitted")

    def test_one_message_for_many_steps(self, page: Page, slider: Locator, study: Study) -> None:
        """A screen reader hears the metrics once, after the slider has come to rest."""
        page.evaluate(
            """() => {
              window.messages = [];
              const status = document.querySelector(".temperature-status");
              new MutationObserver(() => window.messages.push(status.textContent)).observe(status, { childList: true });
            }"""
        )
        slider.focus()
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
        wait_until(page, "window.messages.length > 0")
        at = study.statistics.runs["cnn"].temperature_scaling.grid[19]
        assert page.evaluate("window.messages.length") == 1
        assert f"Log loss {at.metrics['log_loss']:.3f}" in page.evaluate("window.messages[0]")

    @pytest.mark.parametrize("width", [390, 1280])
    def test_fits(self, page: Page, slider: Locator, width: int) -> None:
        """Nothing is wider than the page, and the mark of the fitted temperature is at the slider's position for it."""
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("button", name="Fitted").click()
        mark, track = page.locator(".temperature-mark").bounding_box(), slider.bounding_box()
        share = slider.evaluate("range => range.value / range.max")
        assert mark["x"] + share * mark["width"] == pytest.approx(track["x"] + 8 + share * (track["width"] - 16), abs=1)

    def test_accessible(self, chromium: Browser, folder: Path) -> None:
        """axe reports nothing in both themes and at both widths."""
        assert check_accessibility(chromium, folder, "page.html") == []

    def test_without_script(self, chromium: Browser, folder: Path) -> None:
        """Without JavaScript only the static figure is shown."""
        context = chromium.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto((folder / "page.html").as_uri())
        expect(page.get_by_text("still")).to_be_visible()
        expect(page.locator(".temperature-slider")).to_be_hidden()
        context.close()
