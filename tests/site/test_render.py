from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from svhnlab.errors import InputError, SvhnlabError
from svhnlab.site import render as engines
from svhnlab.site.builtin.build import build
from svhnlab.site.postprocess import finish
from svhnlab.site.prerender import prepare
from svhnlab.site.render import find_quarto, render
from tests.fixtures.site_project import Page, write_project

REAL = find_quarto()


def fake_quarto(folder: Path, version: str, body: str = "exit 0") -> Path:
    """Put a script called quarto into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "quarto"
    script.write_text(
        f'#!/bin/sh\nif [ "$1" = "--version" ]; then echo "{version}"; exit 0; fi\n{body}\n', encoding="utf-8"
    )
    script.chmod(0o755)
    return script


@pytest.fixture(autouse=True)
def no_study(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the steps that need a stored study, which the tiny book does not have."""
    monkeypatch.setattr(engines, "report_inputs", lambda project, store, engine: "")
    monkeypatch.setattr(engines, "chapter_inputs", lambda project, store: "")
    monkeypatch.setattr(prepare, "prepare", lambda project, results: None)
    monkeypatch.setattr(prepare, "check_prepared", lambda project, results: None)
    monkeypatch.setattr(finish, "finish_site", lambda site, project, results: None)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment without Quarto; returns a folder on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / "scripts"))
    if shutil.which("quarto"):
        pytest.skip("the system itself has a quarto")
    return folder


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
class TestFindQuarto:
    def test_none(self, bare: Path) -> None:
        """Without Quarto each searched place is reported."""
        search = find_quarto()
        assert search.path is None
        assert len(search.refused) == 2
        assert "PATH" in search.refused[0]
        assert "quarto-cli" in search.refused[1]

    @pytest.mark.parametrize("version", ["1.9.0", "1.10.18", "2.0", "99.9.9"])
    def test_new_enough(self, bare: Path, version: str) -> None:
        """Versions are compared as numbers: 1.10 is newer than 1.9."""
        script = fake_quarto(bare, version)
        assert find_quarto() == engines.QuartoSearch(script, version, ())

    def test_too_old(self, bare: Path) -> None:
        """An old Quarto is refused with its version."""
        fake_quarto(bare, "1.8.27")
        search = find_quarto()
        assert search.path is None
        assert "version 1.8.27, older than 1.9" in search.refused[0]

    def test_package(self, bare: Path, tmp_path: Path) -> None:
        """PyPI's command in the environment is used if PATH has none or an old one."""
        fake_quarto(bare, "1.4.0")
        script = fake_quarto(tmp_path / "scripts", "1.9.2")
        search = find_quarto()
        assert search.path == script
        assert len(search.refused) == 1

    def test_broken(self, bare: Path) -> None:
        """A Quarto that does not run is refused, not raised."""
        script = fake_quarto(bare, "1.9")
        script.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
        assert "does not run" in find_quarto().refused[0]


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
class TestRender:
    PAGE = 'mkdir -p "$4"; echo "<p>$SVHNLAB_RESULTS $QUARTO_PYTHON</p>" > "$4/index.html";echo pdf > "$4/tiny.pdf"'

    def test_quarto_learns_results(self, bare: Path, tmp_path: Path) -> None:
        """Quarto gets results folder and interpreter, and its site is put in place."""
        fake_quarto(bare, "1.9.1", self.PAGE)
        root = write_project(tmp_path / "p")
        said: list[str] = []
        results = tmp_path / "p" / ".." / "r"
        report = render(root, root / "_site", engine="auto", results=results, say=said.append)
        assert report.engine == "Quarto 1.9.1"
        assert report.pages == 1
        assert report.pdf_bytes == 4
        page = (root / "_site" / "index.html").read_text(encoding="utf-8")
        assert page == f"<p>{tmp_path / 'r'} {sys.executable}</p>\n"
        assert len(said) == 1
        assert not list(root.glob("_site-*"))

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (f'{PAGE}; echo "WARN: Unable to resolve crossref @fig-x"', "Unable to resolve crossref @fig-x"),
            (f'{PAGE}; echo "?@fig-x" >> "$4/index.html"', r"index\.html shows \?@"),
            ("echo 'starting'; echo 'ERROR: no such thing'; exit 1", "quarto render failed: ERROR: no such"),
            (
                "echo 'ERROR: warning: no convergence'; echo 'error: no font'; exit 1",
                "quarto render failed: error: no font",
            ),
            ("exit 0", "wrote no page"),
        ],
    )
    def test_quarto_fails(self, bare: Path, tmp_path: Path, body: str, message: str) -> None:
        """An unresolved reference or an error of Quarto gives one line, and the old site is kept."""
        fake_quarto(bare, "1.9.1", body)
        root = write_project(tmp_path / "p")
        (root / "_site").mkdir()
        (root / "_site" / "index.html").write_text("old", encoding="utf-8")
        with pytest.raises(SvhnlabError, match=message) as caught:
            render(root, root / "_site", engine="quarto", results=tmp_path, say=lambda line: None)
        assert "\n" not in str(caught.value)
        assert (root / "_site" / "index.html").read_text(encoding="utf-8") == "old"

    def test_quarto_asked_for_in_vain(self, bare: Path, tmp_path: Path) -> None:
        """If Quarto is requested but missing, the error explains how to install it."""
        with pytest.raises(InputError, match=r"no quarto on PATH.*Install Quarto 1\.9"):
            render(tmp_path, tmp_path / "s", engine="quarto", results=tmp_path, say=lambda line: None)

    def test_falls_back(self, bare: Path, tmp_path: Path) -> None:
        """Without Quarto the built-in engine renders the report, and each step is printed."""
        two = "# Two\n\n```{python}\n```\n`{python} __import__('os').environ['SVHNLAB_RESULTS']`\n"
        root = write_project(tmp_path / "p", index="# Index\n", one="# One\n", two=two, end="# End\n")
        said: list[str] = []
        report = render(root, root / "_site", engine="auto", results=tmp_path / "r", say=said.append)
        assert report.engine == "the built-in engine"
        assert report.pages == 4
        assert said[-1] == "Rendering with the built-in engine."
        assert len(said) == 3
        text = (root / "_site" / "chapters" / "two.html").read_text(encoding="utf-8")
        assert str(tmp_path / "r") in text


@pytest.mark.skipif(REAL.path is None, reason=f"needs Quarto: {' '.join(REAL.refused)}")
def test_quarto_renders_the_same_book(tmp_path: Path) -> None:
    """Quarto renders the same chapters with the same numbers and text alternatives, and nothing unresolved."""
    root = write_project(tmp_path / "p")
    report = render(root, root / "_site", engine="quarto", results=tmp_path, say=lambda line: None)
    own = build(root, tmp_path / "own")
    assert report.pages == len(own.pages)
    outlines = []
    for file in (report.pdf, tmp_path / "own" / report.pdf.name):
        document = pdfium.PdfDocument(file)
        outlines.append([item.get_title() for item in document.get_toc()])
        document.close()
    assert outlines[0] == outlines[1]
    assert any(title.startswith("A ") for title in outlines[0])
    for name in ("index.html", "chapters/one.html", "chapters/two.html", "chapters/end.html"):
        files = (root / "_site" / name, tmp_path / "own" / name)
        theirs, ours = (Page(file.read_text(encoding="utf-8")) for file in files)
        words = [" ".join(page.words.replace("\xa0", " ").split()) for page in (theirs, ours)]
        for phrase in (
            "The answer is 42, and the name is a_b*c",
            "Figure 1.1",
            "Figure 2.1",
            "Table A.1",
            "Table 1",
            "Section 1.2.1",
            "3 units & more",
            "Only on the page.",
            "Only on paper.",
            "Netzer et al. 2011",
        ):
            assert (phrase in words[0]) == (phrase in words[1]), (name, phrase)
        # an empty text marks a decoration, such as an icon of Quarto's own
        alternatives = [{image.get("alt") for image in page.find("img")} - {""} for page in (theirs, ours)]
        assert alternatives[0] == alternatives[1]
