from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from svhnlab.store.environment import git_state


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, with a fake author."""
    person = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    done = subprocess.run(["git", "-C", folder, *person, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


class TestGitState:
    def test_repository_around_the_folder(self, tmp_path: Path) -> None:
        """A project may be a subfolder of its repository; a changed file anywhere in the repository makes it dirty."""
        project = tmp_path / "report"
        project.mkdir()
        (tmp_path / "text").write_text("one")
        git(tmp_path, "init")
        assert git_state(project) == {"sha": None, "dirty": True}
        git(tmp_path, "add", "text")
        git(tmp_path, "commit", "-m", "One")
        sha = git(tmp_path, "rev-parse", "HEAD")
        assert git_state(project) == {"sha": sha, "dirty": False}
        (tmp_path / "text").write_text("two")
        assert git_state(project) == {"sha": sha, "dirty": True}

    def test_variables_of_a_git_hook(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Variables that git sets for its hooks, and that name another repository, do not count."""
        project, other = tmp_path / "report", tmp_path / "other"
        for folder in (project, other):
            folder.mkdir()
            git(folder, "init")
            (folder / "text").write_text(folder.name)
            git(folder, "add", "text")
            git(folder, "commit", "-m", "One")
        sha = git(project, "rev-parse", "HEAD")
        monkeypatch.setenv("GIT_DIR", str(other / ".git"))
        monkeypatch.setenv("GIT_WORK_TREE", str(other))
        monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
        assert git_state(project) == {"sha": sha, "dirty": False}

    def test_no_repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a repository or without git, commit and state are None."""
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
        assert git_state(tmp_path) == {"sha": None, "dirty": None}
        monkeypatch.setenv("PATH", "")
        assert git_state(tmp_path) == {"sha": None, "dirty": None}
