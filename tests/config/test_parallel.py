"""What is wished of workers is checked at the door, and threads are divided between them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.cli import cli
from svhnlab.config.parallel import BACKENDS, ParallelOptions
from svhnlab.errors import InputError
from svhnlab.pipeline.parallel import threads_per_worker
from svhnlab.pipeline.pool import describe_workers
from tests.fixtures.paths import ROOT


class TestCheck:
    def test_scheduler_without_a_backend(self) -> None:
        """An address without a cluster's backend is an error that names the missing option."""
        with pytest.raises(InputError, match="--backend dask"):
            ParallelOptions(scheduler="tcp://127.0.0.1:8786").check()

    def test_missing_package(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The line says what to install, before anything is computed."""
        monkeypatch.setattr("svhnlab.config.parallel.find_spec", lambda name: None)
        with pytest.raises(InputError, match=r"pip install 'svhnlab\[dask\]'"):
            ParallelOptions("dask", workers=2).check()

    def test_cluster_without_a_size(self) -> None:
        """A local cluster needs a number of workers."""
        with pytest.raises(InputError, match="--workers N"):
            ParallelOptions("dask").check()
        ParallelOptions("dask", workers=2).check()
        ParallelOptions("dask", scheduler="tcp://127.0.0.1:8786").check()

    def test_torchrun_and_workers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Several processes train one run, or several runs at a time: not both."""
        monkeypatch.setenv("LOCAL_RANK", "0")
        monkeypatch.setenv("WORLD_SIZE", "2")
        with pytest.raises(InputError, match="torchrun"):
            ParallelOptions(workers=2).check()
        ParallelOptions(threads=1).check()

    def test_the_command_line_asks_at_the_door(self, tmp_path: Path) -> None:
        """Nothing is fetched, generated or made before the wishes are checked."""
        options = ["--profile", "demo", "--results", str(tmp_path / "r"), "--scheduler", "tcp://127.0.0.1:1"]
        answer = CliRunner().invoke(cli, ["train", *options])
        assert isinstance(answer.exception, InputError)
        assert not list(tmp_path.iterdir())

    def test_no_torch_for_it(self) -> None:
        """Checking the wishes loads neither torch nor an engine."""
        code = (
            "import sys\nfrom svhnlab.config.parallel import ParallelOptions\nParallelOptions(workers=2).check()\n"
            "print([m for m in ('torch', 'joblib', 'distributed') if m in sys.modules])"
        )
        answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == "[]"


class TestSharedOut:
    @given(
        options=st.builds(ParallelOptions, st.sampled_from(BACKENDS), st.none(), st.none() | st.integers(1, 64)),
        tasks=st.integers(0, 5000),
        gpus=st.integers(0, 8),
    )
    def test_threads_are_divided(self, options: ParallelOptions, tasks: int, gpus: int) -> None:
        """No more processes than pieces, and together no more threads than torch would use alone (or one each)."""
        count, threads = threads_per_worker(options, tasks, gpus)
        assert 1 <= count <= max(1, tasks)
        assert threads >= 1
        assert count * threads <= max(count, torch.get_num_threads())

    def test_without_a_wish(self) -> None:
        """One run at a time on a CPU, with all of its threads; one for each GPU."""
        assert threads_per_worker(ParallelOptions(), 40, gpus=0) == (1, torch.get_num_threads())
        assert threads_per_worker(ParallelOptions(), 40, gpus=4)[0] == 4
        assert threads_per_worker(ParallelOptions(), 2, gpus=4)[0] == 2

    def test_a_wish_is_followed(self) -> None:
        """Who asks for more workers than GPUs, or for a number of threads, gets them."""
        assert threads_per_worker(ParallelOptions(workers=6, threads=3), 40, gpus=2) == (6, 3)


class TestTold:
    def test_words(self) -> None:
        """One thread is no plural; a number that each worker has of its own is left out."""
        assert describe_workers(2, "processes", 1) == "in 2 processes, 1 thread each"
        assert describe_workers(2, "processes", 3) == "in 2 processes, 3 threads each"
        assert describe_workers(5, "workers of tcp://a:1", None) == "in 5 workers of tcp://a:1"
