"""The command line: help, exit codes, and one clear line for every error."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from click.testing import CliRunner

from svhnlab.analysis.metrics import evaluate
from svhnlab.cli import cli, main
from svhnlab.config.profiles import PROFILES
from svhnlab.data.mat import read_format2
from svhnlab.errors import SvhnlabError
from svhnlab.store.study import open_study
from tests.fixtures.paths import ROOT
from tests.fixtures.tiny import EPOCHS, tiny_profile


def svhnlab(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command in this process, which has done the slow imports."""
    command, output, errors = ["svhnlab", *map(str, arguments)], io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", command),
        patch.dict(os.environ, COLUMNS="200"),
        chdir(cwd),
        redirect_stdout(output),
        redirect_stderr(errors),
        pytest.raises(SystemExit) as end,
    ):
        main()
    return subprocess.CompletedProcess(command, end.value.code or 0, output.getvalue(), errors.getvalue())


def new_process(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    command = [sys.executable, "-m", "svhnlab", *map(str, arguments)]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environment}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


class TestHelp:
    @pytest.mark.parametrize("command", ["data", "train", "images", "import", "status", "predict", "export"])
    def test_every_option_is_explained(self, command: str) -> None:
        """Every option has help, and defaults are shown."""
        found = CliRunner().invoke(cli, [command, "--help"])
        assert found.exit_code == 0
        for parameter in cli.commands[command].params:
            if parameter.param_type_name == "option":
                assert parameter.help, parameter.name  # type: ignore[attr-defined]
        assert "default" in found.output

    def test_help_imports_no_torch(self) -> None:
        """Help imports no slow packages."""
        code = (
            "import sys\nfrom click.testing import CliRunner\nfrom svhnlab.cli import cli\n"
            "CliRunner().invoke(cli, ['train', '--help'])\n"
            "print([m for m in ('torch', 'sklearn', 'matplotlib', 'wandb') if m in sys.modules])"
        )
        answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == "[]"


class TestOutput:
    def test_terminal_without_utf8(self, tiny_results: Path, tmp_path: Path) -> None:
        """A character that the terminal's encoding lacks is replaced, and the output is complete."""
        results = tmp_path / "Ergebnis–1"
        results.symlink_to(tiny_results)
        answer = new_process("status", "--results", results, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        assert answer.returncode == 0, answer.stderr
        assert "Ergebnis?1: " in answer.stdout
        assert answer.stdout.strip().endswith("Complete. Next: svhnlab report")


class TestErrors:
    def check(self, answer: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
        assert answer.returncode == code, answer.stderr
        assert "Traceback" not in answer.stderr
        for word in words:
            assert word in answer.stderr

    def test_unknown_run(self) -> None:
        """An unknown run is a usage error that lists the existing ones."""
        self.check(new_process("train", "resnet"), 2, "resnet18-aug")

    def test_nothing_trained(self, tmp_path: Path) -> None:
        """Without a study, the message names the command that trains one."""
        for arguments in (["status"], ["evaluate", "cnn", "--on", "x.mat"], ["report"]):
            self.check(svhnlab(*arguments, "--results", tmp_path / "none"), 2, "svhnlab train")

    def test_unreachable_address(self, tmp_path: Path) -> None:
        """Without a network the message names the address, the folder for the files and the demo."""
        answer = svhnlab("train", "--base-url", "http://127.0.0.1:9/", "--results", "results", cwd=tmp_path)
        assert answer.returncode == 1
        assert "Traceback" not in answer.stderr
        for word in ("127.0.0.1:9", "data/svhn", "demo"):
            assert word in answer.stderr

    def test_every_error_is_one_line(self, tmp_path: Path) -> None:
        """Usage errors, invalid input and a folder that cannot be written all give one line."""
        (tmp_path / "file").write_text("")
        for arguments in (
            ["train", "--seed", "-1"],
            ["train", "vgg"],
            ["evaluate", "cnn"],
            ["status", "--results", tmp_path / "none"],
            ["train", "--profile", "demo", "--data", tmp_path],
        ):
            answer = svhnlab(*arguments)
            assert answer.returncode == 2, arguments
            assert len(answer.stderr.strip().splitlines()) == 1, answer.stderr

    def test_debug_shows_the_traceback(self, tmp_path: Path) -> None:
        """`--debug` shows the traceback."""
        assert "Traceback" in svhnlab("status", "--results", tmp_path / "none", "--debug").stderr

    def test_bad_file_for_evaluate(self, tiny_results: Path, tmp_path: Path) -> None:
        """A file that is not a MAT file gives an error that names it."""
        (tmp_path / "x.mat").write_text("no MAT file")
        self.check(svhnlab("evaluate", "cnn", "--on", tmp_path / "x.mat", "--results", tiny_results), 2, "x.mat")


class TestStatus:
    def test_shows_what_is_there(self, tiny_results: Path) -> None:
        """Every result of the study is listed as stored, without loading torch."""
        answer = svhnlab("status", "--results", tiny_results)
        assert answer.returncode == 0
        assert answer.stdout.count("│ stored") == 29
        assert "Complete" in answer.stdout

    def test_shows_what_is_missing(self, tiny_results: Path, tmp_path: Path) -> None:
        """A missing run is listed with the command that trains it."""
        results = tmp_path / "results"
        shutil.copytree(tiny_results, results)
        (run,) = results.glob("run/resnet18-aug-*")
        shutil.rmtree(run)
        answer = svhnlab("status", "--results", results)
        assert "run resnet18-aug" in answer.stdout
        assert "svhnlab train --profile demo" in answer.stdout

    def test_names_damaged_results(self, tiny_results: Path, tmp_path: Path) -> None:
        """A changed file is reported as damaged, and the rest of the table is shown."""
        results = tmp_path / "results"
        shutil.copytree(tiny_results, results)
        (weights,) = results.glob("run/cnn-????????????????/weights.safetensors")
        weights.write_bytes(b"changed")
        (manifest,) = results.glob("embedding/resnet18-????????????????/manifest.json")
        manifest.write_text("{")
        answer = svhnlab("status", "--results", results)
        assert answer.returncode == 0
        assert answer.stdout.count("│ damaged") == 2
        assert "run cnn, embedding resnet18" in answer.stdout


class TestEvaluate:
    def test_agrees_with_the_stored_predictions(self, tiny_results: Path, data_folder: Path) -> None:
        """Evaluation on the study's test file gives the study's metrics."""
        answer = svhnlab("evaluate", "cnn", "--on", data_folder / "test_32x32.mat", "--json", "--results", tiny_results)
        assert answer.returncode == 0, answer.stderr
        record = json.loads(answer.stdout)
        test = open_study(tiny_results).runs["cnn"].test
        expected = evaluate(test.labels, test.predicted, 10)
        assert record["n"] == 150
        assert record["accuracy"] == pytest.approx(expected.accuracy)
        assert record["macro_f1"] == pytest.approx(expected.macro_f1)
        assert record["confusion"] == expected.confusion.tolist()
        assert [row["support"] for row in record["per_class"]] == expected.support.tolist()

    def test_on_real_photographs(self, tiny_results: Path, sample_folder: Path) -> None:
        """A run is evaluated on another Format 2 file, here of photographs."""
        file = sample_folder / "test_32x32.mat"
        answer = svhnlab("evaluate", "resnet18", "--on", file, "--json", "--results", tiny_results)
        record = json.loads(answer.stdout)
        assert record["n"] == 952
        assert np.array(record["confusion"]).sum(axis=1).tolist() == np.bincount(read_format2(file).labels).tolist()


class TestData:
    def test_describes_a_folder(self, data_folder: Path) -> None:
        """`svhnlab data` identifies the files and counts their digits."""
        answer = svhnlab("data", "--data", data_folder)
        assert answer.returncode == 0, answer.stderr
        assert "generated digits" in answer.stdout
        assert "400" in answer.stdout

    def test_says_whether_the_study_used_it(self, data_folder: Path, tiny_results: Path) -> None:
        """The files are compared with those of the stored study."""
        answer = svhnlab("data", "--data", data_folder, "--results", tiny_results)
        assert "uses these files" in answer.stdout


class TestTrain:
    def test_trains_then_has_nothing_to_do(
        self, tmp_path: Path, cnn_results: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first call trains and stores; the second has nothing to do.

        The training is the only result that is missing.
        """
        results = shutil.copytree(cnn_results, tmp_path / "results")
        (run,) = results.glob("run/cnn-*")
        shutil.rmtree(run)
        monkeypatch.setitem(PROFILES, "demo", tiny_profile())
        command = ["train", "cnn", "--profile", "demo", "--data", str(data_folder), "--wandb", "disabled"]
        command += ["--results", str(results), "--device", "cpu"]
        first = CliRunner().invoke(cli, command, catch_exceptions=False)
        assert first.exit_code == 0
        assert f"epoch {EPOCHS}/{EPOCHS}" in first.output
        second = CliRunner().invoke(cli, command, catch_exceptions=False)
        assert second.exit_code == 0
        assert "Nothing to do" in second.output
        assert "epoch" not in second.output
        assert run.is_dir()
        assert list(open_study(results).runs) == ["cnn"]

    def test_real_profiles_need_their_weights(
        self, tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Profiles other than the demo do not fall back to random weights; the message names the next step."""
        monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))

        def refuse(weights: object) -> dict:
            raise SvhnlabError("The ImageNet weights could not be had; choose --weights none.")

        monkeypatch.setattr("svhnlab.pipeline.initial_weights.imagenet_state", refuse)
        command = ["train", "resnet18", "--profile", "quick", "--data", str(data_folder), "--results", str(tmp_path)]
        answer = CliRunner().invoke(cli, command)
        assert isinstance(answer.exception, SvhnlabError)
        assert "--weights none" in str(answer.exception)
        assert not list(tmp_path.glob("run/*"))
