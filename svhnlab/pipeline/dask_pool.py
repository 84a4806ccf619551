"""Worker pool on a Dask cluster: a running one, or a local one that is started here."""

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
from svhnlab.pipeline.pool import Pool, describe_workers

TIMEOUT = 10  # seconds for the connection to the scheduler, and for its first worker
RESOURCE = "svhnlab-training"


class _OneAtATime(WorkerPlugin):
    """Dask plugin that limits every worker, including those that join later, to one training run at a time.

    A training run draws from torch's global random generator, which is shared within a process, and uses all threads of
    its worker (``--nthreads``).
    """

    name = RESOURCE

    async def setup(self, worker: Worker) -> None:
        await worker.set_resources(**{RESOURCE: 1})


@contextmanager
def dask_pool(options: ParallelOptions, count: int, threads: int) -> Iterator[Pool]:
    """Yield a pool of the workers of the given scheduler, or of local workers started on the loopback address.

    Dask reschedules the task of a dead worker up to three times; then ``WorkerLost`` is raised.
    """
    with ExitStack() as stack:
        if options.scheduler is None:
            address = stack.enter_context(
                LocalCluster(
                    n_workers=count,
                    threads_per_worker=threads,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address=None,
                    memory_limit=0,  # Dask cannot spill the memory of tensors
                    silence_logs=logging.ERROR,
                )
            )
            description = describe_workers(count, "Dask workers of this machine", threads)
        else:
            address = options.scheduler
        try:
            client = stack.enter_context(Client(address, timeout=TIMEOUT, set_as_default=False))
        except (OSError, ValueError) as error:
            raise InputError(
                f"There is no Dask scheduler at {options.scheduler} ({' '.join(str(error).split())}); "
                "start one with `dask scheduler`, and workers with `dask worker ADDRESS`."
            ) from error
        client.register_plugin(_OneAtATime())
        if options.scheduler is not None:
            try:
                client.wait_for_workers(1, timeout=TIMEOUT)
            except TimeoutError as error:
                raise InputError(
                    f"The Dask scheduler at {options.scheduler} has no workers; start some with "
                    f"`dask worker {options.scheduler}`."
                ) from error
            running = len(client.scheduler_info(n_workers=-1)["workers"])
            used = min(running, options.workers or running)
            description = describe_workers(used, f"workers of {options.scheduler}", options.threads)
        yield Pool(
            description,
            threads if options.scheduler is None else options.threads,
            {"backend": "dask", "client": client, "resources": {RESOURCE: 1}},
            pre_dispatch=options.workers or "all",
            worker_errors=(KilledWorker, FutureCancelledError, CommClosedError),
        )
