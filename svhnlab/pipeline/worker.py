"""Training in other processes: workers, which validate their machine first, and secondary torchrun processes."""

from __future__ import annotations

import io
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from uuid import uuid4

import torch
from filelock import FileLock, Timeout
from rich.console import Console

import svhnlab
from svhnlab.data.sources.base import DataSource
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.pipeline.images import Images, load_task_images
from svhnlab.pipeline.task import TrainingTask
from svhnlab.pipeline.train_run import RunTrainer
from svhnlab.store import environment
from svhnlab.store.keys import StudySpec
from svhnlab.store.store import Store
from svhnlab.training.allocator import tune_malloc
from svhnlab.training.ddp import ProcessGroup
from svhnlab.training.device import DeviceOption, choose_device
from svhnlab.training.wandb_log import Mode

#: Images of this process's last task, by key of the data; the next task usually has the same data and split.
_last_images: dict[str, Images] = {}


@dataclass(frozen=True)
class CodeVersion:
    """Version of the code; results with the same key must be computed by the same version."""

    version: str
    commit: str | None

    @classmethod
    def here(cls) -> CodeVersion:
        """Return the version of this process."""
        return cls(svhnlab.__version__, environment.commit()["sha"])

    def __str__(self) -> str:
        return self.version if self.commit is None else f"{self.version} ({self.commit[:7]})"


@dataclass(frozen=True, eq=False)  # joblib puts workers into a set, and a dict has no hash
class Worker:
    """Picklable function that executes one training task in the process in which it is called.

    Attributes
    ----------
    source
        The data; the folder must contain the same files on every machine.
    results
        Results folder, which all machines share under the same path.
    weights_files
        Paths of initial weights of kind "file", by their digest.
    code
        Code version of the sending process.
    lock_name
        Name of a lock that the sender holds, see :func:`hold_lock`.
    threads
        Threads per training run; None for the number of threads of the Dask worker.
    """

    source: DataSource
    results: Path
    device: DeviceOption
    wandb: Mode
    weights_files: Mapping[str, Path]
    code: CodeVersion
    lock_name: str
    threads: int | None

    def __call__(self, task: TrainingTask) -> str:
        """Train a run unless it is stored, and return the printed output.

        Raises
        ------
        InputError
            If this machine cannot access the shared folders or their locks, or has another version of the code.
        SvhnlabError
            If the command that sent the task ends before the training; its checkpoint stays.
        """
        tune_malloc()
        self._check(task.spec)
        torch.set_num_threads(self._threads)
        output = io.StringIO()
        store, device = Store(self.results), choose_device(self.device)
        with reserve_gpu(store, device):
            trainer = RunTrainer(
                self.source,
                store,
                Console(file=output, soft_wrap=True, highlight=False),
                device,
                partial(worker_images, self.source, self.results),
                wandb=self.wandb,
                weights_files=self.weights_files,
                check=self._check_sender,
            )
            trainer.get_or_train(task)
        return output.getvalue()

    @cached_property
    def _threads(self) -> int:
        if self.threads is not None:
            return self.threads
        from distributed import get_worker  # noqa: PLC0415

        return get_worker().state.nthreads

    def _check(self, spec: StudySpec) -> None:
        here = platform.node()
        if CodeVersion.here() != self.code:
            raise InputError(
                f"The worker on {here} runs svhnlab {CodeVersion.here()}, this command runs {self.code}; start the "
                "workers from the same code."
            )
        if Store(self.results).find(spec.data) is None:
            raise InputError(
                f"The worker on {here} does not see the results in {self.results}; it must be a folder that all "
                "machines share under the same path."
            )
        if self._sender_holds_lock():
            return
        raise InputError(
            f"The worker on {here} could take a lock in {self.results} that this command holds; mount the folder with "
            "locks that reach all machines (NFS without nolock or local_lock, Lustre with flock)."
        )

    def _check_sender(self) -> None:
        """Raise an error if the sender has ended, so that no training goes on after its command was killed."""
        if not self._sender_holds_lock():
            raise SvhnlabError("The command that sent this training has ended; the same command resumes it.")

    def _sender_holds_lock(self) -> bool:
        lock = FileLock(self.results / ".locks" / self.lock_name)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False


def worker_images(source: DataSource, results: Path, task: TrainingTask) -> Images:
    """Read the images of a task, cached per process; ``InputError`` if the files are not those of the study."""
    key = task.data_spec.data.key
    if key not in _last_images:
        here = platform.node()
        try:
            local = source.find_again()
        except SvhnlabError as error:
            raise InputError(f"The worker on {here} does not see the data in {source.folder}: {error}") from error
        if local.digest != source.digest:
            raise InputError(f"The files in {source.folder} on {here} are not those of the study; share one folder.")
        images = load_task_images(task, source, Store(results))
        _last_images.clear()
        _last_images[key] = images
    return _last_images[key]


@contextmanager
def hold_lock(store: Store) -> Iterator[str]:
    """Hold a new lock in the results folder, and yield its name.

    If a worker can also acquire the lock, locks do not work across machines, as on a network file system mounted
    without locking. Two machines could then compute the same result at the same time.
    """
    lock = FileLock(store.root.absolute() / ".locks" / f"command-{uuid4().hex}.lock")
    Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
    try:
        with lock:
            yield Path(lock.lock_file).name
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def reserve_gpu(store: Store, device: torch.device) -> Iterator[None]:
    """Use a GPU that no other worker of this machine uses, or share one if all are in use.

    A lock file marks a GPU as in use; the operating system releases the lock if a worker is killed.
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
            lock.release()  # `with` acquired the lock a second time
            torch.cuda.set_device(index)
            yield
        return


def run_secondary_process(group: ProcessGroup, device: DeviceOption) -> None:
    """Take part in every training run of a group's main process until there are no more."""
    tune_malloc()
    while (task := group.receive()) is not None:
        trainer = RunTrainer(
            task.source,
            Store(task.results),  # only for reading initial weights; nothing is stored
            Console(quiet=True),
            choose_device(device),
            partial(worker_images, task.source, task.results),
            weights_files=task.weights_files,
            group=group,
        )
        trainer.join(task.training, task.state)
