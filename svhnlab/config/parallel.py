"""Parallelism options of ``svhnlab train``, validated before anything is computed. Fast to import.

Of these options, only the number of threads affects the result of a training, because it changes the order of additions
on a CPU. It is recorded with each result.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, get_args

from svhnlab.errors import InputError

Backend = Literal["processes", "dask"]

BACKENDS: tuple[Backend, ...] = get_args(Backend)


@dataclass(frozen=True)
class ParallelOptions:
    """Backend and resources for independent trainings.

    Attributes
    ----------
    backend
        "processes" on this machine, or a "dask" cluster.
    scheduler
        Address of a running cluster; None starts one on this machine.
    workers
        Maximum number of concurrent trainings. None means one per GPU of this machine, or one on its CPU; on a running
        cluster, the number of its workers.
    threads
        Threads per training. None divides the threads of this machine among the workers; on a running Dask cluster, it
        means the number with which each worker was started (``dask worker --nthreads``).
    """

    backend: Backend = "processes"
    scheduler: str | None = None
    workers: int | None = None
    threads: int | None = None

    def check(self) -> None:
        """Raise ``InputError`` if options contradict each other or need a missing package."""
        if started_by_torchrun() and self != ParallelOptions(threads=self.threads):
            raise InputError("torchrun trains each run in several processes; leave out --workers and --backend.")
        if self.backend == "processes":
            if self.scheduler is not None:
                raise InputError("--scheduler is the address of a cluster; add --backend dask.")
        elif find_spec("distributed") is None:
            raise InputError("--backend dask needs Dask, which is not installed: pip install 'svhnlab[dask]'")
        elif self.scheduler is None and self.workers is None:
            raise InputError(
                "--backend dask needs the address of a cluster (--scheduler ADDRESS) or the number of workers to start "
                "on this machine (--workers N)."
            )


def started_by_torchrun() -> bool:
    """Return whether ``torchrun`` started this process as one of several that train together.

    Its run identifier tells: ranks and sizes may be left in the environment by other programs.
    """
    return "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1
