"""The documentation renders without a study, its examples run, and it covers every command and setting."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from svhnlab.cli import cli
from svhnlab.config.study_file import StudyFile
from svhnlab.errors import InputError
from svhnlab.site.checks import check_links
from svhnlab.site.render import find_quarto
from svhnlab.store.study import RESULTS_VARIABLE
from tests.fixtures.paths import ROOT

DOCS = ROOT / "docs"
EXTENSION = ROOT / "_extensions" / "svhnlab"
CHAPTERS = sorted(DOCS.glob("*.qmd"))


@pytest.fixture(scope="module")
def renderer() -> Iterator[ModuleType]:
    """The script docs/render.py as a module, without a study."""
    spec = spec_from_file_location("docs_render", DOCS / "render.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(RESULTS_VARIABLE, str(DOCS / "no-results"))
        patch.setitem(sys.modules, "docs_render", module)
        yield module


@pytest.fixture(scope="module", params=["builtin", "quarto"])
def site(request: pytest.FixtureRequest, renderer: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, rendered by each engine."""
    if request.param == "quarto" and find_quarto().path is None:
        pytest.skip("Quarto 1.9 or newer is not installed")
    output = tmp_path_factory.mktemp("docs") / "site"
    renderer.render(output, request.param)
    return output


class TestRender:
    def test_is_complete(self, site: Path) -> None:
        """Every chapter has a page with working links and without leftover markup, and there is a PDF."""
        pages = {page.stem: page.read_text(encoding="utf-8") for page in site.glob("*.html")}
        assert set(pages) == {chapter.stem for chapter in CHAPTERS}
        assert check_links(site) == []
        assert (site / "svhnlab-documentation.pdf").read_bytes().startswith(b"%PDF")
        for name, text in pages.items():
            assert "?@" not in text, name
            assert "{python} " not in text or name == "make-it-yours", name

    def test_finished_report(self, renderer: ModuleType, tmp_path: Path) -> None:
        """A finished report becomes part of the documentation, which links to it; a folder without one is an error."""
        site, report = tmp_path / "site", tmp_path / "report"
        for folder in (site, report):
            folder.mkdir()
        with pytest.raises(InputError, match=r"has no index\.html: render a report there first"):
            renderer.render(site, "builtin", report)
        (report / "index.html").write_text("<html><head></head>The report</html>")
        (site / "finished-report.html").write_text("<html><head></head><code>report/index.html</code></html>")
        renderer.complete(site, report)
        assert "The report" in (site / "report" / "index.html").read_text()
        assert '<a href="report/index.html">' in (site / "finished-report.html").read_text()

    def test_examples_ran(self, site: Path) -> None:
        """The output of the examples is on the page."""
        text = (site / "make-it-yours.html").read_text(encoding="utf-8")
        assert "torch.Size([2, 10])" in text
        assert "torch.Size([8, 3, 32, 32])" in text
        assert re.search("balanced_accuracy.{1,9}: 0.75}", text)
        assert "figures/ErrorCounts-" in text
        assert "[0, 1, 2, 0, 1, 2]" in (site / "own-images.html").read_text(encoding="utf-8")

    def test_every_command(self, site: Path) -> None:
        """Each command has a section with its options."""
        text = (site / "command-line.html").read_text(encoding="utf-8")
        assert {name for name in cli.commands if f'id="sec-cli-{name}"' in text} == set(cli.commands)
        assert "--profile" in text


class TestContent:
    def test_every_setting(self) -> None:
        """Each key of study.toml is explained."""
        text = (DOCS / "own-images.qmd").read_text(encoding="utf-8")
        assert {name for name in StudyFile.model_fields if f"`{name}`" in text} == set(StudyFile.model_fields)

    def test_every_chapter_is_in_the_book(self) -> None:
        """No page is left out of the book."""
        book = _yaml(DOCS / "_quarto.yml")["book"]
        assert sorted([*book["chapters"], *book["appendices"]]) == [chapter.name for chapter in CHAPTERS]

    def test_style_of_the_reports(self) -> None:
        """Formats have the settings of the extension for reports, and use its files, not copies."""
        formats = _yaml(DOCS / "_quarto.yml")["format"]
        contributed = _yaml(EXTENSION / "_extension.yml")["contributes"]["formats"]
        without_study = {"date-format", "reference-section-title"}
        for name in ("html", "typst"):
            expected = {key: value for key, value in contributed[name].items() if key not in without_study}
            assert _relative(formats[name]) == expected


def _yaml(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def _relative(value: Any) -> Any:
    """Remove the path of the extension from file names."""
    if isinstance(value, dict):
        return {key: _relative(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_relative(one) for one in value]
    return value.removeprefix("../_extensions/svhnlab/") if isinstance(value, str) else value
