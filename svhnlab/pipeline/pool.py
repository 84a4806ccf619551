"""Independent pieces of work on several processes or machines, through joblib.

joblib hands a piece to one of its backends: processes of this machine (loky) or a Dask cluster. What the
backends differ in stands in a :class:`Pool`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config

from svhnlab.errors import SvhnlabError

Task = TypeVar("Task")
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
    lost
        What the backend raises when a worker died.
    """

    where: str
    threads: int | None
    options: dict[str, Any]
    ahead: int | str = "all"
    lost: tuple[type[BaseException], ...] = field(default=())

    def run(self, function: Callable[[Task], Result], pieces: Iterable[Task]) -> Iterator[Result]:
        """Yield the results as they come, in any order; ``WorkerLost`` if a worker died."""
        try:
            with parallel_config(**self.options):
                # a piece is minutes of work: never several in one parcel
                parallel = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch=self.ahead)
                yield from parallel(delayed(function)(piece) for piece in pieces)
        except self.lost as error:
            raise WorkerLost(f"{type(error).__name__}: {error}") from error


def describe(count: int, of: str, threads: int | None) -> str:
    """Say in words where the work is done."""
    each = "" if threads is None else f", {threads} thread{'s' if threads > 1 else ''} each"
    return f"in {count} {of}{each}"
