"""A whole tiny study: made once, kept, gone on with after a kill, and made again where damaged."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from svhnlab.store import Store, Stored
from svhnlab.study import StudyPlan, all_stored, open_study, stored_run
from tests.tiny import EPOCHS, tiny_trainer

ROOT = Path(__file__).resolve().parents[1]
CLOCK = {"seconds", "images_per_second"}


def start(results: Path, data: Path, *runs: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.tiny", str(results), str(data), *runs]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def numbers(stored: Stored) -> dict[str, np.ndarray]:
    """All that a run stores but the time it took."""
    arrays = stored.arrays("predictions.npz")
    for name in ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"):
        arrays[name] = np.array([epoch[name] for epoch in stored.json("history.json")["epochs"]])
    return arrays


def assert_same(one: Stored, other: Stored) -> None:
    first, second = numbers(one), numbers(other)
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)
    assert one.file("weights.safetensors").read_bytes() == other.file("weights.safetensors").read_bytes()


def plan(data: Path) -> StudyPlan:
    return tiny_trainer(data, data).plan


class TestMake:
    def test_everything_is_stored(self, tiny_results: Path, data_folder: Path) -> None:
        """A finished study has every result it needs, sound, and no leftovers."""
        said: list[str] = []
        tiny = plan(data_folder)
        assert all_stored(Store(tiny_results), tiny, tuple(tiny.profile.recipes), said.append)
        assert said == []
        assert not (tiny_results / ".writing").exists()
        assert not list((tiny_results / "checkpoints").iterdir())

    def test_study_reads_back(self, tiny_results: Path) -> None:
        """What the report reads is complete and fits together."""
        study = open_study(tiny_results)
        assert list(study.runs) == ["cnn", "cnn-aug", "resnet18", "resnet18-aug"]
        assert study.missing == ()
        assert study.data.kind == "generated"
        assert [int(part.counts.sum()) for part in study.data.splits.values()] == [360, 40, 150]
        for run in study.runs.values():
            assert len(run.history) == EPOCHS
            np.testing.assert_array_equal(run.test.labels, study.data.test_labels)
            assert run.validation.logits.shape == (40, 10)
            assert run.train.features.shape[0] == 100
            assert run.embedding is not None
            assert run.embedding.planar.shape == (60, 2)
            assert run.environment["packages"]["torch"]
            assert run.environment["device"] == "cpu"
            assert {"sha", "dirty"} == set(run.environment["commit"])
        assert study.runs["resnet18"].title == "ResNet-18 (random start)"

    def test_best_epoch_made_the_predictions(self, tiny_results: Path) -> None:
        """The stored predictions come from the epoch that validation chose."""
        for run in open_study(tiny_results).runs.values():
            best = run.history[run.best_epoch - 1]
            assert (~run.validation.wrong).mean() == pytest.approx(best.validation_accuracy)

    def test_planted_labels_are_known(self, tiny_results: Path, data_folder: Path) -> None:
        """The report knows which generated test labels are wrong."""
        record = json.loads((data_folder / "generated.json").read_text())
        assert open_study(tiny_results).data.planted.tolist() == record["files"]["test_32x32.mat"]["planted"]

    def test_second_time_makes_nothing(self, tiny_results: Path, data_folder: Path) -> None:
        """A stored study is a cache hit: no file changes."""
        before = {path: path.stat().st_mtime_ns for path in tiny_results.glob("run/*/*")}
        trainer = tiny_trainer(tiny_results, data_folder)
        trainer.make(("cnn", "resnet18"))
        assert {path: path.stat().st_mtime_ns for path in tiny_results.glob("run/*/*")} == before

    def test_other_seed_is_another_result(self, tiny_results: Path, data_folder: Path) -> None:
        """Results of another seed never stand in for this one's."""
        tiny, other = plan(data_folder), tiny_trainer(tiny_results, data_folder, seed=1).plan
        assert tiny.data.key == other.data.key
        assert tiny.run("cnn").key != other.run("cnn").key
        assert tiny.key != other.key


class TestDamage:
    def test_damaged_run_is_made_again(self, tmp_path: Path, data_folder: Path, capsys: pytest.CaptureFixture) -> None:
        """A run whose predictions changed on the disk is named, set aside, and trained anew to the same numbers."""
        trainer = tiny_trainer(tmp_path, data_folder)
        trainer.make(("cnn",))
        stored = stored_run(Store(tmp_path), "cnn")
        good = numbers(stored)
        file = stored.path / "predictions.npz"
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        tiny_trainer(tmp_path, data_folder).make(("cnn",))
        assert "predictions.npz fails its checksum" in capsys.readouterr().out
        again = numbers(stored_run(Store(tmp_path), "cnn"))
        for name, value in good.items():
            np.testing.assert_array_equal(value, again[name])
        assert list((tmp_path / "damaged").iterdir())


class TestKill:
    def test_killed_training_goes_on_to_the_same_numbers(self, tmp_path: Path, data_folder: Path) -> None:
        """kill -9 after the first epoch, then again at any moment: the end is that of an undisturbed run."""
        undisturbed = start(tmp_path / "whole", data_folder, "cnn-aug")
        results = tmp_path / "killed"
        process = start(results, data_folder, "cnn-aug")
        deadline = time.monotonic() + 120
        while not list(results.glob("checkpoints/*.ckpt")):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not list(results.glob("run/*"))
        lines = ""  # of the last process
        for delay in (2.0, 3.0, 4.5, 6.0, None):
            process = start(results, data_folder, "cnn-aug")
            try:
                lines, _ = process.communicate(timeout=delay)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
        assert process.returncode == 0, lines
        sessions = stored_run(Store(results), "cnn-aug").manifest["environment"]["sessions"]
        assert sessions[0]["from_epoch"] == 1
        assert sessions[-1]["from_epoch"] > 1  # it went on, and did not start again
        whole, _ = undisturbed.communicate()
        assert undisturbed.returncode == 0, whole
        assert_same(stored_run(Store(results), "cnn-aug"), stored_run(Store(tmp_path / "whole"), "cnn-aug"))

    def test_kill_while_writing_leaves_no_result(self, tmp_path: Path, data_folder: Path) -> None:
        """A folder that was being written when the process died is never taken for a result."""
        code = (
            "import os, signal, sys\n"
            "from pathlib import Path\n"
            "from svhnlab import store\n"
            "from tests.tiny import tiny_trainer\n"
            "def die(path): os.kill(os.getpid(), signal.SIGKILL)\n"
            "store.file_sha256 = die\n"  # called when the files are written and not yet renamed
            "tiny_trainer(Path(sys.argv[1]), Path(sys.argv[2])).make(('cnn',))\n"
        )
        command = [sys.executable, "-c", code, str(tmp_path), str(data_folder)]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert answer.returncode == -signal.SIGKILL
        assert list(tmp_path.glob(".writing/*/summary.json"))
        assert Store(tmp_path).find(plan(data_folder).data) is None
        tiny_trainer(tmp_path, data_folder).make(())
        assert Store(tmp_path).find(plan(data_folder).data) is not None
        assert not (tmp_path / ".writing").exists()


class TestTwoAtOnce:
    def test_they_do_not_harm_each_other(self, tmp_path: Path, data_folder: Path) -> None:
        """Two trainings of one study started together both end well, and train each run once."""
        processes = [start(tmp_path, data_folder, "cnn", "cnn-aug") for _ in range(2)]
        outputs = [process.communicate()[0] for process in processes]
        assert [process.returncode for process in processes] == [0, 0], outputs
        assert sorted(path.name.rsplit("-", 1)[0] for path in tmp_path.glob("run/*")) == ["cnn", "cnn-aug"]
        trained = [line for output in outputs for line in output.splitlines() if "epoch 1/" in line]
        assert len(trained) == 2
        assert not list((tmp_path / "checkpoints").iterdir())
