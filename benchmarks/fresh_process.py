"""Run a measurement in a fresh process, so that other measurements do not affect its memory, threads and settings."""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.settings import ROOT

LONGEST = 3600  # seconds


class ProcessError(RuntimeError):
    """The process failed; the text is its last line of output."""


def in_fresh_process(function: str, *, root: Path = ROOT, **arguments: Any) -> Any:
    """Call ``module:function`` with JSON arguments in a new process and return its JSON value.

    Its output is not shown. The code is that of this project, or of a copy at ``root``.

    Raises
    ------
    ProcessError
        The process fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, "-m", "benchmarks.fresh_process", function, json.dumps(arguments), str(answer)]
        done = subprocess.run(
            command,
            cwd=root,
            env=process_environment(root),
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()
            raise ProcessError(f"{function}: {lines[-1][:300]}")
        return json.loads(answer.read_text(encoding="utf-8"))


def process_environment(root: Path = ROOT) -> dict[str, str]:
    """Return environment variables with which a process imports the packages at ``root``."""
    paths = [str(root), *(path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def peak_bytes() -> int:
    """Return the peak of resident memory of this process so far."""
    status = Path("/proc/self/status")
    if status.is_file():
        # On Linux getrusage includes the peak of the parent process before the fork.
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    return in_bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def in_bytes(peak: int) -> int:
    """Return a peak of resident memory from getrusage in bytes; only macOS gives it in bytes."""
    return peak if sys.platform == "darwin" else 1024 * peak


def main(function: str, arguments: str, answer: str) -> None:
    """Call the function and write its value."""
    module, _, name = function.partition(":")
    value = getattr(importlib.import_module(module), name)(**json.loads(arguments))
    Path(answer).write_text(json.dumps(value), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
