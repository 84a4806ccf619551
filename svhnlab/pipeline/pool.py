"""Independent tasks on several processes or machines through joblib: what its backends have in common.

joblib sends a task to one of its backends: processes of this machine (loky) or a Dask cluster. A :class:`Pool` holds
what differs between them.
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
    """Workers that are ready for tasks.

    Attributes
    ----------
    description
        For messages, e.g. "in 2 processes of this machine, 1 thread each".
    threads
        Threads of each task; None if each worker has a number of its own.
    options
        Of :func:`joblib.parallel_config`.
    pre_dispatch
        Number of tasks that are sent at once; "all" leaves their order to the backend.
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
                # a task takes minutes: never send several in one batch
                parallel = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch=self.pre_dispatch)
                yield from parallel(delayed(function)(task) for task in tasks)
        except self.worker_errors as error:
            raise WorkerLost(f"{type(error).__name__}: {error}") from error


def describe_workers(count: int, kind: str, threads: int | None) -> str:
    """Describe workers for a message, with the threads of each if these are known."""
    each = "" if threads is None else f", {threads} thread{'s' if threads > 1 else ''} each"
    return f"in {count} {kind}{each}"
