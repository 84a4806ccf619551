"""What nox sessions install, and the audit of the dependencies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import pytest

from tests.fixtures.paths import ROOT

PROJECT = """\
[project]
optional-dependencies = { check = ["playwright>=1"] }
[dependency-groups]
tests = ["pytest>=9", "psutil"]
lint = ["ruff"]
"""


@pytest.fixture(scope="session")
def sessions() -> ModuleType:
    """The noxfile as a module. nox registers its sessions, so it is loaded once."""
    spec = spec_from_file_location("noxfile", ROOT / "noxfile.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def noxfile(sessions: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The noxfile for a small project in a temporary folder."""
    environment = tmp_path / ".nox" / "study"
    monkeypatch.setattr(sessions, "ROOT", tmp_path)
    monkeypatch.setattr(sessions, "ENVIRONMENT", environment)
    monkeypatch.setattr(sessions, "STAMP", environment / "installed.json")
    monkeypatch.setattr(sessions, "PYTHON", Path(sys.executable))
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return sessions


class TestPrepare:
    @pytest.fixture
    def installed(self, noxfile: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
        """The arguments of each installation."""
        installed: list[tuple[str, ...]] = []

        def place(session: MagicMock) -> None:
            noxfile.STAMP.parent.mkdir(parents=True, exist_ok=True)
            noxfile.STAMP.unlink(missing_ok=True)

        monkeypatch.setattr(noxfile, "place", place)
        monkeypatch.setattr(noxfile, "install", lambda session, *arguments: installed.append(arguments))
        return installed

    def test_installs_what_a_session_needs(self, noxfile: ModuleType, installed: list[tuple[str, ...]]) -> None:
        """The first session installs the package alone; another one adds its extras and groups."""
        package = ("--editable", ".")
        noxfile.prepare(MagicMock())
        assert installed == [package]
        noxfile.prepare(MagicMock(), "check", "tests")
        assert installed[1:] == [(*package, "playwright>=1", "pytest>=9", "psutil")]
        noxfile.prepare(MagicMock(), "lint")
        assert installed[2:] == [(*package, "playwright>=1", "ruff", "pytest>=9", "psutil")]

    def test_installs_nothing_twice(self, noxfile: ModuleType, installed: list[tuple[str, ...]]) -> None:
        noxfile.prepare(MagicMock(), "check", "tests")
        for parts in [(), ("check",), ("tests", "check")]:
            noxfile.prepare(MagicMock(), *parts)
        assert len(installed) == 1

    def test_starts_again_when_the_project_changes(
        self, noxfile: ModuleType, installed: list[tuple[str, ...]], tmp_path: Path
    ) -> None:
        noxfile.prepare(MagicMock(), "lint")
        (tmp_path / "pyproject.toml").write_text(PROJECT.replace("psutil", "hypothesis"))
        noxfile.prepare(MagicMock())
        assert installed[1:] == [("--editable", ".")]

    @pytest.mark.usefixtures("installed")
    def test_failed_installation_is_repeated(self, noxfile: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        noxfile.prepare(MagicMock())
        monkeypatch.setattr(noxfile, "install", MagicMock(side_effect=RuntimeError))
        for _ in range(2):
            with pytest.raises(RuntimeError):
                noxfile.prepare(MagicMock(), "lint")


@pytest.mark.skipif(os.name == "nt", reason="the command uv is a shell script here")
@pytest.mark.parametrize(
    ("variable", "program"),
    [("PIP_TIMEOUT", "uv"), ("PIP_EXTRA_INDEX_URL", "pip"), ("PIP_FIND_LINKS", "pip"), ("PIP_CONSTRAINT", "pip")],
)
def test_installs_with_uv(
    noxfile: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, program: str
) -> None:
    """uv is used if it is there, unless pip has settings that decide on packages, which uv does not read."""
    (tmp_path / "uv").write_text("#!/bin/sh")
    (tmp_path / "uv").chmod(0o755)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv(variable, "5")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    session = MagicMock()
    noxfile.install(session, "rich")
    command = session.run.call_args.args
    assert command[-1] == "rich"
    assert command[0] == (str(tmp_path / "uv") if program == "uv" else sys.executable)


class TestAudit:
    @pytest.fixture
    def audit(self, noxfile: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[..., MagicMock]:
        """Return the session after an audit in which pip-audit wrote the given text."""

        def audit(output: str = "", error: str = "") -> MagicMock:
            result = subprocess.CompletedProcess([], 1, output, error)
            monkeypatch.setattr(subprocess, "run", lambda *_, **__: result)
            session = MagicMock()
            noxfile.audit(session)
            return session

        return audit

    def test_vulnerability(self, audit: Callable[..., MagicMock]) -> None:
        """A vulnerability is an error, also if other packages could not be audited."""
        packages = [
            {"name": "a", "skip_reason": "not found"},
            {"name": "b", "version": "1.0", "vulns": []},
            {"name": "c", "version": "1.2", "vulns": [{"id": "CVE-1", "fix_versions": ["1.3", "2.0"]}]},
        ]
        session = audit(json.dumps({"dependencies": packages}))
        assert "c 1.2: CVE-1, fixed in ['1.3', '2.0']" in session.error.call_args.args[0]
        assert "1 of 3 packages are not audited" in session.warn.call_args.args[0]

    def test_no_vulnerability(self, audit: Callable[..., MagicMock]) -> None:
        session = audit(json.dumps({"dependencies": [{"name": "b", "version": "1.0", "vulns": []}]}))
        session.error.assert_not_called()
        session.warn.assert_not_called()

    def test_unreachable(self, audit: Callable[..., MagicMock]) -> None:
        session = audit(error="Traceback\nConnectionError: no route to host\n")
        session.error.assert_not_called()
        assert session.warn.call_args.args[0].endswith("not audited: ConnectionError: no route to host")
