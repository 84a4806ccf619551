"""Worker pool for the parallelism options of ``svhnlab train``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from svhnlab.config.parallel import ParallelOptions
from svhnlab.pipeline.pool import Pool, describe_workers


def open_pool(options: ParallelOptions, tasks: int, gpus: int) -> AbstractContextManager[Pool]:
    """Return a context manager that starts workers for a number of tasks and stops them at the end of the block.

    Parameters
    ----------
    gpus
        Number of GPUs of this machine to use; 0 for the CPU.
    """
    count, threads = threads_per_worker(options, tasks, gpus)
    if options.backend == "dask":
        from svhnlab.pipeline.dask_pool import dask_pool  # noqa: PLC0415

        return dask_pool(options, count, threads)
    return _process_pool(count, threads)


def threads_per_worker(options: ParallelOptions, tasks: int, gpus: int) -> tuple[int, int]:
    """Return the number of workers on this machine and the number of threads of each.

    By default there is one worker per GPU, or one on the CPU. Together the workers have as many threads as torch would
    use in a single process.
    """
    count = max(1, min(options.workers or gpus or 1, tasks))
    return count, options.threads or max(1, torch.get_num_threads() // count)


@contextmanager
def _process_pool(count: int, threads: int) -> Iterator[Pool]:
    """Yield a pool of processes on this machine."""
    try:
        yield Pool(
            describe_workers(count, "processes of this machine", threads),
            threads,
            {"backend": "loky", "n_jobs": count, "inner_max_num_threads": threads},
            worker_errors=(TerminatedWorkerError,),
        )
    finally:
        # stop the workers: idle ones would keep their memory during the analysis in this process
        get_reusable_executor().shutdown(kill_workers=True)
