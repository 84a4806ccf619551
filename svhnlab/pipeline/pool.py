"""Independent tasks in several processes or on several machines, through joblib.

joblib has two backends here: processes of this machine (loky) and a Dask cluster. A :class:`Pool` holds the settings
that differ between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config

from svhnlab.errors import SvhnlabError

Task = TypeVar("Task")
Result = TypeVar("Result")


class WorkerLost(SvhnlabError):
    """A worker process died during a task."""


@dataclass(frozen=True)
class Pool:
    """Pool of running workers.

    Attributes
    ----------
    description
        Description for messages, e.g. "in 2 processes of this machine, 1 thread each".
    threads
        Threads per task; None if each worker uses its own number.
    options
        Options of :func:`joblib.parallel_config`.
    pre_dispatch
        Number of tasks that are sent at once; with "all" the backend schedules them.
    worker_errors
        Exceptions that the backend raises when a worker dies.
    """

    description: str
    threads: int | None
    options: dict[str, Any]
    pre_dispatch: int | str = "all"
    worker_errors: tuple[type[BaseException], ...] = ()

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield the results in the order in which they finish; ``WorkerLost`` if a worker dies."""
        try:
            with parallel_config(**self.options):
                # tasks take minutes, so batching several would unbalance the workers
                parallel = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch=self.pre_dispatch)
                yield from parallel(delayed(function)(task) for task in tasks)
        except self.worker_errors as error:
            raise WorkerLost(f"{type(error).__name__}: {error}") from error


def describe_workers(count: int, kind: str, threads: int | None) -> str:
    """Describe workers for a message, with the threads of each if known."""
    each = "" if threads is None else f", {threads} thread{'s' if threads > 1 else ''} each"
    return f"in {count} {kind}{each}"
