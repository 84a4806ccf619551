"""The commands ``publish`` and ``verify``."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from svhnlab.cli import cli
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.publishing.check import Check
from svhnlab.publishing.verify import Verification
from svhnlab.store.store import Store
from tests.fixtures.paths import ROOT
from tests.fixtures.published import content, write_site
from tests.fixtures.tiny import tiny_pipeline


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "public"


def invoke_publish(project: Path, root: Path, results: Path, version: str = "1.0") -> Result:
    """Run `svhnlab publish` in this process."""
    folders = ["--to", str(root), "--project", str(project), "--results", str(results)]
    return CliRunner().invoke(cli, ["publish", "--version", version, *folders])


class TestCommands:
    @pytest.fixture
    def drawn(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Return a project whose rendering is replaced by a made-up report."""
        (project / "_quarto.yml").write_text("project: {type: book}\nbook: {chapters: [index.qmd]}\n")
        shutil.copy(ROOT / "CITATION.cff", project)

        def render(_: Path, output: Path, **__: object) -> None:
            write_site(output)

        monkeypatch.setattr("svhnlab.site.render.render", render)
        monkeypatch.setattr("svhnlab.site.prerender.footer.footer_line", lambda *_: "")
        return project

    def test_publish(self, drawn: Path, root: Path, tiny_results: Path) -> None:
        """`svhnlab publish` prints the folder of the version and the latest version."""
        for version, wanted in (("1.1", "the latest is 1.1"), ("1.0", "beside 1 other; the latest is 1.1")):
            done = invoke_publish(drawn, root, tiny_results, version)
            assert done.exit_code == 0, done.output
            assert wanted in done.output
        assert (root / "v" / "1.0" / "index.html").is_file()

    @pytest.mark.parametrize(
        ("result", "named"),
        [
            ("run/resnet18-aug-*", "run resnet18-aug"),
            ("evidence/cnn-????????????????", "evidence cnn"),
            ("embedding/resnet18-????????????????", "embedding resnet18"),
            ("statistics/*", "finished: statistics missing"),
            ("augmentation/*", "finished: augmentation missing"),
        ],
    )
    def test_unfinished_study_is_refused(
        self, drawn: Path, root: Path, tiny_results: Path, tmp_path: Path, result: str, named: str
    ) -> None:
        """With a missing result nothing is published, and the error names it and the command that computes it."""
        results = tmp_path / "results"
        shutil.copytree(tiny_results, results)
        (missing,) = results.glob(result)
        shutil.rmtree(missing)
        done = invoke_publish(drawn, root, results)
        assert isinstance(done.exception, InputError)
        assert named in str(done.exception)
        assert "`svhnlab train --profile demo --weights none --seed 0`" in str(done.exception)
        assert not root.exists()

    def test_damaged_study_is_refused(self, drawn: Path, root: Path, tiny_results: Path, tmp_path: Path) -> None:
        """A result that fails its checksum counts as missing, and published versions are unchanged."""
        results = tmp_path / "results"
        shutil.copytree(tiny_results, results)
        assert invoke_publish(drawn, root, results).exit_code == 0
        before = content(root)
        (weights,) = results.glob("run/cnn-????????????????/weights.safetensors")
        weights.write_bytes(b"changed")
        done = invoke_publish(drawn, root, results, "1.1")
        assert isinstance(done.exception, InputError)
        assert "run cnn" in str(done.exception)
        assert content(root) == before

    def test_study_of_fewer_runs_is_finished(
        self, drawn: Path, root: Path, cnn_results: Path, data_folder: Path, tmp_path: Path
    ) -> None:
        """A run that study.toml leaves out is not part of the study and does not count as missing."""
        results = tmp_path / "results"
        shutil.copytree(cnn_results, results)
        pipeline = tiny_pipeline(results, data_folder)
        pipeline.spec = dataclasses.replace(pipeline.spec, runs=("cnn",))
        pipeline.run(("cnn",))
        assert invoke_publish(drawn, root, results).exit_code == 0

    def test_study_that_changes_meanwhile_is_refused(
        self, drawn: Path, root: Path, tiny_results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If training of another study starts during rendering, nothing is published."""
        results = tmp_path / "results"
        shutil.copytree(tiny_results, results)
        store = Store(results)
        record = store.current_study()
        assert record is not None

        def render(_: Path, output: Path, **__: object) -> None:
            write_site(output)
            store.write_study("0" * 16, {**record, "key": "0" * 16})

        monkeypatch.setattr("svhnlab.site.render.render", render)
        done = invoke_publish(drawn, root, results)
        assert isinstance(done.exception, SvhnlabError)
        assert "another study" in str(done.exception)
        assert not root.exists()

    def test_publish_needs_a_project(self, project: Path, root: Path) -> None:
        """Without a project, the command fails with a clear message and writes nothing."""
        done = CliRunner().invoke(cli, ["publish", "--version", "1.0", "--to", str(root), "--project", str(project)])
        assert isinstance(done.exception, InputError)
        assert not root.exists()

    @pytest.mark.parametrize("holds", [True, False])
    def test_verify(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holds: bool) -> None:
        """`svhnlab verify` prints every check, and its exit status is 0 only if all pass."""
        checks = (Check("files", True, "all there"), Check("numbers", holds, "as computed"))
        monkeypatch.setattr("svhnlab.publishing.verify.verify", lambda path: Verification(path, "site", checks))
        done = CliRunner().invoke(cli, ["verify", str(tmp_path)])
        assert done.exit_code == (0 if holds else 1)
        assert "files: all there" in done.output
        assert ("FAILS" in done.output) != holds
