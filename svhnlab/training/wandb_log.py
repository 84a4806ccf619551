"""Weights & Biases, second to the history file: offline by default, and never in the way of a training.

All talking to W&B happens on a thread of its own behind a queue. Whatever goes wrong there is told in one
line and the training goes on; at the end the thread gets a limited time to finish writing.
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

from svhnlab.training.loop import Progress

Mode = Literal["offline", "online", "disabled"]

PROJECT = "svhnlab"
PATIENCE = 60.0  # seconds that finishing may take


class WandbLog:
    """One W&B run.

    Parameters
    ----------
    mode
        "offline" writes below ``folder/wandb`` for a later ``wandb sync``; "online" sends at once;
        "disabled" does nothing.
    folder
        The results folder; staging and cache files of W&B stay below it too.
    name, run_id
        Name of the run and an identifier: a resumed training has the same one as before.
    config
        Settings to record.
    say
        Told one line if W&B fails.
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

    def epochs(self, progress: Progress) -> None:
        """Send the epochs that were not sent yet; after a resume these are all of them."""
        for epoch in progress.history[self._sent :]:
            record = asdict(epoch)
            self._jobs.put(partial(_log, record))
        self._sent = len(progress.history)

    def result(
        self,
        metrics: Mapping[str, float],
        confusion: NDArray[np.int64],
        classes: tuple[str, ...],
        model: Path,
    ) -> None:
        """Send final metrics, the confusion matrix (rows are true classes) and the weights as an artifact."""

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
        """Wait, but not for ever, until everything is written."""
        if self._thread is None:
            return
        self._jobs.put(None)
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            self._say(f"W&B had not finished after {PATIENCE:.0f} s and was left behind; results are stored.")

    def _work(self, mode: str, folder: Path, name: str, run_id: str, config: dict[str, Any]) -> None:
        try:
            base = folder.absolute() / "wandb"
            base.mkdir(parents=True, exist_ok=True)
            # Staged artifacts and caches would otherwise go to the home directory, crash reports to W&B.
            for variable in ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_ARTIFACT_DIR"):
                os.environ.setdefault(variable, str(base / "files"))
            os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
            import wandb  # noqa: PLC0415

            if mode == "online" and not wandb.login(prompt=False):  # asking for a key would hold the training up
                self._say("W&B tracking is off: no key on this machine. Run `wandb login`, or use --wandb offline.")
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
            # finish() only asks W&B's service process to close the log; its end is written when that process ends.
            wandb.teardown()
        except Exception as error:
            self._say(f"W&B tracking stopped ({type(error).__name__}: {error}); the training goes on without.")


def _log(record: dict[str, Any], run: Any) -> None:
    run.log(record, step=record["epoch"])
