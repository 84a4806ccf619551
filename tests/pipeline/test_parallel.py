"""Runs that several processes train are those of one process: same weights, nothing lost, nothing twice."""

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

import psutil
import pytest
import torch

from svhnlab.config.parallel import ParallelOptions
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.pipeline.study import StudyPipeline
from svhnlab.pipeline.task import TrainingTask
from svhnlab.pipeline.worker import CodeVersion, Worker, absolute_source, hold_lock, worker_images
from svhnlab.store.store import Store
from tests.fixtures.paths import ROOT
from tests.fixtures.tiny import EPOCHS, tiny_data, tiny_pipeline

SEEDS = 3
#: All cores add floats in the same order only with the same number of threads.
ONE_THREAD = ParallelOptions(threads=1)


@pytest.fixture(autouse=True, scope="module")
def _threads() -> Iterator[None]:
    """Leave torch's threads as they were."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def trainer(results: Path, data: Path, parallel: ParallelOptions) -> StudyPipeline:
    """A study whose data are described, and whose CNN is to be trained with several seeds."""
    found = tiny_pipeline(results, data, seeds=SEEDS, parallel=parallel)
    found.run(())
    return found


def trainings(found: StudyPipeline) -> list[TrainingTask]:
    return [TrainingTask(found.spec, "cnn", repeat) for repeat in range(SEEDS)]


def weights(found: StudyPipeline) -> list[bytes]:
    """The weights of every training, as their files hold them."""
    return [(found.store.path(one.key) / "weights.safetensors").read_bytes() for one in trainings(found)]


def sessions(found: StudyPipeline) -> list[list[int]]:
    """For every training the epochs at which a process began to work on it."""
    stored = [found.store.find(one.key) for one in trainings(found)]
    assert None not in stored
    return [[part["from_epoch"] for part in one.manifest["environment"]["sessions"]] for one in stored if one]


def check_nothing_is_lost_or_twice(found: StudyPipeline, expected: list[bytes]) -> None:
    """Every run is there once, with the weights that one process gives it, and nothing else is."""
    assert weights(found) == expected
    assert len(list(found.store.root.glob("run/*/manifest.json"))) == SEEDS
    assert not list(found.store.root.glob("checkpoints/*"))
    assert not (found.store.root / ".writing").exists()
    for begun in sessions(found):
        # the first from the start; each later one where the one before had come to, and never again from the start
        assert begun[0] == 1
        assert begun == sorted(set(begun))
        assert begun[-1] <= EPOCHS


@contextmanager
def killing(results: Path, victims: Callable[[], list[int]]) -> Iterator[list[int]]:
    """Kill one of the working processes as soon as two of them have finished an epoch; gives the killed."""
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
def alone(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> list[bytes]:
    """Weights of the trainings made one after the other in one process."""
    found = trainer(tmp_path_factory.mktemp("alone"), data_folder, ONE_THREAD)
    found.train(trainings(found))
    assert sessions(found) == [[1]] * SEEDS
    return weights(found)


class TestProcesses:
    def test_killed_then_again(self, tmp_path: Path, data_folder: Path, alone: list[bytes]) -> None:
        """A killed worker ends the command with a line that says what lacks; the same command then goes on."""

        def workers() -> list[int]:
            children = psutil.Process().children(recursive=True)
            return [child.pid for child in children if "popen_loky" in " ".join(child.cmdline())]

        found = trainer(tmp_path, data_folder, ParallelOptions(workers=2, threads=1))
        with killing(tmp_path, workers) as killed, pytest.raises(SvhnlabError) as told:
            found.train(trainings(found))
        assert len(killed) == 1
        assert "missing: cnn (seed" in str(told.value)
        assert "Run the same command again" in str(told.value)
        found.train(trainings(found))
        check_nothing_is_lost_or_twice(found, alone)
        assert any(len(begun) == 2 and begun[1] > 1 for begun in sessions(found))

    def test_one_run_needs_no_workers(self, tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A single run is trained in this process, whatever is wished; what is stored is not sent anywhere."""
        monkeypatch.setattr(
            StudyPipeline, "_train_in_parallel", lambda *arguments: pytest.fail("no workers are needed")
        )
        found = trainer(tmp_path, data_folder, ParallelOptions(workers=2, threads=1))
        for _ in range(2):
            found.train(trainings(found)[:1])
        assert found.store.find(found.spec.run("cnn")) is not None


@contextmanager
def dask_cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A real scheduler and two workers in processes of their own on the loopback address."""
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
    def test_killed_worker(self, tmp_path: Path, data_folder: Path, alone: list[bytes]) -> None:
        """With one of two workers killed on the way, the other does its work too, from where it had come to."""
        pytest.importorskip("distributed")
        with dask_cluster(tmp_path) as (address, processes):
            found = trainer(tmp_path / "results", data_folder, ParallelOptions("dask", scheduler=address))
            with killing(tmp_path / "results", lambda: [processes[0].pid]) as killed:
                found.train(trainings(found))
            assert killed == [processes[0].pid]
        check_nothing_is_lost_or_twice(found, alone)
        assert sorted(map(len, sessions(found))) == [1] * (SEEDS - 1) + [2]

    def test_no_scheduler(self, tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An address where nobody answers is named in one line."""
        pytest.importorskip("distributed")
        monkeypatch.setattr("svhnlab.pipeline.dask_pool.TIMEOUT", 1)
        found = trainer(tmp_path, data_folder, ParallelOptions("dask", scheduler="tcp://127.0.0.1:9"))
        with pytest.raises(InputError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
            found.train(trainings(found))


class TestWorker:
    @pytest.fixture
    def found(self, tmp_path: Path, data_folder: Path) -> StudyPipeline:
        return trainer(tmp_path / "results", data_folder, ONE_THREAD)

    def worker(self, found: StudyPipeline, lock_name: str) -> Worker:
        source, root = absolute_source(found.source), found.store.root
        return Worker(source, root, "cpu", "disabled", None, CodeVersion.here(), lock_name, threads=1)

    def test_folders_and_code_are_checked(self, found: StudyPipeline, tmp_path: Path) -> None:
        """A worker that sees other folders or runs other code says so in one line, and makes nothing."""
        training = trainings(found)[0]
        with hold_lock(found.store) as lock_name:
            worker = self.worker(found, lock_name)
            elsewhere = replace(worker, results=tmp_path / "elsewhere")
            older = replace(worker, code=CodeVersion("0.0", None))
            with pytest.raises(InputError, match=r"does not see the results in .*elsewhere"):
                elsewhere(training)
            with pytest.raises(InputError, match="from the same code"):
                older(training)
        assert not list(tmp_path.glob("*/run/*"))

    def test_locks_must_reach(self, found: StudyPipeline) -> None:
        """Where a lock that the sender holds could be taken, two machines could make one result at once."""
        with hold_lock(found.store) as lock_name:
            worker = self.worker(found, lock_name)
        with pytest.raises(InputError, match="locks that reach all machines"):
            worker(trainings(found)[0])

    def test_other_data_under_the_same_path(self, found: StudyPipeline, tmp_path: Path) -> None:
        """Files that only have the same names are not trained on."""
        plan, source = (
            replace(found.spec, seed=5, split=replace(found.spec.split, seed=9)),
            absolute_source(found.source),
        )
        with pytest.raises(InputError, match="does not see the data"):
            worker_images(plan, replace(source, folder=tmp_path / "none"))
        other = tiny_data(tmp_path / "other")
        (other / "train_32x32.mat").write_bytes((other / "test_32x32.mat").read_bytes())
        with pytest.raises(InputError, match="are not those of the study"):
            worker_images(plan, replace(source, folder=other))

    def test_it_says_what_it_did(self, found: StudyPipeline) -> None:
        """The lines of a run come back to the process that sent it; a second time there is nothing to say."""
        training = trainings(found)[0]
        with hold_lock(found.store) as lock_name:
            worker = self.worker(found, lock_name)
            said = worker(training)
            assert said.count("epoch") == EPOCHS
            assert "test accuracy" in said
            assert worker(training) == ""
        assert not list((Store(worker.results).root / ".locks").glob("command-*"))
