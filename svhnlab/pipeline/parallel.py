"""Independent pieces of work on several processes or machines, through joblib.

joblib hands a piece to one of its backends: processes of this machine (loky) or a Dask cluster. What the
backends differ in stands in a :class:`Pool`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from svhnlab.config.parallel import ParallelOptions
from svhnlab.pipeline.pool import Pool, describe


def open_pool(workers: ParallelOptions, pieces: int, gpus: int) -> AbstractContextManager[Pool]:
    """Make the processes ready that a number of pieces needs; they are gone when the block ends.

    Parameters
    ----------
    gpus
        GPUs of this machine to compute on; 0 for its CPU.
    """
    if workers.backend == "dask":
        from svhnlab.pipeline.dask_pool import dask_pool  # noqa: PLC0415

        return dask_pool(workers, *threads_per_worker(workers, pieces, gpus))
    return _processes(*threads_per_worker(workers, pieces, gpus))


def threads_per_worker(workers: ParallelOptions, pieces: int, gpus: int) -> tuple[int, int]:
    """How many pieces this machine computes at a time, and with how many threads each.

    Without a wish one for each GPU, or one on the CPU. All together have as many threads as torch would use alone.
    """
    at_a_time = max(1, min(workers.count or gpus or 1, pieces))
    return at_a_time, workers.threads or max(1, torch.get_num_threads() // at_a_time)


@contextmanager
def _processes(count: int, threads: int) -> Iterator[Pool]:
    """Give processes of this machine."""
    options = {"backend": "loky", "n_jobs": count, "inner_max_num_threads": threads}
    try:
        yield Pool(
            describe(count, "processes of this machine", threads), threads, options, lost=(TerminatedWorkerError,)
        )
    finally:
        # they would wait for more, with all their memory, while the analysis runs here
        get_reusable_executor().shutdown(kill_workers=True)
