"""Compute a result once, under a lock, and record how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from svhnlab.store import environment
from svhnlab.store.store import ResultKey, Store, StoredResult


def checkpoint_path(store: Store, address: ResultKey) -> Path:
    """Return the path of the checkpoint of an unfinished training."""
    return store.root / "checkpoints" / f"{address.name}.ckpt"


def get_or_compute(
    store: Store,
    address: ResultKey,
    write: Callable[[Path], dict[str, Any]],
    say: Callable[[str], None],
    *,
    on_computed: Callable[[StoredResult], None] | None = None,
) -> StoredResult:
    """Return the stored result; compute it first where it is missing or damaged.

    Parameters
    ----------
    write
        Writes the files of the result into a folder, and returns entries for the environment in its manifest.
    say
        Prints one line.
    on_computed
        Called with the result if this call computed it.
    """
    with store.lock(address, say):
        stored = store.find_intact(address, say)
        if stored is None:
            started = time.perf_counter()
            record = environment.describe()
            with store.writing(address, record) as folder:
                record.update(write(folder))
                record["wall_seconds"] = round(time.perf_counter() - started, 3)
            stored = store.find(address)
            assert stored is not None
            if on_computed is not None:
                on_computed(stored)
        leftovers = checkpoint_path(store, address)
        for leftover in leftovers.parent.glob(f"*{leftovers.name}*"):
            leftover.unlink()
    return stored
