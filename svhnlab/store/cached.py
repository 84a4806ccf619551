"""Memoisation on disk: compute a result once, under a lock, and record how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from svhnlab.store import environment
from svhnlab.store.store import ResultKey, Store, StoredResult


def checkpoint_path(store: Store, key: ResultKey) -> Path:
    """Return the path of the checkpoint of an unfinished training run."""
    return store.root / "checkpoints" / f"{key.name}.ckpt"


def get_or_compute(
    store: Store,
    key: ResultKey,
    write: Callable[[Path], dict[str, Any]],
    say: Callable[[str], None],
    *,
    on_computed: Callable[[StoredResult], None] | None = None,
) -> StoredResult:
    """Return a stored result; compute and store it first if it is missing or damaged.

    Parameters
    ----------
    write
        Computes the result: writes its files into a folder and returns additional entries for its record.
    say
        Called with one line for each message to the user.
    on_computed
        Called with the result if this call computed it.
    """
    with store.lock(key, say):
        stored = store.find_intact(key, say)
        if stored is None:
            started = time.perf_counter()
            record = environment.describe()
            with store.writing(key, record) as folder:
                record.update(write(folder))
                record["wall_seconds"] = round(time.perf_counter() - started, 3)
            stored = store.find(key)
            assert stored is not None
            if on_computed is not None:
                on_computed(stored)
        checkpoint = checkpoint_path(store, key)
        for file in checkpoint.parent.glob(f"*{checkpoint.name}*"):  # also temporary files of killed processes
            file.unlink()
    return stored
