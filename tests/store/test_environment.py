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

    def test_no_repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a repository or without git, commit and state are None."""
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
        assert git_state(tmp_path) == {"sha": None, "dirty": None}
        monkeypatch.setenv("PATH", "")
        assert git_state(tmp_path) == {"sha": None, "dirty": None}
