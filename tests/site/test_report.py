"""The report of a stored study: complete, self-contained, rendered only from stored results."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest

import svhnlab
from svhnlab.analysis.metrics import evaluate
from svhnlab.config.citation_file import VERSION_VARIABLE, read_citation
from svhnlab.config.quarto_file import chapter_entries
from svhnlab.pipeline.task import TrainingTask
from svhnlab.report import (
    Chapter,
    ConfusionMatrix,
    Environments,
    ResultSettings,
    StoredResults,
    StudySettings,
    TrainingSettings,
    describe_agreement,
    describe_training,
)
from svhnlab.site.checks import check_accessibility, check_links, find_chromium
from svhnlab.site.fingerprint import BUILTIN, is_current, report_inputs
from svhnlab.site.render import find_quarto, render
from svhnlab.store.record import read_record
from svhnlab.store.required import required_results
from svhnlab.store.store import Store
from svhnlab.store.study import open_study
from svhnlab.store.verdict_file import read_verdict_file, write_verdict_file
from tests.fixtures.fake_verdicts import write_export
from tests.fixtures.fakes import fake_study
from tests.fixtures.paths import ROOT
from tests.fixtures.report_project import AUTHOR, PDF, TITLE, VERSION, write_report_project
from tests.fixtures.tiny import tiny_pipeline


class Page(HTMLParser):
    """Content of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.alternatives: list[str | None] = []
        self.text = ""
        self._silent = 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in {"script", "style"}:
            self._silent += 1
        if tag == "img":
            self.alternatives.append(found.get("alt"))

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += data


@pytest.fixture(scope="module")
def site(rendered_report: Path) -> Path:
    """The report of a new project, rendered by the built-in engine from the tiny study."""
    return rendered_report / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """The chapters' pages by path; source code pages have separate tests."""
    found = {path.relative_to(site).as_posix(): Page(path) for path in site.rglob("*.html")}
    return {name: page for name, page in found.items() if not name.startswith("code/")}


def check_pages(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert "?@" not in page.text, name
        assert all(page.alternatives), f"{name} has a picture without alternative text"


class TestBuiltinReport:
    def test_every_chapter_is_there(self, site: Path, pages: dict[str, Page]) -> None:
        """Website and PDF are complete: one page for each chapter."""
        chapters = [Path(entry.source).stem for entry in chapter_entries(ROOT)]
        assert sorted(Path(name).stem for name in pages) == sorted([*chapters, "index"])
        assert (site / PDF).read_bytes().startswith(b"%PDF")

    def test_pages_are_whole(self, site: Path, pages: dict[str, Page]) -> None:
        """Nothing is loaded from outside, links and references have targets, and pictures have text alternatives."""
        check_pages(pages)
        assert check_links(site) == []

    def test_every_page_says_what_it_shows(self, pages: dict[str, Page]) -> None:
        """Every page states generated digits and random initial weights."""
        without_results = ("glossary.html",)
        for name, page in pages.items():
            assert "generated digits" in page.text, name
            if name.removeprefix("chapters/") in without_results:
                continue
            assert "random start" in page.text.lower(), name
            assert "demo" in page.text, name

    def test_belongs_to_its_author(self, site: Path, pages: dict[str, Page]) -> None:
        """Title, author and version are the author's; the software is named in reproducibility and model cards."""
        for page in site.rglob("*.html"):
            if page.relative_to(site).as_posix() in pages:
                footer = page.read_text(encoding="utf-8").split('<footer class="foot">')[1]
                assert f"Version {VERSION} · generated digits" in footer
                assert "svhnlab" not in footer
        assert TITLE in pages["index.html"].text
        assert AUTHOR in pages["index.html"].text
        # Model cards are separate documents, and name the software that trained the model.
        named = {name for name in pages if f"svhnlab {svhnlab.__version__}" in pages[name].text}
        assert named == {"chapters/reproducibility.html", "chapters/cards.html"}
        citation = read_citation(site / "CITATION.cff")
        assert ([author.name for author in citation.authors], citation.license) == ([AUTHOR], "CC-BY-4.0")
        assert "two-layer CNN" in citation.abstract.replace("Two", "two")
        assert "fine-tuned" not in citation.abstract

    def test_numbers_are_the_stored_ones(self, pages: dict[str, Page], tiny_results: Path) -> None:
        """The accuracy in the text is that of the stored predictions."""
        test = open_study(tiny_results).runs["cnn"].test
        found = evaluate(test.labels, test.predicted, 10)
        assert f"{found.accuracy:.1%}" in pages["chapters/cnn.html"].text
        assert f"{found.accuracy:.1%}" in pages["chapters/comparison.html"].text

    def test_pages_of_the_pdf_are_filled(self, site: Path) -> None:
        """No page within a chapter has an empty part of more than three quarters of its text.

        The last page of a chapter and of the lists may have one, and the first page of a chapter, if its first figures
        fill the pages after it.
        """
        document = pdfium.PdfDocument(site / PDF)
        first = {item.get_dest().get_index() for item in document.get_toc() if item.level == 0}
        begins = first | {page + 1 for page in first} | {len(document)}
        millimetre = 0.5 * 72 / 25.4  # in pixels of the rendered page
        for number, page in enumerate(document, start=1):
            if number in begins:  # this page or the next begins a chapter
                continue
            grey = page.render(scale=0.5, grayscale=True).to_numpy().squeeze()
            text = grey[int(25 * millimetre) : int((297 - 23) * millimetre)]
            filled = np.flatnonzero(text.min(axis=1) < 200)
            assert np.diff([0, *filled, len(text)]).max() < 0.75 * len(text), f"page {number}"
        document.close()

    def test_no_markup_is_left_in_the_text(self, pages: dict[str, Page]) -> None:
        """Sentences contain no Markdown."""
        for name, page in pages.items():
            for leftover in ("\\-", ":::", "{python}", "{.", "**"):
                assert leftover not in page.text, f"{leftover} in {name}"


class TestDrawnOnce:
    def test_nothing_changed(
        self, rendered_report: Path, tiny_results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A complete report from the same inputs is not rendered again; a damaged one is."""
        monkeypatch.setenv(VERSION_VARIABLE, VERSION)
        project, site = rendered_report / "project", tmp_path / "site"
        shutil.copytree(rendered_report / "site", site)
        said: list[str] = []
        again = render(project, site, engine="builtin", results=tiny_results, say=said.append)
        assert not again.rendered
        assert said == ["Nothing to render: the report is complete and from the same results, texts and code."]
        assert again.pages == len(list(site.rglob("*.html")))
        assert again.pdf_bytes == again.pdf.stat().st_size
        assert again.site_bytes == sum(f.stat().st_size for f in site.rglob("*") if f.is_file()) - again.pdf_bytes
        inputs = report_inputs(project, Store(tiny_results), BUILTIN)
        assert is_current(site, inputs)
        assert not is_current(site, inputs[::-1])
        with (site / "index.html").open("a", encoding="utf-8") as page:
            page.write(" ")
        assert not is_current(site, inputs)

    def test_what_decides_the_content(
        self, tmp_path: Path, tiny_results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A change of text, citation, version, engine, result or verdict requires another rendering."""
        (tmp_path / "chapters").mkdir()
        for name in ("CITATION.cff", "_quarto.yml", "chapters/data.qmd"):
            shutil.copy(ROOT / name, tmp_path / name)
        found = [report_inputs(tmp_path, Store(tiny_results), BUILTIN)]
        assert found == [report_inputs(tmp_path, Store(tiny_results), BUILTIN)]
        for name in ("CITATION.cff", "chapters/data.qmd"):
            text = (tmp_path / name).read_text(encoding="utf-8")
            (tmp_path / name).write_text(f"{text}\n", encoding="utf-8")
            found.append(report_inputs(tmp_path, Store(tiny_results), BUILTIN))
        found.append(report_inputs(tmp_path, Store(tiny_results), "Quarto 1.9.1"))
        monkeypatch.setenv(VERSION_VARIABLE, "7.0")
        found.append(report_inputs(tmp_path, Store(tiny_results), BUILTIN))
        shutil.copytree(tiny_results, tmp_path / "results")
        shutil.rmtree(next((tmp_path / "results").glob("run/resnet18-aug-*")))
        found.append(report_inputs(tmp_path, Store(tmp_path / "results"), BUILTIN))
        export = write_export(tmp_path / "export.json", open_study(tiny_results))
        write_verdict_file(tmp_path / "results", read_verdict_file(export))
        found.append(report_inputs(tmp_path, Store(tmp_path / "results"), BUILTIN))
        assert len(set(found)) == len(found)


class TestLaws:
    def test_drawing_imports_no_torch(self, tiny_results: Path) -> None:
        """The report only reads results: the modules of chapters import neither torch nor W&B."""
        code = (
            "import sys\nfrom svhnlab.report import *\nchapter = Chapter()\n"
            "chapter.show(ConfusionMatrix, 'cnn').svg('light')\n"
            "print([name for name in ('torch', 'torchvision', 'wandb') if name in sys.modules])"
        )
        answer = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "SVHNLAB_RESULTS": str(tiny_results)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout.strip() == "[]"

    def test_study_with_a_missing_run_is_shown(self, tiny_results: Path, tmp_path: Path) -> None:
        """The report of a partly trained study states the missing runs instead of failing."""
        shutil.copytree(tiny_results, tmp_path / "results")
        (run,) = (tmp_path / "results").glob("run/resnet18-aug-*")
        shutil.rmtree(run)
        chapter = Chapter(open_study(tmp_path / "results"))
        assert chapter.study.missing == ("resnet18-aug",)
        assert "svhnlab train resnet18-aug --profile demo" in str(chapter.show(ConfusionMatrix, "resnet18-aug"))
        assert "svhnlab train resnet18-aug" in chapter.show(describe_training, "resnet18-aug")
        assert "all 3 models" in chapter.show(describe_agreement)


class TestProvenance:
    def test_tables_hold_what_was_stored(self, tiny_results: Path) -> None:
        """Keys, checksums, settings and machine in the appendix are those in the store."""
        study = open_study(tiny_results)
        stored = StoredResults.from_study(study, results=tiny_results).frame().set_index("name")
        for name, run in study.runs.items():
            assert stored.loc[f"run {name}", "key"] == run.key
            assert stored.loc[f"run {name}", "checksum"] == run.checksum
        needed = required_results(Store(tiny_results), read_record(Store(tiny_results)))
        assert stored["key"].tolist() == [need.address.key for need in needed]
        shown = ResultSettings.from_study(study, results=tiny_results).cells().set_index("Result")
        assert shown.loc["statistics", "Inputs"] == "data and all runs"
        assert "resamples 200" in shown.loc["statistics", "Settings"]
        settings = StudySettings.from_study(study).frame().set_index("setting")["value"]
        assert settings["Data digest (SHA-256)"] == study.data.digest
        assert settings["Study key"] == study.key == Store(tiny_results).current_study()["key"]  # type: ignore[index]
        assert TrainingSettings.from_study(study).frame()["epochs"].tolist() == [3, 3, 3, 3]
        assert "torch" in Environments.from_study(study).frame().columns
        for table in (StudySettings, TrainingSettings, Environments):
            assert table.from_study(study).markdown().count("\n") > 3

    def test_chapter_takes_any_study(self) -> None:
        """`Chapter` takes any study, by default the current one."""
        assert Chapter(fake_study()).study.runs


class TestRealPhotographs:
    def test_custom_files_are_never_called_svhn(self, tmp_path: Path, sample_folder: Path) -> None:
        """Real photographs other than the official files can be trained on, and are named as custom files."""
        pipeline = tiny_pipeline(tmp_path, sample_folder)
        pipeline.run(())
        pipeline.train([TrainingTask(pipeline.spec, "cnn")])
        study = open_study(tmp_path)
        assert study.data.kind == "custom"
        assert study.data.name == "custom Format 2 files"
        assert study.data.splits["test"].counts.sum() == 952
        assert study.runs["cnn"].test.wrong.mean() < 0.6


class TestQuarto:
    def test_bare_quarto_render(self, tmp_path: Path, tiny_results: Path, request: pytest.FixtureRequest) -> None:
        """Plain `quarto render` writes site and PDF: it finds chapters, results and environment without options."""
        quarto = find_quarto()
        if quarto.path is None:
            pytest.skip("; ".join(quarto.refused))
        project = write_report_project(tmp_path / "project")
        (project / "results").symlink_to(tiny_results)
        (project / "_environment.local").write_text(f'QUARTO_PYTHON="{sys.executable}"\n')
        hidden = {"SVHNLAB_RESULTS", "QUARTO_PYTHON", "VIRTUAL_ENV"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        environment["PYTHONPATH"] = str(ROOT)
        command = [str(quarto.path), "render"]
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        assert "Unable to resolve crossref" not in done.stdout + done.stderr
        site = project / "_site"
        assert (site / PDF).read_bytes().startswith(b"%PDF")
        pages = {path.name: Page(path) for path in site.rglob("*.html")}
        check_pages(pages)
        assert check_links(site) == []
        assert "generated digits, digest" in pages["index.html"].text  # the line at the foot
        assert 'data-anchor-id="references">References</h2>' in (site / "chapters" / "cnn.html").read_text("utf-8")
        if find_chromium() is not None:  # Quarto's navigation has its own sizes on phones
            browser = request.getfixturevalue("chromium")
            assert check_accessibility(browser, site, "index.html", "chapters/cnn.html", views=[("light", 390)]) == []
