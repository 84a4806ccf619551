"""The pool of workers that the parallelism options of ``svhnlab train`` ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from svhnlab.config.parallel import ParallelOptions
from svhnlab.pipeline.pool import Pool, describe_workers


def open_pool(options: ParallelOptions, tasks: int, gpus: int) -> AbstractContextManager[Pool]:
    """Start the workers for a number of tasks; the end of the block stops them.

    Parameters
    ----------
    gpus
        GPUs of this machine to compute on; 0 for its CPU.
    """
    count, threads = threads_per_worker(options, tasks, gpus)
    if options.backend == "dask":
        from svhnlab.pipeline.dask_pool import dask_pool  # noqa: PLC0415

        return dask_pool(options, count, threads)
    return _process_pool(count, threads)


def threads_per_worker(options: ParallelOptions, tasks: int, gpus: int) -> tuple[int, int]:
    """Return the number of workers of this machine and the number of threads of each.

    By default there is one worker for each GPU, or one on the CPU. All together have as many threads as torch would use
    alone.
    """
    count = max(1, min(options.workers or gpus or 1, tasks))
    return count, options.threads or max(1, torch.get_num_threads() // count)


@contextmanager
def _process_pool(count: int, threads: int) -> Iterator[Pool]:
    """Give processes of this machine."""
    try:
        yield Pool(
            describe_workers(count, "processes of this machine", threads),
            threads,
            {"backend": "loky", "n_jobs": count, "inner_max_num_threads": threads},
            worker_errors=(TerminatedWorkerError,),
        )
    finally:
        # idle workers would keep their memory while the analysis runs in this process
        get_reusable_executor().shutdown(kill_workers=True)
