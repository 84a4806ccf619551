"""Parallelism options are validated early, and threads are divided among workers."""

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
        """The error names the package to install, before anything is computed."""
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
        """Several processes can train one run, or several runs can be trained in parallel, but not both."""
        monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
        monkeypatch.setenv("WORLD_SIZE", "2")
        with pytest.raises(InputError, match="torchrun"):
            ParallelOptions(workers=2).check()
        ParallelOptions(threads=1).check()

    def test_variables_of_other_programs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A rank and a size left in the environment do not mean that torchrun started this process."""
        monkeypatch.setenv("LOCAL_RANK", "0")
        monkeypatch.setenv("WORLD_SIZE", "two")
        ParallelOptions(workers=2).check()

    def test_command_line_validates_first(self, tmp_path: Path) -> None:
        """Nothing is downloaded, generated or computed before the options are validated."""
        options = ["--profile", "demo", "--results", str(tmp_path / "r"), "--scheduler", "tcp://127.0.0.1:1"]
        answer = CliRunner().invoke(cli, ["train", *options])
        assert isinstance(answer.exception, InputError)
        assert not list(tmp_path.iterdir())

    def test_imports_no_torch(self) -> None:
        """Validation imports neither torch nor a backend."""
        code = (
            "import sys\nfrom svhnlab.config.parallel import ParallelOptions\nParallelOptions(workers=2).check()\n"
            "print([m for m in ('torch', 'joblib', 'distributed') if m in sys.modules])"
        )
        answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == "[]"


class TestThreadsPerWorker:
    @given(
        options=st.builds(ParallelOptions, st.sampled_from(BACKENDS), st.none(), st.none() | st.integers(1, 64)),
        tasks=st.integers(0, 5000),
        gpus=st.integers(0, 8),
    )
    def test_threads_are_divided(self, options: ParallelOptions, tasks: int, gpus: int) -> None:
        """There are at most as many workers as tasks, and together at most the threads of torch (or one each)."""
        count, threads = threads_per_worker(options, tasks, gpus)
        assert 1 <= count <= max(1, tasks)
        assert threads >= 1
        assert count * threads <= max(count, torch.get_num_threads())

    def test_defaults(self) -> None:
        """The default is one run at a time on a CPU, with all threads, or one run per GPU."""
        assert threads_per_worker(ParallelOptions(), 40, gpus=0) == (1, torch.get_num_threads())
        assert threads_per_worker(ParallelOptions(), 40, gpus=4)[0] == 4
        assert threads_per_worker(ParallelOptions(), 2, gpus=4)[0] == 2

    def test_given_numbers(self) -> None:
        """Given numbers of workers and threads are used, even with fewer GPUs than workers."""
        assert threads_per_worker(ParallelOptions(workers=6, threads=3), 40, gpus=2) == (6, 3)


class TestDescribeWorkers:
    def test_words(self) -> None:
        """One thread is singular, and an unknown number of threads is left out."""
        assert describe_workers(2, "processes", 1) == "in 2 processes, 1 thread each"
        assert describe_workers(2, "processes", 3) == "in 2 processes, 3 threads each"
        assert describe_workers(5, "workers of tcp://a:1", None) == "in 5 workers of tcp://a:1"
