"""The command ``svhnlab check``: findings, exit status, and the message for missing packages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from svhnlab.cli import cli
from svhnlab.errors import InputError

PAGE = '<!DOCTYPE html>\n<html lang="en"><head><title>A page</title></head><body><main>{}</main></body></html>'


class TestCheck:
    def test_findings(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each finding is one line, and the exit status is 1."""
        monkeypatch.setenv("PATH", "")  # neither Chromium nor Java
        (tmp_path / "index.html").write_text(PAGE.format('<h1>A page</h1><a href="gone.html">x</a>'), encoding="utf-8")
        answer = CliRunner().invoke(cli, ["check", str(tmp_path)])
        assert answer.exit_code == 1
        lines = answer.output.splitlines()
        assert lines[0] == "index.html links to gone.html, which is not there"
        assert lines[1].startswith("not checked in a browser")
        assert lines[-1] == f"2 findings in {tmp_path}."

    def test_missing_packages(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """If a package of the extra is missing, the message names the extra."""
        monkeypatch.delitem(sys.modules, "svhnlab.site.checks")
        monkeypatch.setitem(sys.modules, "html5lib", None)
        answer = CliRunner().invoke(cli, ["check", str(tmp_path)])
        assert isinstance(answer.exception, InputError)
        assert "svhnlab[check]" in str(answer.exception)
        assert "\n" not in str(answer.exception)
