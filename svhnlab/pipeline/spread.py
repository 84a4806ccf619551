"""Independent pieces of work on several processes or machines, through joblib.

joblib hands a piece to one of its backends: processes of this machine (loky), a Dask cluster or a Ray cluster. What
the backends differ in stands in a :class:`Pool`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from svhnlab.errors import SvhnlabError
from svhnlab.workers import Workers

Piece = TypeVar("Piece")
Result = TypeVar("Result")


class WorkerLost(SvhnlabError):
    """A worker process died, and its piece of work with it."""


@dataclass(frozen=True)
class Pool:
    """Processes that are ready to work.

    Attributes
    ----------
    where
        What they are, for people, e.g. "in 2 processes of this machine, 1 thread each".
    threads
        Threads of each piece; None where each worker was started with a number of its own.
    options
        Of :func:`joblib.parallel_config`.
    ahead
        How many pieces are handed over at once; "all" leaves their order to the backend.
    streams
        Whether results come one by one; else all come at the end.
    lost
        What the backend raises when a worker died.
    """

    where: str
    threads: int | None
    options: dict[str, Any]
    ahead: int | str = "all"
    streams: bool = True
    lost: tuple[type[BaseException], ...] = field(default=())

    def run(self, function: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
        """Yield the results as they come, in any order; ``WorkerLost`` if a worker died."""
        kind = "generator_unordered" if self.streams else "list"
        try:
            with parallel_config(**self.options):
                # a piece is minutes of work: never several in one parcel
                parallel = Parallel(return_as=kind, batch_size=1, pre_dispatch=self.ahead)
                yield from parallel(delayed(function)(piece) for piece in pieces)
        except self.lost as error:
            raise WorkerLost(f"{type(error).__name__}: {error}") from error


def open_pool(workers: Workers, pieces: int, gpus: int) -> AbstractContextManager[Pool]:
    """Make the processes ready that a number of pieces needs; they are gone when the block ends.

    Parameters
    ----------
    gpus
        GPUs of this machine to compute on; 0 for its CPU.
    """
    if workers.backend == "dask":
        from svhnlab.pipeline.dask_cluster import dask_pool  # noqa: PLC0415

        return dask_pool(workers, *shared_out(workers, pieces, gpus))
    if workers.backend == "ray":
        from svhnlab.pipeline.ray_cluster import ray_pool  # noqa: PLC0415

        return ray_pool(workers, *shared_out(workers, pieces, gpus), gpus=gpus)
    return _processes(*shared_out(workers, pieces, gpus))


def shared_out(workers: Workers, pieces: int, gpus: int) -> tuple[int, int]:
    """How many pieces this machine computes at a time, and with how many threads each.

    Without a wish one for each GPU, or one on the CPU. All together have as many threads as torch would use alone.
    """
    at_a_time = max(1, min(workers.count or gpus or 1, pieces))
    return at_a_time, workers.threads or max(1, torch.get_num_threads() // at_a_time)


def told(count: int, of: str, threads: int | None) -> str:
    """Say in words where the work is done."""
    each = "" if threads is None else f", {threads} thread{'s' if threads > 1 else ''} each"
    return f"in {count} {of}{each}"


@contextmanager
def _processes(count: int, threads: int) -> Iterator[Pool]:
    """Give processes of this machine."""
    options = {"backend": "loky", "n_jobs": count, "inner_max_num_threads": threads}
    try:
        yield Pool(told(count, "processes of this machine", threads), threads, options, lost=(TerminatedWorkerError,))
    finally:
        # they would wait for more, with all their memory, while the analysis runs here
        get_reusable_executor().shutdown(kill_workers=True)
