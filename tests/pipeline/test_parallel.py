"""Training in several processes gives the weights of a single process; no run is lost or trained twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from svhnlab.config.parallel import ParallelOptions
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.pipeline import train_run
from svhnlab.pipeline.study import StudyPipeline
from svhnlab.pipeline.task import TrainingTask
from svhnlab.pipeline.worker import CodeVersion, Worker, hold_lock, worker_images
from svhnlab.store.store import Store
from svhnlab.training.checkpoint import save_checkpoint
from tests.fixtures.paths import ROOT
from tests.fixtures.tiny import EPOCHS, tiny_data, tiny_pipeline

SEEDS = 3
#: A worker may finish its training before it is killed, or before the other one has begun; then the test starts again.
ATTEMPTS = 4
#: Weights are equal only for the same number of threads, which determines the order of additions.
ONE_THREAD = ParallelOptions(threads=1)


def pipeline_of(results: Path, data: Path, parallel: ParallelOptions) -> StudyPipeline:
    """Study with stored data, whose CNN will be trained with several seeds."""
    pipeline = tiny_pipeline(results, data, seeds=SEEDS, parallel=parallel)
    pipeline.run(())
    return pipeline


def tasks_of(pipeline: StudyPipeline) -> list[TrainingTask]:
    return [TrainingTask(pipeline.spec, "cnn", repeat) for repeat in range(SEEDS)]


def weights(pipeline: StudyPipeline) -> list[bytes]:
    """Weight files of all training runs."""
    return [(pipeline.store.path(one.key) / "weights.safetensors").read_bytes() for one in tasks_of(pipeline)]


def sessions(pipeline: StudyPipeline) -> list[list[int]]:
    """Epochs at which each training run was started or resumed."""
    stored = [pipeline.store.find(one.key) for one in tasks_of(pipeline)]
    assert None not in stored
    return [[part["from_epoch"] for part in one.manifest["environment"]["sessions"]] for one in stored if one]


def check_nothing_is_lost_or_twice(pipeline: StudyPipeline, expected: list[bytes]) -> None:
    """Every training run is stored once, with the weights of a single process, and no other files remain."""
    assert weights(pipeline) == expected
    assert len(list(pipeline.store.root.glob("run/*/manifest.json"))) == SEEDS
    assert not list(pipeline.store.root.glob("checkpoints/*"))
    assert not list(pipeline.store.root.glob(".writing-*"))
    for epochs in sessions(pipeline):
        # each session resumes after the epochs of the one before
        assert epochs[0] == 1
        assert epochs == sorted(set(epochs))
        assert epochs[-1] <= EPOCHS


@contextmanager
def killing(results: Path, victims: Callable[[], list[int]]) -> Iterator[list[int]]:
    """Kill one of the workers as soon as two of them have finished an epoch; yield a list, then with its id."""
    killed: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            if len(list(results.glob("checkpoints/*.ckpt"))) >= 2:
                killed.append(victims()[0])
                os.kill(killed[0], signal.SIGKILL)
                return
            time.sleep(0.005)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> list[bytes]:
    """Weights of the training runs in a single process."""
    pipeline = pipeline_of(tmp_path_factory.mktemp("single"), data_folder, ONE_THREAD)
    pipeline.train(tasks_of(pipeline))
    assert sessions(pipeline) == [[1]] * SEEDS
    return weights(pipeline)


class TestProcesses:
    def test_killed_then_again(self, tmp_path: Path, data_folder: Path, expected: list[bytes]) -> None:
        """If a worker is killed, the error lists the missing runs, and the same command resumes them."""

        def workers() -> list[int]:
            children = psutil.Process().children(recursive=True)
            return [child.pid for child in children if "popen_loky" in " ".join(child.cmdline())]

        for attempt in range(ATTEMPTS):
            results = tmp_path / str(attempt)
            pipeline = pipeline_of(results, data_folder, ParallelOptions(workers=2, threads=1))
            message = ""
            with killing(results, workers) as killed:
                try:
                    pipeline.train(tasks_of(pipeline))
                except SvhnlabError as error:
                    message = str(error)
            if killed:
                break
            assert message == ""
        assert len(killed) == 1
        assert "missing: cnn (seed" in message
        assert "Run the same command again" in message
        pipeline.train(tasks_of(pipeline))
        check_nothing_is_lost_or_twice(pipeline, expected)
        assert any(len(epochs) == 2 and epochs[1] > 1 for epochs in sessions(pipeline))

    def test_one_run_needs_no_workers(self, tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A single run is trained in this process, and a stored one is not trained again."""
        monkeypatch.setattr(
            StudyPipeline, "_train_in_parallel", lambda *arguments: pytest.fail("no workers are needed")
        )
        pipeline = pipeline_of(tmp_path, data_folder, ParallelOptions(workers=2, threads=1))
        for _ in range(2):
            pipeline.train(tasks_of(pipeline)[:1])
        assert pipeline.store.find(pipeline.spec.run("cnn")) is not None


@contextmanager
def dask_cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Real scheduler and two workers, each in its own process, on the loopback address."""
    from distributed import Client

    file = folder / "scheduler.json"
    local = ["--scheduler-file", str(file), "--host", "127.0.0.1"]
    commands = [["dask_scheduler", "--no-dashboard", "--port", "0", *local]]
    commands += [["dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", *local]] * 2
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with ExitStack() as stack:
        processes = []
        for module, *options in commands:
            command = [sys.executable, "-m", f"distributed.cli.{module}", *options]
            process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.kill)
            processes.append(process)
            deadline = time.monotonic() + 60
            while not file.is_file():
                assert time.monotonic() < deadline
                time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        with Client(address) as client:
            client.wait_for_workers(2, timeout=120)
        yield address, processes[1:]


class TestDask:
    def test_killed_worker(self, tmp_path: Path, data_folder: Path, expected: list[bytes]) -> None:
        """If one of two workers is killed, the other resumes its training."""
        pytest.importorskip("distributed")
        for attempt in range(ATTEMPTS):
            folder = tmp_path / str(attempt)
            folder.mkdir()
            with dask_cluster(folder) as (address, processes):
                pipeline = pipeline_of(folder / "results", data_folder, ParallelOptions("dask", scheduler=address))
                with killing(folder / "results", lambda killed=processes[0].pid: [killed]) as killed:
                    pipeline.train(tasks_of(pipeline))
                assert killed in ([], [processes[0].pid])
            check_nothing_is_lost_or_twice(pipeline, expected)
            started = sorted(map(len, sessions(pipeline)))
            if killed and started == [1] * (SEEDS - 1) + [2]:
                return
            assert started == [1] * SEEDS
        pytest.fail("no worker was killed while it trained")

    def test_no_scheduler(self, tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An address without a scheduler gives a one-line error that names it."""
        pytest.importorskip("distributed")
        monkeypatch.setattr("svhnlab.pipeline.dask_pool.TIMEOUT", 1)
        pipeline = pipeline_of(tmp_path, data_folder, ParallelOptions("dask", scheduler="tcp://127.0.0.1:9"))
        with pytest.raises(InputError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
            pipeline.train(tasks_of(pipeline))


class TestWorker:
    @pytest.fixture
    def pipeline(self, tmp_path: Path, data_folder: Path) -> StudyPipeline:
        return pipeline_of(tmp_path / "results", data_folder, ONE_THREAD)

    def worker(self, pipeline: StudyPipeline, lock_name: str) -> Worker:
        source, root = pipeline.source.absolute(), pipeline.store.root
        return Worker(source, root, "cpu", "disabled", None, CodeVersion.here(), lock_name, threads=1)

    def test_folders_and_code_are_checked(self, pipeline: StudyPipeline, tmp_path: Path) -> None:
        """A worker with other folders or another code version raises a one-line error and stores nothing."""
        task = tasks_of(pipeline)[0]
        with hold_lock(pipeline.store) as lock_name:
            worker = self.worker(pipeline, lock_name)
            elsewhere = replace(worker, results=tmp_path / "elsewhere")
            older = replace(worker, code=CodeVersion("0.0", None))
            with pytest.raises(InputError, match=r"does not see the results in .*elsewhere"):
                elsewhere(task)
            with pytest.raises(InputError, match="from the same code"):
                older(task)
        assert not list(tmp_path.glob("*/run/*"))

    def test_locks_must_reach(self, pipeline: StudyPipeline) -> None:
        """A worker that can acquire the sender's lock fails: two machines could compute the same result."""
        with hold_lock(pipeline.store) as lock_name:
            worker = self.worker(pipeline, lock_name)
        with pytest.raises(InputError, match="locks that reach all machines"):
            worker(tasks_of(pipeline)[0])

    def test_training_ends_with_its_command(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """If the command is killed, a worker ends its training after the epoch; the next command resumes it."""
        pipeline = pipeline_of(tmp_path, tiny_data(tmp_path / "digits"), ONE_THREAD)
        task = tasks_of(pipeline)[0]
        with ExitStack() as sender:
            worker = self.worker(pipeline, sender.enter_context(hold_lock(pipeline.store)))

            def save_and_kill(*arguments: Any) -> None:
                save_checkpoint(*arguments)
                sender.close()

            monkeypatch.setattr(train_run, "save_checkpoint", save_and_kill)
            with pytest.raises(SvhnlabError, match="command that sent this training has ended"):
                worker(task)
        assert pipeline.store.find(task.key) is None
        monkeypatch.undo()
        with hold_lock(pipeline.store) as lock_name:
            self.worker(pipeline, lock_name)(task)
        stored = pipeline.store.find(task.key)
        assert stored is not None
        assert [part["from_epoch"] for part in stored.manifest["environment"]["sessions"]] == [1, 2]

    def test_lock_is_removed_after_an_error(self, tmp_path: Path) -> None:
        """The file of the sender's lock is removed even if a training fails."""
        store = Store(tmp_path)
        with pytest.raises(RuntimeError), hold_lock(store):
            raise RuntimeError
        assert not list((store.root / ".locks").iterdir())

    def test_other_data_under_the_same_path(self, pipeline: StudyPipeline, tmp_path: Path) -> None:
        """Different files with the same names are an error."""
        spec, source = (
            replace(pipeline.spec, seed=5, split=replace(pipeline.spec.split, seed=9)),
            pipeline.source.absolute(),
        )
        with pytest.raises(InputError, match="does not see the data"):
            worker_images(replace(source, folder=tmp_path / "none"), tmp_path, TrainingTask(spec, "cnn"))
        other = tiny_data(tmp_path / "other")
        (other / "train_32x32.mat").write_bytes((other / "test_32x32.mat").read_bytes())
        with pytest.raises(InputError, match="are not those of the study"):
            worker_images(replace(source, folder=other), tmp_path, TrainingTask(spec, "cnn"))

    def test_output_is_returned(self, pipeline: StudyPipeline) -> None:
        """The output of a training run is returned to the sender; a stored run gives no output."""
        task = tasks_of(pipeline)[0]
        with hold_lock(pipeline.store) as lock_name:
            worker = self.worker(pipeline, lock_name)
            output = worker(task)
            assert output.count("epoch") == EPOCHS
            assert "test accuracy" in output
            assert worker(task) == ""
        assert not list((Store(worker.results).root / ".locks").glob("command-*"))
