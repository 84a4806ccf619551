"""Making one result: under its lock, timed, and not twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from svhnlab.store import environment
from svhnlab.store.store import ResultKey, Store, StoredResult


def checkpoint_path(store: Store, address: ResultKey) -> Path:
    """Where the state of an unfinished training lies."""
    return store.root / "checkpoints" / f"{address.name}.ckpt"


def get_or_compute(
    store: Store,
    address: ResultKey,
    write: Callable[[Path], dict[str, Any]],
    say: Callable[[str], None],
    *,
    made: Callable[[StoredResult], None] | None = None,
) -> StoredResult:
    """Return the stored result, making it first where it is missing or damaged.

    Parameters
    ----------
    write
        Fills a folder and returns what to record of the making.
    made
        Told the result if it was made just now.
    """
    with store.lock(address, say):
        stored = store.find_sound(address, say)
        if stored is None:
            started = time.perf_counter()
            record = environment.describe()
            with store.writing(address, record) as folder:
                record.update(write(folder))
                record["wall_seconds"] = round(time.perf_counter() - started, 3)
            stored = store.find(address)
            assert stored is not None
            if made is not None:
                made(stored)
        leftovers = checkpoint_path(store, address)
        for leftover in leftovers.parent.glob(f"*{leftovers.name}*"):
            leftover.unlink()
    return stored
