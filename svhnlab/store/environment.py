"""The environment in which a result is computed: packages, machine and commit."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import svhnlab

#: Folder that contains this package; in a checkout, the root of the repository.
SOURCE = Path(svhnlab.__file__).resolve().parent.parent
# Variables with which git, for example in a hook, points its commands to another repository than that of the folder.
_GIT_LOCATION = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
)
_RECORDED = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "pillow", "matplotlib")


@cache
def commit() -> dict[str, Any]:
    """Return the git commit of this package and whether there are uncommitted changes; both None if not a checkout."""
    # The package may be installed in an environment inside an unrelated repository.
    return git_state(SOURCE) if (SOURCE / ".git").exists() else {"sha": None, "dirty": None}


def git_state(folder: Path) -> dict[str, Any]:
    """Return the commit of a folder's repository ("sha") and whether there are uncommitted changes ("dirty").

    Both are None outside a repository; "sha" is None before the first commit.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _GIT_LOCATION}

    def git(*arguments: str) -> str | None:
        try:
            process = subprocess.run(
                ["git", "-C", str(folder), *arguments],
                capture_output=True,
                text=True,
                check=True,
                timeout=20,
                env=environment,
            )
        except (OSError, subprocess.SubprocessError):
            return None  # no git, no repository, or no commit yet
        return process.stdout.strip()

    sha, changes = git("rev-parse", "HEAD"), git("status", "--porcelain")
    return {"sha": sha, "dirty": None if changes is None else bool(changes)}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def version_of(package: str) -> str | None:
    """Return the version of a package; None if it is not installed, as torch may be where nothing is trained."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def describe() -> dict[str, Any]:
    """Return installed packages with versions, Python, operating system, processor and commit."""
    return {
        "svhnlab": svhnlab.__version__,
        "python": platform.python_version(),
        "packages": {name: version for name in _RECORDED if (version := version_of(name)) is not None},
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "commit": commit(),
    }
