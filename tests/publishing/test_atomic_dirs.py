"""A publication that is interrupted at any step leaves the old site or the new one."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from svhnlab.errors import SvhnlabError
from svhnlab.publishing import publish as publishing
from svhnlab.publishing.publish import Publication
from tests.fixtures.published import content, made_up_predictions

STEPS = ("rename", "link", "mkdir", "unlink", "rmdir")
"""System calls at which a publication can be interrupted, besides writing files."""


class Stop(Exception):
    """Interrupts a publication."""


def count_steps(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], at: int | None = None) -> list[int]:
    """Count the steps of a publication that touch the disk, and act before one of them (the first is 0)."""
    seen = [0]

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            seen[0] += 1
            if seen[0] - 1 == at:
                act()
            return call(*args, **kwargs)

        return step

    for name in STEPS:
        monkeypatch.setattr(os, name, counted(getattr(os, name)))
    monkeypatch.setattr(shutil, "copy2", counted(shutil.copy2))
    monkeypatch.setattr(Path, "write_text", counted(Path.write_text))
    return seen


def stop() -> None:
    raise Stop


class TestInterrupted:
    """The second publication of a site is interrupted at each of its steps."""

    @pytest.fixture(autouse=True)
    def short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the page of changes, which these tests do not need."""
        monkeypatch.setattr(publishing, "changes_page", lambda versions: f"{len(versions)} versions")

    @pytest.fixture
    def put(self, put: Callable[..., Publication]) -> Callable[..., Publication]:
        """Publish minimal sites, since there are many."""
        return functools.partial(put, pages=("index.html",), predictions=made_up_predictions({}, n=1))

    @pytest.fixture
    def steps(self, put: Callable[..., Publication], root: Path, tmp_path: Path) -> tuple[int, dict[str, str]]:
        """Number of steps, and final content of the site."""
        put("1.0")
        shutil.copytree(root, tmp_path / "before")
        with pytest.MonkeyPatch.context() as patch:
            seen = count_steps(patch, stop)
            put("1.1")
        after = content(root)
        restore(tmp_path / "before", root)
        return seen[0], after

    def test_error_leaves_the_old_site(
        self, put: Callable[..., Publication], root: Path, tmp_path: Path, steps: tuple[int, dict[str, str]]
    ) -> None:
        """After an error at any step the site is the old one or the new one, whole, and the next publication works."""
        count, after = steps
        before = content(root)
        assert count > 30
        for at in range(count):
            with pytest.MonkeyPatch.context() as patch:
                count_steps(patch, stop, at)
                with pytest.raises(Stop):
                    put("1.1")
            assert content(root) in (before, after), at
            put("1.1")
            assert content(root) == after, at
            assert not root.with_name(".public.publishing").exists()
            restore(tmp_path / "before", root)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be killed")
    def test_killed_process_leaves_the_old_site(
        self, put: Callable[..., Publication], root: Path, tmp_path: Path, steps: tuple[int, dict[str, str]]
    ) -> None:
        """A process killed without cleanup leaves a complete site, which the next process finds."""
        count, after = steps
        before = content(root)
        moved_aside = 0
        for at in range(count):
            child = os.fork()
            if child == 0:
                count_steps(pytest.MonkeyPatch(), lambda: os._exit(3), at)
                put("1.1")
                os._exit(0)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
            if root.exists():
                assert content(root) in (before, after), at
            else:
                moved_aside += 1
                assert content(root.with_name(".public.publishing") / "old") == before
            lines: list[str] = []
            put("1.1", say=lines.append)
            assert content(root) == after, at
            restore(tmp_path / "before", root)
        assert moved_aside == 1, "only between the two renames is the site not in its place"

    def test_site_that_was_moved_aside_is_never_lost(self, put: Callable[..., Publication], root: Path) -> None:
        """If a folder is created at the site's place in the meantime, the site is not lost."""
        put("1.0")
        before = content(root)
        aside = root.with_name(".public.publishing") / "old"
        (aside.parent / "new").mkdir(parents=True)
        root.rename(aside)
        root.mkdir()
        (root / "something").write_text("else")
        with pytest.raises(SvhnlabError, match="left the site in"):
            put("1.1")
        assert content(aside) == before
        (root / "something").unlink()
        lines: list[str] = []
        put("1.1", say=lines.append)
        assert "was interrupted" in lines[0]
        assert content(root / "v" / "1.0") == {
            path.removeprefix("v/1.0/"): digest for path, digest in before.items() if path.startswith("v/1.0/")
        }


def restore(before: Path, root: Path) -> None:
    shutil.rmtree(root)
    shutil.copytree(before, root)
