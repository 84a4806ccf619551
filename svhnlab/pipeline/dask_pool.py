"""A Dask cluster as workers, one that runs or one of this machine's own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from distributed import Client, LocalCluster, Worker
from distributed.client import FutureCancelledError
from distributed.comm import CommClosedError
from distributed.diagnostics.plugin import WorkerPlugin
from distributed.scheduler import KilledWorker

from svhnlab.config.parallel import ParallelOptions
from svhnlab.errors import InputError
from svhnlab.pipeline.pool import Pool, describe

PATIENCE = 10  # seconds to find the scheduler, and then for it to have a worker
RESOURCE = "svhnlab-training"


class _OneAtATime(WorkerPlugin):
    """Gives every worker, those that come later too, one place for a training.

    Chance in a training comes from torch's generator, which a process has one of; and the threads of a worker
    (``--nthreads``) are for the one training it computes.
    """

    name = RESOURCE

    async def setup(self, worker: Worker) -> None:
        await worker.set_resources(**{RESOURCE: 1})


@contextmanager
def dask_pool(workers: ParallelOptions, count: int, threads: int) -> Iterator[Pool]:
    """Give the workers of the wished scheduler, or start some on this machine's loopback address.

    Dask gives the work of a worker that died to another one, three times; then ``WorkerLost`` is raised.
    """
    with ExitStack() as stack:
        if workers.scheduler is None:
            address = stack.enter_context(
                LocalCluster(
                    n_workers=count,
                    threads_per_worker=threads,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address=None,
                    memory_limit=0,  # the memory of tensors is none that Dask could spill
                    silence_logs=logging.ERROR,
                )
            )
            where = describe(count, "Dask workers of this machine", threads)
        else:
            address = workers.scheduler
        try:
            client = stack.enter_context(Client(address, timeout=PATIENCE, set_as_default=False))
        except (OSError, ValueError) as error:
            raise InputError(
                f"There is no Dask scheduler at {workers.scheduler} ({' '.join(str(error).split())}); "
                "start one with `dask scheduler`, and workers with `dask worker ADDRESS`."
            ) from error
        client.register_plugin(_OneAtATime())
        if workers.scheduler is not None:
            try:
                client.wait_for_workers(1, timeout=PATIENCE)
            except TimeoutError as error:
                raise InputError(
                    f"The Dask scheduler at {workers.scheduler} has no workers; start some with "
                    f"`dask worker {workers.scheduler}`."
                ) from error
            found = len(client.scheduler_info(n_workers=-1)["workers"])
            where = describe(min(found, workers.count or found), f"workers of {workers.scheduler}", workers.threads)
        yield Pool(
            where,
            threads if workers.scheduler is None else workers.threads,
            {"backend": "dask", "client": client, "resources": {RESOURCE: 1}},
            ahead=workers.count or "all",
            lost=(KilledWorker, FutureCancelledError, CommClosedError),
        )
