"""The wheel contains the report of this repository as the template."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from svhnlab.project.template import template_files
from svhnlab.project.write import MANIFEST
from tests.fixtures.paths import ROOT

DAY = "2026-01-02"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_same_project_as_from_a_checkout(unpacked: Path, tmp_path: Path) -> None:
    """`svhnlab init` writes the same files from the wheel and from a checkout."""
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    command = [sys.executable, "-m", "svhnlab", "init", "project"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    project = tmp_path / "project"
    written = {path.relative_to(project).as_posix(): path.read_bytes() for path in project.rglob("*") if path.is_file()}
    expected = {str(path): content for path, content in template_files(DAY).items()}
    assert written.keys() - {MANIFEST} == expected.keys()
    assert [name for name in expected if written[name] != expected[name]] == ["CITATION.cff"]  # its date


def test_nothing_generated(unpacked: Path) -> None:
    """Figures and pages that a checkout may hold are not part of the wheel."""
    names = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    template = {name for name in names if name.startswith("svhnlab/project/template/")}
    assert template
    assert not [name for name in template if name.endswith((".svg", ".pyc")) or "/figures/" in name]
    tops = {Path(name).parts[0].split("-")[0] for name in names}
    assert tops == {"svhnlab"}


def test_editable_installation(tmp_path: Path) -> None:
    """`pip install -e .`, which every nox session uses, imports from this checkout."""
    code = f"from hatchling.build import build_editable; print(build_editable({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        assert wheel.read("_svhnlab.pth").decode().strip() == str(ROOT)
