"""A conversion is used again only for the same text, options and files."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from svhnlab.errors import SvhnlabError
from svhnlab.site.builtin.conversions import Conversions, as_address

OPTIONS = ("--from=markdown", "--to=html5")


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """List of the processes started."""
    started: list[Any] = []
    original = subprocess.run

    def run(command: Any, **options: Any) -> Any:
        started.append(command)
        return original(command, **options)

    monkeypatch.setattr(subprocess, "run", run)
    return started


class TestConversions:
    def test_kept(self, tmp_path: Path, runs: list[Any]) -> None:
        """The same conversion is run once, also by another report; another text or option is run."""
        first = Conversions(tmp_path).run(OPTIONS, "*a*", "page")
        assert first == Conversions(tmp_path).run(OPTIONS, "*a*", "page") == "<p><em>a</em></p>\n"
        assert len(runs) == 1
        assert Conversions(tmp_path).run(OPTIONS, "*b*", "page") == "<p><em>b</em></p>\n"
        assert Conversions(tmp_path).run((*OPTIONS, "--ascii"), "*a*", "page") == first
        assert len(runs) == 3

    def test_files(self, tmp_path: Path, runs: list[Any]) -> None:
        """The content of a file counts, its folder does not, even if pandoc reads its name as an address."""
        results = []
        for folder, content in (("one%20", "$body$!"), ("two", "$body$!"), ("two", "$body$?")):
            template = tmp_path / folder / "template.html"
            template.parent.mkdir(exist_ok=True)
            template.write_text(content, encoding="utf-8")
            options = (*OPTIONS, f"--template={as_address(template)}", "--metadata=pagetitle:page")
            results.append(Conversions(tmp_path / "kept").run(options, "a", "page", files=[template]))
        assert [text.strip()[-1] for text in results] == ["!", "!", "?"]
        assert len(runs) == 2

    def test_prune(self, tmp_path: Path, runs: list[Any]) -> None:
        """Results that were not used are removed, and the others stay."""
        old = Conversions(tmp_path)
        old.run(OPTIONS, "a", "page")
        old.run(OPTIONS, "b", "page")
        new = Conversions(tmp_path)
        new.run(OPTIONS, "b", "page")
        new.run(OPTIONS, "c", "page")
        new.prune()
        assert len(list(tmp_path.iterdir())) == 2
        Conversions(tmp_path).run(OPTIONS, "b", "page")
        assert len(runs) == 3

    def test_errors_are_not_kept(self, tmp_path: Path) -> None:
        """A failed conversion fails again, with pandoc's message."""
        for _ in range(2):
            with pytest.raises(SvhnlabError, match=r"^page: .*--nothing"):
                Conversions(tmp_path).run(("--nothing",), "a", "page")
        assert not list(tmp_path.iterdir())
