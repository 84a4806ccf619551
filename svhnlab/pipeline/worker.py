"""One run as a piece of work that any process can do: what it has to know, and what it checks before it begins."""

from __future__ import annotations

import io
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from uuid import uuid4

import torch
from filelock import FileLock, Timeout
from rich.console import Console

import svhnlab
from svhnlab.data.source import DataSource, find_data
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.pipeline.images import Images, load_images
from svhnlab.pipeline.train_run import RunTrainer
from svhnlab.store import environment
from svhnlab.store.keys import StudySpec
from svhnlab.store.store import ResultKey, Store
from svhnlab.training.allocator import tune_malloc
from svhnlab.training.ddp import ProcessGroup
from svhnlab.training.device import DeviceOption, choose_device
from svhnlab.training.wandb_log import Mode

#: Images of the data that this process worked on last: most of its work is on the same. None can see half a write.
_last_images: dict[str, Images] = {}


@dataclass(frozen=True)
class TrainingTask:
    """One training: a run of a plan, for the first time (``repeat`` 0) or again with the next seeds."""

    plan: StudySpec
    run: str
    repeat: int = 0

    @property
    def address(self) -> ResultKey:
        """Address of its result."""
        return self.plan.run(self.run, self.repeat)

    @property
    def title(self) -> str:
        """Name for people."""
        return f"{self.run} (seed {self.plan.seed + self.repeat})" if self.plan.seeds > 1 else self.run


@dataclass(frozen=True)
class CodeVersion:
    """Which code computes: results of one key must come from one code."""

    version: str
    commit: str | None

    @classmethod
    def here(cls) -> CodeVersion:
        """That of this process."""
        return cls(svhnlab.__version__, environment.commit()["sha"])

    def __str__(self) -> str:
        return self.version if self.commit is None else f"{self.version} ({self.commit[:7]})"


@dataclass(frozen=True)
class Worker:
    """Makes one run wherever it is called, as this machine would: it can be sent to another process.

    Attributes
    ----------
    source
        The data; their folder must be the same files on every machine.
    results
        Results folder, shared by all machines under the same path.
    code
        Of the process that sends it.
    held
        Name of a lock that the sender holds, see :func:`held_lock`.
    threads
        Of the training; None takes what a Dask worker was started with.
    """

    source: DataSource
    results: Path
    device: DeviceOption
    wandb: Mode
    weights: Path | None
    code: CodeVersion
    held: str
    threads: int | None

    def __call__(self, training: TrainingTask) -> str:
        """Make a run, and return what was said about it.

        Raises
        ------
        InputError
            When this machine can't see the shared folders, its locks don't reach, or its code is another.
        """
        tune_malloc()
        self._check(training.plan)
        torch.set_num_threads(self._threads)
        said = io.StringIO()
        console = Console(file=said, soft_wrap=True, highlight=False)
        store, device = Store(self.results), choose_device(self.device)
        with own_gpu(store, device):
            maker = RunTrainer(
                training.plan,
                self.source,
                store,
                console,
                device,
                partial(worker_images, training.plan, self.source),
                wandb=self.wandb,
                weights=self.weights,
            )
            maker.make(training.run, training.repeat)
        return said.getvalue()

    @cached_property
    def _threads(self) -> int:
        if self.threads is not None:
            return self.threads
        from distributed import get_worker  # noqa: PLC0415

        return get_worker().state.nthreads

    def _check(self, plan: StudySpec) -> None:
        here = platform.node()
        if CodeVersion.here() != self.code:
            raise InputError(
                f"The worker on {here} runs svhnlab {CodeVersion.here()}, this command {self.code}; start the workers "
                "from the same code."
            )
        if Store(self.results).find(plan.data) is None:
            raise InputError(
                f"The worker on {here} does not see the results in {self.results}; it must be a folder that all "
                "machines share under the same path."
            )
        try:
            FileLock(self.results / ".locks" / self.held).acquire(timeout=0)
        except Timeout:
            return  # as it should be: the sender holds it
        raise InputError(
            f"A lock in {self.results} that this command holds is free for the worker on {here}; mount the folder "
            "with locks that reach all machines (NFS without nolock or local_lock, Lustre with flock)."
        )


def worker_images(plan: StudySpec, source: DataSource) -> Images:
    """Read the images of a plan, once per process, and only if the files are those that the plan is about."""
    key = plan.data.key
    if key not in _last_images:
        here = platform.node()
        try:
            found = find_data(source.folder)
        except SvhnlabError as error:
            raise InputError(f"The worker on {here} does not see the data in {source.folder}: {error}") from error
        if found.digest != source.digest:
            raise InputError(f"The files in {source.folder} on {here} are not those of the study; share one folder.")
        images = load_images(plan, source)
        _last_images.clear()
        _last_images[key] = images
    return _last_images[key]


@contextmanager
def held_lock(store: Store) -> Iterator[str]:
    """Hold a lock of one's own in the results folder, and give its name.

    A worker that could take it as well would tell that locks don't reach its machine, as on a network file system
    mounted without them. Then two machines could make the same result at once.
    """
    lock = FileLock(store.root.absolute() / ".locks" / f"command-{uuid4().hex}.lock")
    Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
    with lock:
        yield Path(lock.lock_file).name
    Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def own_gpu(store: Store, device: torch.device) -> Iterator[None]:
    """Compute on a GPU that no other worker has, where this machine has several; one that is shared, if none is free.

    Which is taken shows in a lock file: the kernel frees it when a worker is killed.
    """
    if device.type != "cuda" or torch.cuda.device_count() < 2:
        yield
        return
    names = [str(torch.cuda.get_device_properties(index).uuid) for index in range(torch.cuda.device_count())]
    for place in count():
        shared, index = divmod(place, len(names))
        lock = FileLock(store.root / ".locks" / f"gpu-{names[index]}-{shared}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        with lock:
            lock.release()  # `with` holds it a second time
            torch.cuda.set_device(index)
            yield
        return


def absolute_source(source: DataSource) -> DataSource:
    """Return the source with paths that mean the same in every folder."""
    folder = source.folder.absolute()
    return replace(source, folder=folder, train=folder / source.train.name, test=folder / source.test.name)


def run_secondary_process(team: ProcessGroup, device: DeviceOption) -> None:
    """Take this process's share in every training that the team's leading process makes, until it is done."""
    tune_malloc()
    while (share := team.next_message()) is not None:
        maker = RunTrainer(
            share.plan,
            share.source,
            Store(share.results),  # start weights are read from there; nothing is written
            Console(quiet=True),
            choose_device(device),
            partial(worker_images, share.plan, share.source),
            weights=share.weights,
            team=team,
        )
        maker.follow(share.run, share.repeat, share.progress)
