"""Locks between processes."""

from __future__ import annotations

import threading
from pathlib import Path

from svhnlab.files import locked


class TestLocked:
    def test_one_at_a_time(self, tmp_path: Path) -> None:
        """A second holder calls the function once, waits, and continues when the first has finished."""
        order: list[str] = []
        waits = threading.Event()

        def second() -> None:
            with locked(tmp_path / "a.lock", lambda: (order.append("waits"), waits.set())):
                order.append("second")

        with locked(tmp_path / "a.lock", lambda: order.append("never")):
            thread = threading.Thread(target=second)
            thread.start()
            assert waits.wait(20)
            order.append("first")
        thread.join(20)
        assert order == ["waits", "first", "second"]
