"""Commands use one project: that around the current folder, or that of ``--project``."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from svhnlab.cli import cli
from svhnlab.cli.options import in_project
from svhnlab.errors import InputError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a folder of chapters and settings."""
    folder = tmp_path / "report"
    (folder / "chapters").mkdir(parents=True)
    (folder / "_quarto.yml").write_text("book: {title: Trains, chapters: [index.qmd]}")
    (folder / "index.qmd").write_text("# Trains\n")
    return folder


class TestInProject:
    def test_root_and_folders_below(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The path is relative in the root of the project, and absolute elsewhere."""
        monkeypatch.chdir(project)
        assert in_project("results") == Path("results")
        monkeypatch.chdir(project / "chapters")
        assert in_project("results") == project / "results"
        monkeypatch.chdir(project.parent)
        assert in_project("results", project) == Path("report/results")
        assert in_project("results") == Path("results")


class TestDefaults:
    @pytest.mark.parametrize("place", [".", "chapters"])
    def test_folder_below_the_project(self, project: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
        """Results are looked for in the project, where its settings are."""
        monkeypatch.chdir(project / place)
        found = CliRunner().invoke(cli, ["status"])
        assert isinstance(found.exception, InputError)
        named = str(found.exception).split("There is no study in ")[1].split(" yet")[0]
        assert Path(named).resolve() == project / "results"

    @pytest.mark.parametrize("command", [["report"], ["publish", "--version", "1.0"]])
    def test_another_project(self, project: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
        """The results are those of the project that ``--project`` names, wherever the option stands."""
        monkeypatch.chdir(project.parent)
        for arguments in ([*command, "--project", "report"], [command[0], "--project", "report", *command[1:]]):
            found = CliRunner().invoke(cli, arguments)
            assert isinstance(found.exception, InputError)
            assert "There is no study in report/results yet" in str(found.exception)

    def test_results_given(self, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A given folder is relative to the current folder, as any path of a command line; so is the variable's."""
        monkeypatch.chdir(project / "chapters")
        found = CliRunner().invoke(cli, ["status", "--results", "here"])
        assert "There is no study in here yet" in str(found.exception)
        monkeypatch.setenv("SVHNLAB_RESULTS", "there")
        assert "There is no study in there yet" in str(CliRunner().invoke(cli, ["status"]).exception)
