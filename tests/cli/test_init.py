"""The command ``init``: create a project in an empty folder, and update an older project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from svhnlab.cli import cli
from svhnlab.config.quarto_file import chapter_entries
from svhnlab.errors import InputError
from svhnlab.files import file_sha256
from svhnlab.project.write import MANIFEST


def run(*arguments: str | Path) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


class TestInit:
    def test_writes_a_project(self, tmp_path: Path) -> None:
        """One line names the folder and the next steps."""
        result = run("init", tmp_path / "mine")
        assert result.exit_code == 0, result.output
        assert result.output.count("\n") == 1
        assert f"files to {tmp_path / 'mine'}. Next:" in result.output
        assert (tmp_path / "mine" / "_quarto.yml").is_file()

    def test_refuses_a_folder_with_files(self, tmp_path: Path) -> None:
        """A folder with files gives a one-line error."""
        (tmp_path / "note").touch()
        result = run("init", tmp_path)
        assert isinstance(result.exception, InputError)
        assert "is not empty" in str(result.exception)
        assert "\n" not in str(result.exception)

    def test_needs_a_folder(self) -> None:
        """A missing folder is a usage error."""
        result = run("init")
        assert result.exit_code == 2
        assert "FOLDER" in result.output

    def test_without_training(self, tmp_path: Path) -> None:
        """For a study of imports, the chapters about trained models are comments in the list, and remain so."""
        result = run("init", tmp_path / "mine", "--without-training")
        assert result.exit_code == 0, result.output
        assert "svhnlab import" in result.output
        text = (tmp_path / "mine" / "_quarto.yml").read_text()
        assert "    # - chapters/cnn.qmd\n    # - chapters/resnet18.qmd\n" in text
        listed = [chapter.source for chapter in chapter_entries(tmp_path / "mine")]
        assert "chapters/errors.qmd" in listed
        assert "chapters/robustness.qmd" not in listed
        assert "Nothing to update" in run("init", tmp_path / "mine", "--update").output
        assert (tmp_path / "mine" / "_quarto.yml").read_text() == text


class TestUpdate:
    def test_says_what_it_did(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each changed or kept file has a line; the current folder is the default."""
        run("init", tmp_path / "mine")
        monkeypatch.chdir(tmp_path / "mine")
        assert "Nothing to update" in run("init", "--update").output
        # Simulate a project from an older template whose author has changed the references.
        manifest = json.loads(Path(MANIFEST).read_text())
        Path("index.qmd").write_text("older")
        manifest["files"]["index.qmd"] = file_sha256(Path("index.qmd"))
        Path("references.bib").write_text("mine")
        manifest["files"]["references.bib"] = "0" * 64
        Path(MANIFEST).write_text(json.dumps(manifest))
        result = run("init", "--update")
        assert result.exit_code == 0, result.output
        assert result.output.splitlines() == ["updated  index.qmd", "kept     references.bib (changed by you)"]

    def test_another_folder(self, tmp_path: Path) -> None:
        """A folder that `svhnlab init` did not write is an error."""
        assert isinstance(run("init", "--update", tmp_path).exception, InputError)


class TestOutsideAProject:
    @pytest.mark.parametrize("command", [["report"], ["publish", "--version", "1.0"]])
    def test_names_init(self, tmp_path: Path, command: list[str]) -> None:
        """Without a project, the message names the command that creates one."""
        result = run(*command, "--project", tmp_path)
        assert isinstance(result.exception, InputError)
        assert "svhnlab init" in str(result.exception)
