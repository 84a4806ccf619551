"""Logging to Weights & Biases, offline by default. Failures never stop a training.

A thread sends queued records to W&B. Its errors are reported in one line, and the training continues. At the end, the
thread has a limited time to finish writing.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from svhnlab.training.loop import TrainingState

Mode = Literal["offline", "online", "disabled"]

PROJECT = "svhnlab"
FINISH_TIMEOUT = 60.0  # seconds


class WandbLog:
    """One W&B run.

    Parameters
    ----------
    mode
        "offline" writes below ``folder/wandb`` for a later ``wandb sync``; "online" sends immediately;
        "disabled" does nothing.
    folder
        The results folder; W&B's staging and cache files are written below it too.
    name, run_id
        Name and identifier of the run; a resumed training keeps the identifier.
    config
        Settings to log.
    say
        Called with one line if W&B fails.
    """

    def __init__(
        self,
        mode: Mode,
        folder: Path,
        *,
        name: str,
        run_id: str,
        config: Mapping[str, Any],
        say: Callable[[str], None],
    ) -> None:
        self._sent = 0
        self._say = say
        self._jobs: queue.SimpleQueue[Callable[[Any], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        if mode == "disabled":
            return
        arguments = {"mode": mode, "folder": folder, "name": name, "run_id": run_id, "config": dict(config)}
        self._thread = threading.Thread(target=self._work, kwargs=arguments, name="wandb", daemon=True)
        self._thread.start()

    def epochs(self, state: TrainingState) -> None:
        """Log the epochs not logged yet; after a resume, these are all epochs."""
        for epoch in state.history[self._sent :]:
            record = asdict(epoch)
            self._jobs.put(partial(_log, record))
        self._sent = len(state.history)

    def result(
        self,
        metrics: Mapping[str, float],
        confusion: NDArray[np.int64],
        classes: tuple[str, ...],
        model: Path,
    ) -> None:
        """Log the final metrics, the confusion matrix (rows are true classes) and the weights as an artifact."""

        def send(run: Any) -> None:
            import wandb  # noqa: PLC0415

            run.summary.update(dict(metrics))
            rows: list[Any] = [[classes[i], *map(int, row)] for i, row in enumerate(confusion)]
            run.log({"confusion_matrix": wandb.Table(columns=["true", *classes], data=rows)})
            artifact = wandb.Artifact(f"{run.name}-{run.id}", type="model")
            artifact.add_file(str(model))
            run.log_artifact(artifact)

        self._jobs.put(send)

    def finish(self) -> None:
        """Wait until everything is written, at most ``FINISH_TIMEOUT`` seconds."""
        if self._thread is None:
            return
        self._jobs.put(None)
        self._thread.join(FINISH_TIMEOUT)
        if self._thread.is_alive():
            self._say(
                f"W&B has not finished after {FINISH_TIMEOUT:.0f} s; the log may be incomplete. Results are stored."
            )

    def _work(self, mode: str, folder: Path, name: str, run_id: str, config: dict[str, Any]) -> None:
        try:
            base = folder.absolute() / "wandb"
            base.mkdir(parents=True, exist_ok=True)
            # otherwise W&B writes staged artifacts and caches to the home directory, and sends crash reports
            for variable in ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_ARTIFACT_DIR"):
                os.environ.setdefault(variable, str(base / "files"))
            os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
            import wandb  # noqa: PLC0415

            if mode == "online" and not wandb.login(prompt=False):  # a prompt would block the training
                self._say("No W&B key on this machine: nothing is logged. Run `wandb login`, or use --wandb offline.")
                return
            settings = wandb.Settings(
                silent=True, console="off", disable_git=True, disable_code=True, x_disable_stats=True
            )
            run = wandb.init(
                project=PROJECT,
                name=name,
                id=run_id,
                resume="allow" if mode == "online" else None,
                mode=mode,  # type: ignore[arg-type]
                dir=str(folder.absolute()),
                config=config,
                settings=settings,
            )
            while (job := self._jobs.get()) is not None:
                job(run)
            run.finish()
            # finish() asks W&B's service process to close the log, which is complete when that process has ended
            wandb.teardown()
        except Exception as error:
            self._say(f"Logging to W&B stopped ({type(error).__name__}: {error}); the training continues without it.")


def _log(record: dict[str, Any], run: Any) -> None:
    run.log(record, step=record["epoch"])
