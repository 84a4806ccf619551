"""The environment of a result: packages, machine and commit, stored beside the numbers."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import svhnlab

#: Folder that holds this package: the root of the repository in a checkout.
SOURCE = Path(svhnlab.__file__).resolve().parent.parent
_RECORDED = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "pillow", "matplotlib")


@cache
def commit() -> dict[str, Any]:
    """Git commit of this package and whether its working tree has changes; both None where it is installed."""
    # An environment may lie in a repository of something else, which says nothing about an installed package.
    return git_state(SOURCE) if (SOURCE / ".git").exists() else {"sha": None, "dirty": None}


def git_state(folder: Path) -> dict[str, Any]:
    """Git commit of the repository that holds a folder, and whether its working tree has changes.

    Returns
    -------
    "sha", None outside a repository and before its first commit; "dirty", None outside a repository.
    """

    def git(*arguments: str) -> str | None:
        try:
            answer = subprocess.run(
                ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=20
            )
        except (OSError, subprocess.SubprocessError):
            return None  # no git, no repository, or no commit yet: the record has None
        return answer.stdout.strip()

    sha, changes = git("rev-parse", "HEAD"), git("status", "--porcelain")
    return {"sha": sha, "dirty": None if changes is None else bool(changes)}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def describe() -> dict[str, Any]:
    """Packages with versions, Python, operating system, processor and commit."""
    return {
        "svhnlab": svhnlab.__version__,
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in _RECORDED},
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "commit": commit(),
    }
