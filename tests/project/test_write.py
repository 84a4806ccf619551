from __future__ import annotations

import json
import re
from datetime import UTC, datetime, tzinfo
from pathlib import Path, PurePosixPath

import pytest

from svhnlab.config.citation_file import placeholders, read_citation
from svhnlab.config.study_file import StudyFile, read_study_file
from svhnlab.errors import InputError
from svhnlab.project import write
from svhnlab.project.template import template_files
from svhnlab.project.write import MANIFEST, FileChange, create_project, update_project
from svhnlab.site.book import read_book


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


DAY = "2026-03-04"


def set_day(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """Let projects be written on a day."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            assert tz is UTC
            return cls.fromisoformat(f"{day}T12:00:00Z")

    monkeypatch.setattr(write, "datetime", Clock)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A report project that was created on `DAY`."""
    set_day(monkeypatch, DAY)
    create_project(tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> dict[PurePosixPath, bytes]:
    """The template of a newer version; tests change it."""
    files = template_files(DAY)
    monkeypatch.setattr(write, "template_files", lambda day: files)
    return files


class TestCreateProject:
    def test_everything_is_there(self, project: Path) -> None:
        """The project is a readable book, with the files that an author fills in and the workflow to publish it."""
        book = read_book(project)
        assert len(book.chapters) >= 9
        assert {str(chapter.source) for chapter in book.chapters} <= contents(project).keys()
        assert {"README.md", "CITATION.cff", "study.toml", ".gitignore", "requirements.txt"} <= contents(project).keys()
        assert ".github/workflows/publish.yml" in contents(project)
        assert "_extensions/svhnlab/LICENSE" in contents(project)

    def test_nothing_is_made_up(self, project: Path) -> None:
        """Title and authors are placeholders, and no setting of the study is chosen."""
        citation = read_citation(project / "CITATION.cff")
        assert placeholders(citation) == ("title", "authors")
        assert citation.license == "CC-BY-4.0"
        assert read_study_file(project / "study.toml") == StudyFile()

    def test_commented_settings_are_valid(self, project: Path) -> None:
        """study.toml is valid after its commented settings are uncommented."""
        lines = (project / "study.toml").read_text(encoding="utf-8").splitlines()
        settings = [line.removeprefix("# ") for line in lines if re.match(r"# (\w+ = |\[)", line)]
        (project / "study.toml").write_text("\n".join(settings), encoding="utf-8")
        assert read_study_file(project / "study.toml").model_fields_set >= StudyFile.model_fields.keys() - {
            "title",
            "authors",
            "seed",
        }

    def test_names_no_author_and_no_repository_of_the_template(self, project: Path) -> None:
        """Only the licence and the extension's metadata name the author of the template."""
        named = {name for name, content in contents(project).items() if b"The svhnlab authors" in content}
        assert named == {"_extensions/svhnlab/LICENSE", "_extensions/svhnlab/_extension.yml"}

    def test_refuses_a_folder_with_files(self, tmp_path: Path) -> None:
        """The user's files are not overwritten; a repository without files is accepted."""
        (tmp_path / "note").touch()
        with pytest.raises(InputError, match="is not empty"):
            create_project(tmp_path)
        assert contents(tmp_path) == {"note": b""}
        with pytest.raises(InputError, match="is a file"):
            create_project(tmp_path / "note")
        (tmp_path / "repository" / ".git").mkdir(parents=True)
        assert create_project(tmp_path / "repository") == len(template_files(DAY))


class TestUpdateProject:
    def test_same_template(self, project: Path) -> None:
        """With the same template nothing changes, whatever the author has edited."""
        (project / "index.qmd").write_text("mine")
        (project / "chapters" / "cnn.qmd").unlink()
        before = contents(project)
        assert update_project(project) == []
        assert contents(project) == before

    def test_on_another_day(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The creation date of the project is kept, so the citation does not count as a newer template file."""
        set_day(monkeypatch, "2026-03-05")
        assert update_project(project) == []
        assert read_citation(project / "CITATION.cff").date == DAY

    def test_each_file_by_itself(self, project: Path, newer: dict[PurePosixPath, bytes]) -> None:
        """Unchanged files are updated; files that the author edited or removed are kept."""
        (project / "index.qmd").write_text("mine")
        (project / "chapters" / "cnn.qmd").unlink()
        (project / "chapters" / "new.qmd").write_text("my own new chapter")
        (project / "chapters" / "comparison.qmd").write_text("my comparison")
        for name in ("index.qmd", "chapters/data.qmd", "chapters/cnn.qmd", "chapters/new.qmd", "chapters/9-x.qmd"):
            newer[PurePosixPath(name)] = b"newer"
        for name in ("chapters/glossary.qmd", "chapters/comparison.qmd"):
            del newer[PurePosixPath(name)]
        expected = [
            FileChange(PurePosixPath("chapters/9-x.qmd"), "new"),
            FileChange(PurePosixPath("chapters/cnn.qmd"), "kept", "removed by you"),
            FileChange(PurePosixPath("chapters/comparison.qmd"), "kept", "changed by you"),
            FileChange(PurePosixPath("chapters/data.qmd"), "updated"),
            FileChange(PurePosixPath("chapters/glossary.qmd"), "removed"),
            FileChange(PurePosixPath("chapters/new.qmd"), "kept", "your own file"),
            FileChange(PurePosixPath("index.qmd"), "kept", "changed by you"),
        ]
        assert update_project(project) == expected
        after = contents(project)
        assert after["chapters/data.qmd"] == after["chapters/9-x.qmd"] == b"newer"
        assert after["index.qmd"] == b"mine"
        assert after["chapters/comparison.qmd"] == b"my comparison"
        assert after["chapters/new.qmd"] == b"my own new chapter"
        assert not {"chapters/cnn.qmd", "chapters/glossary.qmd"} & after.keys()

    def test_changes_taken_over_by_hand(self, project: Path, newer: dict[PurePosixPath, bytes]) -> None:
        """A file that the author made equal to the template's is updated again."""
        (project / "index.qmd").write_text("mine")
        newer[PurePosixPath("index.qmd")] = b"newer"
        assert [change.action for change in update_project(project)] == ["kept"]
        (project / "index.qmd").write_text("newer")
        assert update_project(project) == []
        newer[PurePosixPath("index.qmd")] = b"newest"
        assert [change.action for change in update_project(project)] == ["updated"]

    @pytest.mark.parametrize("text", [None, "{", "[]", '{"day": "2026-01-01", "files": [1]}'])
    def test_refuses_another_folder(self, tmp_path: Path, text: str | None) -> None:
        """A folder that the command did not write is not changed."""
        if text is not None:
            (tmp_path / MANIFEST).write_text(text)
        with pytest.raises(InputError, match="only a project that" if text is None else "restore it"):
            update_project(tmp_path)

    def test_manifest_names_the_version(self, project: Path) -> None:
        """The manifest names the software's version and every file."""
        content = json.loads((project / MANIFEST).read_text())
        assert content["svhnlab"]
        assert content["files"].keys() == contents(project).keys() - {MANIFEST}
